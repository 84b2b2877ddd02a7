"""What a template's slots are filled with: the dish with its article and verbs, the day, the facts of the menu. Pure.

English phrases agree with the dish; those of the other languages are made so that they need not.
"""

import re
from functools import cache
from typing import Any

from content.brief import Brief, Dish
from content.data import load
from content.money_text import price_text

LANGUAGES = ("en", "de", "es", "fr", "it")  # with phrases of their own; others get the owner's own words
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@cache
def phrases_of(language: str) -> dict[str, Any]:
    """The phrases of a language (“de”, “pt-BR”); {} where there are none."""
    code = language.split("-")[0].lower()
    return dict(load(f"phrases_{code}.yaml")) if code in LANGUAGES else {}


def slots_of(brief: Brief) -> dict[str, str]:
    brand, language = brief.brand, brief.language.split("-")[0].lower()
    days = phrases_of(language).get("weekdays")
    slots = {
        "brand": brand.name,
        "city": brand.city,
        "cuisine": brand.cuisine,
        "weekday": days[_WEEKDAYS.index(brief.weekday)]
        if days and brief.weekday in _WEEKDAYS
        else brief.weekday,
        "occasion": brief.occasion.strip().rstrip(".!"),
        "About": sentence(first_sentences(brand.description)),
    }
    if brief.dish:
        slots |= dish_slots(brief.dish) if language == "en" else _plain_slots(brief.dish)
    return slots


def _plain_slots(dish: Dish) -> dict[str, str]:
    """For languages whose phrases need no article and no agreement."""
    name = display_name(dish.name)
    return {"dish": name, "Dish": capital(name)} | _facts(dish)


def _facts(dish: Dish) -> dict[str, str]:
    return {
        "section": dish.section,
        "details": details_text(dish.description),
        "Details": capital(details_text(dish.description)),
        "price": price_text(dish.price, dish.currency) if dish.price is not None else "",
    }


def dish_slots(dish: Dish) -> dict[str, str]:
    """The words that depend on a dish: its name with a fitting article, and verbs that agree with it (English)."""
    name = display_name(dish.name)
    head = _head(name)
    many = _is_plural(name, head)
    determined = bool(re.match(r"(?i)(the|our|my|a|an)\s|\S+['’]s\s", name))
    countable = head in load("phrases_en.yaml")["countable"].split() and not many
    dish_text = name if determined or not countable else f"our {name}"
    return {
        "dish": dish_text,
        "Dish": capital(dish_text),
        "the_dish": name if determined else f"the {name}",
        "The_dish": capital(name if determined else f"the {name}"),
        "is": "are" if many else "is",
        "was": "were" if many else "was",
        "has": "have" if many else "has",
        "does": "do" if many else "does",
        "it": "they" if many else "it",
        "It": "They" if many else "It",
        "them": "them" if many else "it",
        "its": "their" if many else "its",
        "this": "these" if many else "this",
        "s": "" if many else "s",
        **_facts(dish),
    }


def display_name(name: str) -> str:
    """The name as one would say it: no sizes in brackets, no shouting."""
    name = re.sub(r"\s*\([^)]*\)", "", name).strip() or name.strip()
    return name.title() if name.isupper() and len(name) > 4 else name


def _head(name: str) -> str:
    """The word the name is about: the last one before “with”, “in”, a comma or a dash."""
    core = re.split(r"(?i)\s(?:with|in|on|of|from|mit|con|al|alla|di)\s|,| - | – ", name)[0]
    words = re.findall(r"[^\W\d_]+", core.casefold())
    return words[-1] if words else ""


def _is_plural(name: str, head: str) -> bool:
    if re.search(r"(?i)\s(?:and|&|'n'|n)\s", name):
        return False  # “Fish and chips is”: one order
    if head in load("phrases_en.yaml")["singular"].split() or head.endswith(("ss", "us", "is")):
        return False
    return head.endswith("s") and len(head) > 3


def details_text(text: str) -> str:
    return " ".join(text.split()).rstrip(" .;,")


def is_sentence(text: str) -> bool:
    """Whole sentences stand alone; a list of ingredients goes into a phrase."""
    starts = re.match(
        r"(?i)(a|an|the|our|we|this|these|it|served|made|topped|choose|try|enjoy|with|in|on)\b", text
    )
    return bool(starts) or bool(re.search(r"[.!?]\s", text)) or len(text) > 140


def first_sentences(text: str, limit: int = 220) -> str:
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    whole = re.match(rf"(?s).{{20,{limit}}}[.!?](?=\s)", text)
    return whole.group() if whole else text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return capital(text if text[-1] in ".!?…" else f"{text}.")


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
