"""Drawings of the bakery's breads and coffee, and of the desserts."""

from __future__ import annotations

import math

from PIL import Image, ImageFilter

from assets.demo.canvas import SIDE, Canvas, Point


def _croissant(c: Canvas, x: float, y: float, size: float, turn: float) -> None:
    """Nine rolls along a gentle bow, thick in the middle, drawn from the horns inwards."""
    places = []
    for index in range(9):
        t = index / 8 * 2 - 1
        px, py = size * 0.88 * math.sin(t * 1.3) / math.sin(1.3), size * (0.42 * abs(t) ** 1.9 - 0.16)
        places.append(
            (
                abs(t),
                t,
                x + px * math.cos(turn) - py * math.sin(turn),
                y + px * math.sin(turn) + py * math.cos(turn),
            )
        )
    for reach, _t, px, py in places:
        c.shadow(c.blob(px, py, size * (0.44 - 0.26 * reach), 0.03), 16, 30, 26, 0.4)
    for reach, t, px, py in sorted(places, reverse=True):
        r = size * (0.52 - 0.32 * reach**1.2)
        lean = turn + t * 0.62
        roll = c.blob(px, py, r, 0.04, 0.46 + 0.1 * (1 - reach), lean)
        c.shadow(roll, 3, 6, 10, 0.45)
        c.paint(
            roll, "#f3bf66", "#8f4c17", rise=110, soft=r * 0.22, gloss=150, texture=0.5, cell=36, grow=0.95
        )
        for step in (-0.3, -0.18, -0.06, 0.07, 0.19, 0.3):  # baked layers
            ridge = []
            for k in range(9):
                v = (k / 8 - 0.5) * 1.7 * r
                inward = step * r * (1 - 0.5 * abs(k / 8 - 0.5))
                ridge.append(
                    (
                        px + inward * math.cos(lean) - v * math.sin(lean),
                        py + inward * math.sin(lean) + v * math.cos(lean),
                    )
                )
            c.line(
                ridge,
                r * 0.05,
                c.dice.choice(["#7e4415", "#a8611f", "#fadc9e", "#c98235"]),
                share=0.4,
                rise=14,
            )


def croissant() -> bytes:
    c = Canvas(53)
    c.stone("#e9e4dc", "#cfc7bb", 220)
    for _ in range(5):  # veins of marble
        x = c.dice.uniform(0, SIDE)
        vein = [(x + step * 60 + c.dice.uniform(-40, 40), step * 170 - 100) for step in range(12)]
        c.line(vein, c.dice.uniform(6, 18), "#a59c90", share=0.25)
    sheet = [(120, 260), (1440, 160), (1500, 1400), (180, 1470)]
    c.shadow(sheet, 10, 20, 26, 0.3)
    c.paint(sheet, "#f7f1e4", "#e6dac2", rise=8, soft=4, texture=0.35, cell=160)
    _croissant(c, 690, 560, 470, -0.35)
    _croissant(c, 860, 1090, 500, 0.22)
    for _ in range(90):
        flake = c.blob(c.dice.uniform(150, 1450), c.dice.uniform(250, 1450), c.dice.uniform(3, 13), 0.4)
        c.paint(flake, c.dice.choice(["#d99a4a", "#f0c47c", "#b9742e"]), rise=30, soft=2, gloss=60, shadow=3)
    c.lit(0.85, 5)
    return c.finish(dark_edges=0.22)


def sourdough() -> bytes:
    c = Canvas(59)
    c.wood("#5b4534", "#241a13", 4)
    cloth = c.frilled([(180, 420), (700, 200), (1420, 300), (1490, 1250), (980, 1480), (220, 1330)], 20)
    c.shadow(cloth, 12, 24, 30, 0.5)
    c.paint(cloth, "#d9cfbd", "#b9ad98", rise=20, soft=10, texture=0.7, cell=70)
    loaf = c.blob(800, 800, 560, 0.02, 1.12, 0.35)
    c.shadow(loaf, 34, 62, 60, 0.7)
    c.paint(loaf, "#c47f38", "#5c2d10", rise=180, soft=120, gloss=22, texture=0.7, cell=110, grow=0.95)
    c.sprinkle(loaf, 240, (3, 12), ["#e2a860", "#8a4d1c", "#f0c68c"], share=0.45, rise=16, soft=3, gloss=60)
    flour = c.blob(790, 780, 500, 0.05, 1.1, 0.35)
    c.sprinkle(flour, 420, (2, 10), ["#f7efe0", "#efe3cd"], share=0.34)

    def at(px: float, py: float) -> Point:
        return (
            800 + px * math.cos(0.35) - py * math.sin(0.35),
            800 + px * math.sin(0.35) + py * math.cos(0.35),
        )

    cut = [at(-470 + k * 94, 26 * math.sin(k * 0.62) - 10) for k in range(11)]
    wide = [20, 60, 104, 130, 142, 146, 140, 128, 104, 60, 20]
    gash = c.band(cut, wide)
    c.paint(gash, "#f0cf98", "#b8722c", rise=-70, soft=18, texture=0.9, cell=26, gloss=20)
    c.sprinkle(gash, 90, (4, 13), ["#fbe7c2", "#c78a45", "#e8bd80"], share=0.7, rise=22, soft=3)
    ear = c.band(
        [at(-460 + k * 92, 26 * math.sin(k * 0.62) - 66) for k in range(11)],
        [8, 22, 34, 42, 46, 48, 46, 40, 32, 22, 8],
    )
    c.paint(ear, "#4a2109", "#7d4316", rise=120, soft=9, gloss=40, texture=0.6, shadow=10)
    for side in (-1, 1):  # a wheat ear cut into each half
        for k in range(5):
            sx, sy = at(-300 + k * 140, side * 270)
            leaf = c.leaf(sx, sy, 120, 17, 0.35 + side * 0.8, 0.1)
            c.paint(leaf, "#e2b272", "#9c5d22", rise=-46, soft=6)
    for _ in range(300):
        dust = c.blob(c.dice.uniform(120, 1500), c.dice.uniform(200, 1500), c.dice.uniform(1, 5), 0.2)
        c.paint(dust, "#f6efe1", share=0.6)
    c.lit(0.9, 6)
    return c.finish(dark_edges=0.42)


def cappuccino() -> bytes:
    c = Canvas(61)
    c.wood("#7b5a41", "#3a261a", 5, upright=True)
    saucer = c.blob(800, 830, 640, 0.0)
    c.shadow(saucer, 22, 40, 46, 0.6)
    c.paint(saucer, "#2f5d62", "#1f4247", rise=50, soft=30, gloss=120)
    c.paint(c.blob(800, 830, 420, 0.0), "#234a4f", "#2f5d62", rise=-24, soft=24, gloss=90)
    handle = c.band(
        [(1190, 560), (1330, 470), (1395, 400), (1330, 340), (1200, 400), (1100, 500)],
        [70, 66, 62, 60, 64, 70],
    )
    c.shadow(handle, 10, 22, 24, 0.5)
    c.paint(handle, "#3b7077", "#21484d", rise=80, soft=18, gloss=190)
    cup = c.blob(800, 790, 470, 0.0)
    c.shadow(cup, 24, 44, 40, 0.6)
    c.paint(cup, "#3b7077", "#2a555b", rise=120, soft=24, gloss=190)
    c.paint(c.blob(800, 790, 425, 0.0), "#f4efe6", "#d7cfc2", rise=-60, soft=16, gloss=90)
    coffee = c.blob(800, 795, 402, 0.0)
    c.paint(coffee, "#b06f35", "#6b3a16", gloss=60, texture=0.5, cell=40, grow=0.85)
    c.sprinkle(coffee, 110, (4, 14), ["#8a4f22", "#c98b50", "#7a4219"], share=0.35)
    for cy, size in ((985, 14.5), (800, 11.5), (640, 8.0)):  # a tulip: hearts of milk, one on the other
        for grow, colour in ((1.2, "#c99a62"), (1.0, "#fff8ea")):
            heart = [
                (
                    800 + size * grow * 16 * math.sin(a) ** 3,
                    cy - size * grow * 0.62
                    * (13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a) - math.cos(4 * a)),
                )
                for a in (k * math.tau / 72 for k in range(72))
            ]  # fmt: skip
            c.paint(
                heart, colour, "#f4e2c2" if grow == 1.0 else "#a8672f", share=0.9, rise=10, soft=12, gloss=40
            )
    c.sprinkle(c.blob(800, 795, 390, 0), 110, (1.5, 4.5), ["#5a2f12", "#7a4520"], share=0.6)
    spoon = c.band([(240, 1320), (420, 1240), (640, 1185), (760, 1150)], [34, 26, 24, 40])
    c.shadow(spoon, 8, 16, 14, 0.5)
    c.paint(spoon, "#e6e8ea", "#9fa6aa", rise=60, soft=8, gloss=255)
    bowl = c.blob(240, 1335, 92, 0.02, 1.4, -0.42)
    c.shadow(bowl, 8, 16, 14, 0.5)
    c.paint(bowl, "#c9ced2", "#eef0f1", rise=70, soft=20, gloss=255)
    for _ in range(16):
        x, y, turn = c.dice.uniform(1180, 1560), c.dice.uniform(1180, 1560), c.dice.uniform(0, 3.1)
        bean = c.blob(x, y, 34, 0.04, 1.45, turn)
        c.paint(bean, "#6a3b1c", "#2c1508", rise=90, soft=12, gloss=170, shadow=10)
        c.line(
            [
                (x - 40 * math.cos(turn), y - 40 * math.sin(turn)),
                (x, y),
                (x + 40 * math.cos(turn), y + 40 * math.sin(turn)),
            ],
            8,
            "#1c0c04",
            share=0.9,
            rise=0,
        )
    c.lit(0.85, 5)
    return c.finish()


def tiramisu() -> bytes:
    c = Canvas(67)
    c.stone("#6d5a4b", "#33271f", 320)
    c.rgb = c.rgb.filter(ImageFilter.GaussianBlur(22))
    for _ in range(16):
        c.glow(
            c.dice.uniform(0, 1600),
            c.dice.uniform(40, 620),
            c.dice.uniform(60, 170),
            "#ffcf8a",
            c.dice.uniform(0.12, 0.4),
        )
    table = [(0, 980), (1600, 940), (1600, 1600), (0, 1600)]
    c.paint(table, "#8a6a4e", "#5d442f", texture=0.5, cell=150)
    plate = c.blob(800, 1240, 700, 0.0)
    plate = [(x, 1240 + (y - 1240) * 0.3) for x, y in plate]
    c.shadow(plate, 14, 40, 46, 0.6)
    c.paint([(x, y + 26) for x, y in plate], "#cfc7b8", "#b5ab9a")
    c.paint(plate, "#faf7f0", "#e6dfd2", rise=16, soft=14, gloss=80)
    inner = [(800 + (x - 800) * 0.74, 1240 + (y - 1240) * 0.7) for x, y in plate]
    c.paint(inner, "#f0ebe0", "#faf8f2", rise=-10, soft=8)
    base = [(330, 1230), (1180, 1290), (1400, 1170), (1380, 1120), (300, 1180)]
    c.shadow(base, 14, 36, 40, 0.6)
    top = [(320, 560), (980, 500), (1350, 585), (1130, 690)]
    layers = (
        (0.0, 0.15, "#fff6e2", "#f3e2bf", 0.2),
        (0.15, 0.40, "#a8672f", "#6d3a15", 0.9),
        (0.40, 0.60, "#fff8e8", "#f1dfbb", 0.25),
        (0.60, 0.84, "#a2602b", "#5f3111", 0.9),
        (0.84, 1.0, "#fff4dc", "#ecd7ae", 0.25),
    )
    for upper, lower, inner_c, outer_c, texture in layers:
        for left, right, shade in (((320, 560), (1130, 690), 0.0), ((1130, 690), (1350, 585), 0.28)):
            drop = 590

            def edge(t: float, share: float) -> Point:
                x = left[0] + (right[0] - left[0]) * share  # noqa: B023
                y = left[1] + (right[1] - left[1]) * share + drop * t  # noqa: B023
                return (x, y + (8 * math.sin(share * 17 + t * 9) if 0 < t < 1 else 0))

            slab = [edge(upper, k / 20) for k in range(21)] + [edge(lower, k / 20) for k in range(20, -1, -1)]
            c.paint(slab, inner_c, outer_c, texture=texture, cell=26, rise=26, soft=8, gloss=30)
            if texture > 0.5:
                c.sprinkle(
                    slab,
                    70 if shade == 0 else 26,
                    (5, 18),
                    ["#d39a58", "#5a2e10", "#7d4a20", "#c07f3f"],
                    share=0.55,
                    rise=12,
                    soft=3,
                )
            else:
                c.sprinkle(slab, 26, (3, 9), ["#ffffff", "#e7d2a4"], share=0.5)
            if shade:
                c.paint(slab, "#2a1508", share=shade)
    c.paint(top, "#5a3218", "#3c1f0d", texture=0.9, cell=20, rise=30, soft=10)
    c.sprinkle(top, 420, (2, 8), ["#6f4020", "#3a1c0a", "#8a5530", "#2a1206"], rise=20, soft=2)
    for step in range(5):  # drips of cream over the edge
        x = 420 + step * 150 + c.dice.uniform(-30, 30)
        y = 560 + (x - 320) / 810 * 130
        drip = c.band([(x, y - 6), (x + 4, y + 40), (x + 6, y + c.dice.uniform(80, 130))], [70, 46, 34])
        c.paint(drip, "#fff7e4", "#f3e3c2", rise=40, soft=10, gloss=120)
    for x, y, length, turn in ((800, 575, 190, -0.7), (800, 580, 170, -2.3), (800, 570, 120, -1.5)):
        outline = c.frilled(c.leaf(x, y, length, length * 0.36, turn, 0.1), 5)
        c.paint(outline, "#7cc45a", "#2f7a34", rise=50, soft=10, gloss=110, texture=0.4, shadow=10)
        c.line(
            [(x, y), (x + length * 0.85 * math.cos(turn), y + length * 0.85 * math.sin(turn))],
            5,
            "#bfe59c",
            share=0.8,
        )
    for _ in range(160):
        a, out = c.dice.uniform(0, math.tau), c.dice.uniform(0.72, 0.97)
        cocoa = c.blob(
            800 + 640 * out * math.cos(a), 1250 + 190 * out * math.sin(a), c.dice.uniform(1.5, 6), 0.3
        )
        c.paint(cocoa, "#4a2812", share=0.8)
    c.lit(0.8, 5)
    return c.finish(dark_edges=0.4)


def lemonade() -> bytes:
    c = Canvas(71)
    sky = Image.linear_gradient("L").resize((SIDE, SIDE))
    c.rgb = Image.composite(
        Image.new("RGB", (SIDE, SIDE), "#8fb76a"), Image.new("RGB", (SIDE, SIDE), "#f6f0cf"), sky
    )
    for _ in range(60):
        c.glow(
            c.dice.uniform(0, 1600),
            c.dice.uniform(0, 1000),
            c.dice.uniform(50, 190),
            c.dice.choice(["#fff7c8", "#dff2a8", "#ffe9a0"]),
            c.dice.uniform(0.1, 0.4),
        )
    c.rgb = c.rgb.filter(ImageFilter.GaussianBlur(12))
    c.paint([(0, 1270), (1600, 1240), (1600, 1600), (0, 1600)], "#e9d9bd", "#b99a70", texture=0.5, cell=130)
    c.shadow([(520, 1400), (1150, 1400), (1420, 1480), (700, 1490)], 60, 30, 44, 0.4)
    left, right, top, bottom = 500, 1100, 330, 1440

    def side(t: float) -> tuple[float, float]:
        squeeze = 60 * t
        return left + squeeze, right - squeeze

    def slab(t0: float, t1: float) -> list[Point]:
        (l0, r0), (l1, r1) = side(t0), side(t1)
        y0, y1 = top + (bottom - top) * t0, top + (bottom - top) * t1
        arc = [
            ((l1 + r1) / 2 + (r1 - l1) / 2 * math.cos(a), y1 + 44 * math.sin(a))
            for a in (k * math.pi / 20 for k in range(21))
        ]
        return [(l0, y0), (r0, y0), *arc]

    straw = c.band([(940, 90), (860, 620), (800, 1100)], [40, 40, 40])
    c.paint(straw, "#d8432f", "#b52a1c", rise=50, soft=10, gloss=150)
    for k in range(12):
        y = 110 + k * 90
        x = 940 - (y - 90) * 0.145
        c.paint([(x - 24, y), (x + 24, y + 24), (x + 22, y + 60), (x - 26, y + 36)], "#fff6ea", share=0.95)
    c.paint(slab(0.0, 1.0), "#fffbe8", "#f2f4dc", share=0.35)
    for t in range(24):  # the drink: paler above, richer below
        t0, t1 = 0.13 + t * 0.034, 0.13 + (t + 1) * 0.034 + 0.004
        mix = t / 23
        colour = (int(255 - 8 * mix), int(236 - 44 * mix), int(140 - 84 * mix))
        c.paint(slab(t0, min(t1, 0.955)), colour, share=0.9)
    for x, y, turn, size in (
        (650, 560, 0.3, 125),
        (905, 610, 1.0, 118),
        (760, 760, 0.7, 122),
        (955, 870, 0.2, 104),
        (650, 920, 1.2, 100),
    ):
        cube = [
            (x + size * math.cos(turn + a) * k, y + size * math.sin(turn + a) * k)
            for a, k in (
                (0, 1),
                (0.3, 0.9),
                (1.57, 1),
                (1.9, 0.9),
                (3.14, 1),
                (3.5, 0.9),
                (4.71, 1),
                (5.0, 0.9),
            )
        ]
        c.paint(cube, "#fffef2", "#ffe98f", share=0.55, rise=60, soft=14, gloss=255)
        c.paint(
            [(x + (px - x) * 0.62, y + (py - y) * 0.62) for px, py in cube],
            "#fff6bd",
            "#fffdf0",
            share=0.5,
            rise=-30,
            soft=10,
            gloss=200,
        )
    for x, y, r, squash in ((860, 1120, 150, 0.95), (640, 1240, 112, 0.9)):  # slices in the glass
        _slice(c, x, y, r, squash)
    for x, y, length, turn in ((700, 640, 170, 0.4), (920, 760, 150, 2.4), (790, 980, 150, 5.4)):
        c.paint(
            c.leaf(x, y, length, length * 0.34, turn, 0.1),
            "#6db545",
            "#2c6a24",
            share=0.85,
            rise=40,
            soft=8,
            gloss=120,
            texture=0.4,
        )
    rim = [(800 + 300 * math.cos(a), top + 42 * math.sin(a)) for a in (k * math.tau / 60 for k in range(61))]
    c.paint(c.band(rim, [12] * 61), "#ffffff", share=0.7, rise=50, soft=4, gloss=255)
    surface = [
        (800 + 286 * math.cos(a), top + 150 + 36 * math.sin(a))
        for a in (k * math.tau / 60 for k in range(60))
    ]
    c.paint(surface, "#fff5b4", "#f9de6a", share=0.75, gloss=120)
    c.line([(560, 420), (585, 800), (610, 1300)], 34, "#ffffff", share=0.55)
    c.line([(1065, 420), (1040, 820), (1015, 1280)], 16, "#ffffff", share=0.45)
    glass = slab(0.15, 0.98)
    c.sprinkle(glass, 150, (3, 13), ["#ffffff", "#fffbe0"], share=0.4, rise=60, soft=3, gloss=255)
    base = slab(0.955, 1.0)
    c.paint(base, "#ffffff", "#d9e0c8", share=0.7, rise=40, soft=10, gloss=200)
    _slice(c, 1130, 330, 165, 1.0)
    _lemon(c, 1330, 1400, 150)
    c.paint(
        c.leaf(1230, 1330, 170, 60, 3.6, 0.1), "#6db545", "#2f6d26", rise=46, soft=10, gloss=110, shadow=14
    )
    _slice(c, 300, 1470, 170, 0.42)
    c.lit(0.8, 5)
    return c.finish(warm=0.03, dark_edges=0.15)


def _slice(c: Canvas, x: float, y: float, r: float, squash: float) -> None:
    def oval(size: float) -> list[Point]:
        return [
            (x + size * math.cos(a), y + size * squash * math.sin(a))
            for a in (k * math.tau / 60 for k in range(60))
        ]

    c.paint(oval(r), "#f6cf2f", "#e3ae12", rise=40, soft=8, gloss=120, shadow=10)
    c.paint(oval(r * 0.9), "#fffbe6", "#fdf3c0")
    for k in range(9):
        a0, a1 = k * math.tau / 9 + 0.06, (k + 1) * math.tau / 9 - 0.06
        middle = (a0 + a1) / 2
        wedge = [(x + r * 0.07 * math.cos(middle), y + r * squash * 0.07 * math.sin(middle))]
        wedge += [
            (x + r * 0.82 * math.cos(a), y + r * squash * 0.82 * math.sin(a))
            for a in (a0 + (a1 - a0) * i / 6 for i in range(7))
        ]
        c.paint(wedge, "#fff0a0", "#f7d24a", rise=26, soft=5, gloss=200, texture=0.4, cell=12)


def _lemon(c: Canvas, x: float, y: float, r: float) -> None:
    body = [
        (x + r * 1.28 * math.cos(a) * (1 + 0.1 * abs(math.cos(a)) ** 9), y + r * math.sin(a))
        for a in (k * math.tau / 80 for k in range(80))
    ]
    c.shadow(body, 14, 30, 34, 0.55)
    c.paint(body, "#ffe45c", "#d9a514", rise=150, soft=46, gloss=120, texture=0.35, cell=12)
    c.sprinkle(body, 120, (2, 5), ["#e6b91e", "#fff0a0"], share=0.5)
