"""Which dishes of a menu a text names: by their names, and by the one telling word in them. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from content.brief import Dish
from content.data import load

_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_IN_BRACKETS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True)
class Mention:
    """`start` and `end` are offsets in the folded text."""

    dish: Dish
    start: int
    end: int


def fold(text: str) -> str:
    """No accents, small letters: “Crème Brûlée” and “creme brulee” are one dish."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in text if not unicodedata.combining(c)).casefold()


def stem(word: str) -> str:
    """Singular, roughly; the same for both sides of a comparison."""
    word = word.removesuffix("'s")
    for ending, put in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2 and not word.endswith("ss"):
            return word[: -len(ending)] + put
    return word


_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("oes", "o"), ("s", ""))


def stems(folded: str) -> list[tuple[str, int, int]]:
    """(stem, start, end) of each word."""
    return [(stem(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(folded)]


@cache
def lexicon(name: str) -> frozenset[str]:
    """Stems of one list of data/menu_words.yaml."""
    return frozenset(stem(word) for word in load("menu_words.yaml")[name].split())


def dishes_in(text: str, menu: Sequence[Dish]) -> list[Dish]:
    """The menu's dishes that `text` names, each once, in order."""
    return list(dict.fromkeys(m.dish for m in mentions(fold(text), menu)))


def words_of(dish: Dish) -> set[str]:
    """Stems of everything the menu says of a dish."""
    return {s for s, _, _ in stems(fold(f"{dish.name} {dish.description} {dish.section}"))}


def mentions(folded: str, menu: Sequence[Dish]) -> list[Mention]:
    """Whole names first, the longest first, so that “Margherita” is not found in “Margherita DOP”; then
    nicknames.

    What stands in brackets (“6 pcs”) need not be said.
    """
    tokens = stems(folded)
    taken: set[int] = set()
    found: list[Mention] = []

    def look(dish: Dish, words: list[str], nickname: bool = False) -> None:
        for i in range(len(tokens) - len(words) + 1):
            span = range(i, i + len(words))
            if [tokens[k][0] for k in span] != words or taken.intersection(span):
                continue
            if (
                nickname
                and i
                and tokens[i - 1][0] in lexicon("ingredients")
                and words[0] in lexicon("dishes")
            ):
                continue  # “truffle burger” is not the one burger of the menu
            taken.update(span)
            found.append(Mention(dish, tokens[i][1], tokens[i + len(words) - 1][2]))

    names = [(dish, _name_stems(dish)) for dish in menu]
    # Of two dishes with one name (two sections) the available one is meant.
    for dish, words in sorted(names, key=lambda pair: (-len(pair[1]), not pair[0].available)):
        if words:
            look(dish, words)
    for dish, word in _nicknames(menu):
        look(dish, [word], nickname=True)
    return sorted(found, key=lambda m: m.start)


def _name_stems(dish: Dish) -> list[str]:
    name = fold(dish.name)
    return [s for s, _, _ in stems(_IN_BRACKETS.sub(" ", name)) or stems(name)]


def _nicknames(menu: Sequence[Dish]) -> list[tuple[Dish, str]]:
    """A telling word that only one dish's text has: “the carbonara” for “Spaghetti Carbonara”."""
    generic = lexicon("generic") | lexicon("ingredients")
    texts = [words_of(dish) for dish in menu]
    result = []
    for i, dish in enumerate(menu):
        words = _name_stems(dish)
        if len(words) < 2:
            continue
        for word in words:
            alone = not any(word in other for k, other in enumerate(texts) if k != i)
            if len(word) >= 5 and word not in generic and alone:
                result.append((dish, word))
    return result
