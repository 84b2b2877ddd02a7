"""A worker that is killed ten times while it writes one month: every slot once, no answer paid for twice; and
restaurants that plan at the same time take turns.
"""

from __future__ import annotations

import ctypes
import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models import Count
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.calendar import services, working
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import CalendarState, SlotState
from content.models import Exchange, Generation, Post
from content.words import Kind, State
from tenants.access import Actor
from tests.content import model_server
from tests.content.conftest import add_dish
from tests.posting.conftest import make_channel

BY = Actor("user", "1", "Alice")
KILLS = 10
ADJECTIVES = (
    "Crisp", "Quiet", "Bright", "Slow", "Golden", "Rainy", "Smoky", "Late", "Early", "Sunny", "Busy", "Tender", "Salty",
)  # fmt: skip
NOUNS = (
    "morning",
    "oven",
    "table",
    "garden",
    "corner",
    "street",
    "kitchen",
    "window",
    "evening",
    "basket",
    "plate",
)


@contextmanager
def slow_model(settings: Any, seconds: float) -> Iterator[model_server.ModelServer]:
    chance = random.Random(1)

    def answer(handler: Any, body: Any) -> None:
        time.sleep(seconds)
        words = [
            chance.choice(ADJECTIVES),
            chance.choice(NOUNS),
            chance.choice(ADJECTIVES),
            chance.choice(NOUNS),
        ]
        text = f"{words[0]} {words[1]}, {words[2].lower()} {words[3]} {chance.randrange(10**6)}."
        model_server.writes(text, angle=text)(handler, body)

    with model_server.running() as server:
        server.script = [answer]
        settings.AI_CONFIGURED, settings.OPENAI_API_KEY = True, "sk-test-0123456789"
        settings.OPENAI_BASE_URL, settings.GPT_TEXT_MODEL = server.url, "gpt-4o-mini"
        yield server


def killed(calendar_id: Any, tenant: Any, after: float) -> None:
    """A worker in a process of its own, killed after so many seconds; its leases run out."""
    connections.close_all()  # a child must not speak on its parent's line
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive the test
        try:
            with tenant_context(tenant):
                while working.advance(calendar_id=calendar_id):
                    pass
        finally:
            os._exit(0)
    time.sleep(after)  # the only way to be killed at any point: this is what is tested
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    past = timezone.now() - timedelta(seconds=1)
    with tenant_context(tenant):
        Calendar.objects.filter(state=CalendarState.PLANNING).update(lease_until=past)
        CalendarSlot.objects.filter(state=SlotState.WRITING).update(lease_until=past)
        Generation.objects.filter(state=State.CLAIMED).update(lease_until=past)


@pytest.mark.timeout(120)
def test_ten_kills_during_one_month_lose_and_double_nothing(committed_cast: Any, settings: Any) -> None:
    tenant, chance = committed_cast.cafe, random.Random(7)
    with slow_model(settings, 0.15):
        with tenant_context(tenant):
            make_channel()
            for name in ("Margherita", "Pepperoni", "Tiramisu", "Lemonade"):
                add_dish(name)
            calendar = services.create_calendar(
                first=date.today() + timedelta(days=35), count=31, by=BY, now=timezone.now()
            )
        for _ in range(KILLS):
            killed(calendar.pk, tenant, chance.uniform(0.15, 0.6))
        with tenant_context(tenant):
            CalendarSlot.objects.update(next_action_at=timezone.now())
            Generation.objects.filter(state=State.PENDING).update(next_action_at=timezone.now())
            for _ in range(40):
                if not working.advance(calendar_id=calendar.pk):
                    CalendarSlot.objects.filter(state=SlotState.WAITING).update(next_action_at=timezone.now())
                calendar.refresh_from_db()
                if calendar.state == CalendarState.READY:
                    break
            slots = list(calendar.slots.all())  # type: ignore[attr-defined]
            assert calendar.state == CalendarState.READY
            assert {slot.state for slot in slots} == {SlotState.WRITTEN}
            assert len({slot.post_id for slot in slots}) == 31 == Post.objects.count()
            assert Generation.objects.filter(kind=Kind.CAPTION).count() == 31
            answered = Exchange.objects.filter(generation__kind=Kind.CAPTION, response__status=200, error="")
            first = answered.filter(purpose="write").values("generation").annotate(times=Count("pk"))
            assert {row["times"] for row in first} == {1}


@pytest.mark.timeout(120)
def test_a_small_restaurant_does_not_wait_for_the_whole_month_of_a_large_one(
    committed_cast: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker, a queue of wake-ups as Celery keeps it: whoever is not done goes to the end of it."""
    monkeypatch.setattr(working, "TURN", 0.3)
    monkeypatch.setattr(working, "places", lambda plan: 4)
    queue, order = [], []
    with slow_model(settings, 0.1):
        for tenant, count in ((committed_cast.cafe, 12), (committed_cast.bakery, 5)):
            with tenant_context(tenant):
                make_channel(remote_id=tenant.slug)
                made = services.create_calendar(
                    first=date.today() + timedelta(days=35), count=count, by=BY, now=timezone.now()
                )
                queue.append((tenant, made.pk))
        while queue:
            tenant, key = queue.pop(0)
            with tenant_context(tenant):
                if working.advance(calendar_id=key):
                    queue.append((tenant, key))
                elif Calendar.objects.get(pk=key).state == CalendarState.READY:
                    order.append(tenant.slug)
    assert order == ["bakery", "cafe"]
