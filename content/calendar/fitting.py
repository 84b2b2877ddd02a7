"""Which dish and which photo a post gets: fitting its kind, its day and season, and nothing shown lately. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.utils.translation import gettext as _

from content.calendar.facts import DishFact, Occasion, PhotoFact, Wish, words_of
from content.calendar.words import SlotKind

#: Kinds that are about one dish; the others may do without.
ABOUT_DISH = frozenset({SlotKind.PRODUCT, SlotKind.PROMOTION, SlotKind.SEASONAL, SlotKind.WEEKEND})
#: Words of tags and titles that make a photo fit a kind without a dish.
SIGNS: dict[str, frozenset[str]] = {
    SlotKind.BEHIND: words_of(
        "kitchen oven chef team cook dough prep behind scene garden market supplier baking making hand"
    ),
    SlotKind.THANKS: words_of(
        "guest team people dining table room terrace storefront restaurant bar inside corner"
    ),
    SlotKind.WEEKEND: words_of(
        "evening night dusk terrace bar table dining room guest people restaurant cocktail wine drink"
    ),
    SlotKind.QUESTION: frozenset(),
}
SEASONS = {1: "winter", 2: "winter", 3: "spring", 4: "spring", 5: "spring", 6: "summer"} | {
    7: "summer", 8: "summer", 9: "autumn", 10: "autumn", 11: "autumn", 12: "winter"
}  # fmt: skip
OPPOSITE = {"winter": "summer", "summer": "winter", "spring": "autumn", "autumn": "spring"}
DISH_PHOTO, NAMED_PHOTO, SIGN_PHOTO, PLACE_PHOTO, ANY_PHOTO = 100, 60, 80, 30, 12


@dataclass
class Shelf:
    """Dishes and photos with the days on which they are shown: history first, then this plan."""

    wish: Wish
    random: Random
    shown: dict[str, list[date]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        history = [(dish.id, dish.last_shown) for dish in self.wish.dishes]
        for key, day in [*history, *((photo.id, photo.last_shown) for photo in self.wish.photos)]:
            if day:
                self.show(day, key)

    def show(self, day: date, *ids: str) -> None:
        for key in filter(None, ids):
            self.shown.setdefault(key, []).append(day)

    def rested(self, key: str, day: date, distance: int) -> bool:
        return all(abs((day - other).days) >= distance for other in self.shown.get(key, ()))

    def rest(self, key: str, day: date) -> int:
        """Days since or until the nearest showing; a year for what was never shown."""
        return min((abs((day - other).days) for other in self.shown.get(key, ())), default=365)

    # --- dishes ----------------------------------------------------------------------------------

    def dish_for(self, kind: str, day: date, occasion: Occasion | None, wanted: str = "") -> DishFact | None:
        """The dish of a post; None when none is needed or all were shown lately."""
        if kind not in ABOUT_DISH and not (kind == SlotKind.SPECIAL and occasion and occasion.words):
            return None
        able = [
            dish
            for dish in self.wish.dishes
            if day.month in dish.months and self.rested(dish.id, day, self.wish.dish_distance)
        ]
        if kind == SlotKind.SPECIAL and occasion:
            able = [dish for dish in able if dish.words & occasion.words]
        if kind == SlotKind.SEASONAL:
            able = [dish for dish in able if dish.seasonal] or able
        if not able:
            return None
        return max(able, key=lambda dish: self._dish_score(dish, kind, day, wanted))

    def _dish_score(self, dish: DishFact, kind: str, day: date, wanted: str) -> tuple[float, ...]:
        pictured = any(
            photo.dish_id == dish.id and self.rested(photo.id, day, self.wish.photo_distance)
            for photo in self.wish.photos
        )
        return (dish.id == wanted, pictured, self.rest(dish.id, day), self.random.random())

    # --- photos ----------------------------------------------------------------------------------

    def photo_for(
        self, kind: str, day: date, dish: DishFact | None, occasion: Occasion | None
    ) -> PhotoFact | None:
        """The best fitting rested photo, or None: a wrong picture is worse than none."""
        season = SEASONS[day.month]
        season = OPPOSITE[season] if self.wish.southern else season
        scored = [
            (score, self.rest(photo.id, day), -photo.uses, self.random.random(), photo)
            for photo in self.wish.photos
            if self.rested(photo.id, day, self.wish.photo_distance)
            and (score := fit(photo, kind, dish, occasion, season, day)) > 0
        ]
        return max(scored, key=lambda row: row[:4])[4] if scored else None


def fit(
    photo: PhotoFact, kind: str, dish: DishFact | None, occasion: Occasion | None, season: str, day: date
) -> int:
    """0: does not fit. The more the better; a photo of the very dish beats everything."""
    festive = (day.month, day.day) >= (11, 20) or day.month == 12 or (day.month, day.day) <= (1, 6)
    if photo.season and photo.season != season and not (photo.season == "holidays" and festive):
        return 0
    bonus = 5 if photo.season else 0
    if dish is not None:
        if photo.dish_id:
            return DISH_PHOTO + bonus if photo.dish_id == dish.id else 0
        if len(photo.words & dish.words) >= min(2, len(dish.words)) and dish.words:
            return NAMED_PHOTO + bonus
        return PLACE_PHOTO if kind == SlotKind.WEEKEND and photo.words & SIGNS[SlotKind.WEEKEND] else 0
    if occasion and photo.words & occasion.words:
        return SIGN_PHOTO + 10 + bonus
    if photo.words & SIGNS.get(kind, frozenset()):
        return SIGN_PHOTO + bonus
    if kind in (SlotKind.BEHIND, SlotKind.THANKS):
        return 0
    # A question is about food as a rule; pictures of the place are few and others need them more.
    plain = bool(photo.dish_id) if kind == SlotKind.QUESTION else not photo.dish_id
    return (PLACE_PHOTO if plain else ANY_PHOTO) + bonus


def missing_photo(
    kind: str, dish: DishFact | None, occasion: Occasion | None, photos: Sequence[PhotoFact]
) -> str:
    """What to upload, in one sentence."""
    if not photos:
        return _("Your library has no photos yet: add some and each post gets one.")
    if dish is not None:
        if any(photo.dish_id == dish.id for photo in photos):
            return _("Every photo of %(dish)s was shown lately: add a new one.") % {"dish": dish.name}
        return _("There is no photo of %(dish)s yet: add one.") % {"dish": dish.name}
    return {
        SlotKind.BEHIND: _("No unused photo of your kitchen or team: add one."),
        SlotKind.THANKS: _("No unused photo of your room, team or guests: add one."),
    }.get(
        SlotKind(kind),
        _("No photo fits %(day)s: add one.") % {"day": occasion.name}
        if occasion
        else _("Every fitting photo was shown lately: add a new one."),
    )


def by_day(occasions: Iterable[Occasion]) -> dict[date, Occasion]:
    """The greatest occasion of each day."""
    found: dict[date, Occasion] = {}
    for occasion in occasions:
        if occasion.day not in found or occasion.rank > found[occasion.day].rank:
            found[occasion.day] = occasion
    return found


def another_photo(
    kind: str, day: date, dish_id: str, occasion_name: str, wish: Wish, photos: Sequence[PhotoFact]
) -> PhotoFact | None:
    """A photo for a post that stands already: fitting, and the least shown near its day."""
    dish = next((dish for dish in wish.dishes if dish.id == dish_id), None)
    occasion = next((o for o in wish.occasions if o.day == day and o.name == occasion_name), None)
    season = SEASONS[day.month]
    season = OPPOSITE[season] if wish.southern else season
    able = [photo for photo in photos if fit(photo, kind, dish, occasion, season, day) > 0]

    def rest(photo: PhotoFact) -> int:
        return abs((day - photo.last_shown).days) if photo.last_shown else 365

    return max(
        able, key=lambda p: (rest(p), fit(p, kind, dish, occasion, season, day), -p.uses, p.id), default=None
    )
