"""Names of the drawings and how to get one."""

from __future__ import annotations

from collections.abc import Callable

from assets.demo import bakery, pizzeria, places

_DRAWINGS: dict[str, Callable[[], bytes]] = {
    "margherita pizza": pizzeria.margherita,
    "pepperoni slice": pizzeria.pepperoni,
    "garlic knots": pizzeria.garlic_knots,
    "caesar salad": pizzeria.caesar_salad,
    "tiramisu": bakery.tiramisu,
    "lemonade": bakery.lemonade,
    "croissant": bakery.croissant,
    "sourdough": bakery.sourdough,
    "cappuccino": bakery.cappuccino,
    "oven interior": places.oven_interior,
    "storefront at dusk": places.storefront,
}
NAMES: tuple[str, ...] = tuple(_DRAWINGS)


def draw(name: str) -> bytes:
    """The drawing as a JPEG of 1600 x 1600 pixels, some seconds of work. KeyError for an unknown name."""
    return _DRAWINGS[name]()
