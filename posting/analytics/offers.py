"""What the numbers tell those who plan and write: answers to questions of the rooms below. Receivers only."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.dispatch import receiver
from django.utils.translation import gettext as _

from content.calendar import asking
from posting.analytics.best import best_times, what_worked
from posting.slots.models import WeeklySlot
from tenants.context import current_tenant

MOST_TIMES = 7


@receiver(asking.past_results)
def on_past_results(sender: Any, *, now: datetime, **_kwargs: Any) -> list[str]:
    """Sentences about this restaurant's own posts; none while the sample is too small."""
    return what_worked(zone=current_tenant().timezone, now=now)


@receiver(asking.good_times)
def on_good_times(
    sender: Any, *, channel_ids: list[UUID], zone: str, now: datetime, **_kwargs: Any
) -> asking.Times | None:
    """Where the owner chose no weekly times: the hours that reached more than usual, with their sample."""
    if WeeklySlot.objects.filter(channel_id__in=channel_ids).exists():
        return None
    channel_id = channel_ids[0] if len(channel_ids) == 1 else None
    found = best_times(channel_id=channel_id, zone=zone, now=now, most=MOST_TIMES)
    if not found.times:
        return None
    by_weekday: dict[int, list[time]] = {}
    for slot in found.times:
        by_weekday.setdefault(slot.weekday - 1, []).append(time(slot.hour))
    return asking.Times(
        {day: tuple(sorted(times)) for day, times in by_weekday.items()},
        _("the hours at which your last %(n)s posts reached the most people") % {"n": found.sample},
    )
