"""A restaurant in words, for tests that need no database."""

from decimal import Decimal
from typing import Any

from content.brief import Brand, Brief, Dish

MENU = (
    Dish("Margherita pizza", "San Marzano tomatoes, fior di latte, basil", "Pizza", Decimal("12.50")),
    Dish("Vegan garden pizza", "courgette, peppers, tomato", "Pizza", Decimal(13)),
    Dish("Spaghetti Carbonara", "guanciale, egg, pecorino", "Pasta", Decimal(14), available=False),
    Dish("Tiramisù", "espresso, mascarpone", "Desserts", Decimal(7)),
    Dish("Caesar salad", "romaine, parmesan", "Salads", Decimal("9.50")),
    Dish("Fish tacos (3 pcs)", "Our cod, cabbage and lime. Served with salsa.", "Tacos", Decimal(11)),
    Dish("Krusty Burger", "beef, cheddar, pickles", "Burgers", Decimal(10)),
    Dish("Soup of the day", section="Soups", price=None),
)
BRAND = Brand(
    "Krusty Pizza",
    "Neapolitan pizza since 1998 in a wood-fired oven",
    cuisine="Italian",
    city="Chicago",
    links=("https://krusty.example/menu",),
    words_to_avoid=("cheap",),
    hashtags=("KrustyPizza",),
)


def brief(**values: Any) -> Brief:
    given: dict[str, Any] = {
        "platform": "facebook",
        "tone": "casual",
        "brand": BRAND,
        "dish": MENU[0],
        "menu": MENU,
    }
    return Brief(**(given | values))
