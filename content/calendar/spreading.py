"""Which days and times of a month get a post: evenly spread, special days and eves of weekends first. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random

from content.calendar.facts import MOST_A_DAY, Occasion, Wish
from tenants.times import from_wall

LEAD = timedelta(minutes=45)  # time to look at a post before it goes out
APART = timedelta(hours=3)  # two posts of one day
USUAL_TIMES = (time(17, 30), time(11, 30), time(20, 0), time(14, 30), time(8, 30))


@dataclass(frozen=True)
class Opening:
    """A moment that may get a post."""

    at: datetime  # UTC
    local: datetime  # naive wall time

    @property
    def day(self) -> date:
        return self.local.date()


def openings(wish: Wish) -> dict[date, list[Opening]]:
    """{day: moments still ahead, the owner's own times first, at most three a day and hours apart}."""
    found: dict[date, list[Opening]] = {}
    for day in days_between(wish.first, wish.last):
        if day in wish.blackout or (wish.only and day not in wish.only):
            continue
        taken: list[Opening] = []
        own = (*wish.at.get(day, ()), *wish.times.get(day.weekday(), ()))
        for hour in (*own, *USUAL_TIMES):
            local = datetime.combine(day, hour)
            at = from_wall(local, wish.zone)
            far = all(abs(at - other.at) >= APART for other in taken)
            if at >= wish.now + LEAD and far and len(taken) < MOST_A_DAY:
                taken.append(Opening(at, local))
        if taken:
            found[day] = taken
    return found


def days_between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def room(found: Mapping[date, Sequence[Opening]]) -> int:
    return sum(len(moments) for moments in found.values())


def choose(
    wish: Wish, found: dict[date, list[Opening]], special: int, eves: int, random: Random
) -> list[Opening]:
    """`wish.count` openings in order of time. `special` and `eves`: how many of each the mix would like."""
    about = campaign_days(wish, found)
    if about and wish.count < len(found):
        others = {day: openings for day, openings in found.items() if day not in about}
        rest = replace(wish, count=wish.count - len(about), occasions=_others(wish))
        chosen = choose(rest, others, special - len(about), eves, random) if rest.count else []
        return sorted([*chosen, *(found[day][0] for day in about)], key=lambda opening: opening.at)
    days = sorted(found)
    preferred = [day for day in days if day.weekday() in wish.times] if wish.times else days
    if len(preferred) >= wish.count:
        days = preferred
    if wish.count >= len(days):
        return _every_day(days, found, wish.count)
    fresh = [day for day in days if not wish.taken.get(day)]
    days = fresh if len(fresh) >= wish.count else days
    buckets = _buckets(days, wish.count)
    picked = _special_days(buckets, wish.occasions, special)
    _add_eves(picked, buckets, eve_days(wish.weekend), eves)
    return [found[day][0] for day in _fill(buckets, picked, wish, random)]


def campaign_days(wish: Wish, found: Mapping[date, list[Opening]]) -> list[date]:
    """The days a campaign was asked for; each of them gets its post, whatever the mix says."""
    return sorted({o.day for o in wish.occasions if o.source == "campaign" and o.day in found})


def _others(wish: Wish) -> tuple[Occasion, ...]:
    return tuple(occasion for occasion in wish.occasions if occasion.source != "campaign")


def _every_day(days: Sequence[date], found: Mapping[date, list[Opening]], count: int) -> list[Opening]:
    """One a day and, evenly over the month, a second and third."""
    chosen = [found[day][0] for day in days]
    for depth in range(1, MOST_A_DAY):
        deeper = [found[day][depth] for day in days if len(found[day]) > depth]
        missing = count - len(chosen)
        if missing <= 0:
            break
        step = max(1.0, len(deeper) / missing)
        chosen += [deeper[int(n * step)] for n in range(min(missing, len(deeper)))]
    return sorted(chosen, key=lambda opening: opening.at)


def _buckets(days: Sequence[date], count: int) -> list[list[date]]:
    """`count` runs of neighbouring days, of nearly equal length: one post each keeps the month even."""
    edges = [round(n * len(days) / count) for n in range(count + 1)]
    return [list(days[a:b]) for a, b in pairwise(edges)]


def _special_days(buckets: list[list[date]], occasions: Iterable[Occasion], wanted: int) -> dict[int, date]:
    """{bucket: day}: the greatest days first, one a bucket."""
    place = {day: number for number, bucket in enumerate(buckets) for day in bucket}
    picked: dict[int, date] = {}
    for occasion in sorted(occasions, key=lambda o: (-o.rank, o.day)):
        bucket = place.get(occasion.day)
        if bucket is None or bucket in picked or len(picked) >= max(wanted, 0):
            continue
        picked[bucket] = occasion.day
    return picked


def eve_days(weekend: Sequence[int]) -> tuple[int, int]:
    """The two weekdays before the weekend: Thursday and Friday where it is Saturday and Sunday."""
    first = weekend[0] if weekend else 5
    return ((first - 2) % 7, (first - 1) % 7)


def _add_eves(picked: dict[int, date], buckets: list[list[date]], eves: tuple[int, int], wanted: int) -> None:
    have = sum(1 for day in picked.values() if day.weekday() in eves)
    able = [
        (number, [day for day in bucket if day.weekday() in eves])
        for number, bucket in enumerate(buckets)
        if number not in picked
    ]
    able = [(number, days) for number, days in able if days]
    missing = min(max(0, wanted - have), len(able)) if wanted else 0
    for n in range(missing):
        number, days = able[int(n * len(able) / missing)]
        picked[number] = days[0]


def _fill(buckets: list[list[date]], picked: dict[int, date], wish: Wish, random: Random) -> list[date]:
    """The rest: in each run of days the one that keeps the usual distance to what stands before and after."""
    chosen: list[date] = []
    for number, bucket in enumerate(buckets):
        if number in picked:
            chosen.append(picked[number])
            continue
        before = chosen[-1] if chosen else None
        after = picked.get(number + 1)

        def distance(day: date, before: date | None = before, after: date | None = after) -> float:
            gaps = [abs((day - other).days) for other in (before, after) if other is not None]
            return min(gaps) if gaps else 0.0

        middle = bucket[len(bucket) // 2]
        chosen.append(
            max(
                bucket,
                key=lambda day: (min(distance(day), len(bucket)), -abs((day - middle).days), random.random()),
            )
        )
    return chosen
