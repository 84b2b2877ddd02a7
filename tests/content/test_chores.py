"""Whose writing must be looked after is a public row: no sweep walks over all restaurants, and none is forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from content import services, sweeping, tasks
from content.calendar import services as calendar_services
from content.calendar import tasks as calendar_tasks
from content.calendar import working
from content.chores import due
from content.chores.models import Chore
from content.models import Exchange, Generation
from content.words import State
from tests.posting.conftest import make_channel

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ask(cafe, menu, by, now, settings):
    settings.AI_CONFIGURED = True
    Chore.objects.all().delete()
    return lambda **values: services.request_caption(
        platform="facebook", by=by, now=now, wake=False, **values
    )


@pytest.fixture
def woken(monkeypatch):
    found = []
    for task in (tasks.write_caption, calendar_tasks.write_month):
        monkeypatch.setattr(task, "wake", lambda name=task.name, **ids: found.append(name.rsplit(".", 1)[-1]))
    return found


def test_a_caption_that_waits_is_looked_after_a_minute_later(ask, now, woken, cafe):
    asked = ask()
    assert Chore.objects.get().due_at == now + MINUTE
    with schema_context("public"):
        assert due.take(now=now, most=10) == []
        assert due.take(now=now + MINUTE, most=10) == [cafe.schema_name]
        assert due.take(now=now + MINUTE, most=10) == [], "leased: two dispatchers do not send it twice"
    sweeping.sweep(now=now + MINUTE)
    assert woken == ["write_caption"]
    Generation.objects.filter(pk=asked.pk).update(state=State.FAILED, reason="crashed")
    sweeping.sweep(now=now + 2 * MINUTE)
    assert not Chore.objects.exists(), "nothing is left, nobody looks again"


def test_templates_leave_nothing_to_look_after(cafe, menu, by, now):
    Chore.objects.all().delete()
    services.request_caption(platform="facebook", by=by, now=now)
    assert not Chore.objects.exists()


def test_exchanges_are_forgotten_on_their_day_without_anybody_looking_before(ask, now, settings, woken):
    asked = ask()
    Exchange.objects.create(
        generation=asked, number=1, purpose="write", sent_at=now, request={"a": 1}, model="m", reserved=0, settled=True
    )  # fmt: skip
    Generation.objects.filter(pk=asked.pk).update(state=State.FAILED, reason="crashed")
    sweeping.sweep(now=now)
    day = now + timedelta(days=settings.AI_EXCHANGE_DAYS)
    assert Chore.objects.get().due_at == day
    sweeping.sweep(now=day + MINUTE)
    assert Exchange.objects.get().request == {}
    assert not Chore.objects.exists()


def test_a_month_counts_as_being_written_until_it_is_ready(cafe, menu, by, now, woken):
    make_channel()
    calendar = calendar_services.create_calendar(
        first=now.date() + timedelta(days=40), count=5, by=by, now=now
    )
    assert due.months() == 1
    sweeping.sweep(now=now + MINUTE)
    assert "write_month" in woken
    assert due.months() == 1
    while working.advance(calendar_id=calendar.pk, at_once=1, clock=lambda: now + MINUTE):
        pass
    assert due.months() == 0


def test_among_many_a_turn_is_short_and_alone_it_is_long(cafe, menu, by, monkeypatch):
    make_channel()
    now = timezone.now()
    calendar = calendar_services.create_calendar(
        first=now.date() + timedelta(days=40), count=12, by=by, now=now
    )
    monkeypatch.setattr(working, "places", lambda plan: 1)
    turns = []
    monkeypatch.setattr(working, "work", lambda *, slot_id, clock: turns.append(slot_id))
    working.advance(calendar_id=calendar.pk, crowded=True)
    assert len(turns) <= working.SHORT_TURN


def test_the_dispatcher_sends_one_task_for_each_restaurant_that_is_due(ask, cast, now, monkeypatch):
    ask()
    with tenant_context(cast.bakery):
        due.note(timezone.now() - MINUTE)
    Chore.objects.filter(pk=cast.cafe.pk).update(due_at=timezone.now() - MINUTE)
    sent = []
    monkeypatch.setattr(tasks.sweep_writing, "apply_async", lambda headers: sent.append(headers["tenant"]))
    with schema_context("public"):
        assert tasks.sweep_all_writing.run() == 2
    assert sorted(sent) == sorted([cast.cafe.schema_name, cast.bakery.schema_name])
