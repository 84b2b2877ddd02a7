"""Charts as plain geometry: numbers in, places in a 100 high box out. Templates draw them as SVG.

The box is stretched to its place (the labels are HTML beside it), so nothing depends on a screen's width.
A value that is not known leaves a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from posting.analytics.ranges import Range

HEIGHT = 100
STEP = 10  # width of one place
DAILY_UP_TO = 92  # longer ranges are drawn by week


@dataclass(frozen=True, slots=True)
class Point:
    label: str  # "Mon 23 Nov" / "week of 23 Nov"
    day: date
    value: int | None
    x: float = 0
    y: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Chart:
    points: tuple[Point, ...]
    top: int  # of the scale
    low: int
    lines: tuple[str, ...] = ()  # of a line chart: one per run of known values
    weekly: bool = False

    @property
    def width(self) -> int:
        return max(len(self.points), 1) * STEP

    @property
    def known(self) -> bool:
        return any(point.value is not None for point in self.points)

    @property
    def middle(self) -> int:
        return (self.top + self.low) // 2

    @property
    def ticks(self) -> tuple[Point, ...]:
        """First, middle and last place, for the labels below."""
        if len(self.points) < 3:
            return self.points
        return (self.points[0], self.points[len(self.points) // 2], self.points[-1])

    @property
    def dots(self) -> list[Point]:
        """Known values without a known neighbour: no line shows them."""
        found = []
        for number, point in enumerate(self.points):
            beside = self.points[max(number - 1, 0) : number] + self.points[number + 1 : number + 2]
            if point.value is not None and all(one.value is None for one in beside):
                found.append(point)
        return found


def nice_top(value: int) -> int:
    """The next round number of a scale: 7 -> 8, 42 -> 50, 4210 -> 5000."""
    if value <= 4:
        return 4
    size = 10 ** (len(str(value)) - 1)
    return next(
        step * size // 10
        for step in (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
        if step * size >= value * 10
    )


def _places(
    span: Range, values: Mapping[date, int | None], *, add: bool
) -> tuple[list[tuple[date, int | None]], bool]:
    days = [span.first + timedelta(days=number) for number in range(span.days)]
    if span.days <= DAILY_UP_TO:
        return [(day, values.get(day)) for day in days], False
    weeks: dict[date, int | None] = {}
    for day in days:
        monday = day - timedelta(days=day.weekday())
        value, before = values.get(day), weeks.get(monday)
        if value is None:
            weeks.setdefault(monday, None)
        else:
            weeks[monday] = value + before if add and before is not None else value
    return list(weeks.items()), True


def _label(day: date, weekly: bool) -> str:
    return f"{day.day} {day:%b}" if weekly else f"{day:%a} {day.day} {day:%b}"


def bars(span: Range, values: Mapping[date, int | None]) -> Chart:
    """Sums by day (or week), from zero."""
    places, weekly = _places(span, values, add=True)
    top = nice_top(max((value for _, value in places if value is not None), default=0))
    points = []
    for number, (day, value) in enumerate(places):
        height = (value or 0) * HEIGHT / top
        points.append(
            Point(
                _label(day, weekly),
                day,
                value,
                number * STEP + 1.5,
                round(HEIGHT - height, 2),
                round(height, 2),
            )
        )
    return Chart(tuple(points), top, 0, weekly=weekly)


def line(span: Range, values: Mapping[date, int | None]) -> Chart:
    """A level by day (or at the end of a week). The scale need not begin at zero, and says where it does."""
    places, weekly = _places(span, values, add=False)
    known = [value for _, value in places if value is not None]
    high, low = max(known, default=0), min(known, default=0)
    if high - low < 10 or low < (high - low):
        margin = 5 if high - low < 10 else 0
        low, high = max(0, low - margin) if margin else 0, high + margin
    top = high if high > low else low + 4
    points = [
        Point(_label(day, weekly), day, value, number * STEP + STEP / 2, _y(value, low, top))
        for number, (day, value) in enumerate(places)
    ]
    return Chart(tuple(points), top, low, tuple(_runs(points)), weekly)


def _y(value: int | None, low: int, top: int) -> float:
    return 0 if value is None else round(HEIGHT - (value - low) * HEIGHT / (top - low), 2)


def _runs(points: Sequence[Point]) -> list[str]:
    runs: list[list[Point]] = [[]]
    for point in points:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [" ".join(f"{point.x:g},{point.y:g}" for point in run) for run in runs if len(run) > 1]


def share(value: int | None, most: int | None) -> int:
    """Width of a bar in percent; at least one for a number that is not zero."""
    if not value or not most:
        return 0
    return max(1, round(value * 100 / most))


def level(value: int | None, most: int | None) -> int:
    """0 (nothing) to 5 (most) for the cells of a heat map."""
    if not value or not most:
        return 0
    return max(1, min(5, -(-value * 5 // most)))
