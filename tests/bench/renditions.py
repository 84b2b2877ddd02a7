"""`make bench-renditions`: a 12-megapixel JPEG to all its renditions, against the same work done by hand.

By hand: Pillow in this process, each file straight from the original. Ours: the decoder process with its checks,
fingerprint and limits. Held: at most 1.5 times as long (issue of the library, item 5).
"""

from __future__ import annotations

import time
from pathlib import Path

from PIL import Image, ImageOps

from assets.decoding import decode
from assets.shapes import JPEG, PHOTO_SHAPES, cut, fits, size
from tests.assets import corpus

ROUNDS = 5
KINDS = [shape.kind for shape in PHOTO_SHAPES]


def by_hand(path: Path, out: Path) -> int:
    made = 0
    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    for shape in PHOTO_SHAPES:
        if not fits(shape, *picture.size):
            continue
        box = cut(shape, *picture.size, (0.5, 0.5))
        target = size(shape, box[2] - box[0], box[3] - box[1])
        small = picture.resize(target, Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
        if shape.mime == JPEG:
            small.save(out / f"{shape.kind}.jpg", "JPEG", quality=shape.quality)
        else:
            small.save(out / f"{shape.kind}.webp", "WEBP", quality=shape.quality, method=2)
        made += 1
    return made


def ours(path: Path, out: Path) -> tuple[int, float]:
    """How many, and seconds until the page has its two."""
    started = time.perf_counter()
    made, page_ready = 0, 0.0
    for answer in decode(path, filename=path.name, kinds=KINDS, out=out):
        made += "made" in answer
        if answer.get("made", {}).get("kind") == "preview":
            page_ready = time.perf_counter() - started
    return made, page_ready


def test_all_renditions_of_a_12_megapixel_photo(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(corpus.jpeg(4000, 3000, orientation=6))
    hand, own, ready = [], [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        count = by_hand(path, tmp_path)
        hand.append(time.perf_counter() - started)
        started = time.perf_counter()
        made, page_ready = ours(path, tmp_path)
        own.append(time.perf_counter() - started)
        ready.append(page_ready)
        assert made == count
    ratio = min(own) / min(hand)
    print(
        f"\n{count} renditions of 12 MP: by hand {min(hand):.2f} s, ours {min(own):.2f} s, ratio {ratio:.2f};"
        f" thumbnail and preview after {min(ready):.2f} s"
    )
    assert ratio <= 1.5
