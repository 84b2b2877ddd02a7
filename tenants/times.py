"""How a moment is written for an owner: always in the restaurant's own zone, never in the reader's or the
server's.

Pure functions; `now=` is an argument so that midnight and the two DST nights are plain tests.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.translation import gettext, ngettext

_RELATIVE_MINUTE = 60
_RELATIVE_HOUR = 3600


def city_of(zone: str) -> str:
    """The place a person recognises in an IANA name: "America/Argentina/Buenos_Aires" -> "Buenos Aires"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def clock(local: datetime) -> str:
    """A local time of day as owners say it: "6:00 pm", "12:05 am"."""
    return clock_of(local.time())


def clock_of(at: time) -> str:
    """As `clock`, of a time that belongs to no day."""
    half = gettext("am") if at.hour < 12 else gettext("pm")
    return f"{at.hour % 12 or 12}:{at.minute:02d} {half}"


def happens_twice(local: datetime) -> bool:
    """True in the hour that the clocks repeat in autumn: then "1:30 am" alone names two moments."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() and exists(local)


def exists(local: datetime) -> bool:
    """False for a wall time that the clocks skip in spring (a round trip through UTC moves it)."""
    back = local.astimezone(UTC).astimezone(local.tzinfo)
    return back.replace(tzinfo=None) == local.replace(tzinfo=None)


def day_text(moment: datetime, zone: str, *, now: datetime) -> str:
    """ "Tue 24 Nov", with the year only when it is not this year's in that zone."""
    local, today = local_of(moment, zone), local_of(now, zone)
    text = f"{WEEKDAYS_ABBR[local.weekday()]} {local.day} {str(MONTHS_3[local.month]).capitalize()}"
    return text if local.year == today.year else f"{text} {local.year}"


def moment_text(moment: datetime, zone: str, *, now: datetime) -> str:
    """ "Tue 24 Nov, 6:00 pm, Chicago (in 3 days)": day, time, place and distance of an aware datetime."""
    local = local_of(moment, zone)
    time = clock(local)
    if happens_twice(local):
        time = f"{time} {local.tzname()}"
    return f"{day_text(moment, zone, now=now)}, {time}, {city_of(zone)} ({distance(moment, zone, now=now)})"


def distance(moment: datetime, zone: str, *, now: datetime) -> str:
    """How far away: minutes and hours by the clock, days by the restaurant's calendar ("tomorrow" is its
    tomorrow).
    """
    seconds = (moment - now).total_seconds()
    days = (local_of(moment, zone).date() - local_of(now, zone).date()).days
    ahead, size = seconds >= 0, abs(seconds)
    if size < _RELATIVE_MINUTE:
        return gettext("now")
    if size < _RELATIVE_HOUR:
        count = int(size // 60)
        if ahead:
            return ngettext("in %(n)d minute", "in %(n)d minutes", count) % {"n": count}
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", count) % {"n": count}
    if days == 0:
        count = round(size / _RELATIVE_HOUR)
        if ahead:
            return ngettext("in %(n)d hour", "in %(n)d hours", count) % {"n": count}
        return ngettext("%(n)d hour ago", "%(n)d hours ago", count) % {"n": count}
    if abs(days) == 1:
        return gettext("tomorrow") if ahead else gettext("yesterday")
    count = abs(days)
    if ahead:
        return ngettext("in %(n)d day", "in %(n)d days", count) % {"n": count}
    return ngettext("%(n)d day ago", "%(n)d days ago", count) % {"n": count}


def from_wall(local: datetime, zone: str) -> datetime:
    """The UTC instant of a naive wall time in `zone`.

    A time the clocks skip becomes the first instant after the gap; a time that happens twice means the first
    of the two (publishing.md, section 5).
    """
    aware = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    if exists(aware):
        return aware.astimezone(UTC)
    before, after = aware.utcoffset() or timedelta(), aware.replace(fold=1).utcoffset() or timedelta()
    # In a gap fold=0 uses the offset before the change. The gap ends at the transition itself: walk back to
    # it by asking which whole minute first carries the new offset (a gap is at most a few hours long).
    instant = aware.astimezone(UTC)
    target = ZoneInfo(zone)
    while (instant - timedelta(minutes=1)).astimezone(target).utcoffset() == after != before:
        instant -= timedelta(minutes=1)
    return instant.replace(second=0, microsecond=0)


def local_of(moment: datetime, zone: str) -> datetime:
    """An aware moment on the wall clock of `zone`; a naive one is a bug in the caller and raises."""
    if moment.tzinfo is None:
        raise ValueError("moment must be timezone-aware")
    return moment.astimezone(ZoneInfo(zone))
