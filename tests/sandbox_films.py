"""Films of some hundred bytes: a true MP4 by its boxes, as long, large and fast as its index says; no pictures.

What Meta asks of a video stands in the index, and the sandbox reads nothing else (sandbox/films.py).
"""

from __future__ import annotations

import struct

_UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_TURNED = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def box(kind: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind.encode()) + body


def film(
    seconds: float = 5,
    *,
    width: int = 540,
    height: int = 960,
    fps: float = 30,
    picture: str = "avc1",
    sound: str = "mp4a",
    hertz: int = 44_100,
    channels: int = 2,
    index_first: bool = True,
    edited: bool = False,
    turned: bool = False,
    mark: bytes = b"",
) -> bytes:
    """Defaults are good for every kind. `mark` makes films differ that are otherwise the same."""
    edits = box("edts", box("elst", struct.pack(">IIIiI", 0, 1, int(seconds * 1000), 1024, 0x10000)))
    head = struct.pack(">20xI16x9iII", int(seconds * 1000), *(_TURNED if turned else _UPRIGHT), width, height)
    entry = struct.pack(">6xH16xHH50x", 1, width, height)
    tracks = [
        box(
            "trak",
            box("tkhd", head[:40], head[40:]),
            edits if edited else b"",
            _media("vide", seconds, 90_000, box(picture, entry), int(90_000 / fps), round(seconds * fps)),
        )
    ]
    if sound:
        entry = struct.pack(">6xH8xHH4xI", 1, channels, 16, hertz << 16)
        tracks.append(
            box(
                "trak", _media("soun", seconds, hertz, box(sound, entry), 1024, round(seconds * hertz / 1024))
            )
        )
    index = box("moov", box("mvhd", bytes(100)), *tracks)
    data = box("mdat", b"\0" * 64, mark)
    kind = box("ftyp", b"isom", bytes(4), b"isommp42")
    return kind + (index + data if index_first else data + index)


def _media(kind: str, seconds: float, scale: int, entry: bytes, step: int, count: int) -> bytes:
    table = box(
        "stbl",
        box("stsd", struct.pack(">II", 0, 1), entry),
        box("stts", struct.pack(">IIII", 0, 1, count, step)),
    )
    return box(
        "mdia",
        box("mdhd", struct.pack(">12xIIxxxx", scale, int(seconds * scale))),
        box("hdlr", bytes(8), kind.encode(), bytes(12)),
        box("minf", table),
    )
