"""The board: what stands on each day, its gaps and clashes. Eight queries for any number of posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from assets.links import view_url
from assets.models import Rendition
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import SlotKind, SlotState
from content.models import PostAsset
from posting.board.spans import Span
from posting.models import Publication
from posting.states import OPEN, WORD_LABEL, Word
from social.models import Channel
from tenants.times import local_of

CLOSE = timedelta(minutes=60)  # two posts of one channel nearer than this take each other's readers
GAP = 3  # empty days in a row that are worth a post
MOST_ITEMS = 1500
MOST_SHOWN = 3  # of a day in the month; its week shows all of them

SLOT_WORDS = {
    SlotState.WAITING: "writing",
    SlotState.WRITING: "writing",
    SlotState.WRITTEN: "needs_approval",
    SlotState.FAILED: "failed",
    SlotState.SKIPPED: "skipped",
    SlotState.APPROVED: "needs_approval",  # its publications were taken back
}


@dataclass
class Item:
    """One post on the board: planned (a slot) or scheduled and out (publications of one post at one moment)."""

    id: UUID
    source: str  # slot | publication
    at: datetime
    local: datetime
    word: str
    caption: str
    kind: str = ""
    thumb: str = ""
    post_id: UUID | None = None
    calendar_id: UUID | None = None
    platforms: list[str] = field(default_factory=list)
    channel_ids: set[UUID] = field(default_factory=set)
    movable: bool = False
    clash: bool = False

    @property
    def kind_label(self) -> str:
        return str(SlotKind(self.kind).label) if self.kind else ""


@dataclass
class Day:
    day: date
    items: list[Item]
    inside: bool  # belongs to the month shown
    past: bool
    today: bool
    gap: bool = False
    most: int = MOST_SHOWN

    @property
    def shown(self) -> list[Item]:
        return self.items[: self.most]

    @property
    def more(self) -> int:
        return max(0, len(self.items) - self.most)


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
    def weeks(self) -> list[list[Day]]:
        return [self.days[n : n + 7] for n in range(0, len(self.days), 7)]

    @property
    def busy_days(self) -> list[Day]:
        return [day for day in self.days if day.items or day.gap]

    @property
    def empty(self) -> bool:
        return not any(day.items for day in self.days)


def board(span: Span, *, zone: str, now: datetime, wanted: Wanted = Wanted()) -> Board:
    channels = list(Channel.objects.exclude(state="disconnected").order_by("platform", "name"))
    items = _items(span, zone, now, {channel.pk: channel for channel in channels})
    _mark_clashes(items, now)
    shown = [item for item in items if _fits(item, wanted)]
    today = local_of(now, zone).date()
    by_day: dict[date, list[Item]] = {}
    for item in sorted(shown, key=lambda one: (one.at, str(one.id))):
        by_day.setdefault(item.local.date(), []).append(item)
    busy = {item.local.date() for item in items if item.word != "skipped"}
    gaps = [] if wanted.any else gap_days(span, busy, today)
    most = MOST_SHOWN if span.view == "month" else MOST_ITEMS
    days = [
        Day(
            day,
            by_day.get(day, []),
            span.first <= day <= span.last,
            day < today,
            day == today,
            day in gaps,
            most,
        )
        for day in span.days
    ]
    review = to_review()
    first = review.values_list("calendar_id", flat=True).first()
    return Board(
        days=days,
        channels=channels,
        running=list(Calendar.objects.running().recent()[:3]),
        gaps=gaps,
        clashes=sum(1 for item in shown if item.clash),
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


def _items(span: Span, zone: str, now: datetime, channels: dict[UUID, Channel]) -> list[Item]:
    start, end = span.instants(zone)
    publications = list(
        Publication.objects.living()
        .filter(publish_at__gte=start, publish_at__lt=end)
        .select_related("post")
        .only(
            "id", "post_id", "channel_id", "kind", "publish_at", "state", "published_at",
            "post__id", "post__caption", "post__captions",
        )
        .order_by("publish_at", "id")[:MOST_ITEMS]
    )  # fmt: skip
    posts = {item.post_id for item in publications}
    slots = list(
        CalendarSlot.objects.filter(Q(publish_at__gte=start, publish_at__lt=end) | Q(post_id__in=posts))
        .select_related("post", "calendar", "menu_item")
        .only(
            "id", "post_id", "publish_at", "kind", "state", "occasion", "asset_id", "calendar_id",
            "calendar__channel_ids",
            "post__id", "post__caption", "post__captions", "menu_item__name",
        )
        .order_by("publish_at", "id")[:MOST_ITEMS]
    )  # fmt: skip
    kinds = {slot.post_id: slot.kind for slot in slots if slot.post_id}
    elsewhere = _scheduled_elsewhere(slots, posts)
    found = _publication_items(publications, kinds, channels, zone, now)
    for slot in slots:
        if slot.post_id in posts or slot.post_id in elsewhere or not start <= slot.publish_at < end:
            continue
        found.append(_slot_item(slot, channels, zone))
    _add_thumbs(found, slots)
    return found


def _scheduled_elsewhere(slots: Sequence[CalendarSlot], here: set[UUID]) -> set[UUID]:
    """Posts of approved slots whose publications were moved out of what is shown."""
    asked = [slot.post_id for slot in slots if slot.post_id and slot.post_id not in here]
    if not asked:
        return set()
    return set(Publication.objects.living().filter(post_id__in=asked).values_list("post_id", flat=True))


def _publication_items(
    publications: Iterable[Publication],
    kinds: dict[Any, str],
    channels: dict[UUID, Channel],
    zone: str,
    now: datetime,
) -> list[Item]:
    groups: dict[tuple[UUID, datetime], Item] = {}
    for one in publications:
        key = (one.post_id, one.publish_at)
        if key not in groups:
            groups[key] = Item(
                id=one.pk,
                source="publication",
                at=one.publish_at,
                local=local_of(one.publish_at, zone),
                word=str(one.word(now)),
                caption=one.post.caption_for(one.platform),
                kind=kinds.get(one.post_id, ""),
                post_id=one.post_id,
                movable=True,
            )
        item = groups[key]
        item.platforms.append(one.platform)
        item.channel_ids.add(one.channel_id)
        item.movable = item.movable and one.state in OPEN
        if one.word(now) in (Word.NEEDS_YOU, Word.FAILED):  # the worst of its channels is what must be seen
            item.word = str(one.word(now))
    return list(groups.values())


def _slot_item(slot: CalendarSlot, channels: dict[UUID, Channel], zone: str) -> Item:
    mine = [channels[pk] for pk in slot.calendar.channel_ids if pk in channels]
    title = slot.occasion or (slot.menu_item.name if slot.menu_item else "")
    return Item(
        id=slot.pk,
        source="slot",
        at=slot.publish_at,
        local=local_of(slot.publish_at, zone),
        word=SLOT_WORDS[SlotState(slot.state)],
        caption=slot.post.caption if slot.post else title,
        kind=slot.kind,
        post_id=slot.post_id,
        calendar_id=slot.calendar_id,
        platforms=[channel.platform for channel in mine],
        channel_ids={channel.pk for channel in mine},
        movable=slot.state != SlotState.WRITING,
    )


def _add_thumbs(items: Iterable[Item], slots: Iterable[CalendarSlot]) -> None:
    items = list(items)
    first = dict(
        PostAsset.objects.filter(
            post_id__in={item.post_id for item in items if item.post_id}, position=0
        ).values_list("post_id", "asset_id")
    )
    of_slot = {slot.pk: slot.asset_id for slot in slots if slot.asset_id}
    urls = thumb_urls({*first.values(), *of_slot.values()})
    for item in items:
        item.thumb = urls.get(first.get(item.post_id) or of_slot.get(item.id), "")  # type: ignore[arg-type]


def thumb_urls(asset_ids: Iterable[Any], kind: str = "thumb") -> dict[Any, str]:
    rows = Rendition.objects.filter(asset_id__in=set(asset_ids), kind=kind, superseded_at__isnull=True)
    return {row.asset_id: view_url(row) for row in rows}


def _fits(item: Item, wanted: Wanted) -> bool:
    return (
        (not wanted.channel or wanted.channel in {str(pk) for pk in item.channel_ids})
        and (not wanted.kind or item.kind == wanted.kind)
        and (not wanted.status or item.word == wanted.status)
        and (item.word != "skipped" or wanted.status == "skipped")
    )


def _mark_clashes(items: Iterable[Item], now: datetime) -> None:
    """Both of two posts that share a channel and stand closer than an hour; what went out cannot be moved."""
    last: dict[UUID, Item] = {}
    for item in sorted((one for one in items if one.word != "skipped"), key=lambda one: one.at):
        for channel in item.channel_ids:
            before = last.get(channel)
            if before is not None and before.post_id != item.post_id and item.at - before.at < CLOSE:
                item.clash, before.clash = item.at > now, before.at > now
            last[channel] = item


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
    return [(str(word), str(label)) for word, label in WORD_LABEL.items() if word is not Word.DRAFT]
