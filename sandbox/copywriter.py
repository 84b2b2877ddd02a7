"""Captions that a restaurant could post, from facts found in the prompt and nothing else; the same for the
same seed.
"""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from typing import Any

from sandbox import copy_lines
from sandbox.prompt_brief import MONTHS, Brief, Rules, start


class Writer:
    """Writes for one call; each answer differs by the call's number, the same run writes the same again."""

    def __init__(self, brief: Brief, seed: str) -> None:
        self.brief, self.random = brief, random.Random(seed)
        self.rules = Rules.read(brief)
        self.position, self.total = 0, 1
        self.used: set[str] = set()
        self.named: list[str] = []

    # -- facts -------------------------------------------------------------------------------------
    def fact(self, name: str, default: str = "") -> str:
        return self.brief.facts.get(name, default)

    def dish(self) -> str:
        """The asked dish; in a plan of many days each dish of the menu in turn."""
        own = self.fact("dish")
        if own and not self.plans:
            return own
        known = list(dict.fromkeys([*([own] if own else []), *self.brief.dishes]))
        return known[self.position % len(known)] if known else own or "our kitchen"

    @property
    def plans(self) -> bool:
        return self.total > 4

    def _pick(self, lines: list[str], **words: str) -> str:
        """A line not used in this answer, without avoided words, not beginning like an earlier caption."""
        filled = {
            line: line.format(**{"dish": self.dish(), "place": self.fact("restaurant", "our place"), **words})
            for line in lines
        }
        good = {
            line: text
            for line, text in filled.items()
            if line not in self.used and not any(word in text.lower() for word in self.rules.avoid)
        }
        fresh = {line: text for line, text in good.items() if start(text) not in self.rules.earlier}
        line = self.random.choice(sorted(fresh or good or filled))
        self.used.add(line)
        return filled[line]

    # -- texts -------------------------------------------------------------------------------------
    def caption(self) -> str:
        """One caption by the rules: an opening, a true detail when there is one, a call to come by."""
        given, task = self.fact("text"), self.rules.task
        if task == "hashtags":
            return ""
        if given and task in ("shorten", "lengthen", "translate"):
            return self._reworked(given, task)
        tone = self._tone()
        parts = [self._pick(copy_lines.LEADS[tone])]
        detail = self.fact("description")
        told = detail and self.dish() == self.fact("dish") and self.random.random() < 0.6
        middle = detail.rstrip(".") + "." if told else ""
        occasion = self.fact("occasion") if not self.plans else ""
        if occasion:
            middle = f"{middle} {self._pick(copy_lines.OCCASIONS, occasion=occasion)}".strip()
        parts.append(middle or self._pick(copy_lines.MIDDLES))
        parts.append(self._pick(copy_lines.ENDINGS[tone]))
        while sum(map(len, parts)) < self.rules.low:
            parts.insert(-1, self._pick(copy_lines.MIDDLES))
        while len(parts) > 1 and sum(map(len, parts)) > self.rules.high:
            parts.pop(1 if len(parts) > 2 else -1)
        parts = [part[:1].upper() + part[1:] for part in parts]
        for emoji in self.random.sample(copy_lines.EMOJI, min(self.rules.emoji, len(copy_lines.EMOJI)))[
            : len(parts)
        ]:
            spot = self.random.randrange(len(parts))
            parts[spot] = f"{parts[spot]} {emoji}"
        self.named = [self.dish()] if self.dish() != "our kitchen" else []
        return f"{parts[0]}\n\n{' '.join(parts[1:])}".strip()

    def _reworked(self, text: str, task: str) -> str:
        known = dict.fromkeys([*self.brief.dishes, self.fact("dish")])
        self.named = [dish for dish in known if dish and dish.lower() in text.lower()]
        sentences = re.split(r"(?<=[.!?])\s+", text)
        if task == "shorten":
            half = sentences[: max(1, len(sentences) // 2)]
            cut = " ".join(half)
            return (
                cut if len(sentences) > 1 else " ".join(text.split()[: max(3, len(text.split()) // 2)]) + "."
            )
        return f"{text} {self._pick(copy_lines.MIDDLES)}" if task == "lengthen" else text

    def _tone(self) -> str:
        asked = self.fact("tone").split(".")[0].lower()
        return next(
            (tone for tone, words in copy_lines.TONE_WORDS.items() if any(w in asked for w in words)),
            "casual",
        )

    def hashtags(self, count: int) -> list[str]:
        """Tags without the sign, lower case, from the dish, the place, the city, then common ones."""
        own_tags = self.brief.lists.get("own_hashtags", [])
        wanted = [*own_tags, self.fact("restaurant"), *self.named, self.fact("city")]
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
        return self._pick(copy_lines.ALTS)

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
            return self._pick(copy_lines.ENDINGS[self._tone()])
        if any(word in name for word in ("reason", "why", "rationale", "explanation", "strategy")):
            return self._pick(copy_lines.REASONS)
        if any(word in name for word in ("title", "headline", "theme", "topic", "idea", "hook")):
            return self._pick(copy_lines.IDEAS)
        if any(word in name for word in ("photo", "image", "visual", "shot")):
            return self._pick(copy_lines.PHOTOS)
        if name == "angle":
            return self._pick(copy_lines.ANGLES)
        if name in ("tone", "mood"):
            return self.fact("tone", "warm")
        return self.caption()

    def string_list(self, name: str, count: int) -> list[str] | None:
        lower = name.lower()
        if "hashtag" in lower or lower in ("tags", "keywords"):
            sign = "#" if "hashtag" in lower and "without" not in self.brief.text.lower() else ""
            return [sign + tag for tag in self.hashtags(count)]
        if lower in ("dishes", "menu_items", "items"):
            return list(self.named)[:count]
        if lower in ("emojis", "emoji"):
            return self.random.sample(copy_lines.EMOJI, min(count, len(copy_lines.EMOJI)))
        return None

    def how_many(self, name: str) -> int:
        """How many items a list gets when the schema leaves it open."""
        lower = name.lower()
        if any(word in lower for word in ("hashtag", "tags", "keyword")):
            return max(self.rules.tags[0], min(5, self.rules.tags[1]))
        asked = re.search(r"\b(\d{1,2}) (?:new )?(?:variants|captions|versions?)", self.brief.last)
        if any(word in lower for word in ("variant", "caption", "version", "option")) and asked:
            return int(asked[1])
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
