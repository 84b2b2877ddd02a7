"""Killed, stopped, broken or cut off from the database at every named place, for every kind of post: the
public sees it exactly once, with all its photos.

CRASH_ALL=1 runs every kind with every action; otherwise every label is killed for the two commonest kinds,
and the other actions run for one of them.
"""

import os

import pytest

from posting.states import State
from tests.crash.crashing import forked, labels, let_go_on

LABELS = labels()
ACTIONS = ("kill", "stop", "raise", "drop")
KINDS = {
    "fb_text": ("page", 0, {}),
    "fb_link": ("page", 0, {"link": "https://example.com/"}),
    "fb_photo": ("page", 1, {}),
    "fb_photos": ("page", 3, {}),
    "ig_photo": ("instagram", 1, {}),
    "ig_carousel": ("instagram", 2, {}),
    "ig_photo_story": ("instagram", 1, {"kind": "story"}),
}
EVERYTHING = bool(os.environ.get("CRASH_ALL"))


def cases():
    for kind in KINDS:
        for action in ACTIONS:
            common = kind in ("fb_photo", "ig_photo")
            if EVERYTHING or (common and (action == "kill" or kind == "fb_photo")):
                yield from ((kind, label, action) for label in LABELS)


def test_the_matrix_covers_every_label_of_the_source():
    assert {label for _, label, action in cases() if action == "kill"} == set(LABELS)
    assert {"flip.before_send", "flip.answered", "claim.committed", "outcome.written"} <= set(LABELS)


@pytest.mark.parametrize(("kind", "label", "action"), list(cases()))
def test_the_public_sees_it_exactly_once(kitchen, kind, label, action):
    place, photos, fields = KINDS[kind]
    channel = getattr(kitchen, place)
    publication = kitchen.plan(channel, kitchen.post("Pizza day", photos, **fields))
    stopped = forked(label, action)
    for _ in range(12):
        kitchen.run()
        if kitchen.fresh(publication).state == State.PUBLISHED:
            break
        kitchen.later(publication, seconds=100)
    if stopped:
        let_go_on(stopped)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    (seen,) = kitchen.visible(channel)
    assert len(seen["media"]) == photos
    assert no_flip_without_a_read_between(kitchen)


def no_flip_without_a_read_between(kitchen) -> bool:
    """The sandbox's own record: after a flip, the same object is read before it is flipped again."""
    flipped: set[str] = set()
    for call in kitchen.meta.control("calls")["calls"]:
        key = call["params"].get("creation_id") or call["path"].strip("/")
        if call["label"] in ("post.publish", "ig.media_publish"):
            if key in flipped:
                return False
            flipped.add(key)
        elif call["method"] == "GET":
            flipped.discard(key)
    return True
