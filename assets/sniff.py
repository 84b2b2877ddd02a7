"""What a file is by its first bytes, and how large its header says it is. Never decodes anything.

Runs inside the web request, so it reads a few kilobytes at most and is plain Python: no image library
sees a stranger's bytes there. The decoder process (`assets.inspection`) later checks the whole file.
"""

from __future__ import annotations

import mimetypes
import re
import struct
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from assets.refusals import Unusable

MIB = 1024 * 1024
HEAD_BYTES = 4096


@dataclass(frozen=True)
class Limits:
    """What we take. The defaults follow Meta's (300 MB and 15 minutes a reel) and security.md (50 MP)."""

    photo_bytes: int = 50 * MIB
    video_bytes: int = 300 * MIB
    pixels: int = 50_000_000
    short_side_min: int = 64
    video_seconds: int = 15 * 60


@dataclass(frozen=True)
class Format:
    """A type of file we take: `name` for people, `decoder` as Pillow or libav call it."""

    name: str
    kind: str
    mime: str
    suffix: str
    suffixes: frozenset[str]
    decoder: tuple[str, ...]


def _format(name: str, kind: str, mime: str, suffixes: str, *decoder: str) -> Format:
    first, *_rest = names = suffixes.split()
    return Format(name, kind, mime, first, frozenset(names), decoder)


JPEG = _format("JPEG", "photo", "image/jpeg", "jpg jpeg jpe jfif", "JPEG", "MPO")
PNG = _format("PNG", "photo", "image/png", "png", "PNG")
GIF = _format("GIF", "photo", "image/gif", "gif", "GIF")
WEBP = _format("WebP", "photo", "image/webp", "webp", "WEBP")
HEIC = _format("HEIC", "photo", "image/heic", "heic heif hif", "HEIF")
MP4 = _format("MP4", "video", "video/mp4", "mp4 m4v", "mov,mp4,m4a,3gp,3g2,mj2")
MOV = _format("MOV", "video", "video/quicktime", "mov qt", "mov,mp4,m4a,3gp,3g2,mj2")
FORMATS = (JPEG, PNG, GIF, WEBP, HEIC, MP4, MOV)
BY_MIME = {each.mime: each for each in FORMATS}

SCRIPT_SUFFIXES = {"php", "phtml", "phar", "asp", "aspx", "jsp", "cgi"}

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"hevx"}
_AVIF_BRANDS = {b"avif", b"avis"}
_RAW_BRANDS = {b"crx "}
_OTHER_VIDEO_BRANDS = {
    b"3gp4",
    b"3gp5",
    b"3gp6",
    b"3g2a",
    b"mjp2",
    b"jp2 ",
    b"jpx ",
    b"M4A ",
    b"M4B ",
    b"f4v ",
}
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


def sniff(head: bytes) -> Format:
    """The format by magic bytes. Raises `Unusable` with the reason that helps most."""
    if not head:
        raise Unusable("empty")
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return MOV
    raise Unusable(_what_else(head))


def _by_brand(head: bytes) -> Format:
    (length,) = struct.unpack(">I", head[:4])
    brands = [head[8:12]] + [head[at : at + 4] for at in range(16, min(length, len(head)), 4)]
    major = brands[0]
    if any(brand in _AVIF_BRANDS for brand in brands):
        raise Unusable("avif")
    if major in _RAW_BRANDS:
        raise Unusable("raw")
    if major in _HEIC_BRANDS:
        return HEIC
    if major in _OTHER_VIDEO_BRANDS:
        raise Unusable("other_video")
    return MOV if major == b"qt  " else MP4


def _what_else(head: bytes) -> str:
    text = head[:1024].lstrip(b"\xef\xbb\xbf\x00 \t\r\n").lower()
    if text.startswith(b"%pdf-"):
        return "pdf"
    if b"<svg" in text:
        return "svg"
    if text.startswith((b"<!doctype", b"<html", b"<head", b"<script", b"<body")) or b"<html" in text:
        return "html"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        return "archive"
    if head.startswith((b"II*\x00", b"MM\x00*", b"IIU\x00", b"FUJIFILM")):
        return "raw"
    if head.startswith((b"\x1aE\xdf\xa3", b"FLV", b"\x00\x00\x01\xba", b"\x30\x26\xb2\x75")) or (
        head[:4] == b"RIFF" and head[8:12] == b"AVI "
    ):
        return "other_video"
    return "unknown_type"


def check_name(filename: str, found: Format) -> None:
    """The suffix must belong to the kind that the bytes are.

    Phones rename freely among photos (a HEIC sent as .jpg) and among videos (an MP4 as .mov): those are
    decoded for what they are. A name without a suffix, or with one nobody knows, proves nothing.
    """
    suffix = PurePosixPath(filename).suffix.lstrip(".").lower()
    if any(suffix in each.suffixes for each in FORMATS if each.kind == found.kind):
        return
    if suffix in SCRIPT_SUFFIXES or mimetypes.guess_type(f"x.{suffix}")[0]:
        raise Unusable("name_disagrees", suffix=re.sub(r"[^a-z0-9]", "", suffix)[:10], found=found.name)


def check_weight(found: Format, size: int, limits: Limits) -> None:
    """Bytes against the limit of the kind, before anything is read."""
    limit = limits.photo_bytes if found.kind == "photo" else limits.video_bytes
    if size > limit:
        code = "too_heavy" if found.kind == "photo" else "video_too_heavy"
        raise Unusable(code, mb=-(-size // MIB), limit_mb=limit // MIB)


def check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        raise Unusable("too_many_pixels", width=width, height=height, limit_mp=limits.pixels // 1_000_000)
    if min(width, height) < limits.short_side_min:
        raise Unusable("too_small", width=width, height=height)


def look(file: BinaryIO, *, filename: str, size: int, limits: Limits) -> Format:
    """The cheap check of an upload: size, magic bytes, name and, where the header tells, dimensions.

    Leaves the file at its start. HEIC and videos keep their dimensions deep inside; the decoder reads them.
    """
    if size == 0:
        raise Unusable("empty")
    file.seek(0)
    head = file.read(HEAD_BYTES)
    found = sniff(head)
    check_weight(found, size, limits)
    check_name(filename, found)
    dimensions = header_size(file, found, head)
    file.seek(0)
    if dimensions:
        check_pixels(*dimensions, limits)
    return found


def header_size(file: BinaryIO, found: Format, head: bytes) -> tuple[int, int] | None:
    """Width and height as the header claims, None where it does not say within reach."""
    try:
        if found is PNG:
            width, height = struct.unpack(">II", head[16:24])
        elif found is GIF:
            width, height = struct.unpack("<HH", head[6:10])
        elif found is WEBP:
            return _webp_size(head)
        elif found is JPEG:
            return _jpeg_size(file)
        else:
            return None
    except struct.error:
        raise Unusable("damaged") from None
    return width, height


def _webp_size(head: bytes) -> tuple[int, int] | None:
    chunk = head[12:16]
    if chunk == b"VP8X":
        return (1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"))
    if chunk == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return (1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF))
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return (width & 0x3FFF, height & 0x3FFF)
    return None


_SOF = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


def _jpeg_size(file: BinaryIO) -> tuple[int, int] | None:
    """Walks the segments to the frame header; gives up after 512 of them (an attacker's, not a camera's)."""
    file.seek(2)
    for _ in range(512):
        marker = file.read(2)
        while len(marker) == 2 and marker == b"\xff\xff":  # fill bytes
            marker = b"\xff" + file.read(1)
        if len(marker) < 2 or marker[0] != 0xFF:
            return None
        if marker[1] in _SOF:
            _length, _bits, height, width = struct.unpack(">HBHH", file.read(7))
            return width, height
        if marker[1] in (0x01, *range(0xD0, 0xD8)):
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if length < 2:
            raise Unusable("damaged")
        file.seek(length - 2, 1)
    return None
