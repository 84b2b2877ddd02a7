"""Everything one page says about a range, in a constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from posting.analytics import totals
from posting.analytics.best import BestTimes, best_times
from posting.analytics.charts import Chart, bars, level, line, share
from posting.analytics.groups import Group, groups
from posting.analytics.ranges import Range
from posting.analytics.totals import Amount, ChannelDays, Totals
from posting.analytics.words import KINDS, WEEKDAYS, Text
from posting.models import Publication
from posting.queries import thumbs
from posting.surfaces import SURFACES, Kind
from social.models import Channel

HEADLINE = ("posts", "reach", "engagement", "comments")


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the numbers on top."""

    name: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Row:
    """One line of "by kind" or "by dish": a bar and its numbers."""

    label: Text
    group: Group
    width: int
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one weekday: the reach of a post then, on average."""

    hour: int
    group: Group | None
    level: int


@dataclass(frozen=True, slots=True)
class Piece:
    publication: Publication
    thumb: str
    reach: int
    engagement: int | None

    @property
    def caption(self) -> str:
        return self.publication.snapshot.get("caption", "") or self.publication.post.caption_for(
            self.publication.platform
        )


@dataclass(frozen=True, slots=True)
class Head:
    """The sentence and the four numbers."""

    span: Range
    totals: Totals
    figures: list[Figure]
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    span: Range
    channel: Channel | None
    head: Head
    reach: Chart
    engagement: Chart
    followers: Chart
    channel_reach: Chart
    channel_days: ChannelDays
    kinds: list[Row]
    dishes: list[Row]
    hours: list[tuple[Text, list[Cell]]]
    hours_posts: int
    best: list[Piece]
    weak: list[Piece]
    times: BestTimes

    @property
    def updated_at(self) -> datetime | None:
        return self.head.updated_at


def head(span: Range, *, channel_id: UUID | None = None) -> Head:
    """One query."""
    found = totals.totals(span, channel_id=channel_id)
    figures = [Figure(name, found.posts if name == "posts" else found[name]) for name in HEADLINE]
    return Head(span, found, figures, found.measured_at)


def dashboard(span: Range, *, channel: Channel | None, now: datetime) -> Dashboard:
    channel_id = channel.pk if channel else None
    top = head(span, channel_id=channel_id)
    parts = groups(span, channel_id=channel_id)
    whole = totals.channel_days(span, channel_id=channel_id)
    best, weak = totals.extremes(span, now=now, channel_id=channel_id)
    pictures = thumbs(item.post_id for item in [*best, *weak])
    newest = max((at for at in (top.updated_at, whole.measured_at) if at), default=None)
    return Dashboard(
        span=span,
        channel=channel,
        head=Head(span, top.totals, top.figures, newest),
        reach=bars(span, {day: group.reach for day, group in parts.days.items()}),
        engagement=bars(span, {day: group.engagement for day, group in parts.days.items()}),
        followers=line(span, _optional(whole.followers)),
        channel_reach=bars(span, _optional(whole.reach)),
        channel_days=whole,
        kinds=_rows(parts.kinds),
        dishes=_rows(parts.dishes),
        hours=_hours(parts.hours),
        hours_posts=sum(group.known for group in parts.hours.values()),
        best=[_piece(item, pictures) for item in best],
        weak=[_piece(item, pictures) for item in weak],
        times=best_times(channel_id=channel_id, zone=span.zone, now=now),
    )


def _optional(values: dict[date, int]) -> dict[date, int | None]:
    return dict(values)


def _rows(groups: list[Group]) -> list[Row]:
    most = max((group.each or 0 for group in groups), default=0)
    rows = []
    for group in groups:
        if isinstance(group.key, tuple):
            rows.append(Row(group.key[1], group, share(group.each, most)))
        else:
            surface = SURFACES[Kind(group.key)]
            rows.append(Row(KINDS[group.key], group, share(group.each, most), surface.platform))
    return rows


def _hours(groups: dict[tuple[int, int], Group]) -> list[tuple[Text, list[Cell]]]:
    most = max((group.each or 0 for group in groups.values()), default=0)
    return [
        (
            name,
            [
                Cell(hour, found := groups.get((weekday, hour)), level(found.each if found else None, most))
                for hour in range(24)
            ],
        )
        for weekday, name in enumerate(WEEKDAYS, start=1)
    ]


def _piece(item: Publication, pictures: dict[UUID, str]) -> Piece:
    return Piece(item, pictures.get(item.post_id, ""), item.figures.reach or 0, item.figures.engagement)
