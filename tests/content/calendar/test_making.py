"""From a wish to a month of written posts, with everything that can stop in between."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from content.calendar import services, tasks, working
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import CalendarState, PlanMode, SlotState
from content.models import Exchange, Generation, MenuItem, Post
from content.words import Approval, Kind, Source, State
from tenants.errors import Refused
from tests.content.calendar.conftest import DECEMBER, NOW
from tests.content.model_server import fails, send, writes


def many(*texts):
    """A model with another caption each time."""
    turn = iter(range(10_000))

    def answer(handler, body):
        n = next(turn)
        writes(f"{texts[n % len(texts)]} {WORDS[n % len(WORDS)]} {WORDS[(n * 7 + 3) % len(WORDS)]} no {n}.")(
            handler, body
        )

    return answer


WORDS = (
    "Tonight", "Basil", "Neighbours", "Flour", "Crust", "Corner", "Kitchen", "Sunday", "Window", "Candle", "Herbs",
    "Oven",
    "Table", "Friends", "Bread", "Olives", "Garden", "Salt",
)  # fmt: skip


@pytest.fixture
def model_writes(ai):
    ai.script = [many("Come by", "Look at this", "We thought of you", "Something warm", "A small pleasure")]
    return ai


def test_a_month_stands_at_once_and_is_written_slot_by_slot(plan, finish, model_writes):
    calendar = plan(count=8)
    assert calendar.running
    assert calendar.slots.count() == 8
    calendar = finish(calendar)
    assert calendar.state == CalendarState.READY
    for slot in calendar.slots.select_related("post", "generation"):
        assert slot.state == SlotState.WRITTEN
        assert slot.post.caption
        assert slot.post.approval == Approval.NEEDS_APPROVAL  # nothing goes out unseen
        assert slot.generation.source == Source.AI
        assert slot.generation.used_by_id == slot.post_id
    assert calendar.lines.count() == 11  # planned, a word on the strategy, eight days, done


def test_without_ai_it_is_still_a_month(plan, finish):
    calendar = finish(plan(count=31))
    assert calendar.state == CalendarState.READY
    assert {slot.generation.source for slot in calendar.slots.select_related("generation")} == {
        Source.TEMPLATE
    }
    assert calendar.estimate == 0


def test_mixed_mode_asks_the_model_for_every_second_post(plan, finish, model_writes):
    calendar = plan(count=10, mode=PlanMode.MIXED)
    assert calendar.estimate > 0
    finish(calendar)
    sources = [
        slot.generation.source for slot in calendar.slots.select_related("generation").order_by("position")
    ]
    assert sources == [Source.AI, Source.TEMPLATE] * 5


def test_the_same_request_sent_twice_makes_one_month(plan):
    key = uuid4()
    assert plan(key=key).pk == plan(key=key).pk
    assert Calendar.objects.count() == 1


@pytest.mark.parametrize("count", [4, 32, 0, -1])
def test_an_impossible_number_is_refused_and_nothing_is_kept(plan, count):
    with pytest.raises(Refused, match="5 to 31"):
        plan(count=count)
    assert not Calendar.objects.exists()


def test_a_month_that_is_over_is_refused(plan):
    with pytest.raises(Refused, match="is over"):
        plan(first=DECEMBER - timedelta(days=40))


def test_a_restaurant_without_channels_is_told_to_connect_one(cafe, by):
    with pytest.raises(Refused, match="Connect a Facebook Page") as caught:
        services.create_calendar(first=DECEMBER, by=by, now=NOW)
    assert caught.value.fix == "connect"


def test_a_model_that_fails_half_the_time_still_gives_a_whole_month(plan, finish, ai):
    good, turn = many("Come by"), iter(range(1000))

    def half(handler, body):
        (good if next(turn) % 2 else fails(500))(handler, body)

    ai.script = [half]
    calendar = plan(count=8)
    clock = iter(NOW + timedelta(seconds=n) for n in range(100_000))
    calendar = finish(calendar, clock=lambda: next(clock), rounds=200)
    assert calendar.state == CalendarState.READY
    assert calendar.slots.to_review().count() == 8


def test_a_finished_slot_is_never_written_or_paid_again(plan, finish, model_writes):
    calendar = finish(plan(count=5))
    asked, posts = Exchange.objects.count(), Post.objects.count()
    finish(calendar)
    for slot in calendar.slots.all():
        assert working.work(slot_id=slot.pk, clock=lambda: NOW) is None
    assert (Exchange.objects.count(), Post.objects.count()) == (asked, posts)


def test_a_worker_that_died_after_the_answer_costs_nothing_more(plan, finish, model_writes):
    calendar = plan(count=5)
    slot = calendar.slots.in_order().first()
    working._words(working._claim(slot.pk, NOW), lambda: NOW)  # and then the worker was killed
    assert working.work(slot_id=slot.pk, clock=lambda: NOW) is None  # its lease still runs
    later = NOW + working.LEASE + timedelta(seconds=1)
    assert working.waiting(now=later) == [calendar.pk]
    finish(calendar, clock=lambda: later)
    captions = Generation.objects.filter(kind=Kind.CAPTION)
    exchanges = Exchange.objects.filter(generation__in=captions)
    assert captions.count() == exchanges.count() == Post.objects.count() == 5


def test_a_worker_that_wakes_up_too_late_changes_nothing(plan, model_writes):
    calendar = plan(count=5)
    slot = calendar.slots.in_order().first()
    late = working._claim(slot.pk, NOW)
    generation = working._words(late, lambda: NOW)
    done = working.work(slot_id=slot.pk, clock=lambda: NOW + working.LEASE * 2)
    assert done.state == SlotState.WRITTEN
    working._finish(late, generation, NOW + working.LEASE * 3)
    assert Post.objects.count() == 1


def test_cancelling_keeps_what_is_written(plan, by, model_writes):
    calendar = plan(count=8)
    working.advance(calendar_id=calendar.pk, clock=lambda: NOW, at_once=3)
    written = calendar.slots.to_review().count()
    calendar = services.cancel_calendar(calendar=calendar, by=by, now=NOW)
    assert calendar.state == CalendarState.CANCELLED
    assert calendar.slots.to_review().count() == written
    assert not calendar.slots.unfinished().exists()
    assert not working.advance(calendar_id=calendar.pk, clock=lambda: NOW)


def test_one_day_that_failed_can_be_tried_again(plan, finish, by, model_writes):
    calendar = plan(count=5)
    slot = calendar.slots.exclude(menu_item=None).first()
    MenuItem.objects.filter(pk=slot.menu_item_id).update(available=False, unavailable_since=NOW)
    calendar = finish(calendar)
    slot.refresh_from_db()
    assert slot.state == SlotState.FAILED
    assert "not available" in slot.error
    assert calendar.state == CalendarState.READY
    MenuItem.objects.update(available=True, unavailable_since=None)
    services.write_again(slot=slot, by=by, now=NOW)
    calendar = finish(calendar)
    slot.refresh_from_db()
    assert slot.state == SlotState.WRITTEN


def test_other_words_are_a_new_exchange_and_the_same_post(plan, finish, by, model_writes):
    calendar = finish(plan(count=5))
    slot = calendar.slots.select_related("post").first()
    post, first = slot.post_id, slot.post.caption
    services.write_again(slot=slot, by=by, now=NOW)
    finish(calendar)
    slot.refresh_from_db()
    assert slot.post_id == post
    assert slot.post.caption != first
    assert slot.post.approval == Approval.NEEDS_APPROVAL
    assert Generation.objects.filter(kind=Kind.CAPTION, state=State.ANSWERED).count() == 6


def test_a_skipped_post_comes_back_as_it_was(plan, finish, by):
    calendar = finish(plan(count=5))
    slot = calendar.slots.first()
    assert services.skip(slot=slot, by=by, now=NOW).state == SlotState.SKIPPED
    assert services.unskip(slot=slot, by=by, now=NOW).state == SlotState.WRITTEN


def test_another_day_is_stored_as_instant_and_wall_time(plan, by):
    slot = plan(count=5).slots.first()
    moved = services.move_slot(slot=slot, publish_at=NOW + timedelta(days=40), by=by, now=NOW)
    assert moved.local_at == "2027-01-03T12:00"  # Chicago
    with pytest.raises(Refused, match="passed"):
        services.move_slot(slot=slot, publish_at=NOW - timedelta(minutes=1), by=by, now=NOW)


def test_the_next_month_does_not_begin_with_what_the_last_one_ended_with(plan, finish):
    first = plan(count=15)
    second = plan(first=DECEMBER + timedelta(days=31), count=15)
    shown = {}
    for slot in CalendarSlot.objects.filter(calendar__in=[first, second]).exclude(menu_item=None).in_order():
        before = shown.get(slot.menu_item_id)
        assert before is None or (slot.publish_at.date() - before).days >= 6
        shown[slot.menu_item_id] = slot.publish_at.date()


def test_the_estimate_is_stated_before_and_the_cost_stays_near_it(plan, finish, model_writes):
    calendar = finish(plan(count=8))
    cost = sum(slot.generation.cost for slot in calendar.slots.select_related("generation"))
    assert 0 < cost <= calendar.estimate * 2


def test_a_month_nobody_was_woken_for_is_found_by_the_sweep(plan):
    calendar = plan(count=5)
    assert working.waiting(now=NOW) == [calendar.pk]


def test_the_task_makes_one_round_and_asks_for_the_next(plan, monkeypatch):
    calendar = plan(count=5, now=timezone.now() - timedelta(seconds=1))
    woken = []
    monkeypatch.setattr(tasks.write_month, "wake", lambda **ids: woken.append(ids))
    monkeypatch.setattr(working, "places", lambda plan: 1)
    tasks.write_month.run(calendar_id=str(calendar.pk))
    assert calendar.slots.to_review().count() == 1
    assert woken == [{"calendar_id": str(calendar.pk)}]


def test_a_busy_vendor_is_asked_again_later(plan, finish, ai):
    ai.script = [lambda h, b: send(h, 429, b"{}", {"Retry-After": "5"}), many("Come by")]
    calendar = plan(count=5)
    clock = iter(NOW + timedelta(seconds=n / 2) for n in range(100_000))
    calendar = finish(calendar, clock=lambda: next(clock), rounds=200)
    assert calendar.state == CalendarState.READY
