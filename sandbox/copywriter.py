"""Captions that a restaurant could post, from facts found in the prompt and nothing else.

The prompt's form is not known here (the sandbox knows nothing of the product), so facts are looked for in
three common forms: ``Label: value`` lines, JSON objects and ``<tag>value</tag>``. Deterministic for a seed.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sandbox import copy_lines

LABELS = {
    "restaurant": (
        "restaurant",
        "restaurant name",
        "restaurant_name",
        "business",
        "brand",
        "business name",
        "name of the restaurant",
    ),
    "dish": (
        "dish",
        "menu item",
        "menu_item",
        "item",
        "dish name",
        "dish_name",
        "menu item name",
        "featured dish",
    ),
    "description": ("description", "dish description", "dish_description", "about the dish", "details"),
    "price": ("price", "costs"),
    "tone": ("tone", "voice", "tone of voice", "brand voice"),
    "platform": ("platform", "network", "channel"),
    "occasion": ("occasion", "event", "holiday", "reason", "theme", "topic"),
    "city": ("city", "location", "neighbourhood", "neighborhood", "town"),
    "hashtags": ("hashtags", "brand hashtags"),
    "month": ("month",),
    "year": ("year",),
    "count": ("number of posts", "posts", "slots", "count", "how many"),
    "photo": ("photo", "photo description", "image", "picture", "photo shows"),
    "cuisine": ("cuisine",),
}
BY_NAME = {alias: fact for fact, aliases in LABELS.items() for alias in aliases}
LINE = re.compile(r"^[\s>*#-]*\**([A-Za-z][A-Za-z _]{1,30}?)\**\s*[:=]\s*\**\s*(.+?)\s*$", re.M)
TAG = re.compile(r"<([a-z_]{3,30})>\s*([^<>]{1,500}?)\s*</\1>", re.S)
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]


@dataclass
class Brief:
    """What the prompt says: facts by name, dishes with prices, dates it mentions."""

    facts: dict[str, str] = field(default_factory=dict)
    dishes: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    text: str = ""

    @classmethod
    def read(cls, messages: list[dict[str, Any]]) -> Brief:
        texts = []
        for message in messages:
            content = message.get("content")
            if isinstance(content, list):
                content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
            texts.append((str(message.get("role")), str(content or "")))
        brief = cls(text="\n".join(text for _, text in texts))
        # The user's words win over the system's: those hold examples and rules.
        for role in ("user", "system", "developer"):
            for text in [t for r, t in texts if r == role]:
                brief._learn(text)
        brief.dates = list(dict.fromkeys(re.findall(r"\b20\d\d-\d\d-\d\d\b", brief.text)))
        return brief

    def _learn(self, text: str) -> None:
        for blob in _json_blobs(text):
            self._from_json(blob)
        for pattern in (TAG, LINE):
            for name, value in pattern.findall(text):
                self._fact(name, value)

    def _fact(self, name: str, value: Any) -> None:
        fact = BY_NAME.get(name.strip().lower().replace("-", " "))
        text = str(value).strip().strip('"').strip()
        if fact and text and len(text) < 400 and text.lower() not in ("none", "null", "-", "n/a"):
            self.facts.setdefault(fact, text)

    def _from_json(self, blob: Any, parent: str = "") -> None:
        if isinstance(blob, list):
            for item in blob:
                self._from_json(item, parent)
        elif isinstance(blob, dict):
            name = blob.get("name") or blob.get("title")
            if parent in ("menu", "dishes", "menu_items", "items", "menu_item", "dish") and isinstance(
                name, str
            ):
                self.dishes.append(name)
                if parent in ("menu_item", "dish"):
                    self.facts.setdefault("dish", name)
                    self._fact("description", blob.get("description") or "")
                    self._fact("price", blob.get("price") or "")
            elif parent in ("restaurant", "brand", "business") and isinstance(name, str):
                self.facts.setdefault("restaurant", name)
            for key, value in blob.items():
                if isinstance(value, dict | list):
                    self._from_json(value, key.lower())
                else:
                    self._fact(key, "" if value is None else value)


def _json_blobs(text: str) -> list[Any]:
    found, at, decoder = [], 0, json.JSONDecoder()
    while (start := min((i for i in (text.find("{", at), text.find("[", at)) if i >= 0), default=-1)) >= 0:
        try:
            value, at = decoder.raw_decode(text, start)
            found.append(value)
        except ValueError:
            at = start + 1
    return found


class Writer:
    """Writes for one call; each answer differs by the call's number, the same run writes the same again."""

    def __init__(self, brief: Brief, seed: str) -> None:
        self.brief, self.random = brief, random.Random(seed)
        self.position, self.total = 0, 1
        self.used: set[str] = set()

    # -- facts -------------------------------------------------------------------------------------
    def fact(self, name: str, default: str = "") -> str:
        return self.brief.facts.get(name, default)

    def dish(self) -> str:
        own = self.fact("dish")
        if own and self.total <= 1:
            return own
        known = list(dict.fromkeys([*([own] if own else []), *self.brief.dishes]))
        return known[self.position % len(known)] if known else own or "today's special"

    def _pick(self, lines: list[str]) -> str:
        fresh = [line for line in lines if line not in self.used] or lines
        line = self.random.choice(fresh)
        self.used.add(line)
        return line

    # -- texts -------------------------------------------------------------------------------------
    def caption(self) -> str:
        """One caption in the asked tone: an opening, a true detail when there is one, a call to come by."""
        tone = self._tone()
        words = {"dish": self.dish(), "place": self.fact("restaurant", "us"), "city": self.fact("city")}
        parts = [self._pick(copy_lines.OPENINGS[tone]).format(**words)]
        detail = self.fact("description")
        if detail and self.dish() == self.fact("dish"):
            parts.append(detail.rstrip(".") + ".")
        price = self.fact("price")
        if price and self.total <= 1 and self.random.random() < 0.6:
            parts.append(f"{price if not price[:1].isdigit() else 'For ' + price}.")
        occasion = self.fact("occasion")
        if occasion and self.total <= 1:
            parts.append(self._pick(copy_lines.OCCASIONS).format(occasion=occasion))
        parts.append(self._pick(copy_lines.ENDINGS[tone]).format(**words))
        short = "twitter" in self.fact("platform").lower()
        text = " ".join(parts[:2] if short else parts)
        return text[:1].upper() + text[1:]

    def _tone(self) -> str:
        asked = (self.fact("tone") + " " + self.brief.text[:0]).lower()
        return next(
            (tone for tone, words in copy_lines.TONE_WORDS.items() if any(w in asked for w in words)), "warm"
        )

    def hashtags(self, count: int) -> list[str]:
        """Tags without the sign, lower case, from the dish, the place, the city, then common ones."""
        wanted = [
            self.fact("restaurant"),
            self.dish() if self.dish() != "today's special" else "",
            self.fact("city"),
        ]
        own = [
            tag
            for tag in ("".join(c for c in text.lower() if c.isalnum()) for text in wanted)
            if 2 < len(tag) < 30
        ]
        common = self.random.sample(copy_lines.TAGS, len(copy_lines.TAGS))
        return list(dict.fromkeys([*own, *common]))[:count]

    def alt_text(self) -> str:
        shows = self.fact("photo")
        if shows:
            return shows[:1].upper() + shows[1:]
        return self._pick(copy_lines.ALTS).format(dish=self.dish())

    def filler(self) -> str:
        return self._pick(copy_lines.FILLERS)

    # -- hints by the name of a property -----------------------------------------------------------
    def string(self, names: list[str], description: str, form: str | None) -> str:
        name = names[-1].lower() if names else ""
        hint = f"{name} {description.lower()}"
        if form == "date" or name in ("date", "day", "publish_date", "on"):
            return self.day()
        if form in ("date-time",):
            return f"{self.day()}T{self.hour()}:00Z"
        if form == "time" or name in ("time", "publish_time", "hour", "at"):
            return self.hour()
        if form == "uri" or name.endswith("url"):
            return "https://example.com/menu"
        if form == "email":
            return "hello@example.com"
        if "hashtag" in name or name == "tag":
            return "#" + self.hashtags(8)[self.position % 8]
        if name.startswith("alt") or "alt text" in hint or "alt_text" in hint:
            return self.alt_text()
        if name in ("dish", "menu_item", "item", "dish_name", "featured_dish"):
            return self.dish()
        if name in ("platform", "network"):
            return self.fact("platform", "instagram").lower()
        if name in ("language", "lang", "locale"):
            return "en"
        if name in ("cta", "call_to_action"):
            return self._pick(copy_lines.ENDINGS[self._tone()]).format(
                dish=self.dish(), place=self.fact("restaurant", "us"), city=""
            )
        if any(word in name for word in ("reason", "why", "rationale", "explanation", "strategy")):
            return self._pick(copy_lines.REASONS).format(dish=self.dish())
        if any(word in name for word in ("title", "headline", "theme", "topic", "idea", "hook")):
            return self._pick(copy_lines.IDEAS).format(dish=self.dish())
        if any(word in name for word in ("photo", "image", "visual", "shot")):
            return self._pick(copy_lines.PHOTOS).format(dish=self.dish())
        if name in ("tone", "mood"):
            return self.fact("tone", "warm")
        return self.caption()

    def string_list(self, name: str, count: int) -> list[str] | None:
        lower = name.lower()
        if "hashtag" in lower or lower in ("tags", "keywords"):
            sign = "#" if "hashtag" in lower and "without" not in self.brief.text.lower() else ""
            return [sign + tag for tag in self.hashtags(count)]
        if lower in ("emojis", "emoji"):
            return self.random.sample(copy_lines.EMOJI, min(count, len(copy_lines.EMOJI)))
        return None

    def how_many(self, name: str) -> int:
        """How many items a list gets when the schema leaves it open."""
        lower = name.lower()
        if any(word in lower for word in ("hashtag", "tags", "keyword")):
            return 5
        if any(word in lower for word in ("slot", "day", "plan", "calendar", "posts")):
            asked = re.search(r"\d+", self.fact("count")) or re.search(
                r"\b(\d{1,2})\s+(?:posts|slots|days)", self.brief.text
            )
            return int(re.sub(r"\D", "", asked.group(0))) if asked else len(self.brief.dates) or 12
        return 1 if lower in ("warnings", "notes", "problems", "issues") else 3

    def day(self) -> str:
        """A date the prompt names, in turn; else days of the month it names."""
        if self.brief.dates:
            return self.brief.dates[self.position % len(self.brief.dates)]
        month, year = self.fact("month").lower(), re.sub(r"\D", "", self.fact("year")) or "2026"
        number = next((i + 1 for i, word in enumerate(MONTHS) if word[:3] in month), None)
        start = date(int(year[:4]), number or 12, 1)
        return (start + timedelta(days=(self.position * 28) // max(self.total, 1))).isoformat()

    def hour(self) -> str:
        return ["11:30", "17:00", "18:30", "12:00", "19:00", "10:00"][self.position % 6]

    def number(self, name: str, low: float | None, high: float | None, whole: bool) -> int | float:
        lower = name.lower()
        if "day" in lower and whole:
            value: float = 1 + (self.position * 28) // max(self.total, 1)
        elif any(word in lower for word in ("score", "confidence", "quality")):
            value = self.random.uniform(0.7, 0.95) if not whole else 8
        elif lower in ("index", "position", "number", "order", "slot"):
            value = self.position + (0 if low == 0 else 1)
        else:
            value = self.random.randint(1, 10)
        if low is not None:
            value = max(value, low)
        if high is not None:
            value = min(value, high)
        return int(value) if whole else round(float(value), 2)

    def flag(self, name: str) -> bool:
        return not any(
            word in name.lower()
            for word in ("refus", "unsafe", "sensitive", "error", "problem", "flag", "alcohol")
        )

    def choose_enum(self, name: str, values: list[Any]) -> Any:
        for fact in ("platform", "tone", "dish", "occasion"):
            wanted = self.fact(fact).lower()
            exact = [v for v in values if str(v).lower() == wanted]
            if wanted and exact and (fact in name.lower() or self.total <= 1):
                return exact[0]
        return values[self.position % len(values)] if self.total > 1 else self.random.choice(values)

    def matching(self, pattern: str) -> str:
        """A text for the few patterns prompts use: dates, times, hashtags, slugs."""
        import re as _re

        tag = self.hashtags(8)[self.position % 5]
        for candidate in (
            "#" + tag,
            tag,
            self.day(),
            self.hour(),
            self.day()[:7],
            "en",
            "en-US",
            "a",
            "1",
            "A1",
            f"{self.day()}T{self.hour()}:00Z",
            "00000000-0000-4000-8000-000000000000",
            "https://example.com",
        ):
            if _re.search(pattern, candidate):
                return candidate
        return self.caption()
