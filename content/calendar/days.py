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
def data(name: str = "special_days.yaml") -> dict[str, Any]:
    """The parsed file; treat what you get as read-only."""
    path = Path(__file__).parent / "data" / name
    parsed: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parsed


def name_in(language: str, english: str) -> str:
    """What a day is called in a language ("de", "es-MX"); its English name where we know no other."""
    names: dict[str, str] = data("special_days_names.yaml").get(english, {})
    return names.get(language.split("-")[0].lower(), english)


def weekend_of(country: str) -> tuple[int, ...]:
    return tuple(data()["weekends"].get(country, (5, 6)))


def special_days(
    country: str, first: date, last: date, *, known: Iterable[str] = (), language: str = "en"
) -> list[Occasion]:
    """Occasions from `first` to `last`, in order, named in `language` as far as we know. `known`: words of the menu and
    the library; a food day about none of them is left out. An unknown country has the days of everywhere.
    """
    vocabulary = words_of(*known)
    found: dict[tuple[date, str], Occasion] = {}
    named: set[tuple[date, str]] = set()  # one day may have two English names and one here
    for year in range(first.year, last.year + 1):
        days = (*_listed(country, year, vocabulary, language), *_public(country, year, language))
        for occasion in days:
            if first <= occasion.day <= last and (occasion.day, occasion.name) not in named:
                found.setdefault((occasion.day, occasion.english), occasion)
                named.add((occasion.day, occasion.name))
    return sorted(found.values(), key=lambda o: (o.day, -o.rank, o.name))


def _listed(country: str, year: int, vocabulary: frozenset[str], language: str) -> list[Occasion]:
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
                    name_in(language, entry["name"]),
                    entry.get("rank", 1),
                    words,
                    "holiday" if source == "great" else "food",
                    entry["name"],
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
def _public(country: str, year: int, language: str) -> tuple[Occasion, ...]:
    listed = _holidays(country, year, "en_US") or _holidays(country, year, None)
    local = _holidays(country, year, _locale(country, language))
    found = []
    for day, names in sorted(listed.items()):
        english = names.split("; ")
        translated = local.get(day, "").split("; ")
        if len(translated) != len(english):
            translated = english
        for name, theirs in zip(english, translated, strict=True):
            if "observed" in name.lower() or name in data()["silent"]:
                continue
            ours = theirs if theirs not in ("", name) else name_in(language, name)
            found.append(Occasion(day, ours, 2, words_of(name), "holiday", name))
    return tuple(found)


def _holidays(country: str, year: int, language: str | None) -> dict[date, str]:
    """{day: names joined by "; "}; {} where the library knows neither the country nor how to say it."""
    try:
        return {day: str(names) for day, names in holidays.country_holidays(
            country, years=year, language=language
        ).items()}  # fmt: skip
    except (NotImplementedError, KeyError):
        return {}


def _locale(country: str, language: str) -> str:
    """The library's word for a language in which it has that country ("it_IT"); English where it has none."""
    wanted = language.split("-")[0].lower()
    spoken = getattr(getattr(holidays, country, None), "supported_languages", ())
    return next((one for one in spoken if one.split("_")[0] == wanted), "en_US")
