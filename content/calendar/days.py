"""Special days of a country, as data: public holidays, great days, and food days that match the menu. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import holidays
import yaml

from content.calendar.facts import Occasion, words_of


@cache
def data() -> dict[str, Any]:
    """The parsed file; treat what you get as read-only."""
    path = Path(__file__).parent / "data" / "special_days.yaml"
    parsed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parsed


def weekend_of(country: str) -> tuple[int, ...]:
    return tuple(data()["weekends"].get(country, (5, 6)))


def special_days(country: str, first: date, last: date, *, known: Iterable[str] = ()) -> list[Occasion]:
    """Occasions from `first` to `last`, in order. `known`: words of the menu and the library; a food day about none of
    them is left out. An unknown country has the days of everywhere.
    """
    vocabulary = words_of(*known)
    found: dict[tuple[date, str], Occasion] = {}
    for year in range(first.year, last.year + 1):
        for occasion in (*_listed(country, year, vocabulary), *_public(country, year)):
            if first <= occasion.day <= last:
                found.setdefault((occasion.day, occasion.name), occasion)
    return sorted(found.values(), key=lambda o: (o.day, -o.rank, o.name))


def _listed(country: str, year: int, vocabulary: frozenset[str]) -> list[Occasion]:
    found = []
    for source in ("great", "food"):
        for entry in data()[source]:
            words = words_of(*entry.get("words", ()))
            if country not in entry.get("in", [country]) or (source == "food" and not words & vocabulary):
                continue
            day = _day(entry, year)
            found.append(
                Occasion(
                    day,
                    entry["name"],
                    entry.get("rank", 1),
                    words,
                    "holiday" if source == "great" else "food",
                )
            )
    return found


def _day(entry: dict[str, Any], year: int) -> date:
    if "date" in entry:
        month, day = str(entry["date"]).split("-")
        return date(year, int(month), int(day))
    if "easter" in entry:
        return easter(year) + timedelta(days=int(entry["easter"]))
    ordinal, weekday, month = entry["rule"]
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (ordinal - 1))


def easter(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian algorithm, Nature 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (a + 11 * h) // 319
    r = (2 * e + 2 * i - k - h + m + 32) % 7
    n = (h - m + r + 90) // 25
    return date(year, n, (h - m + r + n + 19) % 32)


@cache
def _public(country: str, year: int) -> tuple[Occasion, ...]:
    try:
        listed = holidays.country_holidays(country, years=year, language="en_US")
    except (NotImplementedError, KeyError):
        try:
            listed = holidays.country_holidays(country, years=year)
        except (NotImplementedError, KeyError):
            return ()
    found = []
    for day, names in sorted(listed.items()):
        for name in str(names).split("; "):
            if "observed" in name.lower() or name in data()["silent"]:
                continue
            found.append(Occasion(day, name, 2, words_of(name), "holiday"))
    return tuple(found)
