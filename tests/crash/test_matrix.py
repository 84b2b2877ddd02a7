"""Killed, stopped, broken or cut off from the database at every named place, with a post of every kind in the
air: the public sees each exactly once, with all its photos and videos.

By default every label is killed with all kinds in the air, and the other actions run at the places where most
is at stake, with half of the kinds; CRASH_ALL=1 runs every action at every label, at its first and at a later
passing, always with all kinds.
"""

import os
import time

import pytest
from django_tenants.utils import tenant_context

from posting.states import State
from social.models import Channel
from social.services import channel_client
from tests.crash.crashing import forked, labels, let_go_on
from tests.crash.kinds import KINDS

LABELS = labels()
ACTIONS = ("kill", "stop", "raise", "drop")
AT_STAKE = ("claim.committed", "prepare.answered", "flip.before_send", "flip.answered", "outcome.written")
FEW = ("fb_text", "fb_link", "fb_photo", "fb_photos", "ig_photo", "ig_carousel", "ig_photo_story")
EVERYTHING = bool(os.environ.get("CRASH_ALL"))
FLIPS = {"post.publish", "ig.media_publish", "video.publish", "page.video_reels.finish"}
FLIPS |= {"page.photo_stories.create", "page.video_stories.finish"}
NAMES = ("creation_id", "video_id", "photo_id")  # where a flip is made on the account, what it is about


def cases():
    for label in LABELS:
        for action in ACTIONS:
            if EVERYTHING:
                yield from ((label, action, number) for number in (1, 4))
            elif action == "kill" or label in AT_STAKE:
                yield (label, action, 1)


def test_every_place_that_the_source_names_is_killed_and_every_action_tried():
    assert {label for label, action, _ in cases() if action == "kill"} == set(LABELS)
    assert set(AT_STAKE) <= set(LABELS)
    assert {action for _, action, _ in cases()} == set(ACTIONS)


@pytest.mark.parametrize(("label", "action", "number"), list(cases()))
def test_the_public_sees_each_post_exactly_once(kitchen, label, action, number):
    quick = {"ig_video_processing_seconds": 0, "fb_video_processing_seconds": 0}
    kitchen.meta.control("config", quick)
    samples = KINDS if action == "kill" or EVERYTHING else {kind: KINDS[kind] for kind in FEW}
    made = {}
    for kind, sample in samples.items():
        post = kitchen.post(f"A {kind}", sample.photos, sample.videos, **sample.fields)
        made[kind] = kitchen.plan(getattr(kitchen, sample.place), post)
    if label.split(".")[0] in ("read", "commented"):
        bring_into_doubt(kitchen, label, made)
    stopped, met = forked(label, f"{action}@{number}")
    assert met or number > 1, "nobody passed this place"
    slept = 0
    for _ in range(15):
        kitchen.run()
        open_ones = [one for kind, one in made.items() if not over(kitchen, samples[kind], one)]
        if not open_ones:
            break
        for one in open_ones:
            kitchen.later(one, seconds=100)
        slept += 100
        time.sleep(0.05)  # Meta digests films for three tenths of a real second
    if stopped:
        let_go_on(stopped, after=slept)
        kitchen.run()
    published = {kind: kitchen.fresh(one) for kind, one in made.items()}
    seen = {
        one["object_id"]: one for place in (kitchen.page, kitchen.instagram) for one in kitchen.visible(place)
    }
    # A Page's story cannot be asked for: at most once, and its owner is asked when nobody knows.
    told = {kind: one for kind, one in published.items() if samples[kind].readback}
    stories = {kind: one for kind, one in published.items() if not samples[kind].readback}
    assert {kind: one.state for kind, one in told.items()} == dict.fromkeys(told, State.PUBLISHED)
    assert {one.state for one in stories.values()} <= {State.PUBLISHED, State.NEEDS_OWNER}
    of_page = [one for one in seen.values() if one["kind"] == "story" and one["platform"] == "facebook"]
    assert sum(one.state == State.PUBLISHED for one in stories.values()) <= len(of_page) <= len(stories)
    assert {*seen} - {one["object_id"] for one in of_page} == {one.remote_id for one in told.values()}
    for kind, one in told.items():
        assert len(seen[one.remote_id]["media"]) == samples[kind].media
    assert no_flip_without_a_read_between(kitchen)
    assert comments(kitchen) == ["#fb", "#ig"]


def over(kitchen, sample, publication) -> bool:
    due = kitchen.due(publication)
    if due.state == State.NEEDS_OWNER and not sample.readback:
        return True
    return due.state == State.PUBLISHED and due.comment in ("", "done")


def bring_into_doubt(kitchen, label, made) -> None:
    """Answers are lost, so that the next thing to do is to look."""
    lost = ("post.publish", "ig.media_publish")
    if label.startswith("commented"):
        lost = ("post.comments.create", "media.comments.create")
    for one in lost:
        kitchen.meta.fault("lost_after_commit", one)
    kitchen.run()
    for one in made.values():
        kitchen.later(one, seconds=3)


def comments(kitchen) -> list[str]:
    """Every comment the public reads, by the calls that made one: lost answers have made theirs, too."""
    found = []
    with tenant_context(kitchen.tenant):
        for place, word in (("page", "message"), ("instagram", "text")):
            channel = Channel.objects.get(pk=getattr(kitchen, place).pk)
            for entry in kitchen.visible(channel):
                if entry["message"] in ("A fb_text", "A ig_photo"):
                    below = channel_client(channel).comments(entry["object_id"], fields=f"id,{word}")
                    found += [one[word] for one in below.items]
    return sorted(found)


def no_flip_without_a_read_between(kitchen) -> bool:
    """The sandbox's own record: after a flip, the same object is read before it is flipped again."""
    flipped: set[str] = set()
    for call in kitchen.meta.control("calls?limit=2000")["calls"]:
        params = call["params"]
        key = next((params[name] for name in NAMES if params.get(name)), call["path"].strip("/"))
        if call["label"] in FLIPS:
            if key in flipped:
                return False
            flipped.add(key)
        elif call["method"] == "GET":
            flipped.discard(key)
    return True
