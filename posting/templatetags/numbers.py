"""Numbers on pages: exact, grouped, and a dash with words for what is not known."""

from __future__ import annotations

from django import template
from django.utils import formats

from posting.analytics.words import MEANINGS, Meaning

register = template.Library()


@register.filter
def exact(number: int | None) -> str:
    """4210 -> "4,210" in the reader's language; an unknown number is a dash (it is not zero)."""
    return "–" if number is None else formats.number_format(number, decimal_pos=0, force_grouping=True)


@register.filter
def meaning(word: str) -> Meaning:
    """Name, definition and source of a number."""
    return MEANINGS[word]


@register.filter
def unlocal(number: float) -> str:
    """A coordinate for SVG: always a point, whatever the reader's language."""
    return f"{number:g}"
