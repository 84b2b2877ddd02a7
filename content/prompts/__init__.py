"""Prompts as versioned data, and how a Brief becomes messages. Pure.

What people typed travels only inside one JSON value between <data> tags in the user message; `<`, `>` and `&`
are escaped in it, so no text can close the tag. The system message holds none of it.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from content import repetition
from content.brief import Brief
from content.data import load
from content.money_text import price_text
from content.words import Kind

CURRENT = "caption_v2"
ALT_TEXT = "alt_text_v1"
STRATEGY = "strategy_v1"
ALT_TEXT_CHARS = 250
MENU_SHOWN = 60  # dishes in a prompt; a longer menu would cost more than it helps
OPENINGS_SHOWN = 25
_HERE = Path(__file__).parent
Message = dict[str, Any]  # "content" is a text, or with a picture a list of parts


def named(kind: str) -> str:
    """The prompt file a kind of writing uses."""
    return {Kind.ALT_TEXT: ALT_TEXT, Kind.STRATEGY: STRATEGY}.get(Kind(kind), CURRENT)


@cache
def prompt(name: str = CURRENT) -> Mapping[str, Any]:
    """The parsed prompt file `<name>.yaml`."""
    parsed: Mapping[str, Any] = yaml.safe_load((_HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return parsed


def version(name: str = CURRENT) -> str:
    """Everything that shaped the words, e.g. "caption.1 platforms.1 tones.1"; stored with each answer."""
    parts = [(prompt(name)["purpose"], prompt(name)["version"])]
    parts += [(part, load(f"{part}.yaml")["version"]) for part in ("platforms", "tones")]
    return " ".join(f"{part}.{number}" for part, number in parts)


def response_format(name: str = CURRENT) -> dict[str, Any]:
    schema = prompt(name)["schema"]
    return {
        "type": "json_schema",
        "json_schema": {"name": schema["name"], "strict": True, "schema": schema["schema"]},
    }


def opening_messages(brief: Brief) -> list[Message]:
    """[system, user] for the first call. A picture is not in it: `with_picture` adds it to what is sent."""
    data = prompt(named(brief.kind))
    style, tones = load("platforms.yaml")[brief.platform], load("tones.yaml")
    low, high = style["hashtags"]
    values = {
        "language": brief.language,
        "platform": brief.platform,
        "guide": " ".join(style["guide"].split()),
        "tone_name": brief.tone,
        "tone_guide": tones[brief.tone],
        "chars_low": style["chars"][0],
        "chars_high": ALT_TEXT_CHARS if brief.kind == Kind.ALT_TEXT else style["chars"][1],
        "hook": style["hook"],
        "emoji_rule": data.get("emoji", {}).get(brief.brand.emoji, ""),
        "hashtags_low": min(low, brief.brand.hashtag_limit),
        "hashtags_high": min(high, brief.brand.hashtag_limit),
        "variants": brief.variants,
    }
    task = data["task"][brief.kind].format_map(values)
    told = photo_facts(brief) if brief.kind == Kind.ALT_TEXT else facts(brief)
    return [
        {"role": "system", "content": data["system"].format_map(values)},
        {"role": "user", "content": f"{task}\n\n<data>\n{as_json(told)}\n</data>"},
    ]


def with_picture(messages: Sequence[Message], data_url: str) -> list[Message]:
    """The first user message with the picture beside its words (the vision form of the chat format)."""
    picture = {"type": "image_url", "image_url": {"url": data_url, "detail": "low"}}
    first = next(n for n, message in enumerate(messages) if message["role"] == "user")
    spoken = {"role": "user", "content": [{"type": "text", "text": messages[first]["content"]}, picture]}
    return [*messages[:first], spoken, *messages[first + 1 :]]


def repair_messages(
    before: Sequence[Message], answer: str, problem: str, name: str = CURRENT
) -> list[Message]:
    asked: Message = {"role": "user", "content": prompt(name)["repair"].format(problem=problem).strip()}
    if not answer.strip():
        return [*before, asked]
    return [*before, {"role": "assistant", "content": answer[:8000]}, asked]


def rewrite_messages(
    before: Sequence[Message], answer: str, problems: Sequence[str], count: int, name: str = CURRENT
) -> list[Message]:
    listed = "\n".join(f"- {problem}" for problem in problems)
    asked = prompt(name)["rewrite"].format(problems=listed, count=count).strip()
    return [*before, {"role": "assistant", "content": answer[:8000]}, {"role": "user", "content": asked}]


def facts(brief: Brief) -> dict[str, Any]:
    """What the model is told, in one value: this restaurant's own words and nothing else."""
    brand = brief.brand
    on = [dish for dish in brief.menu if dish.available][:MENU_SHOWN]
    data: dict[str, Any] = {
        "restaurant": {
            "name": brand.name,
            "description": brand.description,
            "cuisine": brand.cuisine,
            "city": brand.city,
            "guests": brand.audience,
            "voice": brand.voice,
            "words_to_use": list(brand.words_to_use),
            "words_to_avoid": list(brand.words_to_avoid),
            "own_hashtags": list(brand.hashtags),
            "call_to_action": brand.call_to_action,
            "links": list(brand.links),
        },
        "dish": None,
        "menu": [{"name": d.name, "price": _price(d.price, d.currency)} for d in on],
        "occasion": brief.occasion,
        "day_of_the_post": brief.weekday,
        "season": brief.season,
        "photos_show": list(brief.photos),
        "owner_note": brief.note,
        "plan": {"kind": brief.post_kind, "idea": brief.angle, "why": brief.reason},
        "text": brief.text,
        "earlier_openings": list(
            dict.fromkeys(repetition.opening(e.text)[:100] for e in brief.earlier[:OPENINGS_SHOWN])
        ),
    }
    if brief.dish:
        data["dish"] = {
            "name": brief.dish.name,
            "section": brief.dish.section,
            "description": brief.dish.description,
            "price": _price(brief.dish.price, brief.dish.currency),
            "allergens": list(brief.dish.allergens),
        }
    return _without_empty(data)


def photo_facts(brief: Brief) -> dict[str, Any]:
    """What is known of a photo: where it was taken, the dish it was filed under, its title."""
    dish = brief.dish
    about = {"name": dish.name, "description": dish.description} if dish else {}
    titles = list(brief.photos)
    return _without_empty({"restaurant": {"name": brief.brand.name}, "dish": about, "titles": titles})


def as_json(value: Any) -> str:
    """JSON in which no text can look like a tag."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _price(price: Any, currency: str) -> str:
    return price_text(price, currency) if price is not None else ""


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    cleaned = {k: _without_empty(v) if isinstance(v, dict) else v for k, v in data.items()}
    return {k: v for k, v in cleaned.items() if v not in ("", None, [], {})}
