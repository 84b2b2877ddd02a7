"""Runs the decoder process and reads its answers. Used by tasks, never by a web request thread for long.

Starting Python with Pillow costs about 0.1 s; a crash, bomb or endless loop costs nobody else anything.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from assets.refusals import Unusable
from assets.sniff import Limits

logger = structlog.get_logger(__name__)
PROJECT = Path(__file__).resolve().parent.parent
PHOTO_SECONDS = 60
VIDEO_SECONDS = 540
MEMORY = 2 * 1024**3


def environment(out: Path) -> dict[str, str]:
    """All the decoder process is told of the outside: no secrets."""
    return {
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": "/usr/bin:/bin",
        "TMPDIR": str(out),
    }


def decode(
    path: Path,
    *,
    filename: str,
    kinds: list[str],
    out: Path,
    focal: tuple[float, float] = (0.5, 0.5),
    limits: Limits | None = None,
    ffmpeg: str = "",
    seconds: int = PHOTO_SECONDS,
) -> Iterator[dict[str, Any]]:
    """Yield {"facts": ...} and then one {"made": ...} per rendition, each as soon as it exists.

    Raises `Unusable`: with the decoder's own reason, "too_complex" when it ran out of time or memory,
    "damaged" when it died. Raises OSError when the trouble is ours: a full disk, a folder that is gone.
    """
    job = {
        "path": str(path),
        "filename": filename,
        "kinds": kinds,
        "out": str(out),
        "focal": list(focal),
        "limits": asdict(limits or Limits()),
        "ffmpeg": ffmpeg,
        "cpu_seconds": seconds * 2,  # ffmpeg uses two threads
        "timeout": seconds,
        "memory": MEMORY,
    }
    log = (out / "decoder.log").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "assets.decoder"],
        cwd=PROJECT,
        env=environment(out),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,  # so that its ffmpeg ends with it
    )
    log.close()
    timed_out = threading.Event()

    def stop() -> None:
        timed_out.set()
        _end(process)

    watch = threading.Timer(seconds, stop)
    watch.daemon = True
    watch.start()
    assert process.stdin and process.stdout
    try:
        try:
            process.stdin.write(json.dumps(job))
            process.stdin.close()
        except BrokenPipeError:
            pass  # it died at start; the missing "done" below says so
        finished = False
        for line in process.stdout:
            answer = json.loads(line)
            if "trouble" in answer:
                raise OSError(answer["trouble"])
            if "refused" in answer:
                _note_defect(answer, out)
                raise Unusable(answer["refused"], **answer["facts"])
            if "done" in answer:
                finished = True
            else:
                yield answer
        if not finished:
            _end(process)
            code = process.wait()
            killed_for_time = timed_out.is_set() or code in (-24, -9)  # SIGXCPU
            logger.warning("decoder_died", code=code, late=timed_out.is_set(), said=_said(out))
            raise Unusable("too_complex" if killed_for_time else "damaged")
    finally:
        watch.cancel()
        _end(process)
        process.wait()
        process.stdout.close()


def _end(process: subprocess.Popen[str]) -> None:
    """The decoder and what it started: an ffmpeg would go on for minutes after it. Nothing once it was waited for."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _note_defect(answer: dict[str, Any], out: Path) -> None:
    """A refusal by a decoder's own exception is noted with its words: it may be a defect of ours."""
    if said := _said(out):
        logger.info("decoder_refused", code=answer["refused"], said=said)


def _said(out: Path) -> str:
    try:
        return (out / "decoder.log").read_text(errors="replace")[-500:]
    except OSError:
        return ""
