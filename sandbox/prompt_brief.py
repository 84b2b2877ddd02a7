"""What a prompt says: its facts (Brief) and the form it asks for (Rules), read without knowing who wrote it.

Facts are looked for in three common forms: ``Label: value`` lines, JSON objects and ``<tag>value</tag>``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

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
    "text": ("text", "caption to change"),
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
    lists: dict[str, list[str]] = field(default_factory=dict)  # lists of texts by their JSON name
    text: str = ""
    last: str = ""  # what the user asked last

    @classmethod
    def read(cls, messages: list[dict[str, Any]]) -> Brief:
        texts = []
        for message in messages:
            content = message.get("content")
            if isinstance(content, list):
                content = "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
            texts.append((str(message.get("role")), str(content or "")))
        brief = cls(text="\n".join(text for _, text in texts))
        brief.last = next((text for role, text in reversed(texts) if role == "user"), "")
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
        if fact and text and len(text) < 2500 and text.lower() not in ("none", "null", "-", "n/a"):
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
                if isinstance(value, list) and all(isinstance(item, str) for item in value):
                    self.lists.setdefault(key.lower(), value)
                    if key.lower() == "photos_show" and value:
                        self.facts.setdefault("photo", value[0])
                elif isinstance(value, dict | list):
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


@dataclass
class Rules:
    """What the prompt asks of the form: task, length, emoji, words to avoid, openings not to repeat."""

    task: str = "write"  # write | shorten | lengthen | translate | hashtags
    low: int = 0
    high: int = 2000
    emoji: int = 0
    avoid: list[str] = field(default_factory=list)
    earlier: list[str] = field(default_factory=list)
    tags: tuple[int, int] = (3, 5)

    @classmethod
    def read(cls, brief: Brief) -> Rules:
        text, rules = brief.text, cls()
        length = re.search(r"[Bb]etween (\d+) and (\d+) characters", text)
        if length:
            rules.low, rules.high = int(length[1]), int(length[2])
        tags = re.search(r"[Hh]ashtags[^\n]{0,60}?(\d+) (?:to|-|and) (\d+)", text)
        if tags:
            rules.tags = (int(tags[1]), int(tags[2]))
        emoji = re.search(r"[Ee]moji: ([^\n]+)", text)
        if emoji:
            words = {"none": 0, "no": 0, "one": 1, "two": 2, "three": 3, "few": 2, "plenty": 4, "many": 4}
            rules.emoji = next((n for word, n in words.items() if word in emoji[1].lower().split()[0]), 1)
        asked = brief.last.lower()
        for task, sign in (
            ("shorten", "half the length"),
            ("shorten", "shorter"),
            ("lengthen", "longer"),
            ("translate", "translate"),
            ("hashtags", 'leave "caption" empty'),
        ):
            if sign in asked:
                rules.task = task
                break
        rules.avoid = [word.lower() for word in brief.lists.get("words_to_avoid", []) if word]
        rules.earlier = [start(line) for line in brief.lists.get("earlier_openings", [])]
        return rules


def start(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]", "", text.lower()).split()[:3])
