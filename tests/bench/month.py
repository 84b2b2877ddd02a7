"""`make bench-month`: 31 posts from the request to the last written day, with a model that takes two seconds.

SECONDS=2 PLANS=basic,pro make bench-month. What is measured is what a worker does: the strategy is asked for, then the
days are written side by side in turns. The processor time is that of this process alone.
"""

import itertools
import json
import os
import random
import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.batching import places
from content.calendar import services, working
from content.calendar.models import CalendarSlot
from content.calendar.words import CalendarState, SlotState
from content.repetition import opening
from tenants.access import Actor
from tests.content import model_server
from tests.content.conftest import add_dish
from tests.posting.conftest import make_channel

WORDS = re.findall(
    r"\w+",
    """evening window table street corner music rain friends candle light chair laughter story neighbour season
    morning market walk door bell chef apron flour garden summer winter river bridge lantern football tickets
    parents birthday holiday quiet loud early late warm golden slow quick honest simple proud curious hungry""",
)
SECONDS = float(os.environ.get("SECONDS", "2"))
PLANS = os.environ.get("PLANS", "basic,pro").split(",")
DISHES = ("Margherita", "Pepperoni", "Tiramisu", "Garlic Knots", "Caesar Salad", "Basil Lemonade", "Calzone")


def slow_model():
    """Words that share little, as a good model's do: what is measured is the time."""
    rng = random.Random(7)
    lines = (" ".join(rng.sample(WORDS, 14)).capitalize() + "." for _ in itertools.count())

    def answer(handler, body):
        time.sleep(SECONDS)
        if "strategy" in json.dumps(body["response_format"]):
            text = json.dumps({"days": []})
        else:
            line = next(lines)
            variant = {"caption": line, "hashtags": [], "dishes": [], "angle": line[:10]}
            text = json.dumps({"variants": [variant]})
        model_server.send(handler, 200, model_server.completion(text))

    return answer


@pytest.mark.parametrize("plan", PLANS)
def test_a_month_of_31_posts_from_end_to_end(committed_cast, settings, plan):
    settings.AI_CONFIGURED, settings.OPENAI_API_KEY = True, "sk-test-0123456789"
    committed_cast.cafe.plan = plan
    committed_cast.cafe.save(update_fields=["plan"])
    with model_server.running() as model, tenant_context(committed_cast.cafe):
        settings.OPENAI_BASE_URL, settings.GPT_TEXT_MODEL = model.url, "gpt-4o-mini"
        model.script = [slow_model()]
        make_channel()
        for name in DISHES:
            add_dish(name)
        now = timezone.now()
        began, processor = time.monotonic(), time.process_time()
        calendar = services.create_calendar(
            first=now.date() + timedelta(days=40), count=31, by=Actor("user", "1", "Alice"), now=now
        )
        marks = []
        while working.advance(calendar_id=calendar.pk):
            marks.append(f"{time.monotonic() - began:.1f}")
        took, processor = time.monotonic() - began, time.process_time() - processor
        calendar.refresh_from_db()
        slots = list(CalendarSlot.objects.filter(calendar=calendar).select_related("generation"))
        by_ai = sum(bool(slot.generation and slot.generation.source == "ai") for slot in slots)
        openings = {opening(slot.generation.variants[0]["caption"]) for slot in slots if slot.generation}
        print(
            f"\n{plan}: {places(plan)} at once, {took:.1f} s ({processor:.1f} s of processor time), {len(model.asked)}"
            f" calls, {len(openings)} different openings, {by_ai} by AI,"
            f" turns ended at {', '.join(marks) or 'none before the last'}"
        )
        assert calendar.state == CalendarState.READY
        assert {slot.state for slot in slots} == {SlotState.WRITTEN}
        assert len(openings) == 31
