"""Countries and time zones to choose from, read from the IANA tables that come with tzdata (celery brings
it).
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from zoneinfo import available_timezones


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """{"US": "United States", ...} of ISO 3166, by name."""
    pairs = [(code, name) for code, name in _rows("iso3166.tab")]
    return dict(sorted(pairs, key=lambda pair: pair[1]))


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Every IANA name a browser or partner may send. Bare offsets and abbreviations are no places and not
    offered.
    """
    return frozenset(
        name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/"))
    )


@lru_cache(maxsize=1)
def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """For a <select>: one group a continent, each zone by its city."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for row in _rows("zone.tab"):
        name = row[2]
        continent, _, city = name.partition("/")
        groups.setdefault(continent, []).append((name, city.replace("_", " ").replace("/", " – ")))
    return [
        (continent, sorted(cities, key=lambda pair: pair[1])) for continent, cities in sorted(groups.items())
    ]


def _rows(table: str) -> list[list[str]]:
    text = (resources.files("tzdata.zoneinfo") / table).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
