"""With AI the model proposes a strategy and the planner keeps the rules; without a usable one the month stays good."""

import json
from collections import Counter
from itertools import pairwise

import pytest

from content.calendar import strategy, working
from content.calendar.words import CalendarState, SlotKind, SlotState
from content.models import Exchange, Generation
from content.words import Kind
from tests.content.calendar.conftest import NOW
from tests.content.calendar.test_making import many
from tests.content.model_server import fails, says


@pytest.fixture
def settle():
    return lambda calendar: strategy.settle(calendar=calendar, clock=lambda: NOW)


def proposes(**fixed):
    """A model that answers a strategy question with one kind and dish for every day, and captions otherwise."""
    captions = many("Come by")

    def answer(handler, body):
        text = body["messages"][-1]["content"]
        if body["response_format"]["json_schema"]["name"] != "strategy":
            return captions(handler, body)
        asked = json.loads(json.loads(text.split("<data>")[1].split("</data>")[0])["text"])
        days = [
            {
                "day": d["day"],
                "kind": "product",
                "dish": "Tiramisu",
                "idea": f"Idea {n}",
                "reason": "Because it fits",
                **fixed,
            }
            for n, d in enumerate(asked["days"])
        ]
        return says(json.dumps({"days": days}))(handler, body)

    return answer


def test_the_planner_takes_what_its_rules_allow(plan, settle, ai):
    ai.script = [proposes()]
    calendar = plan(count=12)
    assert calendar.state == CalendarState.PLANNING
    before = list(calendar.slots.in_order().values_list("publish_at", "kind"))
    assert settle(calendar)
    calendar.refresh_from_db()
    slots = list(calendar.slots.in_order().select_related("menu_item"))
    assert calendar.state == CalendarState.WRITING
    assert calendar.strategy.kind == Kind.STRATEGY
    assert [slot.publish_at for slot in slots] == [at for at, _kind in before]  # the days stay
    assert Counter(slot.kind for slot in slots) == Counter(
        kind for _at, kind in before
    )  # and so does the mix
    followed = [slot for slot in slots if slot.idea.startswith("Idea")]
    assert followed
    assert all(slot.kind == SlotKind.PRODUCT and slot.menu_item.name == "Tiramisu" for slot in followed)
    assert all(slot.reason == "Because it fits." for slot in followed)
    shown = [slot.publish_at for slot in slots if slot.menu_item and slot.menu_item.name == "Tiramisu"]
    assert all((b - a).days >= 6 for a, b in pairwise(shown))


def test_the_exchange_is_kept_and_asked_once(plan, settle, ai):
    ai.script = [proposes()]
    calendar = plan(count=8)
    assert settle(calendar)
    assert not settle(calendar)  # it is settled
    calendar.refresh_from_db()
    assert Exchange.objects.filter(generation=calendar.strategy).count() == 1
    assert calendar.strategy.cost > 0


@pytest.mark.parametrize(
    "answer",
    [
        fails(400),
        says("I would rather not."),
        says('{"days": []}'),
        says(
            json.dumps(
                {"days": [{"day": "1999-01-01", "kind": "product", "dish": "x", "idea": "", "reason": ""}]}
            )
        ),
    ],
)
def test_a_useless_answer_leaves_the_month_as_it_was(plan, settle, ai, answer):
    ai.script = [answer]
    calendar = plan(count=8)
    before = list(calendar.slots.in_order().values_list("kind", "menu_item", "reason"))
    assert settle(calendar)
    calendar.refresh_from_db()
    assert calendar.state == CalendarState.WRITING
    assert list(calendar.slots.in_order().values_list("kind", "menu_item", "reason")) == before


def test_a_worker_that_died_while_asking_does_not_stop_the_month(plan, ai):
    ai.script = [proposes()]
    calendar = plan(count=5)
    slots = list(calendar.slots.in_order())
    strategy._ask(calendar, slots, lambda: NOW)  # and killed before anything was stored
    later = NOW + strategy.LEASE * 2
    assert working.waiting(now=later) == [calendar.pk]
    assert strategy.settle(calendar=calendar, clock=lambda: later)
    assert Generation.objects.filter(kind=Kind.STRATEGY).count() == 1
    assert Exchange.objects.count() == 1


def test_a_whole_month_with_a_strategy_is_written(plan, finish, ai):
    ai.script = [proposes()]
    calendar = finish(plan(count=5))
    assert calendar.state == CalendarState.READY
    assert {slot.state for slot in calendar.slots.all()} == {SlotState.WRITTEN}
