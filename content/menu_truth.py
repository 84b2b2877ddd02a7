"""Does a caption say only what the menu and the owner say? Dishes, availability, prices, offers, claims,
links.

Pure. Food words are known in the languages of content.languages; names and prices are compared in any.
Findings about prices, dishes that are off, links and words the owner banned are certain. Findings about
dishes nobody listed, offers and claims come from word lists: they make the model write again, and only
warn a person.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rapidfuzz import fuzz

from content import money_text
from content.brief import Brief, Dish
from content.dish_names import Mention, dishes_in, fold, made_of_behind, stems, words_of
from content.dish_names import mentions as mentions_in
from content.languages import (
    claims,
    connectors,
    heads,
    is_dish,
    language_of,
    lexicon,
    patterns,
    varieties,
    words,
)

CERTAIN = {"price", "unavailable", "link", "avoid"}
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>()]+|\b[\w-]+\.(?:com|net|org|io|co|menu|restaurant|pizza|ly|me)(?:/[^\s<>()]*)?\b",
    re.I,
)
_PHONE = re.compile(r"(?<![\d$€£])(?:\+?\d[\d ()./-]{7,}\d)(?!\d)")
_HOURS = re.compile(
    r"\bopen(?:s|ed)?\b[^.!?\n]{0,20}?\b(?:until|till|til|from|at|daily|24)\b[^.!?\n]{0,15}?\d", re.I
)
_SENTENCE = re.compile(r"[^.!?\n]*(?:\.(?=\d)[^.!?\n]*)*[.!?\n]?")


@dataclass(frozen=True)
class Finding:
    """`code` is price | unavailable | off_menu | offer | claim | link | phone | hours | avoid; `found` the
    words meant.

    `should` is what would be true: a price, a name, or nothing.
    """

    code: str
    found: str
    should: str = ""

    @property
    def certain(self) -> bool:
        return self.code in CERTAIN


def check(text: str, brief: Brief, *, named: Iterable[str] = ()) -> list[Finding]:
    """Everything in `text` that the brief does not support. `named` are the dishes a model says it named."""
    menu = brief.menu or ((brief.dish,) if brief.dish else ())
    facts = fold(owners_words(brief))
    folded = fold(text)
    language = language_of(folded, brief.language)
    mentions = mentions_in(folded, menu, language)
    return list(
        dict.fromkeys(
            [
                *_prices(folded, mentions, menu, brief, facts, language),
                *_unavailable(mentions),
                *_off_menu(folded, mentions, menu, facts, brief, named, language),
                *_offers(folded, facts, language),
                *_claims(folded, mentions, menu, facts, language),
                *_contacts(text, folded, brief, language),
                *_avoided(folded, brief.brand.words_to_avoid),
            ]
        )
    )


def owners_words(brief: Brief) -> str:
    """What the owner said besides the menu: it supports claims, offers, links and prices."""
    brand = brief.brand
    return "\n".join((brand.description, brand.call_to_action, brief.occasion, brief.note, brief.text))


def _unavailable(mentions: Sequence[Mention]) -> list[Finding]:
    return [Finding("unavailable", m.dish.name) for m in mentions if not m.dish.available]


def _off_menu(
    folded: str,
    mentions: Sequence[Mention],
    menu: Sequence[Dish],
    facts: str,
    brief: Brief,
    named: Iterable[str],
    language: str,
) -> list[Finding]:
    findings = [
        Finding("off_menu", name.strip()[:80])
        for name in named
        if not _on_menu(name, menu) and fold(name) not in facts
    ]
    for idiom in words(language)["idioms"]:
        folded = folded.replace(idiom, " " * len(idiom))
    name = fold(brief.brand.name)
    # A name written as one word, as hashtags do, is still that name: “#KrustyPizza” is no pizza.
    together = [re.sub(r"\W", "", name), *(fold(tag.lstrip("#")) for tag in brief.brand.hashtags)]
    together += [re.sub(r"\W", "", fold(dish.name)) for dish in menu if dish.available]
    about = f"{facts} {fold(brief.brand.cuisine)} {name} {' '.join(together)}"
    known = {s for s, _, _ in stems(about, language)}
    texts = [words_of(dish, language) for dish in menu]
    tokens = stems(folded, language)
    for i, (word, start, end) in enumerate(tokens):
        if not is_dish(word, language):
            continue
        other = _of_another(word, start, end, folded, mentions, language)
        if other and other not in about:  # the restaurant's own name may be made of such words
            findings.append(Finding("off_menu", other))
            continue
        if any(m.start <= start < m.end for m in mentions):
            continue
        if (
            i + 1 < len(tokens)
            and is_dish(tokens[i + 1][0], language)
            and folded[end : tokens[i + 1][1]].isspace()
        ):
            continue  # “chicken wings”: the last word is the dish, this one qualifies it
        first, last = _qualified(tokens, i, folded, language)
        wanted = {t[0] for t in tokens[first : last + 1] if t[0] not in connectors(language)}
        if word in known and wanted <= known:
            continue
        if not any(_served(wanted, text, language) for text in texts):
            findings.append(Finding("off_menu", folded[tokens[first][1] : tokens[last][2]]))
    return findings


def _of_another(
    word: str, start: int, end: int, folded: str, mentions: Sequence[Mention], language: str
) -> str:
    """“margherita burger”: a dish's name before a word for another dish, in languages that put the dish last."""
    if language not in ("en", "de"):
        return ""
    for m in mentions:
        if m.end < start and folded[m.end : start] in (" ", "-") and word not in words_of(m.dish, language):
            return folded[m.start : end]
    return ""


def _qualified(
    tokens: Sequence[tuple[str, int, int]], at: int, folded: str, language: str
) -> tuple[int, int]:
    """First and last token of a dish with what it is made of: “lobster roll”, “tacos de pollo”."""
    ingredients = lexicon("ingredients", language) | varieties(language)
    first = last = at
    while (
        first > 0
        and tokens[first - 1][0] in ingredients
        and folded[tokens[first - 1][2] : tokens[first][1]] in (" ", "-")
    ):
        first -= 1
    made_of = made_of_behind(tokens, at, folded, language)
    return first, last if made_of is None else made_of


def _served(wanted: set[str], text: set[str], language: str) -> bool:
    """Do the words of a menu item cover these? “Suppe” alone may stand for the menu's “Kartoffelsuppe”."""
    return all(
        word in text or (word in heads(language) and any(each.endswith(word) for each in text))
        for word in wanted
    )


def _on_menu(name: str, menu: Sequence[Dish]) -> bool:
    folded = fold(name)
    if dishes_in(name, menu):
        return True
    return any(fuzz.token_set_ratio(folded, fold(dish.name)) >= 88 for dish in menu)


# --- prices --------------------------------------------------------------------------------------


def _prices(
    folded: str,
    mentions: Sequence[Mention],
    menu: Sequence[Dish],
    brief: Brief,
    facts: str,
    language: str,
) -> list[Finding]:
    findings = []
    allowed = {(a.value, a.currencies) for a in money_text.amounts(facts)}
    offers = [m.span() for pattern in patterns("offers", language) for m in pattern.finditer(folded)]
    before = 0
    for amount in money_text.amounts(folded):
        promised = any(start <= amount.start < end for start, end in offers)
        in_a_name = any(m.start <= amount.start < m.end for m in mentions)  # “The $5 Burger”
        if promised or in_a_name or (amount.value, amount.currencies) in allowed:
            continue
        dishes = _meant(amount, before, folded, mentions, menu) or (
            [brief.dish] if brief.dish else list(menu)
        )
        before = amount.end
        if not any(_is_price(amount, dish) for dish in dishes):
            findings.append(Finding("price", amount.text, _right_price(dishes)))
    return findings


def _right_price(dishes: Sequence[Dish]) -> str:
    """What it should say, where one dish is meant and its price is known."""
    if len(dishes) != 1 or dishes[0].price is None:
        return ""
    return f"{dishes[0].name}: {money_text.price_text(dishes[0].price, dishes[0].currency)}"


def _meant(
    amount: money_text.Amount, before: int, folded: str, mentions: Sequence[Mention], menu: Sequence[Dish]
) -> list[Dish]:
    """Whose price this is: the last dish named since the previous price in the sentence, else the next one.

    Several where one name stands in several sections, or where the sentence names none.
    """
    sentence = next(
        (m.span() for m in _SENTENCE.finditer(folded) if m.start() <= amount.start < m.end()),
        (0, len(folded)),
    )
    inside = [m for m in mentions if sentence[0] <= m.start < sentence[1]]
    ahead = [m for m in inside if before <= m.start < amount.start]
    after = [m for m in inside if m.start >= amount.end]
    earlier = [m for m in inside if m.start < amount.start]
    nearest = ahead[-1:] or after[:1] or earlier[-1:]
    if nearest:
        same = fold(nearest[0].dish.name)
        return [nearest[0].dish, *(d for d in menu if fold(d.name) == same and d != nearest[0].dish)]
    return list(dict.fromkeys(m.dish for m in mentions))


def _is_price(amount: money_text.Amount, dish: Dish) -> bool:
    if dish.price is None:
        return False
    return amount.value == Decimal(dish.price) and (
        not amount.currencies or dish.currency in amount.currencies
    )


# --- promises, claims, contacts ------------------------------------------------------------------


def _offers(folded: str, facts: str, language: str) -> list[Finding]:
    findings = []
    said = _digits(facts)
    for pattern in patterns("offers", language):
        for match in pattern.finditer(folded):
            supported = pattern.search(facts) and _digits(match.group()) <= said
            if not supported:
                findings.append(Finding("offer", match.group()))
    return findings


def _digits(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def _claims(
    folded: str, mentions: Sequence[Mention], menu: Sequence[Dish], facts: str, language: str
) -> list[Finding]:
    """A claim needs support from the dishes named; where none is named, from any dish that is on."""
    dishes = [m.dish for m in mentions] or [dish for dish in menu if dish.available]
    support = fold("\n".join(f"{d.name} {d.description} {d.section}" for d in dishes)) + "\n" + facts
    outside = _blank(folded, mentions)  # a claim inside a dish's own name (“Vegan bowl”) is the menu's
    findings = []
    for claim, supports in claims(language):
        match = claim.search(outside)
        if match and not (supports.search(support) and _digits(match.group()) <= _digits(support)):
            findings.append(Finding("claim", match.group()))
    return findings


def _blank(folded: str, mentions: Sequence[Mention]) -> str:
    for m in mentions:
        folded = folded[: m.start] + " " * (m.end - m.start) + folded[m.end :]
    return folded


def _contacts(text: str, folded: str, brief: Brief, language: str) -> list[Finding]:
    facts = "\n".join((*brief.brand.links, owners_words(brief))).casefold()
    findings = [
        Finding("link", m.group())
        for m in _URL.finditer(text)
        if not any(
            _host_path(m.group()) == _host_path(link) for link in [*brief.brand.links, *_URL.findall(facts)]
        )
    ]
    digits = re.sub(r"\D", "", facts)
    findings += [
        Finding("phone", m.group().strip())
        for m in _PHONE.finditer(text)
        if re.sub(r"\D", "", m.group()) not in digits
    ]
    findings += [
        Finding("hours", m.group().strip())
        for m in (m for pattern in (_HOURS, *patterns("hours", language)) for m in pattern.finditer(folded))
        if not _digits(m.group()) <= _digits(facts)
    ]
    return findings


def contacts(text: str) -> list[Finding]:
    """Links and phone numbers, where none at all belongs."""
    found = [Finding("link", m.group()) for m in _URL.finditer(text)]
    return found + [Finding("phone", m.group().strip()) for m in _PHONE.finditer(text)]


def _host_path(link: str) -> str:
    link = re.sub(r"^https?://", "", link.casefold()).removeprefix("www.")
    return link.rstrip("/.,!?")


def _avoided(folded: str, words: Iterable[str]) -> list[Finding]:
    return [
        Finding("avoid", word)
        for word in words
        if word.strip() and re.search(rf"(?<!\w){re.escape(fold(word.strip()))}(?!\w)", folded)
    ]
