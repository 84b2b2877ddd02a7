"""What a video is, read from its boxes (ISO 14496-12), and what Meta takes of it by kind.

Nothing is decoded: container, codecs, length, frames a second and size all stand in the index (moov). Sources of
the rules: Graph reference, IG user /media, "Reel specifications" and "Story video specifications"; Video API,
"Reels publishing", "Stories"; Page /videos.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox import clock, findings
from sandbox.media import NotMedia

MIB = 1024 * 1024
CONTAINERS = {"moov", "trak", "mdia", "minf", "stbl", "edts"}
PICTURES, SOUNDS = {"avc1", "avc3", "hvc1", "hev1"}, {"mp4a"}


@dataclass(frozen=True)
class Film:
    """Sizes as displayed, seconds, bytes. `sound`: its codec, "" when silent."""

    bytes: int
    seconds: float
    fps: float
    width: int
    height: int
    picture: str
    sound: str = ""
    hertz: int = 0
    channels: int = 0
    index_first: bool = True
    edited: bool = False


@dataclass(frozen=True)
class Rule:
    seconds: tuple[float, float]
    bytes_max: int
    fps: tuple[float, float] = (0, 0)  # (0, 0): not written down
    least: tuple[int, int] = (0, 0)
    columns: int = 0
    bits: int = 0  # a second
    codecs: bool = True  # H.264 or HEVC, with AAC or silent
    faststart: bool = False  # index first and no edit list
    ratio: float = 0.0  # advised; another one is a finding


_REEL = Rule((3, 900), 300 * MIB, fps=(23, 60), columns=1920, bits=25_000_000, faststart=True)
_UPRIGHT = Rule((3, 90), 1024 * MIB, fps=(24, 60), least=(540, 960), ratio=9 / 16)
RULES = {
    "REELS": _REEL,
    "VIDEO": _REEL,  # of a carousel
    "STORIES": Rule((3, 60), 100 * MIB, fps=(23, 60), columns=1920, bits=25_000_000, faststart=True),
    "reel": _UPRIGHT,
    "story": _UPRIGHT,
    "video": Rule((1, 14_400), 10 * 1024 * MIB, codecs=False),
}


def check(body: bytes, kind: str, label: str) -> None:
    """Raise NotMedia with the reason when Meta would not take `body` as `kind` (a key of RULES)."""
    if clock.conf("video_checks") != "strict":
        return
    film, rule = look(body), RULES[kind]
    if reason := problem(film, rule):
        raise NotMedia(reason)
    if rule.ratio and abs(film.width / film.height - rule.ratio) > 0.01:
        findings.note("video_shape", label, f"{film.width} x {film.height} as a {kind}: Meta advises 9:16")


def problem(film: Film, rule: Rule) -> str | None:
    """Why Meta refuses it, or None."""
    low, high = rule.seconds
    if rule.codecs and film.picture not in PICTURES:
        return f"the picture is {film.picture}, not H.264 or HEVC"
    if rule.codecs and film.sound and film.sound not in SOUNDS:
        return f"the sound is {film.sound}, not AAC"
    if rule.codecs and film.sound and (film.hertz > 48_000 or not 1 <= film.channels <= 2):
        return f"the sound has {film.hertz} Hz and {film.channels} channels, not 48000 Hz and 1 or 2 at most"
    if rule.faststart and not film.index_first:
        return "the index (moov) is not at the front"
    if rule.faststart and film.edited:
        return "it has an edit list"
    if not low <= film.seconds <= high:
        return f"it runs {film.seconds:.1f} seconds, not {low:g} to {high:g}"
    if film.bytes > rule.bytes_max:
        return f"it has {film.bytes} bytes, more than {rule.bytes_max}"
    if rule.bits and film.bytes * 8 / film.seconds > rule.bits:
        return f"more than {rule.bits} bits a second"
    if (
        rule.fps != (0, 0) and not rule.fps[0] - 0.1 <= film.fps <= rule.fps[1] + 0.1
    ):  # 23.976 and 59.94 count
        return f"{film.fps:.2f} frames a second, not {rule.fps[0]:g} to {rule.fps[1]:g}"
    if rule.columns and film.width > rule.columns:
        return f"{film.width} columns, more than {rule.columns}"
    if film.width < rule.least[0] or film.height < rule.least[1]:
        return f"{film.width} x {film.height} is less than {rule.least[0]} x {rule.least[1]}"
    return None


def look(body: bytes) -> Film:
    """Read the index; NotMedia when it is no whole MP4/MOV with a picture in it."""
    if body[4:8] != b"ftyp":
        raise NotMedia("no MP4/MOV signature")
    try:
        return _read(body)
    except (struct.error, ValueError, ZeroDivisionError, IndexError) as error:
        raise NotMedia(f"damaged: {error}") from None


Box = tuple[str, int, int]  # its type; where its content begins and ends


def _boxes(body: bytes, start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", body, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", body, start + 8)
            head = 16
        size = size or end - start
        if size < head or start + size > end:
            raise ValueError("it ends in the middle")
        yield kind.decode("latin-1"), start + head, start + size
        start += size


def _all(body: bytes, start: int, end: int) -> dict[str, tuple[int, int]]:
    """Every box below, by name; the first of a name counts."""
    found: dict[str, tuple[int, int]] = {}
    for kind, begin, stop in _boxes(body, start, end):
        found.setdefault(kind, (begin, stop))
        if kind in CONTAINERS:
            for name, place in _all(body, begin, stop).items():
                found.setdefault(name, place)
    return found


def _read(body: bytes) -> Film:
    top = list(_boxes(body, 0, len(body)))
    order = [kind for kind, _, _ in top if kind in ("moov", "mdat")]
    if sorted(set(order)) != ["mdat", "moov"]:
        raise ValueError("no index, or nothing behind it")
    _, begin, end = next(box for box in top if box[0] == "moov")
    tracks: dict[str, dict[str, tuple[int, int]]] = {}
    for kind, start, stop in _boxes(body, begin, end):
        if kind == "trak":
            parts = _all(body, start, stop)
            at = parts["hdlr"][0] if "hdlr" in parts else start
            tracks.setdefault(body[at + 8 : at + 12].decode("latin-1"), parts)
    if "vide" not in tracks or not {"mdhd", "stsd", "stts", "tkhd"} <= set(tracks["vide"]):
        raise ValueError("no picture in it")
    picture, sound = tracks["vide"], tracks.get("soun")
    seconds, scale = _length(body, picture["mdhd"][0])
    entry = picture["stsd"][0] + 8
    width, height = struct.unpack_from(">HH", body, entry + 32)
    if _is_turned(body, picture["tkhd"][0]):
        width, height = height, width
    film = {
        "bytes": len(body),
        "seconds": seconds,
        "fps": _frames(body, picture["stts"][0], scale),
        "width": width,
        "height": height,
        "picture": body[entry + 4 : entry + 8].decode("latin-1"),
        "index_first": order[0] == "moov",
        "edited": any("elst" in parts for parts in tracks.values()),
    }
    if sound and "stsd" in sound:
        entry = sound["stsd"][0] + 8
        film["sound"] = body[entry + 4 : entry + 8].decode("latin-1")
        film["channels"] = struct.unpack_from(">H", body, entry + 24)[0]
        film["hertz"] = struct.unpack_from(">I", body, entry + 32)[0] >> 16
    return Film(**film)  # type: ignore[arg-type]


def _length(body: bytes, at: int) -> tuple[float, int]:
    """(seconds, ticks a second) of an mdhd."""
    long = body[at] == 1
    scale, ticks = struct.unpack_from(">IQ" if long else ">II", body, at + (20 if long else 12))
    return ticks / scale, scale


def _is_turned(body: bytes, at: int) -> bool:
    """A display matrix that turns by 90 or 270 degrees."""
    a, b = struct.unpack_from(">ii", body, at + (52 if body[at] == 1 else 40))
    return bool(a == 0 and b != 0)


def _frames(body: bytes, at: int, scale: int) -> float:
    """Frames a second, from the table of their lengths."""
    (count,) = struct.unpack_from(">I", body, at + 4)
    pairs = [struct.unpack_from(">II", body, at + 8 + 8 * number) for number in range(min(count, 1_000_000))]
    frames, ticks = sum(pair[0] for pair in pairs), sum(pair[0] * pair[1] for pair in pairs)
    return frames * scale / ticks
