"""What we know of the languages captions are written in: which one a text is in, and its food words. Pure.

English is data/menu_words.yaml, the others data/menu_words_<language>.yaml. In a language without a list, names and
prices are still compared; only words for dishes that nobody listed, offers and claims are known from English alone.
"""

import re
from functools import cache
from typing import Any

from content.data import load

LISTED = ("de", "es", "fr", "it")
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    _WORD.findall(
        "the and a an of with for on at our your you we is are it this that to in from come by see us tonight today not"
        " just so as if or but one all some more when what who how"
    )
)
_ENGLISH_ENDINGS = (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("oes", "o"), ("s", ""))
ENOUGH = 2  # small words that show a language; fewer prove nothing


@cache
def words(language: str) -> dict[str, Any]:
    """The parsed list of a language; English for those without one."""
    found: dict[str, Any] = load(f"menu_words_{language}.yaml" if language in LISTED else "menu_words.yaml")
    return found


@cache
def _small_words(language: str) -> frozenset[str]:
    return _ENGLISH if language == "en" else frozenset(words(language)["stopwords"].split())


def language_of(folded: str, default: str) -> str:
    """The language of a folded text by its small words; `default` (“de”, “pt-BR”) where they do not say."""
    default = default.split("-")[0].lower()
    found = _WORD.findall(folded)
    if not found:
        return default
    counts = {name: sum(word in _small_words(name) for word in found) for name in ("en", *LISTED)}
    best = max(counts, key=lambda name: (counts[name], name == default))
    if counts[best] < ENOUGH or (default in counts and counts[best] == counts[default]):
        return default
    return best


def stem(word: str, language: str = "en") -> str:
    """Singular, roughly; the same for both sides of a comparison."""
    word = word.removesuffix("'s")
    if language not in LISTED:
        for ending, put in _ENGLISH_ENDINGS:
            if word.endswith(ending) and len(word) > len(ending) + 2 and not word.endswith("ss"):
                return word[: -len(ending)] + put
        return word
    if word in _small_words(language):
        return f"{word}."  # itself and nothing else: Italian “per” is no “pera”
    known = words(language)
    put = known.get("endings_put", {})
    for ending in known["endings"]:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + str(put.get(ending, ""))
    return word


@cache
def lexicon(name: str, language: str = "en") -> frozenset[str]:
    """Stems of one list: dishes, drinks, ingredients, generic."""
    texts = [words(language)[name]]
    if language in LISTED:
        # Names on a menu are often English; dishes that are the same everywhere have a list of their own.
        texts.append(load("menu_words_any.yaml").get(name, "") or load("menu_words.yaml")[name])
    return frozenset(stem(word, language) for text in texts for word in text.split())


@cache
def same(language: str) -> dict[str, frozenset[str]]:
    """{stem of a food word of any language: stems of its words in this one}, all by the stems of `language`."""
    order = ("en", *LISTED)
    place = order.index(language) if language in order else 0
    found: dict[str, set[str]] = {}
    for group in load("menu_words_same.yaml")["groups"]:
        each = [text.split() for text in group.split("|")]
        here = {stem(word, language) for word in each[place]}
        for word in (word for said in each for word in said):
            found.setdefault(stem(word, language), set()).update(here)
    return {word: frozenset(put) for word, put in found.items()}


@cache
def varieties(language: str) -> frozenset[str]:
    """Stems of words that make another dish of a dish: “hawaiian”, “teriyaki”."""
    return frozenset(stem(word, language) for word in load("menu_words_any.yaml")["varieties"].split())


@cache
def heads(language: str) -> tuple[str, ...]:
    """Stems of words that name a dish also at the end of a longer word (“Kartoffelsuppe”)."""
    return tuple(stem(word, language) for word in words(language).get("compounds", "").split())


@cache
def connectors(language: str) -> frozenset[str]:
    """Stems of the small words between a dish and what it is made of, in languages that put it behind."""
    return frozenset(stem(word, language) for word in words(language).get("connectors", ()))


@cache
def _no_dishes(language: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in words(language).get("not_dishes", "").split())


def is_dish(word: str, language: str) -> bool:
    """`word` is a stem. Drinks count."""
    if word in _no_dishes(language):
        return False
    if word in lexicon("dishes", language) or word in lexicon("drinks", language):
        return True
    return bool(head_of(word, language))


def head_of(word: str, language: str) -> str:
    """The dish inside a compound (“supp” of “kartoffelsupp”); "" where there is none."""
    if word in _no_dishes(language):
        return ""
    return next((head for head in heads(language) if word.endswith(head) and len(word) - len(head) >= 3), "")


@cache
def patterns(name: str, language: str) -> tuple[re.Pattern[str], ...]:
    """Expressions of one list (offers, hours), the English ones too: “Happy Hour” is said everywhere."""
    own = words(language).get(name, []) if language in LISTED else []
    return tuple(
        re.compile(rf"(?<![\w]){p}(?!\w)" if p[0].isalnum() else rf"(?<!\w)(?:{p})" if p[0] in "([" else p)
        for p in [*load("menu_words.yaml").get(name, []), *own]
    )


@cache
def claims(language: str) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """(what is a claim, what supports it). The owner may have written the support in another language we know."""
    english = load("menu_words.yaml")
    found = []
    groups: dict[str, list[str]] = {}
    for each in ("en", *LISTED):
        for group, expressions in words(each)["claims"].items():
            groups.setdefault(group, []).extend(expressions)
    spoken = [english["claims"], words(language)["claims"]] if language in LISTED else [english["claims"]]
    for group, support in groups.items():
        own = [p for one in spoken for p in one.get(group, [])]
        if own:
            found.append((_any(own), _any(support)))
    return (*found, *((_any([p]), _any([p])) for p in english["claims_each"]))


def _any(expressions: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<!\w)(?:{p})" for p in expressions))
