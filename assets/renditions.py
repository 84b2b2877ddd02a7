"""From an original photo (or a video's poster frame) to the files we show and publish.

Pure: a decoded picture and shapes in, files out. Whatever comes in (CMYK, 16 bit, palette, alpha, wide gamut,
turned by EXIF, full of GPS), what goes out is upright 8-bit sRGB with no metadata at all: the output is
encoded from bare pixels, so there is nothing to forget to strip.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

from assets.inspection import keep_profile, plain_mode, upright
from assets.refusals import Unusable
from assets.shapes import JPEG, Shape, cut, fits, size

PAPER = (255, 255, 255)  # what transparent pixels become: JPEG has no alpha, and feeds are white
Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Made:
    """One rendition on disk."""

    kind: str
    path: str
    mime: str
    width: int
    height: int
    bytes: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def draft_for(picture: Image.Image, shapes: Iterable[Shape]) -> None:
    """Let a JPEG decode at a fraction where that still is enough for every shape (before load())."""
    width, height = picture.size
    scale = max((_scale(shape, width, height) for shape in shapes), default=Fraction(1))
    if picture.format in ("JPEG", "MPO") and scale < 1:
        picture.draft(None, (int(width * scale) + 1, int(height * scale) + 1))


def _scale(shape: Shape, width: int, height: int) -> Fraction:
    """How much of the original's resolution a shape can use at most, whatever the focal point or turn."""
    best = Fraction(0)
    for w, h in ((width, height), (height, width)):
        left, top, right, bottom = cut(shape, w, h, (0.5, 0.5))
        out_w, out_h = size(shape, right - left, bottom - top)
        best = max(best, Fraction(out_w, right - left), Fraction(out_h, bottom - top))
    return best


def master(picture: Image.Image, turned: int, shapes: Iterable[Shape], whole: tuple[int, int]) -> Image.Image:
    """One upright sRGB picture, no larger than the most demanding shape needs: all shapes are cut from it.

    `whole` is the size of the original before draft(). Shrinking first makes the colour work cheap.
    """
    scale = max((_scale(shape, *whole) for shape in shapes), default=Fraction(1))
    width, height = (max(1, round(side * min(scale, Fraction(1)))) for side in whole)
    picture = plain_mode(picture)
    if width < picture.width or height < picture.height:
        # The dearest step of all: bicubic takes 0.14 s for 12 MP where Lanczos takes 0.19 to 0.29.
        picture = _resized(picture, (width, height), filter_=Image.Resampling.BICUBIC)
    return upright(to_srgb(picture), turned)


def to_srgb(picture: Image.Image) -> Image.Image:
    """8-bit RGB in sRGB without alpha. A broken profile is ignored: slightly off colours beat no photo."""
    profile = picture.info.get("icc_profile")
    alpha = None
    if picture.mode in ("RGBA", "LA"):
        alpha = picture.getchannel("A")
        picture = picture.convert("RGB" if picture.mode == "RGBA" else "L")
    if profile and not _is_srgb(profile):
        picture = _through_profile(picture, profile)
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        paper = Image.new("RGB", picture.size, PAPER)
        paper.paste(picture, mask=alpha)
        picture = paper
    return picture


def _is_srgb(profile: bytes) -> bool:
    return b"sRGB" in profile[:4096]


def _through_profile(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip()
        if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space) != picture.mode:
            return picture
        result = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    return result or picture


def render(
    original: Image.Image,
    shapes: Iterable[Shape],
    *,
    focal: tuple[float, float],
    size_of: tuple[int, int],
    out: Path,
) -> Iterator[Made]:
    """Cut, shrink and encode the master into each shape in order; yields each as soon as it is on disk.

    `original` is the master, `size_of` the displayed size of the whole picture (crops are computed there, so
    that they are the same however far the master was shrunk). A shape this picture cannot be without an
    owner's choice (Instagram at its own ratio, far too wide) is left out.
    """
    for shape in shapes:
        if shape.mime.startswith("image/") and fits(shape, *size_of):
            yield _one(original, shape, focal, size_of, out)


def _one(
    original: Image.Image, shape: Shape, focal: tuple[float, float], whole: tuple[int, int], out: Path
) -> Made:
    box = cut(shape, *whole, focal)
    target = size(shape, box[2] - box[0], box[3] - box[1])
    zoom_x, zoom_y = original.width / whole[0], original.height / whole[1]
    on_master = (
        box[0] * zoom_x,
        box[1] * zoom_y,
        min(box[2] * zoom_x, original.width),
        min(box[3] * zoom_y, original.height),
    )
    picture = _resized(original, target, on_master)
    data = encode(picture, shape)
    path = out / f"{shape.kind}.{shape.suffix}"
    path.write_bytes(data)
    return Made(
        kind=shape.kind,
        path=str(path),
        mime=shape.mime,
        width=picture.width,
        height=picture.height,
        bytes=len(data),
    )


def _resized(
    picture: Image.Image,
    target: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
    filter_: Image.Resampling = Image.Resampling.LANCZOS,
) -> Image.Image:
    whole = (0, 0, picture.width, picture.height)
    if target == picture.size and box in (None, whole):
        return picture
    return keep_profile(picture, picture.resize(target, filter_, box=box, reducing_gap=2.0))


def encode(picture: Image.Image, shape: Shape) -> bytes:
    """Bytes within the shape's weight: quality steps down first. Metadata is never written."""
    bare = Image.frombytes("RGB", picture.size, picture.tobytes()) if picture.info else picture
    for quality in (shape.quality, 80, 70, 55, 40):
        into = io.BytesIO()
        if shape.mime == JPEG:
            bare.save(into, "JPEG", quality=quality, subsampling=2)  # 4:2:0
        else:
            bare.save(into, "WEBP", quality=quality, method=2)
        if into.tell() <= shape.bytes_max:
            return into.getvalue()
    raise Unusable("damaged")  # noise that 40 % quality cannot tame: not a photo
