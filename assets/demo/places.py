"""Drawings of the restaurant itself: the oven and the street."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter

from assets.demo.canvas import SIDE, Canvas, Point


def _flame(c: Canvas, x: float, y: float, height: float, width: float, lean: float) -> list[Point]:
    left, right = [], []
    for step in range(21):
        t = step / 20
        half = width * (1 - t) ** 0.7 * (0.35 + 1.2 * t * (1 - t) + 0.4 * math.sin(math.pi * min(1, t * 1.6)))
        sway = lean * t * t + 22 * math.sin(t * 7 + x) * t
        left.append((x - half + sway, y - height * t))
        right.append((x + half + sway, y - height * t))
    return left + right[::-1]


def oven_interior() -> bytes:
    c = Canvas(73, "#120805")
    cx, cy = 800, 1010
    for ring in range(9, -1, -1):  # brick rings of the dome, darker towards us
        r = 430 + ring * 92
        bricks = 15 + ring * 3
        for index in range(bricks):
            a0 = math.pi + index * math.pi / bricks + (ring % 2) * math.pi / bricks / 2
            a1 = a0 + math.pi / bricks * 0.94
            inner, outer = r, r + 84
            brick = [
                (
                    cx + outer * math.cos(a0 + (a1 - a0) * k / 4),
                    cy + outer * 0.82 * math.sin(a0 + (a1 - a0) * k / 4),
                )
                for k in range(5)
            ]
            brick += [
                (
                    cx + inner * math.cos(a1 - (a1 - a0) * k / 4),
                    cy + inner * 0.82 * math.sin(a1 - (a1 - a0) * k / 4),
                )
                for k in range(5)
            ]
            tone = c.dice.uniform(0.72, 1.1) * (1.12 - ring * 0.085)
            colour = tuple(min(255, int(v * tone)) for v in (150, 78, 44))
            c.paint(brick, colour, rise=44, soft=8, texture=0.9, cell=22)  # type: ignore[arg-type]
    floor = [(-20, 1010), (1620, 1010), (1620, 1620), (-20, 1620)]
    c.paint(floor, "#6b5040", "#2c1c14", texture=0.8, cell=60)
    for row in range(5):
        y = 1030 + row * row * 30 + row * 40
        c.line([(0, y), (800, y), (1600, y)], 7, "#1a0d07", share=0.8)
    for column in range(-8, 9):
        c.line([(800 + column * 85, 1012), (800 + column * 330, 1620)], 7, "#1a0d07", share=0.7)
    mouth = [
        (cx + 430 * math.cos(a), cy + 430 * 0.82 * math.sin(a))
        for a in (math.pi + k * math.pi / 30 for k in range(31))
    ]
    c.paint(mouth, "#b04410", "#2a0e05", texture=0.5, cell=90)
    c.lit(1.0, 5)
    for x, y, length, turn in (
        (560, 985, 300, 0.15),
        (620, 940, 280, -0.2),
        (700, 985, 250, 0.05),
        (1000, 970, 220, 0.3),
    ):
        log = c.band(
            [
                (x - length / 2 * math.cos(turn), y - length / 2 * math.sin(turn)),
                (x, y),
                (x + length / 2 * math.cos(turn), y + length / 2 * math.sin(turn)),
            ],
            [58, 64, 56],
        )
        c.paint(log, "#4a2a18", "#180b05", rise=80, soft=14, texture=0.9, cell=14)
    c.sprinkle(
        [(420, 950), (860, 940), (900, 1010), (400, 1015)],
        130,
        (6, 22),
        ["#ff7a1a", "#ffb03a", "#c2360b", "#4a1606"],
    )
    c.lit(0.9, 5)
    light = Image.new("RGB", (SIDE, SIDE))
    fire = Canvas(79, "#000000")
    for _ in range(46):
        at = fire.dice.gauss(640, 120)
        flame = _flame(
            fire,
            at,
            985 + fire.dice.uniform(-20, 20),
            fire.dice.uniform(180, 470) * math.exp(-(((at - 640) / 260) ** 2)),
            fire.dice.uniform(36, 84),
            fire.dice.uniform(20, 190),
        )
        fire.paint(
            flame, fire.dice.choice(["#ff9a1f", "#ff6a0a", "#ffb637", "#f24c05"]), "#c42a02", share=0.42
        )
    for _ in range(18):
        at = fire.dice.gauss(640, 80)
        fire.paint(
            _flame(
                fire,
                at,
                990,
                fire.dice.uniform(90, 210),
                fire.dice.uniform(26, 50),
                fire.dice.uniform(10, 90),
            ),
            "#fff2b8",
            "#ffc04a",
            share=0.5,
        )
    light = ImageChops.add(
        fire.rgb.filter(ImageFilter.GaussianBlur(5)),
        dim_rgb(
            fire.rgb.resize((200, 200))
            .filter(ImageFilter.GaussianBlur(12))
            .resize((SIDE, SIDE), Image.Resampling.BICUBIC),
            0.55,
        ),
    )
    c.rgb = ImageChops.screen(c.rgb, light)
    c.glow(640, 860, 620, "#ff8a2a", 0.75)
    c.glow(660, 800, 1150, "#d9531a", 0.5)
    for _ in range(60):
        c.glow(c.dice.gauss(760, 220), c.dice.uniform(380, 960), c.dice.uniform(4, 11), "#ffb552", 0.9)
    _pizza_in_front(c)
    return c.finish(warm=0.05, dark_edges=0.6, contrast=1.06)


def _pizza_in_front(c: Canvas) -> None:
    def flat(outline: list[Point]) -> list[Point]:
        return [(x, 1290 + (y - 1290) * 0.4) for x, y in outline]

    crust = flat(c.blob(930, 1290, 400, 0.03))
    c.shadow(crust, -6, 30, 30, 0.7)
    c.paint([(x, y + 16) for x, y in crust], "#8a4f1c")
    c.paint(crust, "#efb765", "#a8601f", rise=80, soft=18, gloss=40, texture=0.6, cell=36)
    for _ in range(34):
        a, out = c.dice.uniform(0, math.tau), c.dice.uniform(352, 392)
        spot = flat(c.blob(930 + out * math.cos(a), 1290 + out * math.sin(a), c.dice.uniform(6, 22), 0.3))
        c.paint(spot, "#3a1a08", share=0.6)
    sauce = flat(c.blob(930, 1290, 328, 0.04))
    c.paint(sauce, "#d9481f", "#a5260f", rise=-30, soft=12, gloss=120, texture=0.7, cell=36)
    for _ in range(13):
        a, out = c.dice.uniform(0, math.tau), 280 * math.sqrt(c.dice.random())
        r = c.dice.uniform(40, 66)
        c.paint(
            flat(c.blob(930 + out * math.cos(a), 1290 + out * math.sin(a), r, 0.15)),
            "#fff6df",
            "#f0cf94",
            rise=40,
            soft=8,
            gloss=170,
        )
    for x, y, turn in ((860, 1250, 0.3), (1030, 1330, 2.4), (930, 1420, 5.4), (1120, 1220, 3.2)):
        c.paint(flat(c.leaf(x, y, 120, 42, turn)), "#4d8a2c", "#234f18", rise=34, soft=6, gloss=90)
    c.lit(0.8, 4)
    c.glow(640, 1150, 560, "#ff8a2a", 0.3)


def dim_rgb(picture: Image.Image, share: float) -> Image.Image:
    return picture.point(lambda value: int(value * share))


def storefront() -> bytes:
    c = Canvas(83)
    ramp = Image.linear_gradient("L").resize((SIDE, SIDE))
    c.rgb = Image.composite(
        Image.new("RGB", (SIDE, SIDE), "#d9776a"),
        Image.new("RGB", (SIDE, SIDE), "#1c2350"),
        ramp.point(lambda v: min(255, v * 2)),
    )
    for _ in range(50):
        x, y = c.dice.uniform(0, 1600), c.dice.uniform(0, 300)
        c.glow(x, y, c.dice.uniform(2, 5), "#dfe4ff", 0.8)
    for x, width, top in ((-60, 330, 330), (1330, 340, 270)):  # neighbours
        c.paint([(x, top), (x + width, top), (x + width, 1240), (x, 1240)], "#262447", "#1a1836")
        for row in range(5):
            for column in range(3):
                if c.dice.random() < 0.45:
                    wx, wy = x + 50 + column * 90, top + 70 + row * 150
                    c.paint(
                        [(wx, wy), (wx + 48, wy), (wx + 48, wy + 78), (wx, wy + 78)],
                        "#f2b35a",
                        "#c9803a",
                        share=0.8,
                    )
    wall = [(230, 180), (1370, 180), (1370, 1240), (230, 1240)]
    c.paint(wall, "#5e2f33", "#3a1c24")
    for row in range(27):
        for column in range(-1, 20):
            x = 232 + column * 62 + (row % 2) * 31
            y = 184 + row * 39
            box = [
                (max(x, 230), y),
                (min(x + 57, 1370), y),
                (min(x + 57, 1370), y + 34),
                (max(x, 230), y + 34),
            ]
            if box[0][0] < box[1][0]:
                tone = c.dice.uniform(0.8, 1.15)
                c.paint(box, tuple(int(v * tone) for v in (112, 56, 52)))  # type: ignore[arg-type]
    c.paint([(205, 140), (1395, 140), (1395, 196), (205, 196)], "#2a1a26", rise=40, soft=8)
    for x in (380, 700, 1020):  # windows above, curtains half drawn
        c.paint([(x, 250), (x + 200, 250), (x + 200, 470), (x, 470)], "#20161e", rise=30, soft=5)
        c.paint([(x + 12, 262), (x + 188, 262), (x + 188, 458), (x + 12, 458)], "#ffd98c", "#e09a4a")
        for side in (0, 1):
            edge = x + 12 if side == 0 else x + 188
            way = 1 if side == 0 else -1
            c.paint(
                [
                    (edge, 262),
                    (edge + way * 62, 262),
                    (edge + way * 26, 380),
                    (edge + way * 40, 458),
                    (edge, 458),
                ],
                "#b4673a",
                "#8a4a2a",
                share=0.9,
            )
        c.paint([(x + 94, 262), (x + 106, 262), (x + 106, 458), (x + 94, 458)], "#20161e")
    c.paint(
        [(290, 520), (1310, 520), (1310, 640), (290, 640)], "#173b3a", "#102b2b", rise=40, soft=10, gloss=50
    )
    _sign(c)
    c.lit(0.7, 4)
    for x0, x1 in ((300, 700), (900, 1300)):  # shop windows
        c.paint([(x0, 770), (x1, 770), (x1, 1150), (x0, 1150)], "#140d10", rise=26, soft=6)
        pane = [(x0 + 16, 786), (x1 - 16, 786), (x1 - 16, 1134), (x0 + 16, 1134)]
        c.paint(pane, "#ffe2a0", "#e8953c", texture=0.35, cell=110)
        for k in range(3):
            lx = x0 + 80 + k * 120
            c.line([(lx, 786), (lx, 830)], 5, "#3a2414")
            c.paint([(lx - 30, 866), (lx - 10, 828), (lx + 10, 828), (lx + 30, 866)], "#3a2414")
            c.glow(lx, 880, 100, "#fff0c0", 0.8)
        for k in range(4):  # guests
            gx = x0 + 60 + k * 92 + c.dice.uniform(-12, 12)
            gy = 1010 + c.dice.uniform(-14, 14)
            c.paint(c.blob(gx, gy, 27, 0.03), "#4a2a18", share=0.85)
            c.paint(
                [
                    (gx - 46, 1134),
                    (gx - 40, gy + 62),
                    (gx - 16, gy + 34),
                    (gx + 16, gy + 34),
                    (gx + 40, gy + 62),
                    (gx + 46, 1134),
                ],
                "#4a2a18",
                share=0.85,
            )
        c.paint([(x0 + 16, 1090), (x1 - 16, 1090), (x1 - 16, 1134), (x0 + 16, 1134)], "#5a3016", share=0.9)
        c.paint(
            [
                ((x0 + x1) / 2 - 6, 786),
                ((x0 + x1) / 2 + 6, 786),
                ((x0 + x1) / 2 + 6, 1134),
                ((x0 + x1) / 2 - 6, 1134),
            ],
            "#140d10",
        )
    c.paint([(728, 770), (872, 770), (872, 1240), (728, 1240)], "#140d10", rise=26, soft=6)
    c.paint([(746, 790), (854, 790), (854, 1090), (746, 1090)], "#ffdf98", "#e49a40")
    c.paint([(746, 1110), (854, 1110), (854, 1220), (746, 1220)], "#2f5a48", "#1d3d30", rise=20, soft=6)
    for index in range(17):  # awning
        x = 282 + index * 61
        stripe = [(x + 10, 650), (x + 61 + 10, 650), (x + 61, 760), (x, 760)]
        colour = ("#c8372c", "#9c221b") if index % 2 == 0 else ("#f7ead2", "#d9c49c")
        c.paint(stripe, *colour, rise=20, soft=10)
        scallop = [
            (x + 30.5 + 30.5 * math.cos(a), 760 + 30 * math.sin(a))
            for a in (k * math.pi / 12 for k in range(13))
        ]
        c.paint(scallop, colour[1] if index % 2 == 0 else colour[0])
    for x in (300, 1300):  # lanterns
        c.glow(x, 700, 230, "#ffb24a", 0.7)
    c.paint([(0, 1240), (1600, 1240), (1600, 1290), (0, 1290)], "#4a4656", "#35323f", texture=0.6)
    street = c.rgb.crop((0, 1290 - 310, SIDE, 1290)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = Image.new("RGB", (SIDE, 310), "#14121c")
    mirror = Image.blend(mirror, street.filter(ImageFilter.GaussianBlur(9)), 0.55)
    c.rgb.paste(mirror, (0, 1290))
    for _ in range(240):
        x, y = c.dice.uniform(0, 1600), c.dice.uniform(1300, 1600)
        c.line(
            [(x, y), (x + c.dice.uniform(30, 150), y)],
            3,
            c.dice.choice(["#ffc878", "#0d0b14", "#37324a"]),
            share=0.25,
        )
    for k in range(25):  # string lights
        t = k / 24
        x, y = 40 + 1520 * t, 470 + 120 * math.sin(math.pi * ((t * 2) % 1))
        y -= 260
        c.glow(x, y, 54, "#ffcf7a", 0.85)
        c.glow(x, y, 13, "#fff6d8", 1.0)
    for x, y in ((250, 1215), (560, 1215), (1040, 1215), (1350, 1215)):  # planters
        c.paint(
            [(x - 60, y - 40), (x + 60, y - 40), (x + 48, y + 40), (x - 48, y + 40)],
            "#7a4630",
            "#4a2718",
            rise=40,
            soft=10,
        )
        for _ in range(26):
            leaf = c.leaf(
                x + c.dice.uniform(-50, 50), y - 36, c.dice.uniform(50, 100), 14, c.dice.uniform(-2.6, -0.5)
            )
            c.paint(leaf, c.dice.choice(["#3f6d3a", "#2a5230", "#5a8a44"]))
    for x in (500, 1100):
        c.glow(x, 960, 420, "#ffa84a", 0.32)
    return c.finish(warm=0.03, dark_edges=0.45, colour=1.1)


def _sign(c: Canvas) -> None:
    """Seven letters as strokes: no font is needed, so every machine draws the same."""
    strokes: dict[str, list[list[Point]]] = {
        "O": [
            [
                (0.5 + 0.5 * math.cos(a), 0.5 + 0.5 * math.sin(a))
                for a in (k * math.tau / 24 for k in range(25))
            ]
        ],
        "S": [
            [
                (0.95, 0.12),
                (0.6, 0.0),
                (0.2, 0.06),
                (0.05, 0.25),
                (0.3, 0.44),
                (0.7, 0.55),
                (0.95, 0.75),
                (0.75, 0.96),
                (0.35, 1.0),
                (0.02, 0.88),
            ]
        ],
        "T": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
        "E": [[(0.95, 0), (0.1, 0), (0.1, 1), (0.95, 1)], [(0.1, 0.5), (0.8, 0.5)]],
        "R": [
            [(0.1, 1), (0.1, 0), (0.7, 0), (0.92, 0.14), (0.92, 0.36), (0.7, 0.52), (0.1, 0.52)],
            [(0.55, 0.52), (0.95, 1)],
        ],
        "I": [[(0.5, 0), (0.5, 1)]],
        "A": [[(0, 1), (0.5, 0), (1, 1)], [(0.2, 0.64), (0.8, 0.64)]],
    }
    x = 420.0
    for letter in "OSTERIA":
        wide = 34.0 if letter == "I" else 72.0
        for stroke in strokes[letter]:
            points = [(x + px * wide, 546 + py * 68) for px, py in stroke]
            c.paint(c.band(points, [13] * len(points)), "#ffe7b0", "#ffd27a", rise=30, soft=4)
            for px, py in points[:: max(1, len(points) // 4)]:
                c.glow(px, py, 46, "#ffb24a", 0.25)
        x += wide + 42
