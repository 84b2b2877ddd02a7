"""What worked here: the times and kinds of post that reached more than usual. This restaurant's posts only.

Nothing is claimed from a handful of posts: under a minimum sample there is no answer, only how many posts
are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from posting.analytics.totals import RIPE, published
from posting.analytics.words import KINDS, WEEKDAYS
from posting.states import State
from tenants.times import from_wall

BACK = timedelta(days=180)
SAMPLE = 20  # measured posts of a channel before anything is said
SLOT_SAMPLE = 4  # posts in a slot before it is compared
SLOT_HOURS = 2
BETTER = 1.15  # a slot must reach this much more than usual to be called good
MOST_ROWS = 2000


@dataclass(frozen=True, slots=True)
class BestTime:
    """A weekday (1 = Monday) and the hours from `hour` on, on the restaurant's clock."""

    weekday: int
    hour: int
    hours: int
    posts: int  # the sample behind it
    reach: int  # of the post in the middle
    percent: int  # more than usual

    def next_after(self, moment: datetime, zone: str) -> datetime:
        """The first such time after `moment`."""
        local = moment.astimezone(ZoneInfo(zone)).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        day = local + timedelta(days=(self.weekday - local.isoweekday()) % 7)
        at = from_wall(day.replace(hour=self.hour), zone)
        return at if at > moment else from_wall(day.replace(hour=self.hour) + timedelta(days=7), zone)

    @property
    def sentence(self) -> str:
        return _("%(day)s from %(hour)s: %(percent)s %% more people than usual (%(posts)s posts)") % {
            "day": WEEKDAYS[self.weekday - 1],
            "hour": f"{self.hour}:00",
            "percent": self.percent,
            "posts": self.posts,
        }


@dataclass(frozen=True, slots=True)
class BestTimes:
    """`times` is empty unless `enough`; `sample` posts were measured, `usual` is the reach of the middle one."""

    sample: int
    times: tuple[BestTime, ...] = ()
    usual: int | None = None

    @property
    def enough(self) -> bool:
        return self.sample >= SAMPLE

    @property
    def missing(self) -> int:
        return max(0, SAMPLE - self.sample)


def best_times(
    *, channel_id: UUID | None, zone: str, now: datetime, most: int = 3, since: datetime | None = None
) -> BestTimes:
    """When posts of a channel reached the most people. One query. Runs in the restaurant's schema.

    `channel_id` None: all channels together, each post compared with the middle of its own channel, so that
    a large channel does not decide alone. `zone`: the restaurant's IANA zone. Posts younger than two days are
    left out, as their numbers still grow.
    """
    given: dict[str, Any] = {
        "state": str(State.PUBLISHED),
        "since": since or now - BACK,
        "until": now - RIPE,
        "channel": channel_id,
        "zone": zone,
        "hours": SLOT_HOURS,
        "most": MOST_ROWS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SLOTS, given)
        rows = cursor.fetchall()
    sample, usual = (rows[0][0], rows[0][1]) if rows else (0, None)
    if sample < SAMPLE or usual is None:
        return BestTimes(sample)
    return BestTimes(sample, _good(rows)[:most], round(usual))


# The middles are PostgreSQL's: two thousand rows need not travel for a handful of numbers.
_SLOTS = """
WITH seen AS (
  SELECT p.channel_id, f.reach, p.published_at AT TIME ZONE %(zone)s AS at
    FROM posting_publication p JOIN posting_figures f ON f.publication_id = p.id
   WHERE p.state = %(state)s AND p.published_at >= %(since)s AND p.published_at < %(until)s
     AND f.reach IS NOT NULL AND (%(channel)s::uuid IS NULL OR p.channel_id = %(channel)s::uuid)
   ORDER BY p.published_at DESC LIMIT %(most)s),
usual AS (
  SELECT channel_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY reach) AS middle FROM seen GROUP BY channel_id),
whole AS (SELECT count(*) AS sample, percentile_cont(0.5) WITHIN GROUP (ORDER BY reach) AS middle FROM seen),
slots AS (
  SELECT extract(isodow FROM at)::int AS weekday,
         extract(hour FROM at)::int / %(hours)s * %(hours)s AS hour, count(*) AS posts,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY reach / middle) AS times,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY reach) AS reach
    FROM seen JOIN usual USING (channel_id) WHERE middle > 0 GROUP BY 1, 2)
SELECT whole.sample, whole.middle, slots.* FROM whole LEFT JOIN slots ON true
"""


def _good(rows: Sequence[tuple[Any, ...]]) -> tuple[BestTime, ...]:
    found = [
        BestTime(weekday, hour, SLOT_HOURS, posts, round(reach), round((times - 1) * 100))
        for _sample, _middle, weekday, hour, posts, times, reach in rows
        if posts is not None and posts >= SLOT_SAMPLE and times >= BETTER
    ]
    return tuple(sorted(found, key=lambda slot: (-slot.percent, -slot.posts, slot.weekday, slot.hour)))


def what_worked(*, zone: str, now: datetime, most: int = 4) -> list[str]:
    """Plain sentences for whoever writes or plans the next post; [] while too little is known.

    Three queries, this restaurant's schema only. Each sentence carries its sample.
    """
    times = best_times(channel_id=None, zone=zone, now=now, most=1)
    if not times.enough:
        return []
    found = [slot.sentence for slot in times.times]
    rows = published().filter(
        published_at__gte=now - BACK, published_at__lt=now - RIPE, figures__reach__isnull=False
    )
    kinds: list[Any] = [
        (str(KINDS[kind]), reach) for kind, reach in rows.values_list("kind", "figures__reach")[:MOST_ROWS]
    ]
    dishes: Any = rows.filter(post__menu_item__isnull=False).values_list(
        "post__menu_item__name", "figures__reach"
    )
    for name, posts, percent in _better(kinds, times.usual)[:1]:
        found.append(
            _("Posts of the kind “%(name)s” reached %(percent)s %% more people than usual (%(posts)s posts)")
            % {"name": name, "percent": percent, "posts": posts}
        )
    for name, posts, percent in _better(list(dishes[:MOST_ROWS]), times.usual)[:2]:
        found.append(
            _("Posts about “%(name)s” reached %(percent)s %% more people than usual (%(posts)s posts)")
            % {"name": name, "percent": percent, "posts": posts}
        )
    return found[:most]


def _better(seen: Sequence[tuple[str, int]], usual: int | None) -> list[tuple[str, int, int]]:
    """(name, posts, percent more than usual) of those with a sample, the best first."""
    groups: dict[str, list[int]] = {}
    for name, reach in seen:
        groups.setdefault(name, []).append(reach)
    found = [
        (name, len(reached), round((median(reached) / usual - 1) * 100))
        for name, reached in groups.items()
        if usual and len(reached) >= SLOT_SAMPLE and median(reached) / usual >= BETTER
    ]
    return sorted(found, key=lambda row: (-row[2], -row[1], row[0]))
