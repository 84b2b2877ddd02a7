"""Films for the corpus, made here frame by frame; `tests.assets.corpus` offers them among its files."""

from __future__ import annotations

import functools
import io
import math
import random
import struct
from collections.abc import Iterator
from fractions import Fraction

import av
from PIL import Image, ImageDraw


def picture(width: int = 1600, height: int = 1200, seed: int = 1, mode: str = "RGB") -> Image.Image:
    """A picture with large soft shapes, unlike for other seeds, red in its top left corner."""
    dice = random.Random(seed)
    small = Image.new("RGB", (64, 48))
    draw = ImageDraw.Draw(small)
    for _ in range(12):
        x, y, r = dice.randrange(64), dice.randrange(48), dice.randrange(4, 20)
        draw.ellipse((x - r, y - r, x + r, y + r), fill=tuple(dice.randrange(256) for _ in range(3)))
    draw.rectangle((0, 0, 9, 9), fill=(230, 20, 20))
    big = small.resize((width, height), Image.Resampling.BICUBIC)
    return big if mode == "RGB" else big.convert(mode)


def _video_frames(width: int, height: int, count: int) -> Iterator[av.VideoFrame]:
    base = picture(width, height)
    for number in range(count):
        image = base.copy()
        x = int((width - 20) * (0.5 + 0.5 * math.sin(number / 5)))
        ImageDraw.Draw(image).rectangle((x, height // 2, x + 20, height // 2 + 20), fill="white")
        yield av.VideoFrame.from_image(image)


@functools.cache
def video(
    codec: str = "libx264",
    container: str = "mp4",
    width: int = 320,
    height: int = 240,
    frames: int = 30,
    rate: int = 10,
    sound: bool = True,
) -> bytes:
    """The bundled HEVC encoder fails about once in 70 files, whatever its settings; it is not under test."""
    for _ in range(9):
        try:
            return _film(codec, container, width, height, frames, rate, sound)
        except av.error.FFmpegError:
            if codec != "libx265":
                raise
    return _film(codec, container, width, height, frames, rate, sound)


def _film(codec: str, container: str, width: int, height: int, frames: int, rate: int, sound: bool) -> bytes:
    into = io.BytesIO()
    with av.open(into, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        if codec == "libx265":
            stream.codec_context.codec_tag = "hvc1"
            stream.options = {"x265-params": "log-level=none:pools=none:frame-threads=1"}
        voice = out.add_stream("aac", rate=44_100, layout="mono") if sound else None
        for frame in _video_frames(width, height, frames):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if voice is not None:
            for number in range(int(44_100 * frames / rate / 1024)):
                quiet = av.AudioFrame(format="fltp", layout="mono", samples=1024)
                for plane in quiet.planes:
                    plane.update(bytes(plane.buffer_size))
                quiet.rate, quiet.pts = 44_100, number * 1024
                out.mux(voice.encode(quiet))
            out.mux(voice.encode(None))
    return into.getvalue()


@functools.cache
def long_video(seconds: int = 16 * 60) -> bytes:
    """One tiny frame a minute, but the clock runs: over the limit in a few kilobytes."""
    into = io.BytesIO()
    with av.open(into, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=1)
        stream.width, stream.height, stream.pix_fmt = 128, 128, "yuv420p"
        for number, frame in enumerate(_video_frames(128, 128, seconds // 60 + 1)):
            frame.pts, frame.time_base = number * 60, Fraction(1)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return into.getvalue()


def turned_video() -> bytes:
    """Filmed upright with a phone: landscape pixels and a display matrix that turns them by 90 degrees."""
    data = bytearray(video(frames=10, sound=False))
    at = data.find(b"tkhd") + 4 + 40
    turn = (0, 0x10000, 0, -0x10000, 0, 0, 240 << 16, 0, 0x40000000)
    data[at : at + 36] = struct.pack(">9i", *turn)
    return bytes(data)


@functools.cache
def phone_film() -> bytes:
    """As a phone makes it: HEVC in MOV, filmed upright, silent, frames that come as the light allows."""
    for _ in range(9):
        try:
            plain = _uneven_film()
            break
        except av.error.FFmpegError:  # see video()
            continue
    data = bytearray(plain)
    at = data.find(b"tkhd") + 4 + 40
    turn = (0, 0x10000, 0, -0x10000, 0, 0, 240 << 16, 0, 0x40000000)
    data[at : at + 36] = struct.pack(">9i", *turn)
    return bytes(data)


def _uneven_film() -> bytes:
    into = io.BytesIO()
    with av.open(into, "w", format="mov") as out:
        stream = out.add_stream("libx265", rate=600)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.codec_tag = "hvc1"
        stream.options = {"x265-params": "log-level=none:pools=none:frame-threads=1"}
        at = 0
        for number, frame in enumerate(_video_frames(320, 240, 40)):
            frame.pts, frame.time_base = at, Fraction(1, 600)
            at += (20, 20, 60, 25, 150)[number % 5]
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return into.getvalue()


def film_without_index() -> bytes:
    """The recorder died before it wrote where the pictures are: no moov."""
    data = video()
    return data[: data.find(b"moov") - 4]


def film_with_half_an_index() -> bytes:
    """Cut off in the middle of its moov, which stands at the end."""
    data = video("libx264", "mov")
    return data[: data.find(b"moov") + 300]


def video_without_picture() -> bytes:
    into = io.BytesIO()
    with av.open(into, "w", format="mp4") as out:
        voice = out.add_stream("aac", rate=44_100, layout="mono")
        quiet = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        for plane in quiet.planes:
            plane.update(bytes(plane.buffer_size))
        quiet.rate, quiet.pts = 44_100, 0
        out.mux(voice.encode(quiet))
        out.mux(voice.encode(None))
    return into.getvalue()


def located_film() -> bytes:
    """A film that says where it was made, as phones write it."""
    into = io.BytesIO()
    with av.open(into, "w", format="mov", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata["com.apple.quicktime.location.ISO6709"] = "+41.8750-087.6250/SecretPlace"
        out.metadata["com.apple.quicktime.make"] = "SecretCameraMaker"
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for frame in _video_frames(320, 240, 30):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return into.getvalue()
