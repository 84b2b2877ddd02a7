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
    "dolare": SYMBOLS["$"],  # dólares
    "dollari": SYMBOLS["$"],
    "franken": frozenset({"CHF"}),
    "franc": frozenset({"CHF"}),
    "livre": SYMBOLS["£"],
    "sterline": SYMBOLS["£"],
}
_CODES = "usd|eur|gbp|cad|aud|nzd|chf|jpy|mxn|inr|sek|nok|dkk|pln|brl"
_NUMBER = r"\d{1,3}(?:[,.'\u00a0 ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_SIGN = r"r\$|[$€£¥₹₩₺]"
_UNITS_SAID = "|".join(sorted(_NAMES, key=len, reverse=True))
_AFTER = rf"[€£₹₩₺$]|(?:zł|kr|{_CODES})\b|(?:{_UNITS_SAID})s?\b"
_PATTERN = re.compile(
    rf"(?P<sign>{_SIGN}|\b(?:{_CODES}))\s?(?P<n1>{_NUMBER})(?!\d)"
    rf"|(?<![\d.,])(?P<n2>{_NUMBER})\s?(?P<after>{_AFTER})"
    r"(?:,? (?:and |und |y |con |et |e )?(?P<cents>\d{2})(?: ?(?:cents?|c\b|pence|p\b|centimes?|centimos?|centesimi)))?"
    r"|\b(?:for|only|just|nur|fur|für|solo|por|pour|seulement|soli)\s(?P<n3>\d{1,3}[.,]\d{2})"
    rf"(?![\d:]|[.,]\d|\s?(?:am|pm|h\b|uhr|ore\b|horas|kg|km|mi\b|%|{_AFTER}))",
    re.IGNORECASE,
)
# Amounts in words, 1 to 20 and the tens, without accents; tens and ones are put together in English only.
_SMALL = {
    "en": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty",
    "de": "ein zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn siebzehn"
    " achtzehn neunzehn zwanzig",
    "es": "un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete"
    " dieciocho diecinueve veinte",
    "fr": "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"
    " dix-neuf vingt",
    "it": "un due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici sedici"
    " diciassette diciotto diciannove venti",
}
_TENS = {
    "en": "thirty forty fifty sixty seventy eighty ninety",
    "de": "dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "es": "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "it": "trenta quaranta cinquanta sessanta settanta ottanta novanta",
}
_COUNTED = {word: n for text in _SMALL.values() for n, word in enumerate(text.split(), 1)} | {
    word: 10 * n for text in _TENS.values() for n, word in enumerate(text.split(), 3)
}
_ONES_WORDS = "|".join(_SMALL["en"].split()[:9])
_TENS_WORDS = "|".join(["twenty", *_TENS["en"].split()])
_ALONE = "|".join(sorted(_COUNTED, key=len, reverse=True))
_WORDED = re.compile(
    rf"\b(?P<words>(?:{_TENS_WORDS})[- ](?:{_ONES_WORDS})|{_ALONE})"
    rf"[- ](?P<unit>dollar|dolare|dollari|buck|euro|pound|quid|franken|franc|livre|sterline|peso)s?\b",
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
        value = _value(number) + Decimal(m["cents"] or 0) / 100
        found.append(Amount(value, _currencies(mark), m.group().strip(), m.start(), m.end()))
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
    words = words.casefold()
    if words in _COUNTED:
        return _COUNTED[words]
    return sum(_COUNTED[word] for word in re.split(r"[- ]", words))
