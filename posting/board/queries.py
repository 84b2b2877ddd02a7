"""The board: what stands on each day, its gaps and clashes. Nine queries at most for any number of posts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.dates import MONTHS, WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from content.calendar.models import Calendar, CalendarSlot
from posting.board.items import SLOT_WORDS, Item, add_words_and_pictures, items, mark_clashes
from posting.board.spans import Span
from posting.models import Publication
from posting.states import WORD_LABEL, Word
from social.models import Channel
from tenants.times import local_of

__all__ = ["SLOT_WORDS", "Board", "Item", "Wanted", "board", "statuses", "to_review"]

GAP = 3  # empty days in a row that are worth a post
MOST_SHOWN = 3  # of a day in the month; its week shows more of them
MOST_OF_A_DAY = 60  # in the week
NEEDS_PHOTO = "needs_photo"  # no state of its own: a filter


@dataclass
class Day:
    """One square; names are written out here because a page asks for them forty times."""

    day: date
    items: list[Item]  # those that are drawn
    count: int  # of all of them
    inside: bool  # belongs to the month shown
    past: bool
    today: bool
    gap: bool = False

    @property
    def more(self) -> int:
        return self.count - len(self.items)

    @property
    def iso(self) -> str:
        return self.day.isoformat()

    @property
    def weekday(self) -> str:
        return str(WEEKDAYS[self.day.weekday()])

    @property
    def short_weekday(self) -> str:
        return str(WEEKDAYS_ABBR[self.day.weekday()])

    @property
    def month(self) -> str:
        return str(MONTHS[self.day.month])

    @property
    def name(self) -> str:
        """ "Monday 23 November"."""
        return f"{self.weekday} {self.day.day} {self.month}"


@dataclass(frozen=True)
class Wanted:
    """The filters; unknown values simply match nothing or are dropped."""

    channel: str = ""
    kind: str = ""
    status: str = ""

    @property
    def any(self) -> bool:
        return bool(self.channel or self.kind or self.status)


@dataclass(frozen=True)
class Board:
    days: list[Day]
    channels: list[Channel]
    running: list[Calendar]
    gaps: list[date]  # days worth a post
    clashes: int
    to_review: int
    review_id: UUID | None

    @property
    def empty(self) -> bool:
        return not any(day.items for day in self.days)

    @property
    def gap_days(self) -> str:
        return ",".join(day.isoformat() for day in self.gaps)


def board(span: Span, *, zone: str, now: datetime, wanted: Wanted = Wanted()) -> Board:
    channels = list(Channel.objects.exclude(state="disconnected").order_by("platform", "name"))
    all_of_it = items(span, zone, now, {channel.pk: channel.platform for channel in channels})
    mark_clashes(all_of_it, now)
    fitting = [item for item in all_of_it if _fits(item, wanted)]
    today = local_of(now, zone).date()
    by_day: dict[date, list[Item]] = {}
    for item in sorted(fitting, key=lambda one: (one.at, one.id.int)):
        by_day.setdefault(item.local.date(), []).append(item)
    busy = {item.local.date() for item in all_of_it if item.word != "skipped"}
    gaps = [] if wanted.any else gap_days(span, busy, today)
    most = MOST_SHOWN if span.view == "month" else MOST_OF_A_DAY
    days = [
        Day(
            day,
            by_day.get(day, [])[:most],
            len(by_day.get(day, [])),
            span.first <= day <= span.last,
            day < today,
            day == today,
            day in gaps,
        )
        for day in span.days
    ]
    add_words_and_pictures(item for day in days for item in day.items)
    review = to_review()
    first = review.values_list("calendar_id", flat=True).first()
    return Board(
        days=days,
        channels=channels,
        running=list(Calendar.objects.running().recent()[:3]),
        gaps=gaps,
        clashes=sum(1 for item in fitting if item.clash),
        to_review=review.count() if first else 0,
        review_id=first,
    )


def to_review() -> Any:
    """Written slots that nothing is scheduled of, soonest first."""
    living = Publication.objects.living().filter(post=OuterRef("post"))
    return (
        CalendarSlot.objects.to_review()
        .filter(~Exists(living))
        .order_by("-calendar__created_at", "publish_at")
    )


def _fits(item: Item, wanted: Wanted) -> bool:
    if not wanted.any:
        return item.word != "skipped"
    return (
        (not wanted.channel or wanted.channel in {str(pk) for pk in item.channel_ids})
        and (not wanted.kind or item.kind == wanted.kind)
        and (
            not wanted.status
            or item.word == wanted.status
            or (item.needs_photo and wanted.status == NEEDS_PHOTO)
        )
        and (item.word != "skipped" or wanted.status == "skipped")
    )


def gap_days(span: Span, busy: set[date], today: date) -> list[date]:
    """Of each run of empty days from tomorrow on, the days that a post would help: every third one."""
    found: list[date] = []
    run: list[date] = []
    for day in [*(d for d in span.days if span.first <= d <= span.last and d > today), None]:
        if day is not None and day not in busy:
            run.append(day)
            continue
        found += run[GAP // 2 :: GAP] if len(run) >= GAP else []
        run = []
    return found


def statuses() -> list[tuple[str, str]]:
    """What the filter offers. Drafts without a time do not stand on a calendar."""
    found = [(str(word), str(label)) for word, label in WORD_LABEL.items() if word is not Word.DRAFT]
    return [*found, (NEEDS_PHOTO, _("Needs a photo")), ("skipped", _("Skipped"))]
