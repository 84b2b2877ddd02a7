"""Does a caption say only what the menu and the owner say? Dishes, availability, prices, offers, claims,
links.

Pure. The knowledge of food words is English (data/menu_words.yaml); names and prices are compared in any
language. Findings about prices, dishes that are off, links and words the owner banned are certain. Findings
about dishes nobody listed, offers and claims come from word lists: they make the model write again, and only
warn a person.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from rapidfuzz import fuzz

from content import money_text
from content.brief import Brief, Dish
from content.data import load
from content.dish_names import Mention, dishes_in, fold, lexicon, stems, words_of
from content.dish_names import mentions as mentions_in

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
    mentions = mentions_in(folded, menu)
    return list(
        dict.fromkeys(
            [
                *_prices(folded, mentions, menu, brief, facts),
                *_unavailable(mentions),
                *_off_menu(folded, mentions, menu, facts, brief, named),
                *_offers(folded, facts),
                *_claims(folded, mentions, menu, facts),
                *_contacts(text, brief),
                *_avoided(folded, brief.brand.words_to_avoid),
            ]
        )
    )


def owners_words(brief: Brief) -> str:
    """What the owner said besides the menu: it supports claims, offers, links and prices."""
    brand = brief.brand
    return "\n".join((brand.description, brand.call_to_action, brief.occasion, brief.note, brief.text))


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(rf"(?<![\w]){p}(?!\w)" if p[0].isalnum() else p) for p in load("menu_words.yaml")[name]
    )


@cache
def _claim_patterns() -> tuple[re.Pattern[str], ...]:
    words = load("menu_words.yaml")
    groups = [*words["claims"].values(), *([pattern] for pattern in words["claims_each"])]
    return tuple(re.compile("|".join(rf"(?<!\w)(?:{p})" for p in patterns)) for patterns in groups)


def _unavailable(mentions: Sequence[Mention]) -> list[Finding]:
    return [Finding("unavailable", m.dish.name) for m in mentions if not m.dish.available]


def _off_menu(
    folded: str,
    mentions: Sequence[Mention],
    menu: Sequence[Dish],
    facts: str,
    brief: Brief,
    named: Iterable[str],
) -> list[Finding]:
    findings = [
        Finding("off_menu", name.strip()[:80])
        for name in named
        if not _on_menu(name, menu) and fold(name) not in facts
    ]
    for idiom in load("menu_words.yaml")["idioms"]:
        folded = folded.replace(idiom, " " * len(idiom))
    known = {s for s, _, _ in stems(f"{facts} {fold(brief.brand.cuisine)} {fold(brief.brand.name)}")}
    texts = [words_of(dish) for dish in menu]
    ingredients, dishes = lexicon("ingredients"), lexicon("dishes") | lexicon("drinks")
    tokens = stems(folded)
    for i, (word, start, end) in enumerate(tokens):
        if word not in dishes or any(m.start <= start < m.end for m in mentions) or word in known:
            continue
        if i + 1 < len(tokens) and tokens[i + 1][0] in dishes and folded[end : tokens[i + 1][1]].isspace():
            continue  # “chicken wings”: the last word is the dish, this one qualifies it
        j = i
        while (
            j > 0
            and tokens[j - 1][0] in ingredients
            and folded[tokens[j - 1][2] : tokens[j][1]] in (" ", "-")
        ):
            j -= 1
        wanted = {t[0] for t in tokens[j : i + 1]}
        if not any(wanted <= text for text in texts):
            findings.append(Finding("off_menu", folded[tokens[j][1] : end]))
    return findings


def _on_menu(name: str, menu: Sequence[Dish]) -> bool:
    folded = fold(name)
    if dishes_in(name, menu):
        return True
    return any(fuzz.token_set_ratio(folded, fold(dish.name)) >= 88 for dish in menu)


# --- prices --------------------------------------------------------------------------------------


def _prices(
    folded: str, mentions: Sequence[Mention], menu: Sequence[Dish], brief: Brief, facts: str
) -> list[Finding]:
    findings = []
    allowed = {(a.value, a.currencies) for a in money_text.amounts(facts)}
    offers = [m.span() for pattern in _patterns("offers") for m in pattern.finditer(folded)]
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


def _offers(folded: str, facts: str) -> list[Finding]:
    findings = []
    said = _digits(facts)
    for pattern in _patterns("offers"):
        for match in pattern.finditer(folded):
            supported = pattern.search(facts) and _digits(match.group()) <= said
            if not supported:
                findings.append(Finding("offer", match.group()))
    return findings


def _digits(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))


def _claims(folded: str, mentions: Sequence[Mention], menu: Sequence[Dish], facts: str) -> list[Finding]:
    """A claim needs support from the dishes named; where none is named, from any dish that is on."""
    dishes = [m.dish for m in mentions] or [dish for dish in menu if dish.available]
    support = fold("\n".join(f"{d.name} {d.description} {d.section}" for d in dishes)) + "\n" + facts
    outside = _blank(folded, mentions)  # a claim inside a dish's own name (“Vegan bowl”) is the menu's
    findings = []
    for pattern in _claim_patterns():
        match = pattern.search(outside)
        if match and not (pattern.search(support) and _digits(match.group()) <= _digits(support)):
            findings.append(Finding("claim", match.group()))
    return findings


def _blank(folded: str, mentions: Sequence[Mention]) -> str:
    for m in mentions:
        folded = folded[: m.start] + " " * (m.end - m.start) + folded[m.end :]
    return folded


def _contacts(text: str, brief: Brief) -> list[Finding]:
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
        for m in _HOURS.finditer(text)
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
