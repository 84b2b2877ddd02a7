"""Sums over publications, in the database. A sum of nothing known is None, never 0; each says how many of
how many posts it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from posting.analytics.ranges import Range
from posting.measured import ChannelDay
from posting.models import Publication
from posting.states import State

WORDS = ("reach", "views", "likes", "comments", "shares", "saves", "engagement")
CARRY = 7  # days a follower count is carried over a gap


@dataclass(frozen=True, slots=True)
class Amount:
    """One figure of a range and of the days before. `known` of `posts` posts have it so far."""

    value: int | None
    before: int | None
    known: int = 0
    posts: int = 0

    @property
    def change(self) -> int | None:
        """Percent against the days before; None when there is nothing honest to compare with."""
        if self.value is None or not self.before:
            return None
        return round((self.value - self.before) * 100 / self.before)

    @property
    def fall(self) -> int | None:
        return None if self.change is None else -self.change

    @property
    def partial(self) -> bool:
        return 0 < self.known < self.posts


@dataclass(frozen=True, slots=True)
class Totals:
    posts: Amount
    amounts: dict[str, Amount]
    measured_at: datetime | None  # newest reading of any of these posts

    def __getitem__(self, word: str) -> Amount:
        return self.amounts[word]


def published(channel_id: UUID | None = None) -> QuerySet[Publication]:
    rows = Publication.objects.published().order_by()
    return rows.filter(channel_id=channel_id) if channel_id else rows


def totals(span: Range, *, channel_id: UUID | None = None) -> Totals:
    """One query for the range and the days before it. By hand: the ORM needs longer to write these 24 sums
    than PostgreSQL to add them up.
    """
    given: dict[str, Any] = {
        "state": str(State.PUBLISHED),
        "start": span.start,
        "before": span.before,
        "end": span.end,
        "channel": channel_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, given)
        measured_at, posts, posts_before, *sums = cursor.fetchone()
    return Totals(
        posts=Amount(posts, posts_before, posts, posts),
        amounts={
            word: Amount(_int(sums[at]), _int(sums[at + 1]), sums[at + 2], posts)
            for at, word in zip(range(0, len(sums), 3), WORDS, strict=True)
        },
        measured_at=measured_at,
    )


_SUMS = ", ".join(
    f"sum(f.{word}) FILTER (WHERE now), sum(f.{word}) FILTER (WHERE NOT now), count(f.{word}) FILTER (WHERE now)"
    for word in WORDS
)
_TOTALS = f"""
SELECT max(f.measured_at), count(*) FILTER (WHERE now), count(*) FILTER (WHERE NOT now), {_SUMS}
  FROM (SELECT id, published_at >= %(start)s AS now FROM posting_publication
         WHERE state = %(state)s AND published_at >= %(before)s AND published_at < %(end)s
           AND (%(channel)s::uuid IS NULL OR channel_id = %(channel)s::uuid)) p
  LEFT JOIN posting_figures f ON f.publication_id = p.id
"""  # noqa: S608 - own column names


RIPE = timedelta(hours=48)  # Meta's numbers may be that late; younger posts are no weak ones


def extremes(
    span: Range, *, now: datetime, channel_id: UUID | None = None, most: int = 3
) -> tuple[list[Publication], list[Publication]]:
    """The posts that reached most, and of those at least two days old the ones that reached fewest.

    No post is in both lists, so with few posts there are no weak ones. Two queries: narrow rows are ordered,
    then the handful is read.
    """
    given: dict[str, Any] = {
        "state": str(State.PUBLISHED),
        "start": span.start,
        "end": span.end,
        "channel": channel_id,
        "ripe": now - RIPE,
        "most": most,
        "both": 2 * most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EXTREMES, given)
        found: list[tuple[bool, UUID]] = cursor.fetchall()
    best = [pk for is_best, pk in found if is_best]
    weak = [pk for is_best, pk in found if not is_best and pk not in best][:most]
    rows = Publication.objects.filter(pk__in=[*best, *weak]).select_related("channel", "post", "figures")
    by_id = {item.pk: item for item in rows}
    return [by_id[pk] for pk in best], [by_id[pk] for pk in weak]


_EXTREMES = """
WITH seen AS MATERIALIZED (
  SELECT p.id, p.published_at, f.reach FROM posting_publication p JOIN posting_figures f ON f.publication_id = p.id
   WHERE p.state = %(state)s AND p.published_at >= %(start)s AND p.published_at < %(end)s
     AND f.reach IS NOT NULL AND (%(channel)s::uuid IS NULL OR p.channel_id = %(channel)s::uuid))
(SELECT true, id FROM seen ORDER BY reach DESC, published_at DESC, id LIMIT %(most)s)
UNION ALL
(SELECT false, id FROM seen WHERE published_at < %(ripe)s ORDER BY reach, published_at, id LIMIT %(both)s)
"""


@dataclass(frozen=True, slots=True)
class ChannelDays:
    """Whole channels by Meta's day; None where one of the channels is not known."""

    followers: dict[date, int]
    reach: dict[date, int]
    views: dict[date, int]
    measured_at: datetime | None

    @property
    def newest_followers(self) -> int | None:
        return self.followers[max(self.followers)] if self.followers else None

    @property
    def gained(self) -> int | None:
        """Followers at the end minus at the beginning of the known days."""
        if len(self.followers) < 2:
            return None
        return self.followers[max(self.followers)] - self.followers[min(self.followers)]


def channel_days(span: Range, *, channel_id: UUID | None = None) -> ChannelDays:
    """One query. A day is shown only when every channel that has numbers has one for it: a sum over half of
    the channels would look like a fall.
    """
    rows = ChannelDay.objects.filter(day__gte=span.first - timedelta(days=CARRY), day__lte=span.last).exclude(
        channel__state="disconnected"
    )
    if channel_id:
        rows = rows.filter(channel_id=channel_id)
    by_channel: dict[UUID, dict[date, tuple[int | None, int | None, int | None]]] = {}
    newest: datetime | None = None
    values = rows.order_by("day").values_list(
        "channel_id", "day", F("followers"), F("reach"), F("views"), "measured_at"
    )
    for channel, day, followers, reach, views, at in values:
        by_channel.setdefault(channel, {})[day] = (followers, reach, views)
        newest = at if newest is None or at > newest else newest
    found: list[dict[date, int]] = [{}, {}, {}]
    for position in range(3):
        mine = [
            {day: row[position] for day, row in of.items() if row[position] is not None}
            for of in by_channel.values()
        ]
        mine = [of for of in mine if of]  # a channel Meta gives no such number for does not hide the others
        for number in range(span.days):
            day = span.first + timedelta(days=number)
            parts = [_at(of, day, carry=position == 0) for of in mine]
            if parts and all(part is not None for part in parts):
                found[position][day] = sum(part for part in parts if part is not None)
    last = max((day for of in by_channel.values() for day in of), default=None)
    followers = {day: value for day, value in found[0].items() if last is None or day <= last}
    return ChannelDays(followers, found[1], found[2], newest)


def _at(of: dict[date, Any], day: date, *, carry: bool) -> int | None:
    if day in of:
        return int(of[day])
    if carry:  # followers hardly move in a gap of some days
        return next((of[back] for gap in range(1, CARRY) if (back := day - timedelta(days=gap)) in of), None)
    return None


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
