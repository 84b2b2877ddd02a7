"""Measured numbers into the restaurant's tables: a changed number adds a snapshot and replaces the newest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from posting.measured import ChannelDay, ChannelInsight, Figures
from posting.models import Insight

POST_WORDS = ("reach", "views", "likes", "comments", "shares", "saves", "clicks")
DAY_WORDS = ("followers", "reach", "views", "engagement")
_ENGAGING = ("likes", "comments", "shares", "saves")


def engagement_of(figures: Mapping[str, int | None]) -> int | None:
    """Likes, comments, shares and saves together, as far as they are known; None when none is."""
    known = [value for word in _ENGAGING if (value := figures.get(word)) is not None]
    return sum(known) if known else None


def keep_posts(found: Iterable[tuple[UUID, Mapping[str, int]]], *, now: datetime) -> int:
    """Newest numbers of these publications; the number of snapshots added. Three queries.

    A number that is missing this time keeps its last value: Meta not saying it again is no news.
    """
    measured = dict(found)
    before = Figures.objects.in_bulk(list(measured))
    rows: list[Figures] = []
    snapshots: list[Insight] = []
    for publication_id, figures in measured.items():
        row = before.get(publication_id) or Figures(publication_id=publication_id)
        for word, value in figures.items():
            if word in POST_WORDS and getattr(row, word) != value:
                setattr(row, word, value)
                snapshots.append(
                    Insight(publication_id=publication_id, metric=word, value=value, measured_at=now)
                )
        row.engagement = engagement_of({word: getattr(row, word) for word in _ENGAGING})
        row.measured_at = now
        rows.append(row)
    Insight.objects.bulk_create(snapshots, ignore_conflicts=True)
    _upsert(Figures, rows, ["publication"], [*POST_WORDS, "engagement", "measured_at"])
    return len(snapshots)


def keep_days(*, channel_id: UUID, by_day: Mapping[date, Mapping[str, int]], now: datetime) -> int:
    """The same for one channel's days."""
    before = {row.day: row for row in ChannelDay.objects.filter(channel_id=channel_id, day__in=list(by_day))}
    rows: list[ChannelDay] = []
    snapshots: list[ChannelInsight] = []
    for day, figures in by_day.items():
        row = before.get(day) or ChannelDay(channel_id=channel_id, day=day)
        for word, value in figures.items():
            if word in DAY_WORDS and getattr(row, word) != value:
                setattr(row, word, value)
                snapshots.append(
                    ChannelInsight(channel_id=channel_id, metric=word, day=day, value=value, measured_at=now)
                )
        row.measured_at = now
        rows.append(row)
    ChannelInsight.objects.bulk_create(snapshots, ignore_conflicts=True)
    _upsert(ChannelDay, rows, ["channel", "day"], [*DAY_WORDS, "measured_at"])
    return len(snapshots)


def _upsert(model: Any, rows: Sequence[Any], unique: list[str], fields: list[str]) -> None:
    for row in rows:
        if not isinstance(row, Figures):
            row.pk = None  # the pair decides, not the number
    if rows:
        model.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=fields)


def thin(*, channel_id: UUID, now: datetime) -> int:
    """Forget what nobody looks at any more, of one channel: how many rows went.

    Older than INSIGHTS_FULL_DAYS the last snapshot of each day stays, older than INSIGHTS_KEEP_DAYS none. The
    newest numbers of a post (Figures) stay as long as the post.
    """
    full = now - timedelta(days=settings.INSIGHTS_FULL_DAYS)
    keep = now - timedelta(days=settings.INSIGHTS_KEEP_DAYS)
    gone = 0
    with connection.cursor() as cursor:
        for statement in _THIN:
            cursor.execute(statement, {"channel": channel_id, "full": full, "keep": keep})
            gone += cursor.rowcount
    return gone


_THIN = (
    "DELETE FROM posting_insight i USING posting_publication p WHERE p.id = i.publication_id"
    " AND p.channel_id = %(channel)s AND p.published_at < %(full)s AND i.measured_at < %(keep)s",
    # Numbers are read for 90 days: what was published long before has been thinned.
    "DELETE FROM posting_insight i USING posting_publication p WHERE p.id = i.publication_id"
    " AND p.channel_id = %(channel)s AND i.measured_at < %(full)s"
    " AND p.published_at < %(full)s AND p.published_at > %(full)s - interval '120 days'"
    " AND EXISTS (SELECT 1 FROM posting_insight j WHERE j.publication_id = i.publication_id"
    "  AND j.metric = i.metric AND j.measured_at > i.measured_at"
    "  AND date_trunc('day', j.measured_at) = date_trunc('day', i.measured_at))",
    "DELETE FROM posting_channelinsight i WHERE channel_id = %(channel)s AND measured_at < %(full)s"
    " AND EXISTS (SELECT 1 FROM posting_channelinsight j WHERE j.channel_id = i.channel_id AND j.day = i.day"
    "  AND j.metric = i.metric AND j.measured_at > i.measured_at)",
    "DELETE FROM posting_channelinsight WHERE channel_id = %(channel)s AND day < %(keep)s::date",
    "DELETE FROM posting_channelday WHERE channel_id = %(channel)s AND day < %(keep)s::date",
)
