"""The demo's public: off by default, reacts by itself when switched on, and only to what is visible."""

import time

FIELDS = "reactions.summary(total_count).limit(0),comments.summary(true).limit(0)"


def likes(world, post):
    return world.page.get(post, fields=FIELDS)["reactions"]["summary"]["total_count"]


def test_a_visible_post_is_met_and_a_hidden_one_is_not(world):
    world.box.control("config", {"lively_public": True})
    shown = world.page.post(f"{world.page_id}/feed", message="Pizza day")["id"]
    hidden = world.hidden_post("Not yet")
    world.box.control("clock", {"advance": 600})
    end = time.monotonic() + 30
    while not likes(world, shown) and time.monotonic() < end:
        time.sleep(0.1)
    assert likes(world, shown) > 0
    assert world.page.get(shown, fields=FIELDS)["comments"]["summary"]["total_count"] == 1
    assert likes(world, hidden) == 0


def test_nobody_reacts_unless_switched_on(world):
    assert world.box.control("config")["lively_public"] is False
