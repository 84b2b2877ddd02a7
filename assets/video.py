"""Videos: what is inside (PyAV), a poster frame (PyAV), and an MP4 that Reels take (ffmpeg as a subprocess).

What Reels take: H.264 with AAC (48 kHz, two channels at most), moov first and no edit list, 23 to 60 frames a
second (Facebook's from 24), 1,920 columns, 3 seconds to 15 minutes, 300 MB, 25 Mbit/s.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media

Runs in the decoder process only. libav is told to read the one local file and nothing else: a video can
name other files or URLs to include, and must not reach them.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image

from assets.inspection import VIDEO_CODECS, Facts, dhash, sha256
from assets.refusals import Unusable
from assets.renditions import Made
from assets.shapes import Shape
from assets.sniff import Format, Limits, check_pixels

FPS_MIN, FPS_MAX = 24, 60
SECONDS_MIN = 3
BITS_MAX = 12_000_000  # a second; more than phones need at 1080p
SOUND_BITS = 128_000
HOLD = 0.2  # seconds beyond the minimum, so that no rounding falls below it


def _open(path: Path) -> Any:
    try:
        return av.open(
            str(path),
            format="mov",
            options={"protocol_whitelist": "file", "enable_drefs": "0", "use_absolute_path": "0"},
        )
    except (av.error.FFmpegError, ValueError):
        raise Unusable("damaged") from None


def inspect_video(path: Path, found: Format, limits: Limits) -> Facts:
    """Facts of an MP4/MOV whose first frame really decodes. Raises `Unusable`."""
    with _open(path) as container:
        stream = _picture_stream(container)
        seconds = _seconds(container, stream)
        if seconds > limits.video_seconds:
            raise Unusable(
                "video_too_long", minutes=round(seconds / 60, 1), limit_minutes=limits.video_seconds // 60
            )
        check_pixels(stream.codec_context.width, stream.codec_context.height, limits)
        picture = _frame(container, stream, at=0.0)
        return Facts(
            kind="video",
            mime=found.mime,
            width=picture.width,
            height=picture.height,
            duration=round(seconds, 3),
            codec=stream.codec_context.name,
            sha256=sha256(path),
            dhash=dhash(picture),
        )


def _picture_stream(container: Any) -> Any:
    if not container.streams.video:
        raise Unusable("no_picture" if container.streams.audio else "damaged")
    stream = container.streams.video[0]
    context = stream.codec_context
    if context is None or context.name not in VIDEO_CODECS:
        raise Unusable("video_codec", codec=getattr(context, "name", "?"))
    if not (context.width and context.height):
        raise Unusable("damaged")
    return stream


def _seconds(container: Any, stream: Any) -> float:
    """Duration by the stream, else the container; a video that does not know its length is damaged."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return float(container.duration / av.time_base)
    raise Unusable("damaged")


def poster(path: Path) -> Image.Image:
    """The frame a second in (openings are often black), upright, as RGB."""
    with _open(path) as container:
        stream = _picture_stream(container)
        return _frame(container, stream, at=min(1.0, _seconds(container, stream) / 2))


def _frame(container: Any, stream: Any, *, at: float) -> Image.Image:
    stream.thread_type = "AUTO"
    last = None
    try:
        if at:
            container.seek(int(at / stream.time_base), stream=stream)
        for count, frame in enumerate(container.decode(stream)):
            last = frame
            if frame.time is None or frame.time >= at or count > 300:
                break
    except av.error.FFmpegError:
        if last is None:
            raise Unusable("damaged") from None
    if last is None:
        raise Unusable("damaged")
    picture = last.to_image()
    turn = int(getattr(last, "rotation", 0) or 0) % 360
    # rotation is counter-clockwise degrees to turn the frame for display
    return picture.rotate(turn, expand=True) if turn in (90, 180, 270) else picture


@dataclass(frozen=True)
class _Source:
    rate: float  # frames a second of the result
    seconds: float
    sound: int | None  # which of its sound tracks can be decoded; None: it is silent


def _source(path: Path) -> _Source:
    with _open(path) as container:
        stream = _picture_stream(container)
        rate = float(stream.average_rate or 30)
        # Phones add tracks of their own kinds (spatial sound, positions); the first that is plain sound is meant.
        tracks = enumerate(container.streams.audio)
        sound = next((at for at, track in tracks if track.codec_context is not None), None)
        return _Source(min(max(rate, FPS_MIN), FPS_MAX), _seconds(container, stream), sound)


def transcode(path: Path, shape: Shape, *, ffmpeg: str, out: Path, seconds_max: int, timeout: int) -> Made:
    """H.264 High + AAC, yuv420p, moov first, no metadata, upright, inside the shape's box and weight.

    Even sides as yuv420p needs them; never enlarged. What is shorter than Reels play is held on its last
    picture; `seconds_max` cuts what lies about its length.
    """
    if not ffmpeg:
        raise Unusable("no_ffmpeg")
    target = out / f"{shape.kind}.{shape.suffix}"
    source = _source(path)
    missing = max(0.0, SECONDS_MIN + HOLD - source.seconds)
    fit = (
        f"fps={source.rate:.3f}"
        + (f",tpad=stop_mode=clone:stop_duration={missing:.3f}" if missing else "")
        + f",scale=w='min({shape.width_max},iw)':h='min({shape.height_max},ih)'"
        ":force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1,format=yuv420p"
    )
    rate = _bits(shape, max(source.seconds, SECONDS_MIN))
    sound = ["-an"]
    if source.sound is not None:
        sound = [
            "-map",
            f"0:a:{source.sound}",
            "-c:a",
            "aac",
            "-b:a",
            str(SOUND_BITS),
            "-ac",
            "2",
            "-ar",
            "48000",
        ]
        sound += ["-af", f"apad=pad_dur={missing:.3f}"] if missing else []
    command = [
        ffmpeg, "-hide_banner", "-nostdin", "-v", "error", "-y", "-threads", "2",
        "-protocol_whitelist", "file", "-f", "mov", "-i", str(path),
        "-map", "0:v:0", *sound, "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
        "-t", str(seconds_max), "-vf", fit, "-c:v", "libx264", "-preset", "veryfast",
        "-crf", "21", "-maxrate", str(rate), "-bufsize", str(2 * rate), "-profile:v", "high", "-g", "60",
        "-movflags", "+faststart", "-use_editlist", "0", "-threads", "2",
        "-fs", str(shape.bytes_max), "-f", "mp4", str(target),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise Unusable("too_complex") from None
    if done.returncode != 0 or not target.exists():
        raise Unusable("damaged")
    with _open(target) as container:
        context = container.streams.video[0].codec_context
        width, height = context.width, context.height
    return Made(
        kind=shape.kind,
        path=str(target),
        mime=shape.mime,
        width=width,
        height=height,
        bytes=target.stat().st_size,
    )


def _bits(shape: Shape, seconds: float) -> int:
    """Bits a second at which a video of this length still fits the shape's weight, with a tenth to spare."""
    return min(BITS_MAX, int(shape.bytes_max * 8 * 0.9 / seconds) - SOUND_BITS)
