"""When a digest is due: eight in the morning on the restaurant's clock. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tenants.notices.models import Digest
from tenants.times import from_wall, local_of

HOUR = time(8)
MONDAY = 0


def next_digest(digest: str, *, zone: str, now: datetime) -> datetime | None:
    """The next moment after `now`, in UTC; None for nobody who wants none."""
    if digest == Digest.NONE:
        return None
    day = local_of(now, zone).date()
    for _step in range(9):  # today may be over; then at most a week ahead
        if digest == Digest.DAILY or day.weekday() == MONDAY:
            at = from_wall(datetime.combine(day, HOUR), zone)
            if at > now:
                return at
        day += timedelta(days=1)
    raise AssertionError("a week without a Monday")
