from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from content.calendar import services, working
from content.calendar.models import Calendar
from tests.content.conftest import add_dish
from tests.posting.conftest import make_channel

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
DECEMBER = date(2026, 12, 1)
DISHES = (
    "Margherita",
    "Pepperoni",
    "Garlic Knots",
    "Caesar Salad",
    "Tiramisu",
    "Basil Lemonade",
    "Carbonara",
    "Calzone",
)


@pytest.fixture
def ready(cafe: Any) -> Any:
    """The cafe with a Page, an Instagram account and a menu of eight dishes."""
    make_channel()
    make_channel("instagram", "17841400000000001")
    for name in DISHES:
        add_dish(name, section="Kitchen", description=f"{name} as we like it")
    return cafe


@pytest.fixture
def plan(ready: Any, by: Any) -> Callable[..., Calendar]:
    def make(**wanted: Any) -> Calendar:
        return services.create_calendar(**({"first": DECEMBER, "by": by, "now": NOW} | wanted))

    return make


@pytest.fixture
def finish() -> Callable[..., Calendar]:
    """Rounds of work, one slot after the other on this connection, with a clock that stands still unless moved."""

    def run(calendar: Calendar, *, clock: Callable[[], datetime] = lambda: NOW, rounds: int = 60) -> Calendar:
        for _ in range(rounds):
            if not working.advance(calendar_id=calendar.pk, clock=clock, at_once=1):
                break
        calendar.refresh_from_db()
        return calendar

    return run
