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

from django.utils.translation import gettext as _

from posting.analytics.totals import RIPE, published
from posting.analytics.words import KINDS, WEEKDAYS
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
    rows: list[Any] = list(
        published(channel_id)
        .filter(
            published_at__gte=since or now - BACK, published_at__lt=now - RIPE, figures__reach__isnull=False
        )
        .order_by("-published_at")
        .values_list("channel_id", "published_at", "figures__reach")[:MOST_ROWS]
    )
    if len(rows) < SAMPLE:
        return BestTimes(len(rows))
    of_channel: dict[UUID, list[int]] = {}
    for channel, _at, reach in rows:
        of_channel.setdefault(channel, []).append(reach)
    usual = {channel: median(reached) for channel, reached in of_channel.items()}
    slots: dict[tuple[int, int], list[tuple[float, int]]] = {}
    local_zone = ZoneInfo(zone)
    for channel, at, reach in rows:
        local = at.astimezone(local_zone)
        if usual[channel]:
            slot = (local.isoweekday(), local.hour // SLOT_HOURS * SLOT_HOURS)
            slots.setdefault(slot, []).append((reach / usual[channel], reach))
    return BestTimes(len(rows), _good(slots)[:most], round(median(reach for _c, _a, reach in rows)))


def _good(slots: dict[tuple[int, int], list[tuple[float, int]]]) -> tuple[BestTime, ...]:
    found = []
    for (weekday, hour), seen in slots.items():
        times = median(ratio for ratio, _reach in seen)
        if len(seen) >= SLOT_SAMPLE and times >= BETTER:
            middle = round(median(reach for _ratio, reach in seen))
            found.append(BestTime(weekday, hour, SLOT_HOURS, len(seen), middle, round((times - 1) * 100)))
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
