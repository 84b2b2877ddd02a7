"""A small PDF writer: one embedded typeface in two weights, text, lines and boxes on A4 pages. No dependency.

Letters of Latin, Greek and Cyrillic scripts; other Latin letters lose their accents, other scripts become
question marks, and the page in the browser shows them all. Text can be searched and copied (ToUnicode).
"""

from __future__ import annotations

import unicodedata
import zlib
from dataclasses import dataclass, field

from posting.analytics.typeface import Typeface, typeface

WIDTH, HEIGHT = 595, 842  # A4 in points
_FACES = ("DejaVuSansCondensed", "DejaVuSansCondensed-Bold")

Colour = tuple[float, float, float]
INK: Colour = (0.13, 0.11, 0.09)
QUIET: Colour = (0.42, 0.39, 0.35)
ACCENT: Colour = (0.09, 0.38, 0.25)
GROUND: Colour = (0.94, 0.93, 0.90)


def lettered(text: str) -> str:
    """The text in letters that the typeface has."""
    found = []
    for letter in unicodedata.normalize("NFC", text):
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
    return letter.isprintable() and typeface(_FACES[0]).glyph(letter) is not None


def _glyphs(text: str, face: Typeface) -> list[int]:
    return [face.glyph(letter) or 0 for letter in text]


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Points that a line takes."""
    face = typeface(_FACES[bold])
    return sum(face.width(glyph) for glyph in _glyphs(lettered(text), face)) * size / 1000


def fitted(text: str, size: float, most: float, *, bold: bool = False) -> str:
    """As much of one line as fits, with three dots when something is left out."""
    line = " ".join(lettered(text).split())
    if width(line, size, bold=bold) <= most:
        return line
    while line and width(line + "…", size, bold=bold) > most:
        line = line[:-1]
    return line.rstrip() + "…"


@dataclass
class Page:
    """Places are from the upper left corner, in points."""

    _parts: list[str] = field(default_factory=list)
    _used: tuple[dict[int, str], dict[int, str]] = field(default_factory=lambda: ({}, {}))

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
        line, face = lettered(text), typeface(_FACES[bold])
        at = x - width(line, size, bold=bold) if right else x
        glyphs = _glyphs(line, face)
        self._used[bold].update(zip(glyphs, line, strict=True))
        shown = "".join(f"{glyph:04x}" for glyph in glyphs)
        self._parts.append(
            f"BT {_rgb(colour)} rg /F{2 if bold else 1} {size:g} Tf {at:.1f} {HEIGHT - y:.1f} Td <{shown}> Tj ET"
        )

    def box(self, x: float, y: float, wide: float, high: float, *, colour: Colour) -> None:
        self._parts.append(f"{_rgb(colour)} rg {x:.1f} {HEIGHT - y - high:.1f} {wide:.1f} {high:.1f} re f")

    def body(self) -> bytes:
        return "\n".join(self._parts).encode("ascii")


def _rgb(colour: Colour) -> str:
    return " ".join(f"{part:.2f}" for part in colour)


def document(pages: list[Page], *, title: str) -> bytes:
    """The file: catalogue, pages, two fonts of the letters used, title. PDF 1.4, which everything reads."""
    named = ("\ufeff" + title).encode("utf-16-be").hex()
    first_font, each = 4, 5  # objects of a font
    first_page = first_font + each * len(_FACES)
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        f"<< /Title <{named}> /Producer (Social Automation) >>".encode(),
    ]
    for place, name in enumerate(_FACES):
        used = {glyph: letter for page in pages for glyph, letter in page._used[place].items()}
        objects += _font(typeface(name), name, used, first_font + each * place)
    for number, page in enumerate(pages):
        objects.append(
            (
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Resources << /Font"
                f" << /F1 {first_font} 0 R /F2 {first_font + each} 0 R >> >>"
                f" /Contents {first_page + 1 + 2 * number} 0 R >>"
            ).encode()
        )
        objects.append(_stream(page.body()))
    return _file(objects)


def _font(face: Typeface, name: str, used: dict[int, str], number: int) -> list[bytes]:
    """A composite font with its glyphs by their own numbers (ISO 32000-1, 9.7), in five objects."""
    tagged = f"SAREPT+{name}"  # six capitals: a subset
    widths = " ".join(f"{glyph} [{face.width(glyph)}]" for glyph in sorted(used))
    box = " ".join(str(part) for part in face.box)
    program = face.subset(used)
    return [
        (
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{tagged} /Encoding /Identity-H"
            f" /DescendantFonts [{number + 1} 0 R] /ToUnicode {number + 4} 0 R >>"
        ).encode(),
        (
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{tagged} /CIDToGIDMap /Identity"
            f" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
            f" /FontDescriptor {number + 2} 0 R /DW 1000 /W [{widths}] >>"
        ).encode(),
        (
            f"<< /Type /FontDescriptor /FontName /{tagged} /Flags 4 /FontBBox [{box}] /ItalicAngle 0"
            f" /Ascent {face.ascent} /Descent {face.descent} /CapHeight 729 /StemV 80"
            f" /FontFile2 {number + 3} 0 R >>"
        ).encode(),
        _stream(program, f" /Length1 {len(program)}"),
        _stream(_to_unicode(used)),
    ]


def _to_unicode(used: dict[int, str]) -> bytes:
    """Which letter each glyph is, for whoever copies or searches; a hundred a block is the most."""
    pairs = [f"<{glyph:04x}> <{ord(letter):04x}>" for glyph, letter in sorted(used.items())]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        "/CMapName /Letters def /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{body}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end"
    ).encode("ascii")


def _stream(body: bytes, more: str = "") -> bytes:
    packed = zlib.compress(body, 9)
    head = f"<< /Length {len(packed)} /Filter /FlateDecode{more} >>\nstream\n".encode()
    return head + packed + b"\nendstream"


def _file(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)
