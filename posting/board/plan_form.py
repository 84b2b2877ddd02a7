"""The plan form read into one value; the same reader for the page, its live estimate and the request that starts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from assets.models import Asset
from content import templates_slots
from content.calendar import asking, gathering
from content.calendar.facts import USUAL
from content.calendar.mix import DEFAULT_MIX
from content.calendar.words import ApprovalMode, PlanMode, SlotKind
from content.queries import brand_profile
from content.words import LANGUAGES
from posting.board.spans import Span, month_of, week_starts_in
from social.models import Channel
from tenants.errors import Refused
from tenants.models import Tenant
from tenants.times import clock_of, local_of

MONTHS_AHEAD = 6
USES_A_MONTH = 2  # how often one photo may come in a month, some weeks apart


@dataclass
class PlanEntry:
    """As typed. Days are numbers of the month chosen; `only` is set when gaps are filled."""

    month: date
    count: str = str(USUAL)
    channels: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    about: list[str] = field(default_factory=list)  # days whose post is about the campaign
    only: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    no_special: bool = False
    own_times: bool = False
    weekdays: list[str] = field(default_factory=list)
    hours: list[str] = field(default_factory=list)
    campaign: str = ""
    mode: str = PlanMode.AI
    approval: str = ApprovalMode.OPTIONAL
    mix: dict[str, str] = field(default_factory=dict)
    key: str = ""
    fresh: bool = True  # nothing was sent yet: everything that can be ticked is

    @classmethod
    def read(cls, data: QueryDict, today: date) -> PlanEntry:
        entry = cls(
            month=read_month(data.get("month", ""), today),
            count=data.get("count", str(USUAL)),
            channels=data.getlist("channel"),
            off=data.getlist("off"),
            about=data.getlist("about"),
            only=[day for day in data.get("only", "").split(",") if _date(day)],
            special=data.getlist("special"),
            own_times=data.get("times") == "own",
            weekdays=data.getlist("weekday"),
            hours=[hour for hour in data.getlist("hour") if hour],
            campaign=data.get("campaign", "").replace("\x00", ""),
            mode=data.get("mode", "") if data.get("mode") in PlanMode.values else PlanMode.AI,
            approval=data.get("approval", "")
            if data.get("approval") in ApprovalMode.values
            else ApprovalMode.OPTIONAL,
            mix={kind: data.get(f"mix_{kind}", "") for kind in SlotKind.values if f"mix_{kind}" in data},
            key=data.get("key", ""),
            fresh="sent" not in data,
        )
        # Special days are those of the month that was shown; another month begins with all of its own.
        entry.no_special = not entry.fresh and data.get("shown") == f"{entry.month:%Y-%m}"
        return entry

    @property
    def number(self) -> int:
        return (
            int(self.count) if self.count.isascii() and self.count.isdecimal() and len(self.count) < 5 else 0
        )

    def request(self) -> dict[str, Any]:
        """Arguments of content.calendar.services.create_calendar. Refused for a time that is none."""
        if self.about and not self.campaign.strip():
            raise Refused(
                _("Write what these days are about, or untick them."), code="campaign", field="campaign"
            )
        return {
            "first": self.month,
            "count": self.number,
            "channel_ids": self.channels,
            "times": self._times() if self.own_times else None,
            "blackout": self._days(self.off),
            "only": [day for text in self.only if (day := _date(text))],
            "campaign": self.campaign,
            "campaign_days": self._days(self.about),
            "special": self.special if self.no_special else None,
            "mix": {kind: float(text) for kind, text in self.mix.items() if _small_number(text)},
            "mode": self.mode,
            "approval": self.approval,
            "key": _uuid(self.key) or uuid4(),
        }

    def _days(self, numbers: list[str]) -> list[date]:
        last = month_of(self.month).last.day
        found = [int(text) for text in numbers if text.isascii() and text.isdecimal() and len(text) < 3]
        return [self.month.replace(day=day) for day in found if 1 <= day <= last]

    def _times(self) -> dict[int, tuple[time, ...]]:
        try:
            hours = tuple(
                time.fromisoformat(hour).replace(second=0, microsecond=0, tzinfo=None) for hour in self.hours
            )
        except ValueError as error:
            raise Refused(_("Give times like 17:30."), code="time", field="times") from error
        days = [int(day) for day in self.weekdays if day in "0123456" and len(day) == 1]
        if not hours or not days:
            raise Refused(_("Choose at least one weekday and a time."), code="times", field="times")
        return dict.fromkeys(days, hours)


def read_month(text: str, today: date) -> date:
    """The first day of "2026-12"; of the current month, or from the 20th the next, when nothing readable is given."""
    usual = month_of(today).moved(1).first if today.day >= 20 else today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return usual
    return found if 2000 <= found.year < 2100 else usual


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _small_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 3


def _few_photos(entry: PlanEntry, channels: Iterable[Channel]) -> int | None:
    """How many photos there are, when Instagram is chosen and they are too few for so many posts; else None."""
    if not any(c.platform == "instagram" and str(c.pk) in entry.channels for c in channels):
        return None
    photos = Asset.objects.usable().filter(kind="photo").count()
    return photos if photos * USES_A_MONTH < entry.number else None


def _bare_language(tenant: Tenant) -> str:
    """The name of the language captions are written in, where templates know no sentence of it; else ""."""
    languages = brand_profile().languages
    code = (languages[0] if languages else tenant.language).split("-")[0]
    return "" if code in templates_slots.LANGUAGES else LANGUAGES.get(code, code)


def context(entry: PlanEntry, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """Everything the form shows."""
    today = local_of(now, tenant.timezone).date()
    span: Span = month_of(entry.month, week_starts_in(tenant.country))
    channels = list(Channel.objects.connected().in_order())
    if entry.fresh and not entry.channels:
        entry.channels = [str(channel.pk) for channel in channels if channel.state in ("active", "paused")]
    entry.key = entry.key or str(uuid4())
    offered = gathering.offered_days(tenant, max(span.first, today), span.last) if span.last >= today else []
    best = asking.times([channel.pk for channel in channels], tenant.timezone, now)
    return {
        "entry": entry,
        "span": span,
        "months": [month_of(today).moved(n) for n in range(MONTHS_AHEAD)],
        "days": [day for day in span.days if span.first <= day <= span.last],
        "heads": [WEEKDAYS_ABBR[(span.week_starts + n) % 7] for n in range(7)],
        "lead": range((span.first - span.start).days),
        "today": today,
        "channels": [(channel, str(channel.pk) in entry.channels) for channel in channels],
        "special": [(day, not entry.no_special or day.name in entry.special) for day in offered],
        "weekly": [(day, [clock_of(at) for at in times]) for day, times in sorted(best.by_weekday.items())],
        "modes": [
            (value, label, gathering.estimate(value, entry.number) if 1 <= entry.number <= 31 else None)
            for value, label in PlanMode.choices
        ],
        "approvals": ApprovalMode.choices,
        "few_photos": _few_photos(entry, channels),
        "bare_language": _bare_language(tenant),
        "mix": [
            (kind, label, entry.mix.get(kind) or int(DEFAULT_MIX[kind])) for kind, label in SlotKind.choices
        ],
        "weekdays": entry.weekdays or ["1", "3", "4", "5"],
        "hours": [*(entry.hours or ["17:30"]), ""][:2],
        "now": now,
    }
