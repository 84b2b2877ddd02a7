"""Months and weeks of the restaurant's calendar as addresses and instants. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from tenants.times import from_wall

FIRST_YEAR, LAST_YEAR = 2000, 2100
SUNDAY_FIRST = ("US", "CA", "MX", "JP", "IN", "BR", "IL", "PH", "TW", "HK", "KR", "AU")


def week_starts_in(country: str) -> int:
    """With which weekday calendars begin there: 0 Monday, 6 Sunday."""
    return 6 if country in SUNDAY_FIRST else 0


@dataclass(frozen=True)
class Span:
    """What a board shows: whole weeks `start`..`end` around the days `first`..`last` that were asked for."""

    view: str  # month | week
    first: date
    last: date
    week_starts: int = 0  # 0 Monday, 6 Sunday

    @property
    def start(self) -> date:
        return self.first - timedelta(days=(self.first.weekday() - self.week_starts) % 7)

    @property
    def end(self) -> date:
        return self.last + timedelta(days=(self.week_starts - 1 - self.last.weekday()) % 7)

    @property
    def days(self) -> list[date]:
        return [self.start + timedelta(days=n) for n in range((self.end - self.start).days + 1)]

    @property
    def title(self) -> str:
        if self.view == "month":
            return f"{MONTHS[self.first.month]} {self.first.year}"
        last = self.last
        if self.first.month == last.month:
            return f"{self.first.day} – {last.day} {MONTHS[last.month]} {last.year}"
        return f"{self.first.day} {MONTHS[self.first.month]} – {last.day} {MONTHS[last.month]} {last.year}"

    @property
    def word(self) -> str:
        return _("month") if self.view == "month" else _("week")

    @property
    def key(self) -> str:
        """What stands in the address: 2026-12, or the first day of the week."""
        return f"{self.first:%Y-%m}" if self.view == "month" else f"{self.first:%Y-%m-%d}"

    def moved(self, steps: int) -> Span:
        if self.view == "week":
            return week_of(self.first + timedelta(days=7 * steps), self.week_starts)
        months = self.first.year * 12 + self.first.month - 1 + steps
        months = min(max(months, FIRST_YEAR * 12), LAST_YEAR * 12)
        return month_of(date(months // 12, months % 12 + 1, 1), self.week_starts)

    def instants(self, zone: str) -> tuple[datetime, datetime]:
        return (
            from_wall(datetime.combine(self.start, time()), zone),
            from_wall(datetime.combine(self.end + timedelta(days=1), time()), zone),
        )


def month_of(day: date, week_starts: int = 0) -> Span:
    first = day.replace(day=1)
    return Span("month", first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1), week_starts)


def week_of(day: date, week_starts: int = 0) -> Span:
    first = day - timedelta(days=(day.weekday() - week_starts) % 7)
    return Span("week", first, first + timedelta(days=6), week_starts)


def read(view: str, text: str, today: date, week_starts: int = 0) -> Span:
    """From an address; anything unreadable is the month or week of today."""
    try:
        day = date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        day = today
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        day = today
    return week_of(day, week_starts) if view == "week" else month_of(day, week_starts)
