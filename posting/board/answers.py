"""What the plan asks of this room: which days are taken, which times are good; and posts that nobody must approve."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from content.calendar import asking
from content.calendar.models import CalendarSlot
from content.calendar.words import ApprovalMode
from posting.board import reviewing
from posting.models import Publication
from posting.slots.models import WeeklySlot
from tenants.access import Actor
from tenants.times import from_wall


@receiver(asking.days_taken)
def on_days_taken(sender: Any, *, first: date, last: date, zone: str, **_: Any) -> dict[date, int]:
    """Posts, not publications: the same post on two networks is one."""
    start = from_wall(datetime.combine(first, time()), zone)
    end = from_wall(datetime.combine(last + timedelta(days=1), time()), zone)
    rows = (
        Publication.objects.living()
        .filter(publish_at__gte=start, publish_at__lt=end)
        .annotate(day=TruncDate("publish_at", tzinfo=ZoneInfo(zone)))
        .order_by()
        .values("day")
        .annotate(number=Count("post", distinct=True))
    )
    return {row["day"]: row["number"] for row in rows}


@receiver(asking.good_times)
def on_good_times(sender: Any, *, channel_ids: list[UUID], **_kwargs: Any) -> asking.Times:
    """The owner's weekly times of these channels."""
    found: dict[int, set[time]] = {}
    for slot in WeeklySlot.objects.filter(channel_id__in=channel_ids):
        found.setdefault(slot.weekday, set()).add(slot.at)
    return asking.Times(
        {day: tuple(sorted(times)) for day, times in found.items()}, _("your weekly times") if found else ""
    )


@receiver(asking.slot_written)
def on_slot_written(sender: Any, *, slot_id: UUID, **_: Any) -> None:
    """Where nobody has to approve, a written post is scheduled at once; a refusal stays with the slot for review."""
    slot = CalendarSlot.objects.select_related("calendar", "post").filter(pk=slot_id).first()
    if slot is None or slot.calendar.approval != ApprovalMode.NONE:
        return
    calendar = slot.calendar
    by = Actor(calendar.created_by_kind, calendar.created_by_id, calendar.created_by)
    reviewing.approve(slots=[slot], by=by, manages=True, now=timezone.now())
