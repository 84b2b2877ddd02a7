"""Amounts of money in running text, and how a price is written. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

SYMBOLS = {
    "$": frozenset({"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"JPY", "CNY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₺": frozenset({"TRY"}),
    "zł": frozenset({"PLN"}),
    "kr": frozenset({"SEK", "NOK", "DKK"}),
    "r$": frozenset({"BRL"}),
}
_SIGN_OF = {
    "USD": "$",
    "CAD": "$",
    "AUD": "$",
    "NZD": "$",
    "MXN": "$",
    "EUR": "€",
    "GBP": "£",
    "JPY": "¥",
    "CNY": "¥",
    "INR": "₹",
}
_NAMES = {
    "dollar": SYMBOLS["$"],
    "buck": SYMBOLS["$"],
    "euro": SYMBOLS["€"],
    "pound": SYMBOLS["£"],
    "quid": SYMBOLS["£"],
    "yen": frozenset({"JPY"}),
    "rupee": SYMBOLS["₹"],
    "peso": frozenset({"MXN", "ARS", "CLP", "COP"}),
}
_CODES = "usd|eur|gbp|cad|aud|nzd|chf|jpy|mxn|inr|sek|nok|dkk|pln|brl"
_NUMBER = r"\d{1,3}(?:[,.'\u00a0 ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_SIGN = r"r\$|[$€£¥₹₩₺]"
_AFTER = rf"[€£₹₩₺$]|(?:zł|kr|{_CODES})\b|(?:dollar|buck|euro|pound|quid|yen|rupee|peso)s?\b"
_PATTERN = re.compile(
    rf"(?P<sign>{_SIGN}|\b(?:{_CODES}))\s?(?P<n1>{_NUMBER})(?!\d)"
    rf"|(?<![\d.,])(?P<n2>{_NUMBER})\s?(?P<after>{_AFTER})"
    r"|\b(?:for|only|just)\s(?P<n3>\d{1,3}[.,]\d{2})"
    rf"(?![\d:]|[.,]\d|\s?(?:am|pm|h\b|kg|km|mi\b|%|{_AFTER}))",
    re.IGNORECASE,
)
_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = {
    w: 10 * (i + 2)
    for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_TENS_WORDS, _ONES_WORDS = "|".join(_TENS), "|".join(_UNITS[1:10])
_SMALL_WORDS = "|".join(sorted(_UNITS[1:], key=len, reverse=True))
_WORDED = re.compile(
    rf"\b(?P<words>(?:{_TENS_WORDS})(?:[- ](?:{_ONES_WORDS}))?|{_SMALL_WORDS})"
    r"[- ](?P<unit>dollar|buck|euro|pound|quid)s?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """`currencies` is empty when the text does not say which; `start`/`end` are offsets in the text."""

    value: Decimal
    currencies: frozenset[str]
    text: str
    start: int
    end: int


def amounts(text: str) -> Iterator[Amount]:
    """Every amount of money in `text`, in order: “$12.50”, “12,50 €”, “USD 12”, “twelve dollars”..."""
    found = []
    for m in _PATTERN.finditer(text):
        number = m["n1"] or m["n2"] or m["n3"]
        mark = (m["sign"] or m["after"] or "").casefold()
        found.append(Amount(_value(number), _currencies(mark), m.group().strip(), m.start(), m.end()))
    found += [
        Amount(Decimal(_worded(m["words"])), _NAMES[m["unit"].casefold()], m.group(), m.start(), m.end())
        for m in _WORDED.finditer(text)
    ]
    return iter(sorted(found, key=lambda a: a.start))


def price_text(price: Decimal, currency: str) -> str:
    """“$12.50”, “12.50 CHF”; whole amounts without decimals."""
    number = f"{price:,.2f}".removesuffix(".00")
    sign = _SIGN_OF.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"


def _value(number: str) -> Decimal:
    number = re.sub(r"['\u00a0 ]", "", number)
    if re.search(r"[.,]\d{1,2}$", number):  # the last mark is the decimal one
        whole, part = re.sub(r"[.,](\d{1,2})$", r" \1", number).split(" ")
        return Decimal(re.sub(r"[.,]", "", whole) + "." + part)
    return Decimal(re.sub(r"[.,]", "", number))


def _currencies(mark: str) -> frozenset[str]:
    if mark in SYMBOLS:
        return SYMBOLS[mark]
    if mark.upper() in {c.upper() for c in _CODES.split("|")}:
        return frozenset({mark.upper()})
    return _NAMES.get(mark.removesuffix("s"), frozenset())


def _worded(words: str) -> int:
    total = 0
    for word in re.split(r"[- ]", words.casefold()):
        total += _TENS[word] if word in _TENS else _UNITS.index(word)
    return total
