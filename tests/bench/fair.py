"""`make bench-fair`: a hundred restaurants ask for a month in the same second; one for 31 posts, the rest for 8.

TENANTS=100 POSTS=8 SECONDS=0.2 THREADS=4 make bench-fair

Threads take wake-ups from one queue as the worker of `make up` does, and whoever is not done goes to its end. Printed:
when the first and the last post of each restaurant stood. SHORT=0 shows it with turns of full length.
"""

from __future__ import annotations

import json
import os
import queue
import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median, quantiles
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from content.calendar import services, working
from content.calendar.models import Calendar
from content.calendar.tasks import CROWD
from content.calendar.words import CalendarState, SlotState
from content.chores import due
from tenants import provisioning
from tenants.access import Actor
from tenants.models import Tenant
from tests.content import model_server
from tests.content.conftest import add_dish
from tests.posting.conftest import make_channel

TENANTS = int(os.environ.get("TENANTS", "100"))
POSTS = int(os.environ.get("POSTS", "8"))
SECONDS = float(os.environ.get("SECONDS", "0.2"))
THREADS = int(os.environ.get("THREADS", "4"))
SHORT = os.environ.get("SHORT", "1") == "1"
WORDS = (
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
    "candle",
)


@pytest.fixture
def restaurants(transactional_db: None) -> Iterator[list[Tenant]]:
    made = []
    with schema_context("public"):
        for number in range(TENANTS):
            name = f"fair{number}"
            tenant = Tenant.objects.create(slug=name, name=name, schema_name=f"t_{name}", plan="basic")
            provisioning.create_schema(tenant)
            with tenant_context(tenant):
                make_channel(remote_id=f"9{number}")
                for dish in ("Margherita", "Pepperoni", "Tiramisu", "Lemonade"):
                    add_dish(dish)
            made.append(tenant)
    yield made
    for tenant in made:
        provisioning.drop_schema(tenant)


def answer(handler: Any, body: Any) -> None:
    time.sleep(SECONDS)
    text = " ".join(random.choices(WORDS, k=9)).capitalize() + f" {random.randrange(10**6)}."
    variant = {"caption": text, "hashtags": [], "dishes": [], "angle": text[:12]}
    model_server.send(handler, 200, model_server.completion(json.dumps({"variants": [variant]})))


def spread(name: str, times: list[float]) -> str:
    cuts = quantiles(times, n=20)
    return (
        f"  {name:12} first {min(times):5.1f} s   median {median(times):5.1f} s   p95 {cuts[-1]:5.1f} s"
        f"   last {max(times):5.1f} s"
    )


@pytest.mark.timeout(900)
def test_bench(restaurants: list[Tenant], settings: Any) -> None:
    settings.AI_CONFIGURED, settings.OPENAI_API_KEY = True, "sk-test-0123456789"
    by = Actor("user", "1", "Alice")
    waiting: queue.SimpleQueue[tuple[Tenant, Any]] = queue.SimpleQueue()
    firsts: dict[str, float] = {}
    ends: dict[str, float] = {}
    turns = [0]

    def round_of(tenant: Tenant, key: Any) -> None:
        with tenant_context(tenant):
            more = working.advance(calendar_id=key, crowded=SHORT and due.months() > CROWD)
            calendar = Calendar.objects.get(pk=key)
            at = time.monotonic() - began
            if calendar.slots.filter(state=SlotState.WRITTEN).exists():  # type: ignore[attr-defined]
                firsts.setdefault(tenant.slug, at)
            if calendar.state == CalendarState.READY:
                ends[tenant.slug] = at
            elif more:
                waiting.put((tenant, key))
            else:  # put off for a moment: what the sweep and the page's look would find
                threading.Timer(1.0, waiting.put, [(tenant, key)]).start()

    def work() -> None:
        try:
            while len(ends) < len(restaurants):
                try:
                    tenant, key = waiting.get(timeout=0.2)
                except queue.Empty:
                    continue
                turns[0] += 1
                try:
                    round_of(tenant, key)
                except Exception as error:  # in the worker: logged, and the sweep finds the row
                    print(f"  {tenant.slug}: {type(error).__name__}: {error}"[:300])
                    connection.close()
                    threading.Timer(1.0, waiting.put, [(tenant, key)]).start()
        finally:
            connection.close()

    with model_server.running() as model:
        model.script = [answer]
        settings.OPENAI_BASE_URL, settings.GPT_TEXT_MODEL = model.url, "gpt-4o-mini"
        for number, tenant in enumerate(restaurants):
            with tenant_context(tenant):
                now = timezone.now()
                made = services.create_calendar(
                    first=now.date() + timedelta(days=40), count=31 if number == 0 else POSTS, by=by, now=now
                )
                waiting.put((tenant, made.pk))
        began, processor = time.monotonic(), time.process_time()
        hands = [threading.Thread(target=work) for _ in range(THREADS)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        took, processor = time.monotonic() - began, time.process_time() - processor
    large = restaurants[0].slug
    print(
        f"\n{TENANTS} restaurants, {POSTS} posts each (one 31), a model of {SECONDS} s, {THREADS} threads,"
        f" {'short' if SHORT else 'whole'} turns: {took:.1f} s, {processor:.1f} s of processor time, {turns[0]} turns"
    )
    print(spread("first post", [at for slug, at in firsts.items() if slug != large]))
    print(spread("whole month", [at for slug, at in ends.items() if slug != large]))
    print(f"  the large one: first post {firsts[large]:.1f} s, whole month {ends[large]:.1f} s")
