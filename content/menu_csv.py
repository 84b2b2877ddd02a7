"""A menu as CSV: read with an error per line, nothing stored here. Pure.

Columns, in any order and by these or similar names: section, name, description, price, currency, allergens,
available. Only name is required. The separator (comma, semicolon or tab) and a byte order mark are
recognised.
"""

import csv
import io
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

MOST_LINES = 1000
MOST_BYTES = 1_000_000
COLUMNS = {
    "section": {"section", "category", "group", "course", "menu section"},
    "name": {"name", "item", "dish", "title", "item name", "dish name"},
    "description": {"description", "details", "text", "ingredients"},
    "price": {"price", "cost", "amount"},
    "currency": {"currency"},
    "allergens": {"allergens", "allergy", "contains"},
    "available": {"available", "availability", "active", "in stock"},
}
_NO = {"no", "n", "false", "0", "off", "86", "unavailable", "sold out"}
_YES = {"", "yes", "y", "true", "1", "on", "x", "available"}
_SIGNS = {"$": "", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}


@dataclass
class Line:
    """One data line: `number` as a spreadsheet shows it (the heading is 1). Good when `errors` is empty."""

    number: int
    section: str = ""
    name: str = ""
    description: str = ""
    price: Decimal | None = None
    currency: str = ""
    allergens: list[str] = field(default_factory=list)
    available: bool = True
    errors: list[str] = field(default_factory=list)


class Unreadable(ValueError):
    """The file as a whole is no menu; the sentence says why."""


def read(data: bytes, *, currency: str) -> list[Line]:
    """Every data line of the file. Raises Unreadable when it is no CSV, has no names or is too large."""
    if len(data) > MOST_BYTES:
        raise Unreadable(_("This file is larger than 1 MB. Split the menu into smaller files."))
    text = _decode(data)
    rows = list(csv.reader(io.StringIO(text), _dialect(text)))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise Unreadable(_("This file is empty."))
    columns = _columns(rows[0])
    if "name" not in columns:
        raise Unreadable(
            _("The first line must name the columns, and one of them must be “name”. Ours are: %(columns)s.")
            % {"columns": ", ".join(COLUMNS)}
        )
    if len(rows) - 1 > MOST_LINES:
        raise Unreadable(_("At most %(max)d dishes fit in one file.") % {"max": MOST_LINES})
    lines = [_line(number, row, columns, currency) for number, row in enumerate(rows[1:], start=2)]
    _twice(lines)
    return lines


def _decode(data: bytes) -> str:
    if b"\x00" in data:
        raise Unreadable(_("This is not a text file. In your spreadsheet choose “Save as CSV”."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # what older spreadsheets write


def _dialect(text: str) -> type[csv.Dialect]:
    head = text.splitlines()[0] if text.splitlines() else ""

    class Dialect(csv.excel):
        delimiter = max(",;\t", key=head.count)

    return Dialect


def _columns(heading: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, title in enumerate(heading):
        word = " ".join(title.replace("_", " ").casefold().split())
        for name, titles in COLUMNS.items():
            if word in titles:
                found.setdefault(name, place)
    return found


def _line(number: int, row: list[str], columns: dict[str, int], currency: str) -> Line:
    def cell(name: str) -> str:
        place = columns.get(name)
        return " ".join(row[place].split()) if place is not None and place < len(row) else ""

    line = Line(number, cell("section"), cell("name"), cell("description"), currency=currency)
    limits = (("section", 80), ("name", 120), ("description", 1000))
    if not line.name:
        line.errors.append(_("The name is missing."))
    line.errors += [
        _("“%(column)s” is longer than %(max)d characters.") % {"column": name, "max": limit}
        for name, limit in limits
        if len(getattr(line, name)) > limit
    ]
    _price(line, cell("price"), cell("currency"))
    line.allergens = [
        part.strip()[:300] for part in cell("allergens").replace(";", ",").split(",") if part.strip()
    ]
    word = cell("available").casefold()
    line.available = word not in _NO
    if word not in _NO | _YES:
        line.errors.append(_("“%(word)s” is neither yes nor no for available.") % {"word": word})
    return line


def _price(line: Line, price: str, currency: str) -> None:
    for sign, code in _SIGNS.items():
        if sign in price:
            price = price.replace(sign, "")
            line.currency = code or line.currency
    if currency:
        line.currency = currency.upper()
    if len(line.currency) != 3 or not line.currency.isalpha():
        line.errors.append(_("“%(currency)s” is no currency code such as USD.") % {"currency": line.currency})
    price = price.replace(" ", "")
    if not price:
        return
    if "," in price and "." not in price:
        price = price.replace(",", ".")
    try:
        value = Decimal(price.replace(",", ""))
    except InvalidOperation:
        line.errors.append(_("“%(price)s” is not a price.") % {"price": price})
        return
    if not value.is_finite() or value < 0 or value >= 100_000_000 or value != value.quantize(Decimal("0.01")):
        line.errors.append(_("“%(price)s” is not a price.") % {"price": price})
        return
    line.price = value.quantize(Decimal("0.01"))


def _twice(lines: list[Line]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for line in lines:
        if not line.name:
            continue
        first = seen.setdefault((line.section.casefold(), line.name.casefold()), line.number)
        if first != line.number:
            line.errors.append(_("The same dish is already in line %(line)d.") % {"line": first})
