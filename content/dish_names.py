"""Which dishes of a menu a text names: by their names, and by the one telling word in them. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from content.brief import Dish
from content.languages import connectors, lexicon, same, stem

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


def stems(folded: str, language: str = "en") -> list[tuple[str, int, int]]:
    """(stem, start, end) of each word."""
    return [(stem(m.group(), language), m.start(), m.end()) for m in _TOKEN.finditer(folded)]


def dishes_in(text: str, menu: Sequence[Dish]) -> list[Dish]:
    """The menu's dishes that `text` names, each once, in order."""
    return list(dict.fromkeys(m.dish for m in mentions(fold(text), menu)))


def words_of(dish: Dish, language: str = "en") -> set[str]:
    """Stems of everything the menu says of a dish, and of the same things in the language of the text."""
    found = {s for s, _, _ in stems(fold(f"{dish.name} {dish.description} {dish.section}"), language)}
    known = same(language)
    return found.union(*(known[word] for word in found if word in known))


def mentions(folded: str, menu: Sequence[Dish], language: str = "en") -> list[Mention]:
    """Whole names first, the longest first, so that “Margherita” is not found in “Margherita DOP”; then
    nicknames.

    What stands in brackets (“6 pcs”) need not be said.
    """
    tokens = stems(folded, language)
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
                and tokens[i - 1][0] in lexicon("ingredients", language)
                and words[0] in lexicon("dishes", language)
            ):
                continue  # “truffle burger” is not the one burger of the menu
            behind = made_of_behind(tokens, i, folded, language) if nickname else None
            if behind is not None and tokens[behind][0] not in words_of(dish, language):
                continue  # nor is “soupe de poisson” the one soup
            taken.update(span)
            found.append(Mention(dish, tokens[i][1], tokens[i + len(words) - 1][2]))

    names = [(dish, _name_stems(dish, language)) for dish in menu]
    # Of two dishes with one name (two sections) the available one is meant.
    for dish, words in sorted(names, key=lambda pair: (-len(pair[1]), not pair[0].available)):
        if words:
            look(dish, words)
    for dish, word in _nicknames(menu, language):
        look(dish, [word], nickname=True)
    return sorted(found, key=lambda m: m.start)


def made_of_behind(tokens: Sequence[tuple[str, int, int]], at: int, folded: str, language: str) -> int | None:
    """The token that says what the dish at `at` is made of, where the language puts it behind: “tacos de pollo”."""
    small = connectors(language)
    k = at + 1
    while k < len(tokens) and tokens[k][0] in small and k - at <= 3:
        k += 1
    if not small or k >= len(tokens) or tokens[k][0] not in lexicon("ingredients", language):
        return None
    return None if re.search(r"[.,;:!?\n]", folded[tokens[at][2] : tokens[k][1]]) else k


def _name_stems(dish: Dish, language: str) -> list[str]:
    name = fold(dish.name)
    return [s for s, _, _ in stems(_IN_BRACKETS.sub(" ", name), language) or stems(name, language)]


def _nicknames(menu: Sequence[Dish], language: str) -> list[tuple[Dish, str]]:
    """A telling word that only one dish's text has: “the carbonara” for “Spaghetti Carbonara”."""
    generic = lexicon("generic", language) | lexicon("ingredients", language)
    texts = [words_of(dish, language) for dish in menu]
    result = []
    for i, dish in enumerate(menu):
        words = _name_stems(dish, language)
        if len(words) < 2:
            continue
        for word in words:
            alone = not any(word in other for k, other in enumerate(texts) if k != i)
            if len(word) >= 5 and word not in generic and alone:
                result.append((dish, word))
    return result
