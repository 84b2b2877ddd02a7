"""From a scheduled row to a visible post at the sandbox, with the real loop, threads and HTTP."""

import pytest

from posting.states import State


def calls(kitchen, publication):
    return [f"{a.call} {a.request.split(' ')[0]} {a.klass}" for a in kitchen.attempts(publication)]


@pytest.mark.parametrize(
    ("photos", "link", "kind"),
    [
        (0, "", "fb_text"),
        (0, "https://example.com/menu", "fb_link"),
        (1, "", "fb_photo"),
        (3, "", "fb_photos"),
    ],
)
def test_a_page_post_is_visible_once_with_all_its_photos(kitchen, photos, link, kind):
    publication = kitchen.plan(kitchen.page, kitchen.post("Pizza day", photos, link=link))
    kitchen.run()
    done = kitchen.fresh(publication)
    (seen,) = kitchen.visible(kitchen.page)
    assert (done.kind, done.state) == (kind, State.PUBLISHED)
    assert (seen["object_id"], seen["message"], len(seen["media"])) == (done.remote_id, "Pizza day", photos)
    assert done.permalink
    assert done.published_at >= done.publish_at
    assert calls(kitchen, publication).count("flip POST accepted") == 1


@pytest.mark.parametrize(("photos", "kind"), [(1, "ig_photo"), (3, "ig_carousel")])
def test_an_instagram_post_is_visible_once_with_all_its_photos(kitchen, photos, kind):
    publication = kitchen.plan(kitchen.instagram, kitchen.post("Pizza day", photos))
    kitchen.run()
    done = kitchen.fresh(publication)
    (seen,) = kitchen.visible(kitchen.instagram)
    assert (done.kind, done.state) == (kind, State.PUBLISHED)
    assert (seen["object_id"], seen["message"], len(seen["media"])) == (done.remote_id, "Pizza day", photos)
    assert done.permalink


def test_the_timeline_tells_every_step(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    kitchen.run()
    steps = [(t.old, t.new) for t in kitchen.fresh_transitions(publication)]
    assert steps == [
        ("", "scheduled"),
        ("scheduled", "preparing"),
        ("preparing", "processing"),
        ("processing", "armed"),
        ("armed", "flipping"),
        ("flipping", "published"),
    ]
