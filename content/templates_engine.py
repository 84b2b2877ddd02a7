"""Captions without AI: seeded, varied, grammatical, and true to the menu. Pure and offline.

One brief and one seed give one result. Openings are chosen against what was said before (`brief.earlier`) and
against the other variants of the same answer, so a month of captions does not begin twice alike.
"""

import hashlib
import itertools
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from content import menu_truth, repetition, templates_changes
from content.brief import Brief, Dish, Earlier
from content.data import load
from content.templates_slots import (
    capital,
    display_name,
    first_sentences,
    is_sentence,
    phrases_of,
    sentence,
    slots_of,
)
from content.words import Kind

VERSION = "templates.2"
TRIES = 40  # captions looked at for one place before the least repetitive is taken
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Written:
    """A caption ready to show: hashtags apart, `angle` the kind of opening, `dish` the dish it is about."""

    caption: str
    hashtags: tuple[str, ...]
    dish: str
    angle: str


def write(brief: Brief) -> list[Written]:
    """`brief.variants` captions. Never empty: with nothing known but the restaurant's name there is still a
    line.
    """
    earlier = list(brief.earlier)
    result: list[Written] = []
    for number in range(max(1, brief.variants)):
        written = _best(brief, earlier, number)
        result.append(written)
        earlier.insert(0, Earlier(f"variant {number}", full_text(written), written.dish, written.angle))
    return result


def write_kind(brief: Brief) -> list[Written]:
    """What can be written without a model for this kind; [] where one is needed (translating, another tone)."""
    if brief.kind == Kind.CAPTION:
        return write(brief)
    if brief.kind == Kind.HASHTAGS:
        about = next((d for d in brief.menu if d.name.casefold() in brief.text.casefold()), None)
        style = load("platforms.yaml")[brief.platform]
        tagged = replace(brief, dish=brief.dish or about)
        phrases = phrases_of(brief.language) or {"hashtags": {"any": []}}
        tags = _hashtags(tagged, phrases, style, _rng(tagged, 0, 0))
        return [Written("", tags, "", "hashtags")] if tags else []
    if brief.kind == Kind.ALT_TEXT:
        return [Written(_alt_text(brief), (), "", "")]
    if brief.kind == Kind.SHORTEN:
        return [Written(text, (), "", "shorter") for text in templates_changes.shorter(brief)]
    if brief.kind == Kind.LENGTHEN:
        return _longer(brief)
    return []


def _longer(brief: Brief) -> list[Written]:
    """The same words and behind them what the menu and the brand page add; [] where they add nothing."""
    dish, language = templates_changes.dish_of(brief), templates_changes.language(brief)
    phrases = phrases_of(language)
    if not phrases:
        return []
    brief = replace(brief, dish=dish, language=language)
    slots = slots_of(brief)
    body, tags = templates_changes.parted(brief.text)
    said = body.casefold()
    found: list[Written] = []
    for number in range(max(1, brief.variants)):
        rng = _rng(brief, number, 0)
        more: list[str] = []
        if dish and slots["details"] and slots["details"].casefold() not in said:
            more.append(_details(phrases, slots, dish, rng))
        elif not dish and slots["About"] and slots["About"].rstrip(".").casefold() not in said:
            more.append(slots["About"])
        if dish and slots["price"] and slots["price"] not in body:
            more.append(_pick(phrases["prices"], slots, rng))
        if brief.brand.name.casefold() not in said:
            more.append(_call(brief, phrases, slots, rng))
        if not any(more):
            break
        text = "\n\n".join(part for part in (body, " ".join(part for part in more if part), tags) if part)
        found.append(Written(text, (), dish.name if dish else "", "longer"))
    return list(dict.fromkeys(found))


def _alt_text(brief: Brief) -> str:
    """Only what is known without looking: the dish it was filed under, else its title, else the place."""
    if brief.dish:
        return f"{display_name(brief.dish.name)}, {brief.brand.name}"
    title = next((t for t in brief.photos if not _CAMERA.search(t)), "")
    return title or brief.brand.name


# “IMG_2041”, “DSC00012”, “WhatsApp Image 2026-11-02 at 18.04”, “7f3a9c...”: names that say nothing.
_CAMERA = re.compile(
    r"(?i)^(?:(?=.*\d)(?:img|dsc|dscn|dcim|pxl|mvimg|image|photo|foto|screenshot|whatsapp image|untitled|upload)?"
    r"[\s_\-.()]*[0-9a-f][0-9a-f\s_\-.:()at]*|img|image|photo|foto|screenshot|untitled|upload)$"
)


def full_text(written: Written) -> str:
    tags = " ".join(f"#{tag}" for tag in written.hashtags)
    return "\n\n".join(part for part in (written.caption, tags) if part)


def _best(brief: Brief, earlier: Sequence[Earlier], number: int) -> Written:
    """The first caption that repeats nothing; of many that do, the one that repeats least."""
    names = [
        brief.brand.name,
        *(dish.name for dish in brief.menu),
        *([brief.dish.name] if brief.dish else []),
    ]
    best: tuple[int, Written] | None = None
    for attempt in range(TRIES):
        rng = _rng(brief, number, attempt)
        dish = brief.dish or _choose_dish(brief, earlier, rng)
        written = _compose(replace(brief, dish=dish), rng)
        if any(f.certain for f in menu_truth.check(written.caption, brief)):
            continue  # e.g. a phrase with a word the owner banned
        likeness = repetition.likeness(written.caption, earlier, names=names)
        mark = likeness.total + 100 * likeness.too_alike
        if best is None or mark < best[0]:
            best = (mark, written)
        if not likeness.too_alike:
            break
    return best[1] if best else _bare(brief)


def _rng(brief: Brief, number: int, attempt: int) -> random.Random:
    about = brief.dish.name if brief.dish else ""
    key = f"{brief.seed}|{brief.platform}|{brief.tone}|{about}|{number}|{attempt}"
    return random.Random(hashlib.sha256(key.encode()).digest())  # noqa: S311 - variety, not secrecy


def _choose_dish(brief: Brief, earlier: Sequence[Earlier], rng: random.Random) -> Dish | None:
    """An available dish nobody talked about lately; None where the menu is empty."""
    on = [dish for dish in brief.menu if dish.available]
    lately = {e.dish for e in earlier[: max(0, len(on) - 1)]}
    return rng.choice([dish for dish in on if dish.name not in lately] or on) if on else None


def _bare(brief: Brief) -> Written:
    return Written(brief.brand.name, (), "", "bare")


# --- composing -----------------------------------------------------------------------------------


def _compose(brief: Brief, rng: random.Random) -> Written:
    slots = slots_of(brief)
    phrases, style = phrases_of(brief.language), load("platforms.yaml")[brief.platform]
    if not phrases:
        return _without_language(brief, slots, rng)
    group = "openings" if brief.dish else "openings_no_dish"
    angle = rng.choice(["any", brief.tone]) if phrases[group].get(brief.tone) else "any"
    opening = _pick(phrases[group][angle], slots, rng) or _pick(phrases[group]["any"], slots, rng) or ""
    parts = [opening]
    said_price = "price" in slots and slots["price"] in opening
    if brief.dish:
        parts.append(_details(phrases, slots, brief.dish, rng))
        parts.append(_pick([*phrases["middles"]["any"], *phrases["middles"].get(brief.tone, [])], slots, rng))
        if not said_price and rng.random() < 0.5:
            parts.append(_pick(phrases["prices"], slots, rng))
    elif slots.get("About"):
        parts.append(_pick(phrases["about"], slots, rng))
    asks = rng.random() < style["question"]
    if asks:
        questions = phrases["questions"] if brief.dish else phrases["questions_no_dish"]
        parts.append(_pick(questions, slots, rng))
    call = _call(brief, phrases, slots, rng)
    lines = _lines(parts, call, style["paragraphs"])
    text = _with_emoji(lines, brief, load("phrases_en.yaml")["emoji"] | phrases["emoji"], rng)
    return Written(
        text, _hashtags(brief, phrases, style, rng), brief.dish.name if brief.dish else "", f"{group}:{angle}"
    )


def _pick(choices: Iterable[str], slots: dict[str, str], rng: random.Random) -> str:
    """A phrase whose every slot has a value, filled; "" where none fits."""
    fitting = [
        c for c in choices if all(slots.get(name) for name in _SLOT.findall(c) if name not in _MAY_BE_EMPTY)
    ]
    return fill(rng.choice(fitting), slots) if fitting else ""


def fill(phrase: str, slots: dict[str, str]) -> str:
    """One pass, so that braces inside an owner's words stay words."""
    text = _SLOT.sub(lambda m: slots.get(m.group(1), ""), phrase)
    text = re.sub(r"([.!?…])\.(?=\s|$)", r"\1", text)  # a name or description may bring its own full stop
    text = re.sub(r"\s+([,.])", r"\1", text)
    return capital(" ".join(text.split()))


_MAY_BE_EMPTY = {"s"}


def _details(phrases: dict[str, Any], slots: dict[str, str], dish: Dish, rng: random.Random) -> str:
    text = slots["details"]
    if not text:
        return ""
    if is_sentence(text):
        return sentence(first_sentences(dish.description))
    return _pick(phrases["details"], slots, rng)


def _call(brief: Brief, phrases: dict[str, Any], slots: dict[str, str], rng: random.Random) -> str:
    """The owner's own call to action most of the time; a link where the network lets people click it."""
    own = brief.brand.call_to_action.strip()
    calls = [*phrases["calls"]["any"], *phrases["calls"].get(brief.tone, [])]
    call = sentence(own) if own and rng.random() < 0.7 else _pick(calls, slots, rng)
    if (
        load("platforms.yaml")[brief.platform]["link"]
        and brief.brand.links
        and brief.brand.links[0] not in call
    ):
        call = f"{call} {brief.brand.links[0]}"
    return call


def _lines(parts: Sequence[str], call: str, paragraphs: int) -> list[str]:
    opening, middle = parts[0], " ".join(p for p in parts[1:] if p)
    if paragraphs <= 2:
        return [line for line in (" ".join(p for p in (opening, middle) if p), call) if line]
    return [line for line in (opening, middle, call) if line]


def _with_emoji(lines: list[str], brief: Brief, emoji: dict[str, list[str]], rng: random.Random) -> str:
    count = {"none": 0, "some": 1, "many": rng.choice([2, 3])}.get(brief.brand.emoji, 1)
    words = re.findall(r"[^\W\d_]+", brief.dish.name.casefold()) if brief.dish else []
    own = [e for w in words for e in emoji.get(w, emoji.get(w.removesuffix("s"), []))]
    general = list(emoji["default"])
    rng.shuffle(general)
    places = [n for n, line in enumerate(lines) if "://" not in line] or list(range(len(lines)))
    rng.shuffle(places)
    for place, picture in zip(itertools.cycle(places), [*dict.fromkeys(own), *general][:count], strict=False):
        lines[place] = f"{lines[place]} {picture}"
    return "\n\n".join(lines)


def _hashtags(
    brief: Brief, phrases: dict[str, Any], style: dict[str, Any], rng: random.Random
) -> tuple[str, ...]:
    low, high = style["hashtags"]
    count = min(rng.randint(low, high), brief.brand.hashtag_limit)
    own = [tag.lstrip("#") for tag in brief.brand.hashtags]
    made = [
        as_hashtag(t)
        for t in (
            display_name(brief.dish.name) if brief.dish else "",
            brief.brand.city,
            brief.brand.cuisine,
            brief.brand.name,
        )
    ]
    general = list(phrases["hashtags"]["any"])
    rng.shuffle(own)
    rng.shuffle(general)
    seen: dict[str, str] = {}
    for tag in [*own[:3], *made, *own[3:], *general]:
        if tag:
            seen.setdefault(tag.casefold(), tag)
    return tuple(list(seen.values())[:count])


def as_hashtag(text: str) -> str:
    """“Krusty Pizza” -> “KrustyPizza”; "" where no letter is left or it would be too long to read."""
    words = re.findall(r"[^\W_]+", text.replace("'", "").replace("’", ""))
    tag = "".join(capital(w) for w in words)
    return tag if re.search(r"[^\W\d_]", tag) and len(tag) <= 30 else ""


def _without_language(brief: Brief, slots: dict[str, str], rng: random.Random) -> Written:
    """No grammar of that language here: only the owner's own words, in changing order."""
    dish = brief.dish
    if dish is None:
        lines = [sentence(first_sentences(brief.brand.description)) or brief.brand.name]
    else:
        name, details, price = display_name(dish.name), slots["details"], slots["price"]
        first = rng.choice([name, f"{name} · {price}" if price else name, f"{brief.brand.name}: {name}"])
        if brief.occasion:
            first = rng.choice([first, f"{brief.occasion}: {name}"])
        rest = [p for p in (sentence(details), f"{price}" if price and price not in first else "") if p]
        lines = [first, " ".join(rest)]
    own = brief.brand.call_to_action.strip()
    lines.append(own or " · ".join(p for p in (brief.brand.name, brief.brand.city) if p))
    style = load("platforms.yaml")[brief.platform]
    text = _with_emoji([line for line in lines if line], brief, load("phrases_en.yaml")["emoji"], rng)
    no_general: dict[str, Any] = {"hashtags": {"any": []}}
    return Written(text, _hashtags(brief, no_general, style, rng), dish.name if dish else "", "own words")
