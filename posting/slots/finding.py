"""Which weekly time is next, and which of them are taken. Pure but for one query a question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from posting.models import Publication
from posting.slots.models import WeeklySlot
from tenants.times import from_wall, local_of

NOTICE = timedelta(minutes=5)  # a slot that begins sooner is left to the next week
WEEKS = 51  # schedule() takes a year at most


def moments(slots: Iterable[WeeklySlot], *, zone: str, now: datetime) -> Iterator[datetime]:
    """The slots' moments in UTC, soonest first, for a year.

    A time the clocks skip is the first moment after the gap, one they repeat is the first of the two.
    """
    slots = list(slots)
    today = local_of(now, zone).date()
    for week in range(WEEKS + 1):
        found = set()
        for slot in slots:
            day = today + timedelta(days=(slot.weekday - today.weekday()) % 7 + 7 * week)
            found.add(from_wall(datetime.combine(day, slot.at), zone))
        yield from sorted(at for at in found if at >= now + NOTICE)


def first_free(
    slots: Iterable[WeeklySlot], taken: Collection[datetime], *, zone: str, now: datetime
) -> datetime | None:
    """The soonest moment of `slots` that nothing goes out at; None when a whole year is full."""
    return next((at for at in moments(slots, zone=zone, now=now) if at not in taken), None)


def taken_by_channel(channel_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, set[datetime]]:
    """{channel: the moments ahead at which something is planned on it}. One query."""
    taken: dict[UUID, set[datetime]] = {}
    rows = Publication.objects.living().filter(channel_id__in=list(channel_ids), publish_at__gt=now)
    for channel, at in rows.values_list("channel_id", "publish_at"):
        taken.setdefault(channel, set()).add(at)
    return taken


def next_free(channel_ids: Iterable[UUID], *, zone: str, now: datetime) -> dict[UUID, datetime]:
    """{channel: its next free moment}; a channel without weekly times, or booked for a year, is absent.

    A look, not a booking: services.schedule_next finds it again under a lock.
    """
    by_channel: dict[UUID, list[WeeklySlot]] = {}
    for slot in WeeklySlot.objects.filter(channel_id__in=list(channel_ids)):
        by_channel.setdefault(slot.channel_id, []).append(slot)
    if not by_channel:
        return {}
    taken = taken_by_channel(by_channel, now=now)
    found = {
        channel: first_free(slots, taken.get(channel, ()), zone=zone, now=now)
        for channel, slots in by_channel.items()
    }
    return {channel: at for channel, at in found.items() if at is not None}
