"""Every video we take becomes a reel that both networks take: checked against their rules, and offered."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import av
import pytest
from PIL import Image

from assets import video
from assets.decoding import decode
from assets.ffmpeg import ffmpeg_binary
from assets.refusals import Unusable
from assets.shapes import SHAPES
from tests.assets import corpus
from tests.assets.instagram import instagram, reel_problems  # noqa: F401 - the fixture
from tests.sandbox_process import sandbox  # noqa: F401 - the fixture

pytestmark = pytest.mark.skipif(not ffmpeg_binary(""), reason="needs an ffmpeg")
REEL = SHAPES["video"]["reel"]

FILMS = {
    "mp4": (lambda: corpus.video(), (320, 240)),
    "hevc in mov": (lambda: corpus.video("libx265", "mov"), (320, 240)),
    "filmed upright with a phone: hevc, turned, silent, uneven frames": (corpus.phone_film, (240, 320)),
    "one second": (lambda: corpus.video(frames=10), (320, 240)),
    "one picture": (lambda: corpus.video(frames=1, sound=False), (320, 240)),
    "120 frames a second": (lambda: corpus.video(frames=360, rate=120, sound=False), (320, 240)),
    "5 frames a second": (lambda: corpus.video(frames=20, rate=5), (320, 240)),
    "wider than full HD": (lambda: corpus.video(width=2560, height=640, frames=12, rate=3), (1080, 270)),
    "mpeg-4": (lambda: corpus.video("mpeg4"), (320, 240)),
}


def reel_of(tmp_path: Path, data: bytes) -> Path:
    source = tmp_path / "original.bin"
    source.write_bytes(data)
    answers = list(
        decode(
            source, filename="a.mov", kinds=["poster", "reel"], out=tmp_path, ffmpeg=ffmpeg_binary("")
        )
    )  # fmt: skip
    made = {answer["made"]["kind"]: answer["made"] for answer in answers if "made" in answer}
    with Image.open(made["poster"]["path"]) as poster:
        assert poster.format == "JPEG"
    return Path(made["reel"]["path"])


@pytest.mark.parametrize("case", FILMS)
def test_every_accepted_video_becomes_a_reel_that_both_networks_take(tmp_path, case, instagram):  # noqa: F811
    make, size = FILMS[case]
    path = reel_of(tmp_path, make())
    assert reel_problems(path) == []
    with av.open(str(path)) as film:
        context = film.streams.video[0].codec_context
        assert (context.width, context.height) == size
    assert instagram.reel(path) == "FINISHED"


def test_sound_is_kept_and_a_short_film_is_held_on_its_last_picture(tmp_path):
    path = reel_of(tmp_path, corpus.video(frames=10))
    with av.open(str(path)) as film:
        frames = [frame.to_image() for frame in film.decode(video=0)]
        (sound,) = film.streams.audio
        assert float(sound.duration * sound.time_base) > 2.5
    ends = frames[-1].resize((32, 24)).tobytes(), frames[len(frames) // 2].resize((32, 24)).tobytes()
    assert max(abs(a - b) for a, b in zip(*ends, strict=True)) < 24


def test_a_long_film_still_weighs_what_a_reel_may():
    """Nothing is cut off at the limit: the longest film we take is given so many bits that it ends below it."""
    for seconds in (3, 60, 400, 900):
        bits = video._bits(REEL, seconds) + video.SOUND_BITS
        assert bits * seconds / 8 < REEL.bytes_max * 0.95
        assert bits <= 25_000_000
    assert video._bits(REEL, 60) == video.BITS_MAX


def test_a_film_too_heavy_for_its_shape_is_made_lighter_not_shorter(tmp_path):
    source = tmp_path / "a.mp4"
    source.write_bytes(corpus.video(frames=40, rate=10))
    small = replace(REEL, bytes_max=400_000)
    made = video.transcode(
        source, small, ffmpeg=ffmpeg_binary(""), out=tmp_path, seconds_max=900, timeout=60
    )  # fmt: skip
    with av.open(made.path) as film:
        assert made.bytes <= 400_000 and film.duration / av.time_base > 3.9


def test_a_conversion_that_takes_too_long_is_ended_with_all_it_started(tmp_path):
    source, mark, slow = tmp_path / "a.mp4", tmp_path / "pid", tmp_path / "ffmpeg"
    source.write_bytes(corpus.video())
    slow.write_text(f"#!/bin/sh\necho $$ > {mark}\nexec sleep 60\n")
    slow.chmod(0o755)
    with pytest.raises(Unusable, match="too_complex"):
        for _answer in decode(
            source, filename="a.mp4", kinds=["reel"], out=tmp_path, ffmpeg=str(slow), seconds=3
        ):
            pass
    pid = int(mark.read_text())
    for _look in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().split()[2]
        except FileNotFoundError:
            break
        if state == "Z":  # dead, and nobody's child any more
            break
        time.sleep(0.1)
    else:
        raise AssertionError("its ffmpeg goes on")


def test_without_an_ffmpeg_a_video_says_so(tmp_path):
    source = tmp_path / "a.mp4"
    source.write_bytes(corpus.video())
    with pytest.raises(Unusable, match="no_ffmpeg"):
        video.transcode(source, REEL, ffmpeg="", out=tmp_path, seconds_max=900, timeout=60)
