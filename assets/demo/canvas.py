"""A small painter: shapes with colour and height, lit from the upper left, with shadows and grain.

Everything random comes from one seeded generator, so a drawing is the same on every machine.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps, ImageStat

SIDE = 1600
Point = tuple[float, float]
Colour = tuple[int, int, int] | str
Box = tuple[int, int, int, int]


@cache
def noise(width: int, height: int, cell_x: int, cell_y: int, seed: int) -> Image.Image:
    """Smooth random greys; cells of the given size in pixels (stretched cells make grain)."""
    small = (max(2, width // cell_x), max(2, height // cell_y))
    data = random.Random(seed).randbytes(small[0] * small[1])  # noqa: S311 - a drawing
    return Image.frombytes("L", small, data).resize((width, height), Image.Resampling.BICUBIC)


def fractal(width: int, height: int, cell: int, seed: int) -> Image.Image:
    """Three octaves of noise around mid grey."""
    rough = noise(width, height, cell, cell, seed)
    finer = noise(width, height, max(1, cell // 3), max(1, cell // 3), seed + 1)
    finest = noise(width, height, max(1, cell // 9), max(1, cell // 9), seed + 2)
    return Image.blend(Image.blend(rough, finer, 0.4), finest, 0.25)


def dim(mask: Image.Image, share: float) -> Image.Image:
    return mask.point(lambda value: int(value * share))


def soften(mask: Image.Image, radius: float) -> Image.Image:
    """Gaussian blur; a wide one is made on a small copy, which looks the same and costs a tenth."""
    shrink = int(radius / 3)
    if shrink < 2:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.resize((max(1, mask.width // shrink), max(1, mask.height // shrink)), Image.Resampling.BOX)
    return small.filter(ImageFilter.GaussianBlur(radius / shrink)).resize(mask.size, Image.Resampling.BICUBIC)


class Canvas:
    """A picture under construction: colour, height (for the light) and gloss."""

    def __init__(self, seed: int, ground: Colour = "#444444") -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a drawing
        self.rgb = Image.new("RGB", (SIDE, SIDE), ground)
        self.height = Image.new("L", (SIDE, SIDE), 0)
        self.gloss = Image.new("L", (SIDE, SIDE), 0)

    # -- outlines ----------------------------------------------------------------------------------

    def blob(
        self, x: float, y: float, r: float, wobble: float = 0.06, stretch: float = 1.0, turn: float = 0.0
    ) -> list[Point]:
        """A closed, softly irregular outline."""
        waves = [
            (k, self.dice.uniform(-1, 1) * wobble / k**0.7, self.dice.uniform(0, 6.3)) for k in range(2, 8)
        ]
        points = []
        corners = 14 if r < 12 else 40 if r < 60 else 96
        for step in range(corners):
            angle = step * math.tau / corners
            radius = r * (1 + sum(size * math.sin(k * angle + phase) for k, size, phase in waves))
            px, py = radius * stretch * math.cos(angle), radius * math.sin(angle)
            points.append(
                (x + px * math.cos(turn) - py * math.sin(turn), y + px * math.sin(turn) + py * math.cos(turn))
            )
        return points

    def leaf(
        self, x: float, y: float, length: float, width: float, turn: float, bend: float = 0.0
    ) -> list[Point]:
        """A pointed leaf from its stem at (x, y) along `turn`."""
        side_a, side_b = [], []
        for step in range(25):
            t = step / 24
            half = width * math.sin(math.pi * t**0.8) ** 0.9 * (1 - 0.25 * t)
            along, off = length * t, bend * length * math.sin(math.pi * t)
            side_a.append((along, off + half))
            side_b.append((along, off - half))
        return [
            (x + a * math.cos(turn) - b * math.sin(turn), y + a * math.sin(turn) + b * math.cos(turn))
            for a, b in side_a + side_b[::-1]
        ]

    def frilled(self, outline: Sequence[Point], size: float) -> list[Point]:
        """The same outline with a wavy edge."""
        return [(x + self.dice.uniform(-size, size), y + self.dice.uniform(-size, size)) for x, y in outline]

    @staticmethod
    def band(points: Sequence[Point], widths: Sequence[float]) -> list[Point]:
        """A ribbon along points, with a width at each."""
        left, right = [], []
        for index, (x, y) in enumerate(points):
            ax, ay = points[max(index - 1, 0)]
            bx, by = points[min(index + 1, len(points) - 1)]
            angle = math.atan2(by - ay, bx - ax) + math.pi / 2
            half = widths[min(index, len(widths) - 1)] / 2
            left.append((x + half * math.cos(angle), y + half * math.sin(angle)))
            right.append((x - half * math.cos(angle), y - half * math.sin(angle)))
        return left + right[::-1]

    # -- painting ----------------------------------------------------------------------------------

    def mask(self, outline: Sequence[Point], pad: int = 0) -> tuple[Box, Image.Image]:
        """Anti-aliased mask of an outline and where it lies."""
        xs, ys = [p[0] for p in outline], [p[1] for p in outline]
        box = (
            math.floor(min(xs)) - pad,
            math.floor(min(ys)) - pad,
            math.ceil(max(xs)) + pad + 1,
            math.ceil(max(ys)) + pad + 1,
        )
        size = (max(1, box[2] - box[0]), max(1, box[3] - box[1]))
        big = Image.new("L", (size[0] * 2, size[1] * 2), 0)
        ImageDraw.Draw(big).polygon([((x - box[0]) * 2, (y - box[1]) * 2) for x, y in outline], fill=255)
        return box, big.reduce(2)

    def shadow(self, outline: Sequence[Point], dx: float, dy: float, blur: float, share: float) -> None:
        """Darkens what lies below."""
        moved = [(x + dx, y + dy) for x, y in outline]
        pad = int(blur * 2.5)
        box, mask = self.mask(moved, pad)
        self.rgb.paste(
            "#120a05", (*box[:2], box[0] + mask.width, box[1] + mask.height), dim(soften(mask, blur), share)
        )

    def paint(
        self,
        outline: Sequence[Point],
        inner: Colour,
        outer: Colour | None = None,
        *,
        rise: int = 0,
        soft: float = 6,
        gloss: int = 0,
        texture: float = 0.0,
        cell: int = 24,
        shadow: float = 0.0,
        share: float = 1.0,
        grow: float = 1.0,
    ) -> None:
        """Fill an outline: colour from its middle to its rim, height with soft edges, mottling, a shadow."""
        if shadow:
            self.shadow(outline, shadow * 0.5, shadow * 0.8, shadow, 0.5)
        box, mask = self.mask(outline)
        if outer is None:
            tile = Image.new("RGB", mask.size, inner)
        else:
            ramp = Image.radial_gradient("L").resize(mask.size, Image.Resampling.BICUBIC)
            ramp = ramp.point(lambda value: min(255, int(value * 1.35 * grow)))
            tile = ImageOps.colorize(ramp, black=inner, white=outer)
        if texture:
            grain = fractal(mask.width, mask.height, cell, self.dice.randrange(1 << 30)).convert("RGB")
            tile = Image.blend(tile, ImageChops.overlay(tile, grain), texture)
        self.rgb.paste(tile, box[:2], mask if share == 1.0 else dim(mask, share))
        if rise:
            if rise > 0 and share == 1.0:  # opaque: what lies below must not show through as relief
                level = ImageStat.Stat(self.height.crop(box), mask).mean[0]
                self.height.paste(int(level * 0.85), box[:2], mask)
            self.lift(box, mask, rise, soft)
        if gloss:
            self.gloss.paste(gloss, box[:2], mask)
        elif rise:
            self.gloss.paste(0, box[:2], mask)

    def lift(self, box: Box, mask: Image.Image, rise: int, soft: float) -> None:
        """Add a dome (positive) or a dent (negative) to the height."""
        dome = Image.new("L", mask.size, 0)
        dome.paste(mask)
        dome = ImageChops.multiply(soften(dome, soft), mask)
        before = self.height.crop(box)
        step = dim(dome, abs(rise) / 255)
        self.height.paste(
            ImageChops.add(before, step) if rise > 0 else ImageChops.subtract(before, step), box[:2]
        )

    def line(
        self, points: Sequence[Point], width: float, colour: Colour, *, share: float = 1.0, rise: int = 0
    ) -> None:
        widths = [
            width * (0.35 + 0.65 * math.sin(math.pi * (i + 0.5) / len(points))) for i in range(len(points))
        ]
        self.paint(self.band(points, widths), colour, share=share, rise=rise, soft=max(1.0, width / 4))

    def glow(self, x: float, y: float, r: float, colour: Colour, share: float) -> None:
        """Light added around a point."""
        size = int(r * 2)
        ramp = ImageOps.invert(Image.radial_gradient("L")).resize((size, size), Image.Resampling.BICUBIC)
        ramp = ramp.point(lambda value: int(max(0, value - 75) * 1.41 * share))
        light = ImageChops.multiply(Image.new("RGB", (size, size), colour), ramp.convert("RGB"))
        box = (int(x - r), int(y - r), int(x - r) + size, int(y - r) + size)
        self.rgb.paste(ImageChops.screen(self.rgb.crop(box), light), box[:2])

    def sprinkle(
        self,
        inside: Sequence[Point],
        count: int,
        size: tuple[float, float],
        colours: Sequence[Colour],
        **more: float,
    ) -> None:
        """Many small blobs at random places within an outline."""
        box, mask = self.mask(inside)
        placed = 0
        for _try in range(count * 6):
            x, y = self.dice.randrange(mask.width), self.dice.randrange(mask.height)
            if int(mask.getpixel((x, y)) or 0) < 128:  # type: ignore[arg-type]
                continue
            r = self.dice.uniform(*size)
            outline = self.blob(
                box[0] + x, box[1] + y, r, 0.25, self.dice.uniform(0.6, 1.6), self.dice.uniform(0, 3.1)
            )
            self.paint(outline, self.dice.choice(colours), **more)  # type: ignore[arg-type]
            placed += 1
            if placed == count:
                return

    # -- grounds -----------------------------------------------------------------------------------

    def wood(self, light: Colour, dark: Colour, planks: int = 5, *, upright: bool = False) -> None:
        seed = self.dice.randrange(1 << 30)
        grain = Image.blend(noise(SIDE, SIDE, 400, 9, seed), noise(SIDE, SIDE, 160, 3, seed + 1), 0.45)
        board = ImageOps.colorize(grain, black=dark, white=light).convert("RGB")
        draw = ImageDraw.Draw(board, "RGBA")
        tall = SIDE / planks
        for plank in range(planks):
            tone = self.dice.randrange(-26, 26)
            top = int(plank * tall)
            shade = (255, 235, 210, tone) if tone > 0 else (20, 10, 0, -tone * 2)
            draw.rectangle((0, top, SIDE, top + tall), fill=shade)
            draw.rectangle((0, top, SIDE, top + 3), fill=(15, 8, 3, 170))
            draw.rectangle((0, top + 4, SIDE, top + 6), fill=(255, 230, 200, 40))
        self.rgb = board.transpose(Image.Transpose.ROTATE_90) if upright else board

    def stone(self, light: Colour, dark: Colour, cell: int = 90) -> None:
        grey = fractal(SIDE, SIDE, cell, self.dice.randrange(1 << 30))
        self.rgb = ImageOps.colorize(grey, black=dark, white=light)

    def cloth(self, colour: Colour) -> None:
        seed = self.dice.randrange(1 << 30)
        weave = Image.blend(noise(SIDE, SIDE, 90, 3, seed), noise(SIDE, SIDE, 3, 90, seed + 1), 0.5)
        plain = Image.new("RGB", (SIDE, SIDE), colour)
        folds = ImageOps.autocontrast(noise(SIDE, SIDE, 420, 520, seed + 2)).convert("RGB")
        woven = Image.blend(plain, ImageChops.overlay(plain, weave.convert("RGB")), 0.45)
        self.rgb = Image.blend(woven, ImageChops.soft_light(woven, folds), 0.5)

    def plate(
        self, x: float, y: float, r: float, colour: Colour = "#f6f3ec", rim: Colour = "#dcd6ca"
    ) -> None:
        """A round plate: foot shadow, rim, well."""
        disc = self.blob(x, y, r, 0.0)
        self.shadow(disc, 18, 34, 46, 0.55)
        self.paint(disc, colour, rim, rise=40, soft=16, gloss=70, grow=0.8)
        self.paint(self.blob(x, y, r * 0.72, 0.0), "#ebe6dc", "#fbf9f4", rise=-26, soft=14, gloss=60)
        self.paint(self.blob(x, y, r * 0.70, 0.0), colour, "#f1ece2", gloss=50)

    # -- light -------------------------------------------------------------------------------------

    def lit(self, strength: float = 1.0, reach: int = 5, shine: float = 1.0) -> None:
        """Turn height into light and shade from the upper left, and gloss into highlights."""
        smooth = self.height.filter(ImageFilter.GaussianBlur(1.6))
        near = ImageChops.offset(smooth, reach, reach)
        far = ImageChops.offset(smooth, -reach, -reach)
        # The picture's brightness rises where the ground climbs towards the light.
        relief = ImageChops.subtract(far, near, scale=1 / (2.2 * strength), offset=128).filter(
            ImageFilter.GaussianBlur(1.2)
        )
        self.rgb = ImageChops.overlay(self.rgb, relief.convert("RGB"))
        spark = relief.point(lambda value: max(0, min(255, int((value - 158) * 2.4 * shine))))
        spark = ImageChops.multiply(spark.filter(ImageFilter.GaussianBlur(1.4)), self.gloss)
        white = Image.new("RGB", self.rgb.size, "#fff8ea")
        self.rgb.paste(white, (0, 0), spark)
        self.height = Image.new("L", (SIDE, SIDE), 0)
        self.gloss = Image.new("L", (SIDE, SIDE), 0)

    def finish(
        self, *, warm: float = 0.06, dark_edges: float = 0.35, contrast: float = 1.03, colour: float = 1.04
    ) -> bytes:
        """Grade, darken the edges, add a little film grain, encode as JPEG."""
        picture = ImageEnhance.Contrast(ImageEnhance.Color(self.rgb).enhance(colour)).enhance(contrast)
        picture = Image.blend(
            picture, ImageChops.soft_light(picture, Image.new("RGB", picture.size, "#ffb866")), warm * 3
        )
        edge = Image.radial_gradient("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        edge = edge.point(lambda value: int(max(0, value - 110) * 1.7 * dark_edges))
        picture.paste(Image.new("RGB", picture.size, "#0b0603"), (0, 0), edge)
        grain = noise(SIDE, SIDE, 1, 1, 7).convert("RGB")
        picture = Image.blend(picture, ImageChops.soft_light(picture, grain), 0.10)
        into = io.BytesIO()
        picture.filter(ImageFilter.UnsharpMask(2, 60, 2)).save(into, "JPEG", quality=90)
        return into.getvalue()
