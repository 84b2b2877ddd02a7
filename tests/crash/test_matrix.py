"""Killed, stopped, broken or cut off from the database at every named place, with a post of every kind in the
air: the public sees each exactly once, with all its photos.

By default every label is killed, and the other actions run at the places where most is at stake;
CRASH_ALL=1 runs every action at every label, at its first and at a later passing.
"""

import os

import pytest
from django_tenants.utils import tenant_context

from posting.states import State
from social.models import Channel
from social.services import channel_client
from tests.crash.crashing import forked, labels, let_go_on

LABELS = labels()
ACTIONS = ("kill", "stop", "raise", "drop")
AT_STAKE = ("claim.committed", "prepare.answered", "flip.before_send", "flip.answered", "outcome.written")
KINDS = {
    "fb_text": ("page", 0, {"first_comment": "#fb"}),
    "fb_link": ("page", 0, {"link": "https://example.com/"}),
    "fb_photo": ("page", 1, {}),
    "fb_photos": ("page", 3, {}),
    "ig_photo": ("instagram", 1, {"first_comment": "#ig"}),
    "ig_carousel": ("instagram", 2, {}),
    "ig_photo_story": ("instagram", 1, {"kind": "story"}),
}
EVERYTHING = bool(os.environ.get("CRASH_ALL"))


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
    made = {}
    for kind, (place, photos, fields) in KINDS.items():
        channel = getattr(kitchen, place)
        made[kind] = kitchen.plan(channel, kitchen.post(f"A {kind}", photos, **fields))
    if label.split(".")[0] in ("read", "commented"):
        bring_into_doubt(kitchen, label, made)
    stopped, met = forked(label, f"{action}@{number}")
    assert met or number > 1, "nobody passed this place"
    for _ in range(15):
        kitchen.run()
        open_ones = [one for one in made.values() if not over(kitchen, one)]
        if not open_ones:
            break
        for one in open_ones:
            kitchen.later(one, seconds=100)
    if stopped:
        let_go_on(stopped)
        kitchen.run()
    seen = {
        one["object_id"]: one for place in (kitchen.page, kitchen.instagram) for one in kitchen.visible(place)
    }
    published = {kind: kitchen.fresh(one) for kind, one in made.items()}
    assert {kind: one.state for kind, one in published.items()} == dict.fromkeys(KINDS, State.PUBLISHED)
    assert sorted(seen) == sorted(one.remote_id for one in published.values())
    for kind, one in published.items():
        assert len(seen[one.remote_id]["media"]) == KINDS[kind][1]
    assert no_flip_without_a_read_between(kitchen)
    assert comments(kitchen) == ["#fb", "#ig"]


def over(kitchen, publication) -> bool:
    return kitchen.due(publication).state == State.PUBLISHED and kitchen.due(publication).comment in (
        "",
        "done",
    )


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
        key = call["params"].get("creation_id") or call["path"].strip("/")
        if call["label"] in ("post.publish", "ig.media_publish"):
            if key in flipped:
                return False
            flipped.add(key)
        elif call["method"] == "GET":
            flipped.discard(key)
    return True
