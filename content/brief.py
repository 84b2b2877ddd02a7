"""What a caption is to be about: facts about the restaurant frozen when the caption was asked for.

Pure data, no database: the model's prompt, the templates and the menu check all read the same Brief, and it
is stored with the Generation so that a re-run after a crash asks the very same question.
"""

from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from typing import Any, Self


@dataclass(frozen=True)
class Dish:
    """A menu item as far as words are concerned. `price` None means: never mention a price."""

    name: str
    description: str = ""
    section: str = ""
    price: Decimal | None = None
    currency: str = "USD"
    allergens: tuple[str, ...] = ()
    available: bool = True

    def as_data(self) -> dict[str, Any]:
        data = asdict(self)
        data["price"] = None if self.price is None else str(self.price)
        data["allergens"] = list(self.allergens)
        return data

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        known = {f.name for f in fields(cls)}
        data = {key: value for key, value in data.items() if key in known}
        price = data.get("price")
        return cls(
            **{
                **data,
                "price": None if price in (None, "") else Decimal(str(price)),
                "allergens": tuple(data.get("allergens") or ()),
            }
        )


@dataclass(frozen=True)
class Brand:
    """The voice. `hashtag_limit` is the owner's wish; the platform's own limit still holds above it."""

    name: str
    description: str = ""
    cuisine: str = ""
    city: str = ""
    audience: str = ""
    voice: str = ""
    words_to_use: tuple[str, ...] = ()
    words_to_avoid: tuple[str, ...] = ()
    emoji: str = "some"
    hashtags: tuple[str, ...] = ()
    hashtag_limit: int = 5
    call_to_action: str = ""
    links: tuple[str, ...] = ()

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        known = {f.name for f in fields(cls)}
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in data.items()
            if key in known
        }
        return cls(**values)


@dataclass(frozen=True)
class Earlier:
    """A caption this restaurant has used or accepted before."""

    id: str
    text: str
    dish: str = ""
    angle: str = ""


@dataclass(frozen=True)
class Brief:
    platform: str
    tone: str
    brand: Brand
    dish: Dish | None = None
    menu: tuple[Dish, ...] = ()  # every dish, also those that are off: what may be said and what not
    occasion: str = ""
    weekday: str = ""  # English name, e.g. "Friday": of the day the post is for, in the restaurant's zone
    season: str = ""
    photos: tuple[str, ...] = ()  # alt texts or titles of the chosen pictures
    language: str = "en"
    variants: int = 3
    enough: int = (
        0  # so many good ones end the asking; 0: all `variants`. A planned post needs one, the rest are spare
    )
    kind: str = "caption"
    text: str = ""  # the caption to shorten, lengthen, translate, retone or tag
    note: str = ""  # the owner's wish in their own words
    angle: str = (
        ""  # the idea to write from, e.g. "how the dough is made"; a planned month gives each day its own
    )
    reason: str = ""  # why this post on this day; tells the writer what matters, is not for readers
    post_kind: str = ""  # what sort of post it is, e.g. "behind the scenes"
    seed: str = ""
    earlier: tuple[Earlier, ...] = field(default=(), compare=False)  # not frozen: read fresh when judged

    def as_data(self) -> dict[str, Any]:
        """JSON-ready, without `earlier` (history is read when the answer is judged)."""
        return {
            "platform": self.platform,
            "tone": self.tone,
            "brand": {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self.brand).items()},
            "dish": self.dish.as_data() if self.dish else None,
            "menu": [dish.as_data() for dish in self.menu],
            **{name: getattr(self, name) for name in _PLAIN},
            "photos": list(self.photos),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        return cls(
            platform=data["platform"],
            tone=data["tone"],
            brand=Brand.from_data(data["brand"]),
            dish=Dish.from_data(data["dish"]) if data.get("dish") else None,
            menu=tuple(Dish.from_data(dish) for dish in data.get("menu", [])),
            photos=tuple(data.get("photos", [])),
            **{name: data[name] for name in _PLAIN if name in data},
        )


_PLAIN = (
    *("occasion", "weekday", "season", "language", "variants", "kind", "text", "note"),
    *("angle", "reason", "post_kind", "enough", "seed"),
)
