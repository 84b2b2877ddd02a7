"""What the planner reads and what it answers: plain values, no tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

FEWEST, MOST, USUAL = 5, 31, 8
MOST_A_DAY = 3


@dataclass(frozen=True)
class DishFact:
    """`months`: those in which it is served. `last_shown`: the latest day a post shows or showed it."""

    id: str
    name: str
    words: frozenset[str] = frozenset()
    months: frozenset[int] = frozenset(range(1, 13))
    seasonal: bool = False
    last_shown: date | None = None


@dataclass(frozen=True)
class PhotoFact:
    """`words`: its tags and title, in small letters. `season` as in the library: "" fits all year."""

    id: str
    words: frozenset[str] = frozenset()
    dish_id: str = ""
    season: str = ""
    last_shown: date | None = None
    uses: int = 0


@dataclass(frozen=True)
class Occasion:
    """A day worth a post. `rank`: campaigns 3, public holidays and great days 2, food days 1. `name` is in the
    language of the captions, `english` the same in English ("" for campaigns).
    """

    day: date
    name: str
    rank: int = 1
    words: frozenset[str] = frozenset()
    source: str = "food"  # food | holiday | campaign
    english: str = ""


@dataclass(frozen=True)
class Proposal:
    """What the model would do on a day; the planner takes of it what the rules allow."""

    kind: str = ""
    dish_id: str = ""
    idea: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Wish:
    """A month as asked for. `times`: {weekday 0-6: local times}; weekdays that are absent get no posts while the others
    suffice. `taken`: how many posts stand on a day already.
    """

    first: date
    last: date
    now: datetime
    zone: str
    count: int = USUAL
    times: Mapping[int, tuple[time, ...]] = field(default_factory=dict)
    at: Mapping[date, tuple[time, ...]] = field(
        default_factory=dict
    )  # times of single days, before the weekday's
    blackout: frozenset[date] = frozenset()
    only: frozenset[date] = frozenset()  # fill these days and no others
    taken: Mapping[date, int] = field(default_factory=dict)
    mix: Mapping[str, float] = field(default_factory=dict)
    occasions: tuple[Occasion, ...] = ()
    dishes: tuple[DishFact, ...] = ()
    photos: tuple[PhotoFact, ...] = ()
    proposals: Mapping[date, Proposal] = field(default_factory=dict)
    weekend: tuple[int, ...] = (5, 6)
    southern: bool = False
    dish_distance: int = 7  # days between two posts of one dish
    photo_distance: int = 14
    seed: str = ""


@dataclass(frozen=True)
class Planned:
    """One post to be. `at` in UTC, `local` the wall time meant; without a photo `photo_note` says what to add."""

    at: datetime
    local: datetime
    kind: str
    reason: str
    dish_id: str = ""
    photo_id: str = ""
    photo_note: str = ""
    occasion: str = ""
    idea: str = ""

    @property
    def day(self) -> date:
        return self.local.date()


@dataclass(frozen=True)
class Plan:
    slots: tuple[Planned, ...]
    targets: Mapping[str, int]
    notes: tuple[str, ...] = ()  # what could not be done as asked, in plain words


def words_of(*texts: Any) -> frozenset[str]:
    """Words in small letters, to compare tags, titles and dish names by."""
    found: set[str] = set()
    for text in texts:
        for word in str(text).lower().replace("-", " ").replace("/", " ").split():
            word = word.strip(".,!?()\"'“”’#&")
            if len(word) > 2:
                found.add(word[:-1] if word.endswith("s") and len(word) > 4 else word)
    return frozenset(found)
