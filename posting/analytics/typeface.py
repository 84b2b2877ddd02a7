"""A TrueType file as a PDF needs it: which glyph a letter has, how wide it is, and the file with only those used.

Reads what pdf.py uses and no more (OpenType 1.9: cmap format 4, hmtx, loca, glyf). The files in fonts/ are ours
to ship (fonts/LICENSE.txt) and hold Latin, Greek and Cyrillic letters; scripts whose letters join or stack need
more than glyphs in a row.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
_KEPT = (b"head", b"hhea", b"maxp", b"hmtx", b"loca", b"glyf")
# Flags of a composite glyph's parts: words instead of bytes, more parts follow, sizes of the scale.
_WORDS, _SCALE, _MORE, _XY_SCALE, _TWO_BY_TWO = 0x1, 0x8, 0x20, 0x40, 0x80


class Typeface:
    """One font file. `units` to the em; all widths are in thousandths of the size."""

    def __init__(self, file: bytes) -> None:
        self._tables: dict[bytes, bytes] = {}
        for number in range(struct.unpack_from(">H", file, 4)[0]):
            tag, _sum, start, size = struct.unpack_from(">4sLLL", file, 12 + 16 * number)
            self._tables[tag] = file[start : start + size]
        head, hhea = self._tables[b"head"], self._tables[b"hhea"]
        self.units: int = struct.unpack_from(">H", head, 18)[0]
        self.box: tuple[int, ...] = tuple(self._scaled(part) for part in struct.unpack_from(">4h", head, 36))
        self.ascent, self.descent = (self._scaled(part) for part in struct.unpack_from(">2h", hhea, 4))
        count = struct.unpack_from(">H", self._tables[b"maxp"], 4)[0]
        metrics = struct.unpack_from(">H", hhea, 34)[0]
        pairs = struct.unpack_from(f">{2 * metrics}H", self._tables[b"hmtx"])
        self._widths = [*pairs[::2], *[pairs[-2]] * (count - metrics)]
        long = struct.unpack_from(">h", head, 50)[0]
        places = struct.unpack_from(f">{count + 1}{'L' if long else 'H'}", self._tables[b"loca"])
        self._places = places if long else tuple(2 * place for place in places)
        self._glyphs = _letters(self._tables[b"cmap"])

    def glyph(self, letter: str) -> int | None:
        """The number of the letter's shape; None when this face has none."""
        return self._glyphs.get(ord(letter))

    def width(self, glyph: int) -> int:
        return self._scaled(self._widths[glyph])

    def subset(self, glyphs: Iterable[int]) -> bytes:
        """The file with the shapes of these glyphs alone; numbers stay, the others become empty."""
        wanted = self._with_parts({0, *glyphs})
        shapes, places = bytearray(), []
        for glyph in range(len(self._places) - 1):
            places.append(len(shapes))
            if glyph in wanted:
                shape = self._shape(glyph)
                shapes += shape + bytes(-len(shape) % 4)
        places.append(len(shapes))
        head = bytearray(self._tables[b"head"])
        struct.pack_into(">h", head, 50, 1)  # long places
        made = self._tables | {
            b"head": bytes(head),
            b"loca": struct.pack(f">{len(places)}L", *places),
            b"glyf": bytes(shapes),
        }
        return _file({tag: made[tag] for tag in sorted(_KEPT)})

    def _shape(self, glyph: int) -> bytes:
        return self._tables[b"glyf"][self._places[glyph] : self._places[glyph + 1]]

    def _with_parts(self, glyphs: set[int]) -> set[int]:
        """An "é" is made of an "e" and an accent: those are needed too."""
        found, todo = set(glyphs), list(glyphs)
        while todo:
            for part in _parts(self._shape(todo.pop())):
                if part not in found:
                    found.add(part)
                    todo.append(part)
        return found

    def _scaled(self, length: int) -> int:
        return round(length * 1000 / self.units)


@lru_cache(maxsize=2)
def typeface(name: str) -> Typeface:
    """One of the files in fonts/, read once in a process."""
    return Typeface((FONTS / f"{name}.ttf").read_bytes())


def _letters(cmap: bytes) -> dict[int, int]:
    """{code point: glyph} of the table for Unicode's first plane."""
    for number in range(struct.unpack_from(">H", cmap, 2)[0]):
        platform, encoding, start = struct.unpack_from(">HHL", cmap, 4 + 8 * number)
        if (platform, encoding) == (3, 1) and struct.unpack_from(">H", cmap, start)[0] == 4:
            return _format_4(cmap[start:])
    raise ValueError("no table of Unicode letters")


def _format_4(table: bytes) -> dict[int, int]:
    twice = struct.unpack_from(">H", table, 6)[0]
    count = twice // 2
    ends, starts = (struct.unpack_from(f">{count}H", table, at) for at in (14, 16 + twice))
    deltas = struct.unpack_from(f">{count}h", table, 16 + 2 * twice)
    found: dict[int, int] = {}
    for number in range(count):
        place = 16 + 3 * twice + 2 * number
        offset = struct.unpack_from(">H", table, place)[0]
        for code in range(starts[number], min(ends[number], 0xFFFE) + 1):
            glyph = code
            if offset:
                glyph = struct.unpack_from(">H", table, place + offset + 2 * (code - starts[number]))[0]
                if not glyph:
                    continue
            if glyph := (glyph + deltas[number]) & 0xFFFF:
                found[code] = glyph
    return found


def _parts(shape: bytes) -> Iterable[int]:
    if len(shape) < 10 or struct.unpack_from(">h", shape)[0] >= 0:
        return
    at, flags = 10, _MORE
    while flags & _MORE:
        flags, part = struct.unpack_from(">HH", shape, at)
        yield part
        at += 4 + (4 if flags & _WORDS else 2)
        at += 2 if flags & _SCALE else 4 if flags & _XY_SCALE else 8 if flags & _TWO_BY_TWO else 0


def _file(tables: dict[bytes, bytes]) -> bytes:
    power = len(tables).bit_length() - 1
    out = bytearray(
        struct.pack(">LHHHH", 0x10000, len(tables), 16 << power, power, 16 * len(tables) - (16 << power))
    )
    start = 12 + 16 * len(tables)
    for tag, body in tables.items():
        padded = body + bytes(-len(body) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        out += struct.pack(">4sLLL", tag, total, start, len(body))
        start += len(padded)
    for body in tables.values():
        out += body + bytes(-len(body) % 4)
    return bytes(out)
