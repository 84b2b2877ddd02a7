"""The posts of a range by day, kind, hour and dish: one query, one pass over the rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from posting.analytics.ranges import Range
from posting.states import State

DISHES = 8  # shown


@dataclass(frozen=True, slots=True)
class Group:
    """Some posts together. A sum of nothing known is None; `known` of `posts` posts have a reach so far."""

    key: Any
    posts: int
    known: int
    reach: int | None
    engagement: int | None

    @property
    def each(self) -> int | None:
        """Reach of one post on average, of those whose reach is known."""
        return round(self.reach / self.known) if self.reach is not None and self.known else None


@dataclass(frozen=True, slots=True)
class Groups:
    """`days`: by the local day they went out, days without posts are absent. `hours`: by (weekday 1 = Monday,
    hour 0-23) on the restaurant's clock. `kinds` and `dishes` (key: id and name): farthest reaching first.
    """

    days: dict[date, Group]
    kinds: list[Group]
    hours: dict[tuple[int, int], Group]
    dishes: list[Group]


def groups(span: Range, *, channel_id: UUID | None = None) -> Groups:
    """One query."""
    given: dict[str, Any] = {
        "state": str(State.PUBLISHED),
        "start": span.start,
        "end": span.end,
        "zone": span.zone,
        "channel": channel_id,
    }
    found = Groups({}, [], {}, [])
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, given)
        for which, day, kind, weekday, hour, dish, name, posts, known, reach, engagement in cursor.fetchall():
            numbers = (posts, known, _int(reach), _int(engagement))
            if which == _BY_DAY:
                found.days[day] = Group(day, *numbers)
            elif which == _BY_KIND:
                found.kinds.append(Group(kind, *numbers))
            elif which == _BY_HOUR:
                found.hours[weekday, hour] = Group((weekday, hour), *numbers)
            elif dish is not None:  # posts about no dish are no dish
                found.dishes.append(Group((dish, name), *numbers))
    return Groups(found.days, _sorted(found.kinds), found.hours, _sorted(found.dishes)[:DISHES])


# PostgreSQL's grouping(): a bit for each column that is not part of a row's group.
_BY_DAY, _BY_KIND, _BY_HOUR = 0b0111, 0b1011, 0b1101
_GROUPS = """
SELECT grouping(day, kind, hour, dish), day, kind, weekday, hour, dish, name,
       count(*), count(reach), sum(reach), sum(engagement)
  FROM (SELECT local::date AS day, p.kind, extract(isodow FROM local)::int AS weekday,
               extract(hour FROM local)::int AS hour, dish.id AS dish, dish.name, f.reach, f.engagement
          FROM (SELECT id, post_id, kind, published_at AT TIME ZONE %(zone)s AS local FROM posting_publication
                 WHERE state = %(state)s AND published_at >= %(start)s AND published_at < %(end)s
                   AND (%(channel)s::uuid IS NULL OR channel_id = %(channel)s::uuid)) p
          LEFT JOIN posting_figures f ON f.publication_id = p.id
          JOIN content_post post ON post.id = p.post_id
          LEFT JOIN content_menuitem dish ON dish.id = post.menu_item_id) seen
 GROUP BY GROUPING SETS ((day), (kind), (weekday, hour), (dish, name))
"""


def _sorted(found: list[Group]) -> list[Group]:
    return sorted(found, key=lambda group: (-(group.each if group.each is not None else -1), -group.posts))


def _int(value: Any) -> int | None:
    return None if value is None else int(value)
