"""Sums over publications, in the database. A sum of nothing known is None, never 0; each says how many of
how many posts it is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay, TruncDate

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


def _in(span: Range, channel_id: UUID | None) -> QuerySet[Publication]:
    return published(channel_id).filter(published_at__gte=span.start, published_at__lt=span.end)


@dataclass(frozen=True, slots=True)
class Group:
    """Some posts together: by day, kind, dish or hour."""

    key: Any
    posts: int
    known: int
    reach: int | None
    engagement: int | None

    @property
    def each(self) -> int | None:
        """Reach of one post on average, of those whose reach is known."""
        return round(self.reach / self.known) if self.reach is not None and self.known else None


def _groups(rows: QuerySet[Any], *keys: str) -> list[Group]:
    found = rows.values(*keys).annotate(
        n=Count("pk"),
        known=Count("figures__reach"),
        sum_reach=Sum("figures__reach"),
        sum_engagement=Sum("figures__engagement"),
    )
    return [
        Group(
            key=row[keys[0]] if len(keys) == 1 else tuple(row[key] for key in keys),
            posts=row["n"],
            known=row["known"],
            reach=_int(row["sum_reach"]),
            engagement=_int(row["sum_engagement"]),
        )
        for row in found
    ]


def by_day(span: Range, *, channel_id: UUID | None = None) -> dict[date, Group]:
    """Posts by the local day they went out; days without posts are absent."""
    rows = _in(span, channel_id).annotate(day=TruncDate("published_at", tzinfo=_zone(span)))
    return {group.key: group for group in _groups(rows, "day")}


def by_kind(span: Range, *, channel_id: UUID | None = None) -> list[Group]:
    return _sorted(_groups(_in(span, channel_id), "kind"))


def by_dish(span: Range, *, channel_id: UUID | None = None, most: int = 8) -> list[Group]:
    """Posts about a dish of the menu, the farthest reaching first; key is (id, name)."""
    rows = _in(span, channel_id).filter(post__menu_item__isnull=False)
    return _sorted(_groups(rows, "post__menu_item", "post__menu_item__name"))[:most]


def by_hour(span: Range, *, channel_id: UUID | None = None) -> dict[tuple[int, int], Group]:
    """{(weekday 1 = Monday, hour 0-23): posts} on the restaurant's clock."""
    zone = _zone(span)
    rows = _in(span, channel_id).annotate(
        weekday=ExtractIsoWeekDay("published_at", tzinfo=zone), hour=ExtractHour("published_at", tzinfo=zone)
    )
    return {group.key: group for group in _groups(rows, "weekday", "hour")}


def _sorted(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (-(group.each if group.each is not None else -1), -group.posts))


RIPE = timedelta(hours=48)  # Meta's numbers may be that late; younger posts are no weak ones


def extremes(
    span: Range, *, now: datetime, channel_id: UUID | None = None, most: int = 3
) -> tuple[list[Publication], list[Publication]]:
    """The posts that reached most, and of those at least two days old the ones that reached fewest.

    No post is in both lists, so with few posts there are no weak ones.
    """
    rows = (
        _in(span, channel_id)
        .filter(figures__reach__isnull=False)
        .select_related("channel", "post", "figures")
    )
    best = list(rows.order_by("-figures__reach", "-published_at", "pk")[:most])
    ripe = rows.filter(published_at__lt=now - RIPE).exclude(pk__in=[item.pk for item in best])
    weak = list(ripe.order_by("figures__reach", "published_at", "pk")[:most])
    return best, weak


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


def _zone(span: Range) -> ZoneInfo:
    return ZoneInfo(span.zone)
