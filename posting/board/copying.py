"""Last month's structure again: its days, times and kinds, with other dishes, photos and words."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from django.utils.translation import gettext as _

from content.calendar import services as calendar_services
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import ApprovalMode, PlanMode, SlotKind, SlotState
from posting.board.spans import Span, month_of
from posting.models import Publication
from tenants.access import Actor
from tenants.errors import Refused
from tenants.times import local_of

Pattern = dict[date, tuple[time, str]]


def copy_month(*, month: date, zone: str, by: Actor, now: datetime) -> Calendar:
    """Plan `month` after the one before it. Refused when that one holds nothing that can be repeated."""
    span = month_of(month)
    posts, channels = _posts(span.moved(-1), zone)
    today = local_of(now, zone).date()
    fixed = {day: one for day, one in same_weekdays(posts, span).items() if day > today}
    if not fixed:
        raise Refused(
            _("The month before has no posts whose days could be repeated. Plan this one afresh."),
            code="nothing",
        )
    latest = Calendar.objects.recent().first()
    return calendar_services.create_calendar(
        first=month,
        count=len(fixed),
        channel_ids=sorted(channels),
        fixed=fixed,
        special=None if any(kind == SlotKind.SPECIAL for _time, kind in fixed.values()) else [],
        key=uuid4(),
        by=by,
        now=now,
        mode=latest.mode if latest else PlanMode.AI,
        approval=latest.approval if latest else ApprovalMode.OPTIONAL,
    )


def _posts(span: Span, zone: str) -> tuple[list[tuple[datetime, str]], set[UUID]]:
    """(local time, kind) of each post of the month, and the channels they were for."""
    start, end = Span("month", span.first, span.last).instants(zone)
    inside = {"publish_at__gte": start, "publish_at__lt": end}
    slots = list(
        CalendarSlot.objects.filter(**inside)
        .exclude(state=SlotState.SKIPPED)
        .select_related("calendar")
        .in_order()
    )
    kinds = {slot.post_id: slot.kind for slot in slots if slot.post_id}
    found: dict[datetime, str] = {slot.publish_at: slot.kind for slot in slots}
    channels = {pk for slot in slots for pk in slot.calendar.channel_ids}
    for publication in (
        Publication.objects.living().filter(**inside).only("post_id", "publish_at", "channel_id")
    ):
        found.setdefault(publication.publish_at, kinds.get(publication.post_id, SlotKind.PRODUCT))
        channels.add(publication.channel_id)
    local = [(local_of(at, zone), kind) for at, kind in sorted(found.items())]
    return [(at, kind) for at, kind in local if span.first <= at.date() <= span.last], channels


def same_weekdays(posts: list[tuple[datetime, str]], span: Span) -> Pattern:
    """The second Friday stays the second Friday. A fifth one that the month lacks is left out, as is a second post of a
    day. Pure.
    """
    fixed: Pattern = {}
    for at, kind in posts:
        nth = (at.day - 1) // 7
        first = span.first + timedelta(days=(at.weekday() - span.first.weekday()) % 7)
        day = first + timedelta(days=7 * nth)
        if day <= span.last and len(fixed) < 31:
            fixed.setdefault(day, (at.time().replace(second=0, microsecond=0), kind))
    return fixed
