"""Meta's limits: what was asked to be quiet is quiet, also in doubt, and a full day is said in time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from posting.dispatch.models import AppGate, ChannelSlot
from posting.states import State
from tests.posting.test_looking_ahead import again, look, plan
from tests.posting.test_surfaces import settle

MINUTE = timedelta(minutes=1)


def calls(kitchen) -> int:
    return len(kitchen.meta.control("calls?limit=2000")["calls"])


@pytest.mark.parametrize(
    ("place", "label", "code"), [("instagram", "ig.media_publish", 80002), ("page", "post.publish", 4)]
)
def test_after_a_throttled_flip_nothing_is_asked_until_meta_allows_it(kitchen, place, label, code):
    publication = kitchen.plan(getattr(kitchen, place), kitchen.post(photos=1))
    kitchen.meta.fault("throttle", label, code=code, minutes=7)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.VERIFYING
    before = calls(kitchen)
    kitchen.later(publication, seconds=3)
    kitchen.run()
    assert calls(kitchen) == before
    ChannelSlot.objects.update(cooldown_until=None)  # the time that Meta named is over
    AppGate.objects.update(closed_until=None)
    for _ in range(5):
        kitchen.later(publication, minutes=8)
        kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert len(kitchen.visible(getattr(kitchen, place))) == 1


def test_a_full_day_on_instagram_rests_the_channel_and_the_owner_reads_why(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.control("config", {"ig_quota_total": 0})
    kitchen.run()
    waiting = kitchen.fresh(publication)
    assert waiting.state == State.VERIFYING
    assert "daily number of posts" in waiting.reason_text
    slot = ChannelSlot.objects.get(pk=kitchen.instagram.pk)
    assert slot.cooldown_until > timezone.now() + 25 * MINUTE
    kitchen.meta.control("config", {"ig_quota_total": 50})
    ChannelSlot.objects.update(cooldown_until=None)
    for _ in range(5):
        kitchen.later(publication, minutes=2)
        kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert len(kitchen.visible(kitchen.instagram)) == 1


def test_a_full_day_on_instagram_is_said_before_the_moment_and_taken_back(kitchen):
    kitchen.plan(kitchen.instagram, kitchen.post("First", 1))
    kitchen.run()
    kitchen.meta.control("config", {"ig_quota_total": 1})
    publication = plan(kitchen, "instagram", ahead=timedelta(hours=5))
    (said,) = look(kitchen)
    assert "Instagram takes 1 posts in 24 hours, and all are used" in said
    kitchen.meta.control("config", {"ig_quota_total": 50})
    again(publication)
    assert look(kitchen) == []


@pytest.mark.parametrize(("photos", "after"), [(1, 0), (3, 1)])
def test_a_container_that_instagram_lost_is_made_anew(kitchen, photos, after):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=photos))
    kitchen.meta.fault("container_error", "ig.media.create", subcode=2207032, after=after)
    for _ in range(3):
        kitchen.run()
        kitchen.later(publication, seconds=10)
    kitchen.run()
    assert kitchen.fresh(publication).state == State.PUBLISHED
    (seen,) = kitchen.visible(kitchen.instagram)
    assert len(seen["media"]) == photos


def test_a_container_that_cannot_be_made_says_why_in_the_words_of_its_answer(kitchen):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.fault("container_error", "ig.media.create", subcode=2207009)
    kitchen.run()
    refused = kitchen.fresh(publication)
    assert refused.state == State.REJECTED
    assert "this shape" in refused.reason_text


def test_a_page_that_is_full_stops_neither_itself_when_it_is_due_nor_others(kitchen):
    kitchen.meta.control("config", {"business_usage_percent": 95})
    made = [
        kitchen.plan(kitchen.page, kitchen.post(photos=1)),
        kitchen.plan(kitchen.instagram, kitchen.post(photos=1)),
    ]
    kitchen.run()
    assert {kitchen.fresh(one).state for one in made} == {State.PUBLISHED}
    assert AppGate.objects.get().usage == 0


def test_a_tired_meta_still_lets_what_is_due_come_out_of_its_preparation(kitchen):
    kitchen.meta.control("config", {"ig_image_processing_seconds": 0.5})
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    kitchen.meta.control("config", {"app_usage_percent": 90})
    done = settle(kitchen, publication)
    assert AppGate.objects.get().usage == 90
    assert done.state == State.PUBLISHED
