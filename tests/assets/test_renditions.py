"""What comes out: the right cut, upright, sRGB, light enough, without a trace of where it was taken."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from assets.decoding import decode
from assets.ffmpeg import ffmpeg_binary
from assets.renditions import encode
from assets.shapes import PHOTO_SHAPES, SHAPES, cut, fits, size
from tests.assets import corpus

INSTAGRAM = [shape for shape in PHOTO_SHAPES if shape.kind.startswith("ig_")]


def made(
    tmp_path: Path, data: bytes, kind: str, name: str = "a.jpg", focal: tuple[float, float] = (0.5, 0.5)
) -> Path:
    source = tmp_path / "original.bin"
    source.write_bytes(data)
    answers = decode(source, filename=name, kinds=[kind], out=tmp_path, focal=focal, ffmpeg=ffmpeg_binary(""))
    (path,) = [Path(answer["made"]["path"]) for answer in answers if "made" in answer]
    return path


def redness(picture: Image.Image, x: float, y: float) -> bool:
    red, green, blue = picture.getpixel((int(picture.width * x), int(picture.height * y)))
    return red > 180 and green < 80 and blue < 80


@pytest.mark.parametrize("width", [200, 333, 801, 1000, 1440, 4001])
@pytest.mark.parametrize("height", [200, 417, 1001, 3999])
@pytest.mark.parametrize("shape", INSTAGRAM, ids=lambda shape: shape.kind)
def test_instagram_takes_every_size_we_make(shape, width, height):
    if not fits(shape, width, height):
        return
    left, top, right, bottom = cut(shape, width, height, (0.3, 0.9))
    out_w, out_h = size(shape, right - left, bottom - top)
    assert 320 <= out_w <= 1440
    assert Fraction(4, 5) <= Fraction(out_w, out_h) <= Fraction(191, 100)


@given(
    width=st.integers(64, 9000), height=st.integers(64, 9000), x=st.floats(0, 1), y=st.floats(0, 1),
    shape=st.sampled_from(PHOTO_SHAPES),
)  # fmt: skip
def test_a_cut_stays_inside_the_picture_and_is_as_large_as_it_can_be(width, height, x, y, shape):
    left, top, right, bottom = cut(shape, width, height, (x, y))
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert right - left == width or bottom - top == height
    out_w, out_h = size(shape, right - left, bottom - top)
    assert out_w <= max(shape.width_max, shape.width_min) and out_w >= shape.width_min
    if shape.ratio_min and shape.ratio_max and fits(shape, width, height):
        assert shape.ratio_min <= Fraction(out_w, out_h) <= shape.ratio_max


def test_the_focal_point_decides_what_the_square_shows(tmp_path):
    wide = corpus.jpeg(1800, 600)  # red at its left end
    left = Image.open(made(tmp_path, wide, "ig_1x1", focal=(0.0, 0.5)))
    assert redness(left, 0.03, 0.03)
    right = Image.open(made(tmp_path, wide, "ig_1x1", focal=(1.0, 0.5)))
    assert not redness(right, 0.03, 0.03)


CORNERS = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}


@pytest.mark.parametrize(("orientation", "corner"), CORNERS.items())
def test_the_cameras_turn_is_applied(tmp_path, orientation, corner):
    picture = Image.open(made(tmp_path, corpus.jpeg(orientation=orientation), "fb"))
    assert (picture.width > picture.height) == (orientation < 5)
    assert redness(picture, 0.02 + 0.95 * corner[0], 0.02 + 0.95 * corner[1])


SECRETS = (b"SecretCameraMaker", b"SecretPlace", b"Exif", b"exif:", b"http://ns.adobe.com", b"ISO6709")


@pytest.mark.parametrize("carrier", ["JPEG", "PNG", "WEBP", "film"])
def test_where_and_with_what_it_was_taken_is_gone_from_every_file(tmp_path, carrier):
    data = corpus.located_film() if carrier == "film" else corpus.located(carrier)
    assert b"SecretCameraMaker" in data
    source = tmp_path / "original.bin"
    source.write_bytes(data)
    kinds = list(SHAPES["video" if carrier == "film" else "photo"])
    name = "a.mov" if carrier == "film" else f"a.{carrier.lower()}"
    answers = decode(source, filename=name, kinds=kinds, out=tmp_path, ffmpeg=ffmpeg_binary(""))
    made = [Path(answer["made"]["path"]).read_bytes() for answer in answers if "made" in answer]
    assert len(made) == len(kinds) or not ffmpeg_binary("")
    assert not [secret for out in made for secret in SECRETS if secret in out]


def test_see_through_becomes_white(tmp_path):
    picture = Image.open(made(tmp_path, corpus.see_through_png(), "ig_1x1", "a.png"))
    assert picture.getpixel((5, 5)) == (255, 255, 255)
    assert redness(picture, 0.5, 0.5)


def test_sixteen_bits_keep_their_shades(tmp_path):
    picture = Image.open(made(tmp_path, corpus.png16_grey(), "fb", "a.png"))
    shades = [picture.getpixel((int(picture.width * x), 10))[0] for x in (0.1, 0.5, 0.9)]
    assert shades[0] < 60 < shades[1] < 190 < shades[2]


def test_colours_are_brought_into_srgb(tmp_path):
    picture = Image.open(made(tmp_path, corpus.jpeg_in_profile(), "fb"))
    red, green, _blue = picture.getpixel((200, 200))
    assert green > red  # its profile says that what looks red in numbers is green


def test_noise_is_made_light_enough():
    noise = Image.effect_noise((1440, 1800), 100).convert("RGB")
    shape = replace(SHAPES["photo"]["ig_4x5"], bytes_max=1_300_000)
    assert len(encode(noise, shape)) <= 1_300_000


def test_small_pictures_are_not_blown_up_for_facebook(tmp_path):
    assert Image.open(made(tmp_path, corpus.jpeg(300, 200), "fb")).size == (300, 200)


def test_a_panorama_has_no_instagram_original_but_all_crops():
    assert not fits(SHAPES["photo"]["ig_original"], 4000, 1000)
    assert fits(SHAPES["photo"]["ig_191x100"], 4000, 1000)


@pytest.mark.skipif(not ffmpeg_binary(""), reason="needs an ffmpeg")
@pytest.mark.parametrize("source", ["mp4", "mov", "turned"])
def test_a_video_becomes_a_reel_that_starts_at_once(tmp_path, source):
    data = {
        "mp4": corpus.video,
        "mov": lambda: corpus.video("libx265", "mov"),
        "turned": corpus.turned_video,
    }[source]()
    path = made(tmp_path, data, "reel", f"a.{'mov' if source == 'mov' else 'mp4'}")
    out = path.read_bytes()
    assert out.find(b"moov") < out.find(b"mdat") and b"elst" not in out
    with av.open(str(path)) as film:
        picture = film.streams.video[0].codec_context
        assert (picture.name, picture.pix_fmt) == ("h264", "yuv420p")
        assert (picture.width, picture.height) == ((240, 320) if source == "turned" else (320, 240))
        assert 23 <= film.streams.video[0].average_rate <= 60
        if source != "turned":
            assert film.streams.audio[0].codec_context.name == "aac"


def test_a_videos_poster_is_upright(tmp_path):
    picture = Image.open(made(tmp_path, corpus.turned_video(), "poster", "a.mp4"))
    assert picture.size == (240, 320)
