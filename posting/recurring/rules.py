"""On which days, and at which instants. Pure: dates in, dates out; DST is decided by tenants.times.from_wall."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta

from django.db.models import TextChoices
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.times import clock_of, from_wall


class Every(TextChoices):
    WEEK = "week", gettext_lazy("Every week")
    MONTH = "month", gettext_lazy("Every month")


def days_of(every: str, days: Collection[int], *, first: date, last: date) -> Iterator[date]:
    """The days from `first` to `last` on which it goes out.

    Weekly: `days` are weekdays, 0 Monday to 6 Sunday. Monthly: 1 to 31, and a month without that day has it on
    its last one (so 31 is "the last day of the month"); two numbers that meet there count once.
    """
    day = first
    while day <= last:
        if every == Every.WEEK:
            hit = day.weekday() in days
        else:
            length = monthrange(day.year, day.month)[1]
            hit = day.day in {min(number, length) for number in days}
        if hit:
            yield day
        day += timedelta(days=1)


def instant(day: date, at: time, zone: str) -> datetime:
    """In UTC. A time the clocks skip is the first moment after the gap; one they repeat is the first of the two."""
    return from_wall(datetime.combine(day, at), zone)


def words(every: str, days: Collection[int], at: time) -> str:
    """ "Every week on Monday, Thursday at 6:00 pm"."""
    if every == Every.WEEK:
        names = ", ".join(str(WEEKDAYS[day]) for day in sorted(days))
        return _("Every week on %(days)s at %(time)s") % {"days": names, "time": clock_of(at)}
    names = ", ".join(_("the last day") if day == 31 else str(day) for day in sorted(days))
    return _("Every month on %(days)s at %(time)s") % {"days": names, "time": clock_of(at)}
