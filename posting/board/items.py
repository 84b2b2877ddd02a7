"""The posts of a stretch of days as light items: bare rows for all of them, words and pictures only for those shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assets.links import view_urls
from content.calendar.words import SlotKind, SlotState
from content.models import MenuItem
from posting.board.spans import Span
from posting.states import OPEN, State, Word, owner_word
from posting.surfaces import SURFACES
from tenants.times import clock_of

CLOSE = timedelta(minutes=60)  # two posts of one channel nearer than this take each other's readers
MOST_ITEMS = 5000
CAPTION = 200  # letters of a caption that are read for the board

SLOT_WORDS = {
    SlotState.WAITING: "writing",
    SlotState.WRITING: "writing",
    SlotState.WRITTEN: "needs_approval",
    SlotState.FAILED: "failed",
    SlotState.SKIPPED: "skipped",
    SlotState.APPROVED: "needs_approval",  # its publications were taken back
}
_PLATFORM = {str(kind): surface.platform for kind, surface in SURFACES.items()}
_OPEN = {str(state) for state in OPEN}
_KIND_LABEL = dict(SlotKind.choices)


@dataclass(slots=True)
class Item:
    """One post on the board: planned (a slot) or scheduled and out (publications of one post at one moment)."""

    id: UUID
    source: str  # slot | publication
    at: datetime
    local: datetime
    word: str
    kind: str = ""
    post_id: UUID | None = None
    calendar_id: UUID | None = None
    platforms: list[str] = field(default_factory=list)
    channel_ids: set[UUID] = field(default_factory=set)
    movable: bool = False
    clash: bool = False
    needs_photo: bool = False  # planned for Instagram, which takes no post without one
    asset_id: UUID | None = None
    title: str = ""  # of a slot that has no words yet
    caption: str = ""  # these two only of items that are shown
    thumb: str = ""

    @property
    def clock(self) -> str:
        return _clock(self.local.time().replace(second=0, microsecond=0), get_language())

    @property
    def says(self) -> str:
        if self.caption:
            return self.caption if len(self.caption) <= 90 else f"{self.caption[:89]}…"
        return str(_KIND_LABEL[self.kind]) if self.kind else _("Photo post")


@lru_cache(maxsize=4096)
def _clock(at: time, _language: str | None) -> str:
    return clock_of(at)


# Written out: as querysets these took longer to put together than to ask.
_PUBLICATIONS = """
SELECT id, post_id, channel_id, kind, publish_at, state
  FROM posting_publication
 WHERE state <> %(cancelled)s AND publish_at >= %(start)s AND publish_at < %(end)s
 ORDER BY publish_at, id LIMIT %(most)s
"""
_SLOTS = """
SELECT slot.id, slot.post_id, slot.publish_at, slot.kind, slot.state, slot.occasion,
       slot.asset_id, slot.calendar_id, plan.channel_ids, slot.menu_item_id,
       EXISTS (SELECT 1 FROM posting_publication living
                WHERE living.post_id = slot.post_id AND living.state <> %(cancelled)s),
       EXISTS (SELECT 1 FROM content_postasset picture WHERE picture.post_id = slot.post_id)
  FROM content_calendarslot slot JOIN content_calendar plan ON plan.id = slot.calendar_id
 WHERE (slot.publish_at >= %(start)s AND slot.publish_at < %(end)s)
    OR slot.post_id IN (SELECT post_id FROM posting_publication
                         WHERE state <> %(cancelled)s AND publish_at >= %(start)s AND publish_at < %(end)s)
 ORDER BY slot.publish_at, slot.id LIMIT %(most)s
"""


def items(span: Span, zone: str, now: datetime, platforms: dict[UUID, str]) -> list[Item]:
    """Everything between the first and last day drawn. `platforms`: of the channels, by their ids."""
    start, end = span.instants(zone)
    place = ZoneInfo(zone)
    asked: dict[str, Any] = {
        "cancelled": str(State.CANCELLED),
        "start": start,
        "end": end,
        "most": MOST_ITEMS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PUBLICATIONS, asked)
        rows = cursor.fetchall()
        cursor.execute(_SLOTS, asked)
        slots = cursor.fetchall()
    found = _of_publications(rows, {slot[1]: slot[3] for slot in slots if slot[1]}, place, now)
    planned = [slot for slot in slots if not slot[10] and start <= slot[2] < end]
    dishes = _dishes(slot[9] for slot in planned if not slot[1] and not slot[5])
    for pk, post, at, kind, state, occasion, asset, calendar, channels, dish, _on, pictured in planned:
        mine = [channel for channel in channels if channel in platforms]
        found.append(
            Item(
                id=pk,
                source="slot",
                at=at,
                local=at.astimezone(place),
                word=SLOT_WORDS[SlotState(state)],
                kind=kind,
                post_id=post,
                calendar_id=calendar,
                platforms=[platforms[channel] for channel in mine],
                channel_ids=set(mine),
                movable=state != SlotState.WRITING,
                needs_photo=state == SlotState.WRITTEN
                and not pictured
                and any(platforms[channel] == "instagram" for channel in mine),
                asset_id=asset,
                title=occasion or dishes.get(dish, ""),
            )
        )
    return found


def _dishes(ids: Iterable[Any]) -> dict[Any, str]:
    """Names for planned posts that have no words yet; no question where all have."""
    wanted = {pk for pk in ids if pk}
    return dict(MenuItem.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def _of_publications(
    rows: Iterable[tuple[Any, ...]], kinds: dict[Any, str], place: ZoneInfo, now: datetime
) -> list[Item]:
    groups: dict[tuple[UUID, datetime], Item] = {}
    for pk, post, channel, kind, at, state in rows:
        word = str(owner_word(state, publish_at=at, now=now))
        item = groups.get((post, at))
        if item is None:
            item = groups[post, at] = Item(
                id=pk,
                source="publication",
                at=at,
                local=at.astimezone(place),
                word=word,
                kind=kinds.get(post, ""),
                post_id=post,
                movable=True,
            )
        item.platforms.append(_PLATFORM[kind])
        item.channel_ids.add(channel)
        item.movable = item.movable and state in _OPEN
        if word in (Word.NEEDS_YOU, Word.FAILED):  # the worst of its channels is what must be seen
            item.word = word
    return list(groups.values())


def mark_clashes(items: Iterable[Item], now: datetime) -> None:
    """Both of two posts that share a channel and stand closer than an hour; what went out cannot be moved."""
    last: dict[UUID, Item] = {}
    for item in sorted((one for one in items if one.word != "skipped"), key=lambda one: one.at):
        for channel in item.channel_ids:
            before = last.get(channel)
            if before is not None and before.post_id != item.post_id and item.at - before.at < CLOSE:
                item.clash, before.clash = item.at > now, before.at > now
            last[channel] = item


_WORDS = """
SELECT post.id, left(post.caption, %s), nullif(post.captions, '{}'::jsonb)::text, first.asset_id
  FROM content_post post
  LEFT JOIN content_postasset first ON first.post_id = post.id AND first.position = 0
 WHERE post.id = ANY(%s::uuid[])
"""


def add_words_and_pictures(shown: Iterable[Item]) -> None:
    """Beginnings of captions and thumbnails of the items that are drawn: two questions."""
    shown = list(shown)
    posts = ",".join({str(item.post_id) for item in shown if item.post_id})
    words: dict[UUID | None, tuple[str, str | None, UUID | None]] = {}
    if posts:
        with connection.cursor() as rows:
            rows.execute(_WORDS, [CAPTION, f"{{{posts}}}"])
            words = {pk: (caption, captions, asset) for pk, caption, captions, asset in rows}
    urls = view_urls(
        pk for item in shown if (pk := words.get(item.post_id, _NOTHING)[2] or item.asset_id) is not None
    )
    for item in shown:
        shared, own, asset = words.get(item.post_id, (item.title, None, None))
        of_network = json.loads(own).get(item.platforms[0]) if own and item.platforms else None
        item.caption = shared if of_network is None else str(of_network)[:CAPTION]
        item.thumb = urls.get(asset or item.asset_id, "")  # type: ignore[arg-type]


_NOTHING = ("", None, None)
