"""Meta's days: they begin and end at midnight in California, whatever zone a restaurant lives in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Los_Angeles")


def day_of(instant: datetime) -> date:
    """The day of Meta's that is running at this moment."""
    return instant.astimezone(ZONE).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def ended_with(end_time: str) -> date | None:
    """The day a value's `end_time` ("2026-11-22T08:00:00+0000", the midnight after it) speaks of."""
    try:
        end = datetime.strptime(end_time, "%Y-%m-%dT%H:%M:%S%z")
    except (TypeError, ValueError):
        return None
    return (end - timedelta(hours=12)).astimezone(ZONE).date()
