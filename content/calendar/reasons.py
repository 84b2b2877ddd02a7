"""Why a post stands where it stands, in one sentence for its owner; and an idea for its writer. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

import yaml
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from content.calendar.facts import DishFact, Occasion
from content.calendar.words import SlotKind

NEVER = 365


@cache
def _ideas() -> Mapping[str, Sequence[str]]:
    path = Path(__file__).parent / "data" / "ideas.yaml"
    parsed: Mapping[str, Sequence[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parsed


class Ideas:
    """Every idea of a kind once, in an order of its own, before the first one comes again."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.left: dict[str, list[str]] = {}

    def next(self, kind: str) -> str:
        if not self.left.get(kind):
            self.left[kind] = list(_ideas()[kind])
            self.random.shuffle(self.left[kind])
        return self.left[kind].pop()


def sentence(
    kind: str, day: date, dish: DishFact | None, occasion: Occasion | None, rest: int, weekend: Sequence[int]
) -> str:
    """One sentence that ends with a full stop. `rest`: days since the dish was last shown; 365 for never."""
    facts = {
        "dish": dish.name if dish else "",
        "day": occasion.name if occasion else "",
        "weekday": str(WEEKDAYS[day.weekday()]),
        "weekend": str(WEEKDAYS[weekend[0] if weekend else 5]),
        "days": rest,
    }
    return _pattern(SlotKind(kind), dish, occasion, rest) % facts


def _pattern(kind: SlotKind, dish: DishFact | None, occasion: Occasion | None, rest: int) -> str:
    if kind is SlotKind.SPECIAL:
        if occasion and occasion.source == "campaign":
            return _("Part of your campaign: %(day)s.")
        if dish:
            return _("It is %(day)s, and %(dish)s is on your menu.")
        return _("It is %(day)s: a day guests have on their mind anyway.")
    if kind is SlotKind.WEEKEND:
        if dish:
            return _("Guests plan their weekend on %(weekday)s; %(dish)s gives them a reason to book.")
        return _("Guests plan their weekend on %(weekday)s, and %(weekend)s tables fill up now.")
    if kind in (SlotKind.PRODUCT, SlotKind.PROMOTION, SlotKind.SEASONAL) and dish is None:
        return _("Every dish was shown lately, so this one speaks for the whole menu.")
    if kind is SlotKind.PRODUCT:
        if rest >= NEVER:
            return _("%(dish)s has not been shown yet.")
        return _("%(dish)s has rested for %(days)d days.")
    if kind is SlotKind.PROMOTION:
        return _("A clear invitation now and then brings guests in: this one is for %(dish)s.")
    if kind is SlotKind.SEASONAL:
        return _("%(dish)s tastes of this time of year.")
    return {
        SlotKind.QUESTION: _("A question gets guests talking, and comments carry a post further."),
        SlotKind.THANKS: _("Regulars like to be seen: a thank-you costs nothing and is shared often."),
        SlotKind.BEHIND: _("People come back for people: show who cooks and how."),
    }[kind]
