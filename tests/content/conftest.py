from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from content.models import BrandProfile, MenuItem
from content.writer import Writer
from tenants.access import Actor
from tests.content import model_server

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def by() -> Actor:
    return Actor("user", "7", "Alice")


@pytest.fixture
def model() -> Iterator[model_server.ModelServer]:
    with model_server.running() as server:
        yield server


@pytest.fixture
def ai(model: Any, settings: Any) -> model_server.ModelServer:
    """The product configured for the pretend model."""
    settings.AI_CONFIGURED = True
    settings.OPENAI_BASE_URL = model.url
    settings.OPENAI_API_KEY = "sk-test-0123456789"
    settings.GPT_TEXT_MODEL = "gpt-4o-mini"
    return model


@pytest.fixture
def asker(model: Any) -> Writer:
    return Writer(model.url, "sk-test-0123456789", "gpt-4o-mini", seconds=2)


def add_dish(name: str, **values: Any) -> MenuItem:
    values = {"section": "Pizza", "price": Decimal("12.50"), "currency": "USD"} | values
    if values.get("available") is False:
        values["unavailable_since"] = NOW
    return MenuItem.objects.create(name=name, created_at=NOW, updated_at=NOW, **values)


@pytest.fixture
def menu(cafe: Any) -> dict[str, MenuItem]:
    BrandProfile.objects.create(
        description="Neapolitan pizza since 1998 from a wood-fired oven.",
        cuisine="Italian",
        city="Chicago",
        links=["https://krusty.example/menu"],
        words_to_avoid=["cheap"],
        created_at=NOW,
        updated_at=NOW,
    )
    return {
        "margherita": add_dish("Margherita pizza", description="San Marzano tomatoes, fior di latte, basil"),
        "diavola": add_dish("Diavola", description="spicy salami, mozzarella", price=Decimal(14)),
        "carbonara": add_dish(
            "Spaghetti Carbonara", section="Pasta", description="guanciale, egg", available=False
        ),
        "tiramisu": add_dish(
            "Tiramisù", section="Desserts", price=Decimal(7), description="espresso, mascarpone"
        ),
    }
