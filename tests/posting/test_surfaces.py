"""Stories, reels and videos: the same promises, other verbs."""

import time

import pytest

from posting.states import State
from posting.surfaces import NoSurface, surface_for
from tests.posting.kitchen import FILM
from tests.sandbox_process import KRUSTY


def settle(kitchen, publication, rounds=20):
    """Meta digests videos for a while (three tenths of a real second): look again a little later."""
    for _ in range(rounds):
        kitchen.run()
        state = kitchen.fresh(publication).state
        if state in (State.PUBLISHED, State.NEEDS_OWNER):
            break
        if state == State.PROCESSING:
            time.sleep(0.1)
        kitchen.later(publication, seconds=40)
    kitchen.run()
    return kitchen.fresh(publication)


MOVING = [
    ("page", "fb_video", {}, "video.publish"),
    ("page", "fb_reel", {"kind": "reel"}, "page.video_reels.finish"),
    ("instagram", "ig_reel", {}, "ig.media_publish"),
    ("instagram", "ig_video_story", {"kind": "story"}, "ig.media_publish"),
]


@pytest.mark.parametrize(("place", "kind", "fields", "label"), MOVING, ids=lambda value: str(value)[:14])
def test_a_video_is_visible_once(kitchen, place, kind, fields, label):
    channel = getattr(kitchen, place)
    publication = kitchen.plan(channel, kitchen.post("Oven on", videos=1, **fields))
    done = settle(kitchen, publication)
    assert (done.kind, done.state) == (kind, State.PUBLISHED)
    assert len(kitchen.visible(channel)) == 1
    if kind != "ig_video_story":
        assert done.permalink


@pytest.mark.parametrize(("place", "kind", "fields", "label"), MOVING, ids=lambda value: str(value)[:14])
def test_a_lost_answer_to_a_videos_flip_is_looked_up(kitchen, place, kind, fields, label):
    channel = getattr(kitchen, place)
    publication = kitchen.plan(channel, kitchen.post("Oven on", videos=1, **fields))
    kitchen.meta.fault("lost_after_commit", label)
    done = settle(kitchen, publication)
    assert done.state == State.PUBLISHED
    assert len(kitchen.visible(channel)) == 1
    assert [a.klass for a in kitchen.attempts(publication) if a.call == "flip"] == ["unknown"]


@pytest.mark.parametrize(("place", "kind", "fields", "label"), MOVING, ids=lambda value: str(value)[:14])
def test_a_film_that_meta_cannot_use_is_refused_once_and_says_why(
    kitchen, monkeypatch, place, kind, fields, label
):
    monkeypatch.setitem(FILM, "seconds", 0.5)
    channel = getattr(kitchen, place)
    publication = kitchen.plan(channel, kitchen.post("Oven on", videos=1, **fields))
    for _ in range(12):
        kitchen.run()
        if kitchen.fresh(publication).state == State.REJECTED:
            break
        time.sleep(0.1)
        kitchen.later(publication, seconds=40)
    done = kitchen.fresh(publication)
    assert done.state == State.REJECTED and "video" in done.reason_text, (done.state, done.reason_text)
    assert kitchen.visible(channel) == []
    assert len([one for one in kitchen.attempts(publication) if one.call == "prepare"]) <= 3


def test_a_reel_says_where_it_is_and_its_file_goes_where_facebook_wants_it(kitchen):
    place = {"id": KRUSTY, "name": "Krusty Pizza"}
    post = kitchen.post("Oven on", videos=1, kind="reel", place=place)
    publication = kitchen.plan(kitchen.page, post)
    assert settle(kitchen, publication).state == State.PUBLISHED
    calls = kitchen.meta.control("calls?limit=100&label=page.video_reels.*")["calls"]
    assert [call["params"].get("place") for call in calls] == [None, KRUSTY]  # start, finish
    assert kitchen.meta.rupload in kitchen.due(publication).objects_made[0]


@pytest.mark.parametrize(
    ("place", "photos", "videos", "kind"),
    [
        ("page", 1, 0, "fb_photo_story"),
        ("page", 0, 1, "fb_video_story"),
        ("instagram", 1, 0, "ig_photo_story"),
    ],
)
def test_a_story_is_visible_once(kitchen, place, photos, videos, kind):
    channel = getattr(kitchen, place)
    publication = kitchen.plan(channel, kitchen.post("", photos, videos, kind="story"))
    done = settle(kitchen, publication)
    assert (done.kind, done.state) == (kind, State.PUBLISHED)
    assert len(kitchen.visible(channel)) == 1


def test_a_mixed_carousel_is_visible_with_all_its_parts(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post("Mixed", photos=2, videos=1))
    done = settle(kitchen, publication)
    assert (done.kind, done.state) == ("ig_carousel", State.PUBLISHED)
    (seen,) = kitchen.visible(kitchen.instagram)
    assert len(seen["media"]) == 3


@pytest.mark.parametrize(
    ("platform", "media", "wish", "code"),
    [
        ("instagram", [], "", "instagram_needs_media"),
        ("instagram", ["photo"] * 11, "", "too_many_media"),
        ("facebook", ["photo", "video"], "", "facebook_mixed"),
        ("facebook", [], "story", "story_one_medium"),
        ("instagram", ["photo", "photo"], "story", "story_one_medium"),
    ],
)
def test_what_cannot_appear_somewhere_says_why(platform, media, wish, code):
    with pytest.raises(NoSurface) as caught:
        surface_for(platform, media, wish=wish)
    assert caught.value.code == code
