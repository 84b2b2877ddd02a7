"""The log of making a month, in plain words."""

from datetime import datetime

from content.calendar.models import Calendar, CalendarLine


def note(calendar: Calendar, text: str, *, at: datetime, tone: str = "") -> None:
    CalendarLine.objects.create(calendar=calendar, text=text[:400], tone=tone, at=at)
