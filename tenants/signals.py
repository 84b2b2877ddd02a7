"""News from this room to those above: they listen, we do not know them."""

from django.dispatch import Signal

restaurant_opened = Signal()
"""tenant=, by=, now=; sent inside the new restaurant's schema and in the transaction that opens it."""

restaurant_changed = Signal()
"""tenant=, fields= (names of what changed), by=, now=."""

restaurant_paused = Signal()
"""tenant=, paused= (True: nothing goes out until it is False again), by=, now=."""

restaurant_closing = Signal()
"""Asked before somebody closes: tenant=, now=; inside its schema. Receivers answer with sentences, list[str]."""

restaurant_closed = Signal()
"""tenant=, by=, now=; inside its schema and in the transaction that closes it for good."""
