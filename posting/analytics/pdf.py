"""A small PDF writer: one font family that every reader has, text, lines and boxes on A4 pages. No dependency.

The built-in Helvetica knows the letters of Western Europe (WinAnsi, ISO 32000-1 annex D). Other Latin letters
lose their accents, other scripts become question marks; the page in the browser shows them all.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

WIDTH, HEIGHT = 595, 842  # A4 in points
# Helvetica's widths of the printable ASCII characters, in thousandths (Adobe's AFM file).
_WIDTHS = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278"
    " 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667"
    " 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556"
    " 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_ASCII = [int(width) for width in _WIDTHS.split()]

Colour = tuple[float, float, float]
INK: Colour = (0.13, 0.11, 0.09)
QUIET: Colour = (0.42, 0.39, 0.35)
ACCENT: Colour = (0.09, 0.38, 0.25)
GROUND: Colour = (0.94, 0.93, 0.90)


def latin(text: str) -> str:
    """The text in letters that the font has."""
    found = []
    for letter in text:
        if _has(letter):
            found.append(letter)
            continue
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if _has(part))
        if plain:
            found.append(plain)
        elif unicodedata.category(letter)[0] in "LN":
            found.append("?")
    return "".join(found)


def _has(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return letter.isprintable()


def width(text: str, size: float) -> float:
    """Points that a line takes; letters beyond ASCII count as an average one."""
    return sum(_ASCII[ord(c) - 32] if 32 <= ord(c) < 127 else 556 for c in latin(text)) * size / 1000


def fitted(text: str, size: float, most: float) -> str:
    """As much of one line as fits, with three dots when something is left out."""
    line = " ".join(latin(text).split())
    if width(line, size) <= most:
        return line
    while line and width(line + "...", size) > most:
        line = line[:-1]
    return line.rstrip() + "..."


@dataclass
class Page:
    """Places are from the upper left corner, in points."""

    _parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10,
        bold: bool = False,
        colour: Colour = INK,
        right: bool = False,
    ) -> None:
        line = latin(text)
        at = x - width(line, size) if right else x
        safe = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self._parts.append(
            f"BT {_rgb(colour)} rg /F{2 if bold else 1} {size:g} Tf {at:.1f} {HEIGHT - y:.1f} Td ({safe}) Tj ET"
        )

    def box(self, x: float, y: float, wide: float, high: float, *, colour: Colour) -> None:
        self._parts.append(f"{_rgb(colour)} rg {x:.1f} {HEIGHT - y - high:.1f} {wide:.1f} {high:.1f} re f")

    def body(self) -> bytes:
        return "\n".join(self._parts).encode("cp1252")


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.2f}" for part in colour)


def document(pages: list[Page], *, title: str) -> bytes:
    """The file: catalogue, pages, two fonts, title. Written for PDF 1.4, which everything reads."""
    kids = " ".join(f"{6 + 2 * number} 0 R" for number in range(len(pages)))
    named = ("\ufeff" + title).encode("utf-16-be").hex()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
        f"<< /Title <{named}> /Producer (Social Automation) >>".encode(),
    ]
    for number, page in enumerate(pages):
        body = page.body()
        objects.append(
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]"
                f" /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {7 + 2 * number} 0 R >>"
            ).encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n" % len(body) + body + b"\nendstream")
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)
