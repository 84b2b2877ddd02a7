"""Which days a page speaks of, and the days before that it compares with. Days of the restaurant's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.models import Tenant
from tenants.times import from_wall

PRESETS = (7, 28, 90, 365)
LONGEST = 731  # two years and a day, as long as numbers are kept by default
DEFAULT = 28


@dataclass(frozen=True, slots=True)
class Range:
    """`first` and `last` days, both included; `start` <= instants < `end`. The days before are as many."""

    first: date
    last: date
    start: datetime
    end: datetime
    before: datetime  # start of the compared days; they end at `start`
    zone: str
    key: str  # "28", or "own" for chosen days

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        """ "the last 28 days" / "1 Oct to 31 Oct 2026" """
        if self.key == "own":
            return _("%(first)s to %(last)s") % {"first": _day(self.first), "last": _day(self.last)}
        return ngettext("the last day", "the last %(n)d days", self.days) % {"n": self.days}

    @property
    def query(self) -> str:
        if self.key == "own":
            return f"from={self.first}&to={self.last}"
        return f"range={self.key}"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def make(*, first: date, last: date, zone: str, key: str = "own") -> Range:
    days = (last - first).days + 1
    return Range(
        first=first,
        last=last,
        start=_midnight(first, zone),
        end=_midnight(last + timedelta(days=1), zone),
        before=_midnight(first - timedelta(days=days), zone),
        zone=zone,
        key=key,
    )


def last_days(days: int, *, tenant: Tenant, now: datetime) -> Range:
    """The last `days` days, today included."""
    today = tenant.local(now).date()
    return make(first=today - timedelta(days=days - 1), last=today, zone=tenant.timezone, key=str(days))


def month(year: int, number: int, *, zone: str) -> Range:
    first = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    return make(first=first, last=after - timedelta(days=1), zone=zone)


def asked_for(given: Mapping[str, str], *, tenant: Tenant, now: datetime, default: int = DEFAULT) -> Range:
    """?range=28 or ?from=2026-10-01&to=2026-10-31; without `to` until today. What cannot be meant becomes the
    default, and the page says so.
    """
    today = tenant.local(now).date()
    chosen = given.get("range", "")
    if chosen.isascii() and chosen.isdigit() and int(chosen[:4]) in PRESETS:
        return last_days(int(chosen[:4]), tenant=tenant, now=now)
    first, last = _read(given.get("from", "")), _read(given.get("to", ""))
    if first and not given.get("to"):
        last = today
    if first and last and first <= last <= today + timedelta(days=1) and (last - first).days < LONGEST:
        return make(first=first, last=last, zone=tenant.timezone)
    return last_days(default, tenant=tenant, now=now)


def _read(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2004 <= found.year <= 2200 else None  # the year Facebook began


def _midnight(day: date, zone: str) -> datetime:
    return from_wall(datetime.combine(day, time()), zone)
