"""The decoder process: the only place where a stranger's bytes meet an image or video library.

    python -m assets.decoder < job.json

One job a process. It starts with an empty environment (no secrets), limits its own CPU, memory, file size
and open files, reads a job as JSON on stdin and prints one JSON line per result: {"facts": ...}, then
{"made": ...} per rendition as soon as it is on disk, at the end {"done": true}; or {"refused": code, ...}, or
{"trouble": words} when something of ours (disk, folder) is in the way.
A crash, a kill or a missing "done" is the file's fault as far as the parent can tell (`assets.decoding`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from assets import inspection, renditions, sniff
from assets.inspection import Facts
from assets.refusals import Unusable
from assets.shapes import SHAPES, Shape
from assets.sniff import Limits

Say = Callable[[dict[str, Any]], None]
GIB = 1024**3


def limit_self(*, cpu_seconds: int, memory: int, file_bytes: int) -> None:
    """Best effort: macOS ignores RLIMIT_AS, Windows has none of them; the parent's timeout still holds."""
    try:
        import resource
    except ImportError:
        return
    for name, value in (
        ("RLIMIT_CPU", cpu_seconds),
        ("RLIMIT_AS", memory),
        ("RLIMIT_FSIZE", file_bytes),
        ("RLIMIT_NOFILE", 64),
        ("RLIMIT_CORE", 0),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):
            continue


def run(job: dict[str, Any], say: Say) -> None:
    """job: path, filename, limits, kinds (in order), focal [x, y], out (folder), ffmpeg, timeout."""
    path, out = Path(job["path"]), Path(job["out"])
    limits = Limits(**job.get("limits", {}))
    with path.open("rb") as file:
        found = sniff.look(file, filename=job.get("filename", ""), size=path.stat().st_size, limits=limits)
    shapes = [SHAPES[found.kind][kind] for kind in job.get("kinds", ()) if kind in SHAPES[found.kind]]
    focal = tuple(job.get("focal", (0.5, 0.5)))
    if found.kind == "photo":
        facts, picture = _photo(path, found, limits, shapes)
    else:
        facts, picture = _video(path, found, limits)
    say({"facts": facts.as_dict()})
    displayed = (facts.width, facts.height)
    for made in renditions.render(picture, shapes, focal=focal, size_of=displayed, out=out):
        say({"made": made.as_dict()})
    for shape in shapes:
        if shape.mime == "video/mp4":
            from assets import video

            made = video.transcode(
                path, shape, ffmpeg=job.get("ffmpeg", ""), out=out,
                seconds_max=limits.video_seconds, timeout=job.get("timeout", 600),
            )  # fmt: skip
            say({"made": made.as_dict()})


def _photo(path: Path, found: sniff.Format, limits: Limits, shapes: list[Shape]) -> tuple[Facts, Image.Image]:
    inspection.refuse_polyglot(path)
    picture = inspection.open_photo(path, found, limits)
    whole = picture.size
    if shapes:
        renditions.draft_for(picture, shapes)
    picture.load()
    facts = inspection.photo_facts(path, found, picture, whole)
    return facts, renditions.master(picture, facts.orientation, shapes, whole)


def _video(path: Path, found: sniff.Format, limits: Limits) -> tuple[Facts, Image.Image]:
    from assets import video

    facts = video.inspect_video(path, found, limits)
    return facts, video.poster(path)


def _ours(error: Exception) -> bool:
    """A full disk or a folder that is gone is no fault of the file. Pillow's own errors carry no errno."""
    decoders = type(error).__module__.split(".")[0] in ("av", "PIL", "pi_heif")
    return isinstance(error, OSError) and bool(error.errno) and not decoders


def main() -> int:
    job = json.load(sys.stdin)
    limit_self(
        cpu_seconds=job.get("cpu_seconds", 60),
        memory=job.get("memory", 2 * GIB),
        file_bytes=job.get("file_bytes", 400 * 1024 * 1024),
    )
    answers = sys.stdout

    def say(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    try:
        run(job, say)
    except Unusable as refusal:
        say({"refused": refusal.code, "facts": refusal.facts})
    except MemoryError:
        say({"refused": "too_complex", "facts": {}})
    except Exception as error:
        if _ours(error):
            say({"trouble": f"{type(error).__name__}: {error}"})
            return 0
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        say({"refused": "damaged", "facts": {}})
    else:
        say({"done": True})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
