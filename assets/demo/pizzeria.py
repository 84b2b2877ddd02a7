"""Drawings of the pizzeria's dishes."""

from __future__ import annotations

import math

from assets.demo.canvas import Canvas

CHAR = ["#3a1c0a", "#54290f", "#6b3814"]
GREENS = ["#3f7a2a", "#4d8c33", "#2f6421"]


def basil(c: Canvas, x: float, y: float, length: float, turn: float) -> None:
    outline = c.leaf(x, y, length, length * 0.34, turn, c.dice.uniform(-0.12, 0.12))
    c.paint(
        outline, "#5fa53c", "#2b6a1f", rise=46, soft=length * 0.1, gloss=120, texture=0.4, cell=20, shadow=14
    )
    spine = [
        (x + t * length * 0.9 * math.cos(turn), y + t * length * 0.9 * math.sin(turn))
        for t in (0.05, 0.3, 0.6, 0.95)
    ]
    c.line(spine, max(3.0, length * 0.03), "#9fcf72", share=0.7)
    for step in (0.25, 0.42, 0.58, 0.74):
        for side in (-1, 1):
            sx, sy = x + step * length * math.cos(turn), y + step * length * math.sin(turn)
            angle = turn + side * 0.8
            reach = length * 0.2 * math.sin(math.pi * step)
            c.line(
                [(sx, sy), (sx + reach * math.cos(angle), sy + reach * math.sin(angle))],
                3,
                "#8cc265",
                share=0.5,
            )


def _crust(c: Canvas, x: float, y: float, r: float) -> None:
    rim = c.blob(x, y, r, 0.035)
    c.shadow(rim, 22, 40, 44, 0.6)
    c.paint(rim, "#e6b062", "#b9742c", rise=105, soft=34, gloss=26, texture=0.55, cell=60, grow=0.85)
    for _ in range(70):  # leopard spots of a wood oven
        angle, out = c.dice.uniform(0, math.tau), r * c.dice.uniform(0.885, 0.985)
        spot = c.blob(x + out * math.cos(angle), y + out * math.sin(angle), c.dice.uniform(6, 26), 0.3)
        c.paint(spot, c.dice.choice(CHAR), "#a5682a", share=c.dice.uniform(0.35, 0.85), grow=1.2)
    for _ in range(26):  # bubbles
        angle, out = c.dice.uniform(0, math.tau), r * c.dice.uniform(0.9, 0.95)
        bubble = c.blob(x + out * math.cos(angle), y + out * math.sin(angle), c.dice.uniform(18, 44), 0.15)
        c.paint(bubble, "#efc27a", "#c4823a", rise=40, soft=10, gloss=30, share=0.6)


def margherita() -> bytes:
    c = Canvas(11)
    c.wood("#6a4a35", "#2c1c14", 5)
    board = c.blob(800, 800, 745, 0.0)
    c.shadow(board, 24, 44, 50, 0.6)
    c.paint(board, "#8d6440", "#6b4526", rise=26, soft=10, gloss=20, texture=0.6, cell=40)
    _crust(c, 800, 790, 655)
    sauce = c.blob(800, 790, 560, 0.04)
    c.paint(sauce, "#d1401f", "#a92410", rise=-42, soft=26, gloss=90, texture=0.75, cell=46)
    c.sprinkle(sauce, 90, (8, 30), ["#e2562c", "#b52a12", "#8f1c0c"], share=0.45, rise=14, soft=5, gloss=110)
    for ring, count, start in ((0, 1, 0.0), (235, 6, 0.4), (425, 10, 0.1)):
        for index in range(count):
            angle = start + index * math.tau / max(count, 1) + c.dice.uniform(-0.13, 0.13)
            x, y = 800 + ring * math.cos(angle), 790 + ring * math.sin(angle)
            r = c.dice.uniform(66, 98)
            c.paint(c.blob(x, y, r * 1.22, 0.14), "#f7d9a2", "#dd8a4a", share=0.72, texture=0.3)
            pool = c.blob(x, y, r, 0.15, c.dice.uniform(0.9, 1.25), c.dice.uniform(0, 3))
            c.paint(pool, "#fffaf0", "#f2dcb4", rise=58, soft=18, gloss=130, texture=0.25, cell=30)
            for _ in range(c.dice.randrange(1, 4)):
                spot = c.blob(
                    x + c.dice.uniform(-r, r) * 0.5,
                    y + c.dice.uniform(-r, r) * 0.5,
                    c.dice.uniform(5, 15),
                    0.3,
                )
                c.paint(spot, "#b9742e", "#e9c084", share=0.6)
    for _ in range(60):  # oil
        angle, out = c.dice.uniform(0, math.tau), 540 * math.sqrt(c.dice.random())
        drop = c.blob(800 + out * math.cos(angle), 790 + out * math.sin(angle), c.dice.uniform(4, 13), 0.1)
        c.paint(drop, "#f3b64a", "#d98a1e", rise=34, soft=4, gloss=255, share=0.55)
    for x, y, length, turn in (
        (735, 745, 210, 0.5), (760, 800, 190, 2.5), (520, 560, 180, -0.6), (1050, 560, 185, 2.2),
        (480, 900, 180, 0.3), (1090, 960, 190, 3.6),
        (760, 1130, 180, 5.6), (900, 420, 165, 1.2), (1210, 760, 150, 4.4),
    ):  # fmt: skip
        basil(c, x, y, length, turn)
    for _ in range(260):
        drop = c.blob(c.dice.uniform(0, 1600), c.dice.uniform(0, 1600), c.dice.uniform(1, 4), 0.2)
        c.paint(drop, "#f5ead8", share=0.55)
    c.lit(0.8, 5)
    return c.finish()


def pepperoni() -> bytes:
    c = Canvas(23)
    c.cloth("#efe6d6")
    for index in range(-2, 12):  # a checked napkin
        for upright in (False, True):
            at = index * 150 + 40
            stripe = [(at, -50), (at + 70, -50), (at + 70, 1650), (at, 1650)]
            c.paint([(y, x) for x, y in stripe] if not upright else stripe, "#b3261c", share=0.5)
    c.plate(800, 800, 735)
    tip, left, right = (800, 1370), (395, 470), (1205, 470)
    top = [(395 + 810 * t, 470 - 130 * math.sin(math.pi * t)) for t in (i / 24 for i in range(25))]
    slice_ = [tip, left, *top, right]
    c.shadow(slice_, 20, 34, 34, 0.6)
    c.paint(slice_, "#f4c257", "#e39a35", rise=50, soft=12, gloss=110, texture=0.65, cell=60)
    cheese = [(800, 1330), (440, 520), *[(x, y + 70) for x, y in top], (1160, 520)]
    c.paint(cheese, "#fbd77a", "#eeae48", rise=16, soft=20, gloss=120, texture=0.7, cell=70)
    c.sprinkle(
        cheese,
        55,
        (12, 46),
        ["#ffe9ae", "#e8862f", "#d9661f", "#fff0c4"],
        share=0.42,
        rise=16,
        soft=8,
        gloss=150,
    )
    crust = c.band([(x, y) for x, y in top], [150] + [165] * 23 + [150])
    c.shadow(crust, 6, 16, 20, 0.4)
    c.paint(crust, "#eab765", "#b8702a", rise=110, soft=34, gloss=34, texture=0.6, cell=44)
    c.sprinkle(crust, 46, (7, 26), ["#5a2c10", "#7c4317", "#9d5a22"], share=0.55)
    for x, y, r in (
        (600, 610, 98),
        (830, 575, 104),
        (1030, 640, 92),
        (715, 800, 100),
        (925, 815, 96),
        (800, 1010, 92),
        (815, 1200, 66),
    ):
        cup = c.blob(x, y, r, 0.05)
        c.paint(c.blob(x, y, r * 1.14, 0.08), "#e67a24", "#f0a23f", share=0.6, gloss=160)
        c.paint(cup, "#c43a22", "#7d170d", rise=66, soft=9, gloss=120, texture=0.55, cell=26, shadow=12)
        c.paint(
            c.blob(x - 2, y - 2, r * 0.78, 0.06),
            "#d9502f",
            "#a92a18",
            rise=-54,
            soft=12,
            gloss=190,
            texture=0.6,
            cell=22,
        )
        c.sprinkle(c.blob(x, y, r * 0.7, 0), 12, (3, 9), ["#f0a08a", "#8c1d10", "#f3b7a0"], share=0.55)
        c.paint(
            c.blob(x + r * 0.1, y + r * 0.12, r * 0.42, 0.2),
            "#f08a35",
            "#d8622a",
            share=0.5,
            gloss=255,
            rise=10,
            soft=8,
        )
    c.sprinkle(cheese, 130, (2, 6), ["#3e6a2a", "#587f36", "#2c4d1e"], rise=24, soft=2, share=0.9)
    for x, y, turn in ((1180, 1190, 0.4), (1255, 1130, 2.0), (360, 1130, 1.0)):
        basil(c, x, y, 150, turn)
    c.lit(0.8, 5)
    return c.finish()


def _knot(c: Canvas, x: float, y: float, r: float, turn: float) -> None:
    whole = c.blob(x, y, r * 1.08, 0.05)
    c.shadow(whole, 12, 24, 24, 0.6)
    c.paint(whole, "#8a5220", "#6f3f16", rise=30, soft=20, texture=0.5)
    for index in range(5):  # strands of dough laid over each other
        angle = turn + index * math.tau / 5
        px, py = x + r * 0.52 * math.cos(angle), y + r * 0.52 * math.sin(angle)
        strand = c.blob(px, py, r * 0.47, 0.06, 1.5, angle + 1.15)
        c.shadow(strand, 3, 8, 12, 0.4)
        c.paint(
            strand, "#f0bf68", "#a8621f", rise=96, soft=r * 0.16, gloss=130, texture=0.5, cell=44, grow=0.92
        )
        crown = c.blob(px, py, r * 0.24, 0.12, 1.7, angle + 1.15)
        c.paint(crown, "#c98236", "#dba250", share=0.4, texture=0.5)
    heart = c.blob(x, y, r * 0.34, 0.07, 1.15, turn)
    c.shadow(heart, 3, 8, 10, 0.4)
    c.paint(heart, "#f3c674", "#b06c26", rise=90, soft=r * 0.12, gloss=140, texture=0.5, cell=40)
    c.sprinkle(whole, 34, (3, 9), GREENS, rise=26, soft=2)
    c.sprinkle(whole, 22, (3, 8), ["#fff3d6", "#f7e3b4"], rise=22, soft=2, gloss=80)


def garlic_knots() -> bytes:
    c = Canvas(37)
    c.stone("#4a4d50", "#26282b", 120)
    tray = [(150, 210), (1450, 150), (1500, 1440), (110, 1480)]
    c.shadow(tray, 20, 36, 40, 0.6)
    c.paint(tray, "#e9dcc4", "#d4c19f", rise=16, soft=6, texture=0.5, cell=120)
    for x, y, turn in (
        (440, 480, 0.2), (800, 400, 1.2), (1160, 460, 2.2), (380, 860, 2.6), (750, 800, 0.7),
        (500, 1230, 1.6), (900, 1210, 2.9),
    ):  # fmt: skip
        _knot(c, x, y, 165, turn)
    bowl = c.blob(1190, 960, 235, 0.0)
    c.shadow(bowl, 16, 30, 34, 0.6)
    c.paint(bowl, "#2f4a52", "#1d3138", rise=90, soft=18, gloss=140)
    sauce = c.blob(1190, 960, 190, 0.01)
    c.paint(sauce, "#c9381c", "#93200d", rise=-50, soft=14, gloss=200, texture=0.7, cell=34)
    c.sprinkle(sauce, 40, (5, 16), ["#e15a31", "#a22610", "#7d1a0a"], share=0.5, rise=16, soft=4, gloss=180)
    basil(c, 1150, 930, 110, 0.6)
    inside = c.blob(800, 820, 660, 0.1)
    c.sprinkle(inside, 150, (2, 6), [*GREENS, "#fff4de"], share=0.8)
    c.lit(0.8, 5)
    return c.finish()


def caesar_salad() -> bytes:
    c = Canvas(41)
    c.wood("#8c6a4c", "#4b3222", 4, upright=True)
    bowl = c.blob(800, 800, 720, 0.0)
    c.shadow(bowl, 26, 48, 54, 0.6)
    c.paint(bowl, "#f4f0e8", "#d9d2c4", rise=80, soft=26, gloss=110)
    well = c.blob(800, 800, 630, 0.0)
    c.paint(well, "#3c5a22", "#cfc6b4", rise=-70, soft=34)
    greens = [("#d8e69a", "#5d8f2e"), ("#c0d878", "#4a8226"), ("#e8efba", "#86b24a"), ("#a9cc60", "#3d7420")]
    for ring, count in ((470, 22), (400, 20), (300, 16), (190, 11), (70, 6)):
        for index in range(count):
            angle = index * math.tau / count + c.dice.uniform(-0.3, 0.3)
            x, y = 800 + ring * math.cos(angle), 800 + ring * math.sin(angle)
            length, turn = c.dice.uniform(250, 340), angle + c.dice.uniform(-1.3, 1.3)
            sx, sy = x - length / 2 * math.cos(turn), y - length / 2 * math.sin(turn)
            leaf = c.frilled(
                c.leaf(sx, sy, length, length * c.dice.uniform(0.3, 0.4), turn, c.dice.uniform(-0.15, 0.15)),
                9,
            )
            light, dark = c.dice.choice(greens)
            c.paint(leaf, light, dark, rise=48, soft=22, gloss=50, texture=0.8, cell=44, shadow=18, grow=0.8)
            rib = [
                (sx + t * length * math.cos(turn), sy + t * length * math.sin(turn))
                for t in (0.0, 0.3, 0.6, 0.85)
            ]
            c.line(rib, 14, "#f2f6da", share=0.7, rise=14)
            for t in (0.3, 0.45, 0.6):
                for side in (-0.7, 0.7):
                    bx, by = sx + t * length * math.cos(turn), sy + t * length * math.sin(turn)
                    reach = length * 0.22
                    c.line(
                        [(bx, by), (bx + reach * math.cos(turn + side), by + reach * math.sin(turn + side))],
                        5,
                        "#eef4cf",
                        share=0.4,
                    )
    for _ in range(17):
        angle, out = c.dice.uniform(0, math.tau), 500 * math.sqrt(c.dice.random())
        x, y, size, turn = (
            800 + out * math.cos(angle),
            800 + out * math.sin(angle),
            c.dice.uniform(48, 66),
            c.dice.uniform(0, 1.6),
        )
        cube = [
            (x + size * k * math.cos(turn + a), y + size * k * math.sin(turn + a))
            for a, k in (
                (0, 1),
                (0.4, 0.93),
                (1.57, 1),
                (2.0, 0.9),
                (3.14, 1),
                (3.5, 0.94),
                (4.71, 1),
                (5.2, 0.92),
            )
        ]
        c.paint(cube, "#f0c878", "#b4742c", rise=86, soft=9, gloss=26, texture=0.85, cell=14, shadow=18)
        c.sprinkle(cube, 8, (3, 8), ["#8a5320", "#fbe4ad"], share=0.6)
    for _ in range(30):
        angle, out = c.dice.uniform(0, math.tau), 520 * math.sqrt(c.dice.random())
        x, y, turn, length = (
            800 + out * math.cos(angle),
            800 + out * math.sin(angle),
            c.dice.uniform(0, 6.3),
            c.dice.uniform(60, 120),
        )
        curl = [
            (x + t * length * math.cos(turn + t * 0.9), y + t * length * math.sin(turn + t * 0.9))
            for t in (0, 0.25, 0.5, 0.75, 1)
        ]
        c.paint(c.band(curl, [14, 30, 36, 30, 12]), "#fff6d8", "#ecd9a0", rise=44, soft=5, gloss=60, shadow=9)
    for _ in range(9):
        x, y, turn = c.dice.uniform(420, 1180), c.dice.uniform(420, 1180), c.dice.uniform(0, 6.3)
        drizzle = [
            (x + t * 34 * math.cos(turn + 0.25 * t), y + t * 34 * math.sin(turn + 0.25 * t)) for t in range(8)
        ]
        c.line(drizzle, 18, "#fbf4de", share=0.92, rise=40)
    c.sprinkle(c.blob(800, 800, 560, 0), 150, (1.5, 4), ["#2a1d12", "#3d2b1a"], share=0.85)
    c.lit(0.8, 5)
    return c.finish(warm=0.04)
