"""The whole truth about an uploaded file: decoded, measured, fingerprinted, or refused with a reason.

Runs only in the decoder process (`assets.decoder`), under CPU and memory limits and without secrets.
Pure: a path in, `Facts` or `Unusable` out. No Django.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from assets import sniff
from assets.refusals import Unusable
from assets.sniff import Format, Limits

Image.MAX_IMAGE_PIXELS = None  # our own check (sniff.check_pixels) runs before any pixel is decoded
EXIF_ORIENTATION = 0x0112
VIDEO_CODECS = {"h264", "hevc", "mpeg4"}

# What a browser or a PHP server would find inside a picture. Six or more bytes each, so chance puts them
# into compressed pixels about once in a million photos.
_ACTIVE = re.compile(
    rb"<script[\s>]|<\?php\s|<!doctype\s+html|<html[\s>]|<iframe[\s>]|__HALT_COMPILER\(\)", re.I
)
_ACTIVE_SIGNS = (b"<script", b"<?php", b"<!doctype", b"<html", b"<iframe", b"__halt_compiler()")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What we know of an accepted file: width x height as displayed, duration in seconds.

    dhash: 64-bit difference hash (hex) of the displayed picture, nearly equal for copies of one photo.
    """

    kind: str
    mime: str
    width: int
    height: int
    orientation: int = 1
    duration: float | None = None
    frames: int = 1
    codec: str = ""
    sha256: str = ""
    dhash: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def inspect(path: Path, *, filename: str = "", limits: Limits | None = None) -> Facts:
    """Check and measure a file of any kind. Raises `Unusable`, or whatever a decoder throws."""
    limits = limits or Limits()
    with path.open("rb") as file:
        found = sniff.look(
            file, filename=filename or f"x.{path.suffix.lstrip('.')}", size=path.stat().st_size, limits=limits
        )
    if found.kind == "video":
        from assets.video import inspect_video

        return inspect_video(path, found, limits)
    refuse_polyglot(path)
    picture = open_photo(path, found, limits)
    whole = picture.size
    picture.load()
    return photo_facts(path, found, picture, whole)


def open_photo(path: Path, found: Format, limits: Limits) -> Image.Image:
    """A lazily opened picture whose decoder agrees with the magic bytes and whose size is within limits."""
    if found is sniff.HEIC:
        import pi_heif

        pi_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(path, formats=found.decoder)
    except UnidentifiedImageError:
        raise Unusable("damaged") from None
    sniff.check_pixels(*picture.size, limits)
    return picture


def photo_facts(path: Path, found: Format, picture: Image.Image, whole: tuple[int, int]) -> Facts:
    """Facts of a decoded picture (pixels loaded); `whole` is its size as stored, before any draft()."""
    turned = orientation(picture)
    width, height = whole
    if turned >= 5:
        width, height = height, width
    return Facts(
        kind="photo",
        mime=found.mime,
        width=width,
        height=height,
        orientation=turned,
        frames=2 if getattr(picture, "is_animated", False) and found is not sniff.JPEG else 1,
        codec=found.name,
        sha256=sha256(path),
        dhash=dhash(picture, turned),
    )


def orientation(picture: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 when absent or nonsense."""
    try:
        value = picture.getexif().get(EXIF_ORIENTATION, 1)
    except Exception:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Image.Image, turned: int) -> Image.Image:
    """The picture as a viewer shows it."""
    return picture.transpose(_TURN[turned]) if turned in _TURN else picture


def dhash(picture: Image.Image, turned: int = 1) -> str:
    """64-bit difference hash, 16 hex digits: is each of 8x8 cells brighter than its right neighbour?

    http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    grey = plain_mode(picture)
    if turned >= 5:  # the grid must be laid over the upright picture
        cells = upright(grey.resize((8, 9), Image.Resampling.BOX, reducing_gap=2.0).convert("L"), turned)
    else:
        cells = upright(grey.resize((9, 8), Image.Resampling.BOX, reducing_gap=2.0).convert("L"), turned)
    light = cells.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (light[at] > light[at + 1])
    return f"{bits:016x}"


def plain_mode(picture: Image.Image) -> Image.Image:
    """Modes that cannot be resampled (palette, 1, 16 or 32 bit) become ones that can. Keeps the profile."""
    mode = picture.mode
    if "transparency" in picture.info and mode in ("P", "L", "RGB"):
        plain = picture.convert("RGBA")
    elif mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        return picture
    elif mode == "1":
        plain = picture.convert("L")
    elif mode.startswith("I") or mode == "F":
        # 16-bit greyscale: convert("L") would clip everything above 255 to white
        plain = picture.convert("I").convert("F").point(lambda value: value * (1 / 256) + 0).convert("L")
    else:
        plain = picture.convert("RGBA" if "a" in mode.lower() else "RGB")
    return keep_profile(picture, plain)


def keep_profile(before: Image.Image, after: Image.Image) -> Image.Image:
    if "icc_profile" in before.info:
        after.info["icc_profile"] = before.info["icc_profile"]
    return after


def distance(one: str, other: str) -> int:
    """How many of the 64 bits differ; up to about 6 is the same photo, resized or recompressed."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_polyglot(path: Path) -> None:
    """A picture that is also a web page, program or archive for another reader is refused.

    Everything public is re-encoded, so this is a second wall; it also tells an owner early. A video or
    second picture appended to a JPEG (motion photos, MPO) is normal and stays allowed.
    """
    data = path.read_bytes()
    tail = data[-66_000:]
    if b"%PDF-" in data[:1024] or _active(data) or (b"PK\x05\x06" in tail and b"PK\x01\x02" in data):
        raise Unusable("polyglot")


def _active(data: bytes) -> bool:
    """Plain searches first: the pattern alone, without regard to case, reads megabytes byte by byte."""
    small = data.lower()
    return any(sign in small for sign in _ACTIVE_SIGNS) and _ACTIVE.search(data) is not None
