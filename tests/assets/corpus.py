"""Odd and hostile files, made here byte by byte: nothing is downloaded and nothing binary is committed."""

from __future__ import annotations

import functools
import io
import struct
import zipfile
import zlib

from PIL import Image, ImageCms, ImageDraw

from tests.assets.films import film_with_half_an_index as film_with_half_an_index
from tests.assets.films import film_without_index as film_without_index
from tests.assets.films import located_film as located_film
from tests.assets.films import long_video as long_video
from tests.assets.films import phone_film as phone_film
from tests.assets.films import picture as picture
from tests.assets.films import turned_video as turned_video
from tests.assets.films import video as video
from tests.assets.films import video_without_picture as video_without_picture


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    into = io.BytesIO()
    image.save(into, kind, **options)
    return into.getvalue()


@functools.cache
def jpeg(
    width: int = 1600, height: int = 1200, seed: int = 1, orientation: int = 1, gps: bool = False
) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretCameraMaker"
    if gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 52.0, 30.0), 3: "W", 4: (87.0, 37.0, 30.0)})
    return saved(picture(width, height, seed), "JPEG", quality=85, exif=exif)


@functools.cache
def huge_jpeg() -> bytes:
    """49 megapixels in a few hundred kilobytes: near the limit, and quickly made."""
    return saved(Image.new("RGB", (7000, 7000), (120, 60, 20)), "JPEG", quality=60)


def jpeg_in_profile() -> bytes:
    """Tagged with a profile of our own: sRGB with red and green exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ"), profile.find(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    own = bytes(profile).replace(b"sRGB", b"mine")
    return saved(Image.new("RGB", (400, 400), (250, 0, 0)), "JPEG", icc_profile=own)


def cmyk_jpeg() -> bytes:
    return saved(picture(800, 800, mode="CMYK"), "JPEG")


def png16_grey() -> bytes:
    image = Image.new("I;16", (400, 300))
    image.putdata([int(65535 * (i % 400) / 399) for i in range(400 * 300)])
    return saved(image, "PNG")


def png16_rgb(width: int = 300, height: int = 300) -> bytes:
    row = b"\0" + b"".join(struct.pack(">HHH", 65535 * x // width, 30000, 65535) for x in range(width))
    return _png(width, height, zlib.compress(row * height), depth=16, colour=2)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, packed: bytes, depth: int, colour: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


@functools.cache
def png_bomb(side: int = 20_000) -> bytes:
    """A valid PNG of 400 million pixels in about 50 KB."""
    packer = zlib.compressobj(9)
    row = b"\0" * (side // 8 + 1)
    packed = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    return _png(side, side, packed, depth=1, colour=0)


def png_text_bomb() -> bytes:
    """A small picture with a compressed comment of 200 MB."""
    note = _chunk(b"zTXt", b"note\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    plain = saved(picture(200, 200), "PNG")
    return plain[:33] + note + plain[33:]


def jpeg_lying_header() -> bytes:
    """Its frame header claims 60,000 x 60,000 pixels."""
    data = bytearray(jpeg(200, 200))
    at = data.find(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", 60_000, 60_000)
    return bytes(data)


def palette_png() -> bytes:
    return saved(picture(400, 300).quantize(32), "PNG", transparency=0)


def see_through_png() -> bytes:
    image = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((100, 100, 300, 300), fill=(200, 30, 30, 255))
    return saved(image, "PNG")


def one_bit_png() -> bytes:
    return saved(picture(400, 300).convert("1"), "PNG")


def grey_alpha_png() -> bytes:
    return saved(picture(300, 300).convert("LA"), "PNG")


def animated_gif(frames: int = 4) -> bytes:
    pictures = [picture(320, 240, seed) for seed in range(frames)]
    return saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:], duration=100)


def animated_webp() -> bytes:
    pictures = [picture(320, 240, seed) for seed in range(3)]
    return saved(pictures[0], "WEBP", save_all=True, append_images=pictures[1:], duration=100)


def animated_png() -> bytes:
    pictures = [picture(320, 240, seed) for seed in range(3)]
    return saved(pictures[0], "PNG", save_all=True, append_images=pictures[1:], duration=100)


def located(kind: str) -> bytes:
    """A picture that says where it was taken, in EXIF and in XMP, as far as its format has them."""
    more: dict[str, object] = {"exif": located_exif()}
    if kind in ("JPEG", "WEBP"):
        more["xmp"] = _XMP
    return saved(picture(600, 600), kind, **more)


def gif_of_a_huge_canvas() -> bytes:
    return b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + animated_gif()[10:]


def webp_of_a_huge_canvas() -> bytes:
    """An extended header that claims 16,000 x 16,000 around a small picture."""
    data = bytearray(animated_webp())
    data[24:30] = (15_999).to_bytes(3, "little") * 2
    return bytes(data)


def webp(lossless: bool = False) -> bytes:
    return saved(picture(500, 400), "WEBP", lossless=lossless)


def multi_picture_jpeg() -> bytes:
    return saved(picture(600, 400), "MPO", save_all=True, append_images=[picture(600, 400, 2)])


# -- two things at once ----------------------------------------------------------------------------


def gif_with_web_page() -> bytes:
    return animated_gif() + b"<html><script>alert(1)</script></html>"


def jpeg_with_archive() -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("payload.html", "<b>hello</b>")
    return jpeg(300, 300) + box.getvalue()


def jpeg_with_script_comment() -> bytes:
    return saved(picture(300, 300), "JPEG", comment=b"<script src=x></script>")


def jpeg_with_php() -> bytes:
    return jpeg(300, 300) + b"<?php system($_GET['c']); ?>"


def pdf_in_jpeg() -> bytes:
    data = jpeg(300, 300)
    note = b"%PDF-1.4\n1 0 obj\n"
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + data[2:]


# -- HEIC: one HEVC still in a hand-made HEIF box --------------------------------------------------


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + name + body


def _full(name: bytes, version: int, *parts: bytes) -> bytes:
    return _box(name, struct.pack(">I", version << 24), *parts)


def _find(data: bytes, name: bytes) -> bytes:
    at = data.find(name) - 4
    (length,) = struct.unpack(">I", data[at : at + 4])
    return data[at : at + length]


@functools.cache
def heic(width: int = 512, height: int = 384, notes: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """As an iPhone writes it, minus the tiles. ISO/IEC 23008-12. `notes`: further items, (kind, bytes) each."""
    film = video(codec="libx265", width=width, height=height, frames=1, rate=1, sound=False)
    settings, still = _find(film, b"hvcC"), _find(film, b"mdat")[8:]
    size = _full(b"ispe", 0, struct.pack(">II", width, height))
    properties = _box(
        b"iprp", _box(b"ipco", settings, size), _full(b"ipma", 0, struct.pack(">IHBBB", 1, 1, 2, 0x81, 2))
    )
    items = [(b"hvc1", still), *notes]
    entries = [
        _full(b"infe", 2, struct.pack(">HH", number, 0), kind, b"\0", _MIME if kind == b"mime" else b"")
        for number, (kind, _) in enumerate(items, 1)
    ]
    about = [_box(b"cdsc", struct.pack(">HHH", number, 1, 1)) for number in range(2, len(items) + 1)]

    def meta(offset: int) -> bytes:
        places = []
        for number, (_, body) in enumerate(items, 1):
            places.append(struct.pack(">HHHII", number, 0, 1, offset, len(body)))
            offset += len(body)
        return _full(
            b"meta",
            0,
            _full(b"hdlr", 0, bytes(4), b"pict", bytes(12), b"\0"),
            _full(b"pitm", 0, struct.pack(">H", 1)),
            _full(b"iloc", 0, struct.pack(">BBH", 0x44, 0, len(items)), *places),
            _full(b"iinf", 0, struct.pack(">H", len(items)), *entries),
            _full(b"iref", 0, *about) if about else b"",
            properties,
        )

    kind = _box(b"ftyp", b"heic", bytes(4), b"mif1", b"heic")
    return kind + meta(len(kind) + len(meta(0)) + 8) + _box(b"mdat", *(body for _, body in items))


_MIME = b"application/rdf+xml\0"
_XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><exif:GPSLatitude>SecretPlace</exif:GPSLatitude></x:xmpmeta>"


def located_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SecretCameraMaker"
    exif.get_ifd(0x8825).update({1: "N", 2: (41.0, 52.0, 30.0), 3: "W", 4: (87.0, 37.0, 30.0)})
    return exif


def located_heic() -> bytes:
    """With the two items in which a phone writes where a photo was taken: Exif and XMP."""
    exif = located_exif().tobytes()
    return heic(notes=((b"Exif", struct.pack(">I", 6) + exif), (b"mime", _XMP)))


AVIF = _box(b"ftyp", b"avif", bytes(4), b"avif", b"mif1") + bytes(200)
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body>hi</body></html>"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n" + bytes(500)
TIFF = b"II*\x00" + bytes(500)
MKV = b"\x1aE\xdf\xa3" + bytes(500)
TEXT = b"just some words, no picture " * 20
EXE = b"MZ\x90\x00" + bytes(500)


def archive() -> bytes:
    return jpeg_with_archive()[len(jpeg(300, 300)) :]
