"""The demo's drawings: the same on every machine, large enough for every format."""

from __future__ import annotations

import io

from PIL import Image

from assets.demo import NAMES, draw


def test_a_drawing_is_a_large_jpeg_and_always_the_same():
    first = draw("lemonade")
    with Image.open(io.BytesIO(first)) as picture:
        assert picture.format == "JPEG" and picture.size == (1600, 1600)
    assert draw("lemonade") == first


def test_the_demo_has_a_dish_for_every_course():
    assert len(NAMES) >= 10
