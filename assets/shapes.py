"""The files we derive from an original: one `Shape` per rendition kind, as data.

The numbers that come from Meta (ratio, width, bytes, format) are repeated here because the photo
shelf does not know the platforms; `tests/assets/test_platforms.py` holds them against
`social.platforms`, so a platform change that is not followed here fails the build.

Standard library only: the decoder process (`assets.decoder`) imports this without Django.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

MIB = 1024 * 1024

JPEG = "image/jpeg"
WEBP = "image/webp"
MP4 = "video/mp4"

SUFFIX = {JPEG: "jpg", WEBP: "webp", MP4: "mp4"}


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How one kind of rendition must look. Sizes in pixels, weight in bytes.

    ratio      cut to exactly this width/height around the focal point; None keeps the picture's own.
    ratio_min/ratio_max  the picture's own ratio must lie within (a miss of up to 1 % is trimmed).
    short_side the shorter side becomes this long (thumbnails that are shown cropped by the page).
    """

    kind: str
    mime: str
    of: str = "photo"
    width_max: int
    height_max: int
    width_min: int = 1
    short_side: int | None = None
    ratio: Fraction | None = None
    ratio_min: Fraction | None = None
    ratio_max: Fraction | None = None
    bytes_max: int = 10 * MIB
    quality: int = 88

    @property
    def suffix(self) -> str:
        return SUFFIX[self.mime]


PORTRAIT = Fraction(4, 5)
SQUARE = Fraction(1)
WIDE = Fraction(191, 100)


def _instagram(kind: str, ratio: Fraction | None) -> Shape:
    # JPEG only, 4:5 to 1.91:1, 320 to 1440 wide, at most 8 MiB, sRGB.
    # https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
    return Shape(
        kind=kind,
        mime=JPEG,
        width_min=320,
        width_max=1440,
        height_max=1800,
        ratio=ratio,
        ratio_min=PORTRAIT,
        ratio_max=WIDE,
        bytes_max=8 * MIB,
        quality=90,
    )


PHOTO_SHAPES: tuple[Shape, ...] = (
    # The two the pages need come first: they are ready while the rest is still being made.
    Shape(kind="thumb", mime=WEBP, width_max=640, height_max=640, short_side=320, quality=78),
    Shape(kind="preview", mime=WEBP, width_max=1080, height_max=1920, quality=80),
    _instagram("ig_original", None),
    _instagram("ig_4x5", PORTRAIT),
    _instagram("ig_1x1", SQUARE),
    _instagram("ig_191x100", WIDE),
    # Facebook's pages say both 4 MB and 10 MB; the smaller is always safe.
    # https://developers.facebook.com/docs/graph-api/reference/page/photos/
    Shape(kind="fb", mime=JPEG, width_max=2048, height_max=2048, bytes_max=4 * MIB, quality=90),
)

VIDEO_SHAPES: tuple[Shape, ...] = (
    Shape(kind="thumb", mime=WEBP, of="video", width_max=640, height_max=640, short_side=320, quality=78),
    Shape(kind="preview", mime=WEBP, of="video", width_max=1080, height_max=1920, quality=80),
    Shape(kind="poster", mime=JPEG, of="video", width_max=1080, height_max=1920, bytes_max=8 * MIB),
    # H.264 + AAC, moov first, at most 1920 columns, 23 to 60 frames a second.
    Shape(kind="reel", mime=MP4, of="video", width_max=1080, height_max=1920, bytes_max=300 * MIB),
)

SHAPES: dict[str, dict[str, Shape]] = {
    "photo": {shape.kind: shape for shape in PHOTO_SHAPES},
    "video": {shape.kind: shape for shape in VIDEO_SHAPES},
}
FIRST_KINDS = ("thumb", "preview")
KINDS: tuple[str, ...] = tuple(dict.fromkeys(s.kind for s in PHOTO_SHAPES + VIDEO_SHAPES))

# A picture this close to a legal ratio is trimmed by a few pixels rather than refused.
RATIO_SLACK = Fraction(1, 100)


def fits(shape: Shape, width: int, height: int) -> bool:
    """May a picture of this displayed size become this shape without an owner choosing a crop?"""
    if shape.ratio is not None or shape.ratio_min is None or shape.ratio_max is None:
        return True
    own = Fraction(width, height)
    return shape.ratio_min * (1 - RATIO_SLACK) <= own <= shape.ratio_max * (1 + RATIO_SLACK)


def cut(shape: Shape, width: int, height: int, focal: tuple[float, float]) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom) of the displayed picture that this shape shows.

    As large as the ratio allows, centred on the focal point (fractions of width and height, from the
    top left), pushed back inside where it would stick out. The page's crop overlay uses the same rule.
    """
    target = shape.ratio
    if target is None:
        if shape.ratio_min is None or shape.ratio_max is None:
            return (0, 0, width, height)
        own = Fraction(width, height)
        target = min(max(own, shape.ratio_min), shape.ratio_max)
        if target == own:
            return (0, 0, width, height)
    if Fraction(width, height) > target:
        box_w, box_h = max(1, round(height * target)), height
    else:
        box_w, box_h = width, max(1, round(width / target))
    left = min(max(round(focal[0] * width - box_w / 2), 0), width - box_w)
    top = min(max(round(focal[1] * height - box_h / 2), 0), height - box_h)
    return (left, top, left + box_w, top + box_h)


def size(shape: Shape, width: int, height: int) -> tuple[int, int]:
    """Output size for a cut of this size: never larger than needed, never outside the ratio by rounding."""
    scale = min(Fraction(shape.width_max, width), Fraction(shape.height_max, height), Fraction(1))
    if shape.short_side:
        scale = min(scale, Fraction(shape.short_side, min(width, height)))
    scale = max(scale, Fraction(shape.width_min, width))
    out_w, out_h = max(1, round(width * scale)), max(1, round(height * scale))
    if shape.ratio is not None:
        out_h = max(1, round(out_w / shape.ratio))
    if shape.ratio_min is not None and shape.ratio_max is not None:
        while Fraction(out_w, out_h) < shape.ratio_min:
            out_h -= 1
        while Fraction(out_w, out_h) > shape.ratio_max:
            out_h += 1
    return out_w, out_h
