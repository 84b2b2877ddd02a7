"""Template filters of the sandbox's own pages."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django import template

from sandbox import clock

register = template.Library()


@register.filter
def ago(at: float | None) -> str:
    """ "3 min", "2 h" or a date, as social networks print the age of a post."""
    if at is None:
        return ""
    seconds = clock.now() - at
    if seconds < 60:
        return "Just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86_400:
        return f"{int(seconds // 3600)} h"
    return datetime.fromtimestamp(at, UTC).strftime("%-d %B %Y at %H:%M UTC")


@register.filter
def short(number: int | None) -> str:
    """1234 -> 1.2K."""
    n = int(number or 0)
    return f"{n / 1000:.1f}K".replace(".0K", "K") if n >= 1000 else str(n)


@register.simple_tag
def year() -> int:
    return time.gmtime().tm_year
