"""What can honestly be done to words that are there without a model: leave sentences out, add facts. Pure and offline.

Nothing is rephrased: every word of the result was written by the owner, stands on the menu, or is one of our phrases.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from content.brief import Brief, Dish
from content.dish_names import fold
from content.languages import language_of

SHORTER = 0.7  # of the letters; what stays longer was not shortened
_TAGS = re.compile(r"(?:\s*[#＃]\w+)+\s*$")
_SENTENCE = re.compile(r".+?(?:[.!?…。！？]+[\"”’»)]*(?=\s|$)|$)", re.S)


@dataclass(frozen=True)
class _Sentence:
    text: str
    paragraph: int


def parted(text: str) -> tuple[str, str]:
    """(the words, the hashtags at their end)."""
    match = _TAGS.search(text)
    return (text[: match.start()].strip(), match.group().strip()) if match else (text.strip(), "")


def shorter(brief: Brief) -> list[str]:
    """The same words with sentences left out: the first stays, and a link or call at the end. [] where only one is."""
    body, tags = parted(brief.text)
    sentences = [
        _Sentence(found.strip(), number)
        for number, paragraph in enumerate(re.split(r"\n+", body))
        for found in _SENTENCE.findall(paragraph)
        if found.strip()
    ]
    if len(sentences) < 2:
        return []
    first, last = sentences[0], sentences[-1]
    call = fold(brief.brand.call_to_action.strip(" .!"))
    keeps_last = "://" in last.text or "www." in last.text or (bool(call) and call in fold(last.text))
    room = SHORTER * len(body)
    kept = [first]
    for sentence in sentences[1 : -1 if keeps_last else None]:
        if len(_joined([*kept, sentence, *([last] if keeps_last else [])])) > room:
            break
        kept.append(sentence)
    ways = [[*kept, last], [first, last]] if keeps_last else [kept, [first, last], [first]]
    found = dict.fromkeys(_joined(way) for way in ways)
    enough = len(body) - 1 if keeps_last else max(room, len(first.text))
    fitting = [text for text in found if len(text) < len(body) and len(text) <= enough]
    return [f"{text}\n\n{tags}" if tags else text for text in fitting[: max(1, brief.variants)]]


def _joined(sentences: Sequence[_Sentence]) -> str:
    text = ""
    for before, sentence in zip([None, *sentences], sentences, strict=False):
        gap = "" if before is None else " " if before.paragraph == sentence.paragraph else "\n\n"
        text += gap + sentence.text
    return text


def dish_of(brief: Brief) -> Dish | None:
    """The dish the words are about: the longest name of the menu that stands in them."""
    text = fold(brief.text)
    named = [dish for dish in brief.menu if dish.available and fold(dish.name) in text]
    return brief.dish or max(named, key=lambda dish: len(dish.name), default=None)


def language(brief: Brief) -> str:
    """Of the words themselves, not the one that is usual here."""
    return language_of(fold(brief.text), brief.language or "en")
