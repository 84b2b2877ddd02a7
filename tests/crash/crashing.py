"""A publisher as a process of its own that dies, hangs or breaks at a named place."""

from __future__ import annotations

import ast
import ctypes
import mmap
import os
import signal
import struct
import time
from pathlib import Path

from django.db import connections

from posting.dispatch import failpoints, loop
from posting.dispatch.loop import Publisher
from posting.dispatch.terms import Call

SOURCE = Path(__file__).parents[2] / "posting"


def labels() -> list[str]:
    """Every failpoint named in the source; f"{call}.x" stands for one of each call."""
    found: set[str] = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "failpoint":
                found |= _names(node.args[0])
    return sorted(found)


def _names(argument: ast.expr) -> set[str]:
    if isinstance(argument, ast.Constant):
        return {str(argument.value)}
    if isinstance(argument, ast.JoinedStr):
        tail = "".join(str(part.value) for part in argument.values if isinstance(part, ast.Constant))
        return {f"{call}{tail}" for call in Call}
    return set()  # the definition's own parameter


# A test bends the time of rows; a process that was stopped meanwhile must wake up that much later, too.
_SLEPT = mmap.mmap(-1, 8)
MET = 10  # exit code of a child that passed the place and lived


def forked(label: str, action: str, *, seconds: float = 40) -> tuple[int, bool]:
    """Start a publisher in a child process that meets `action` at `label`; returns when it has ended, or has
    found nothing more to do, or is stopped: (its pid if it is stopped, else 0; whether it met the place).
    """
    connections.close_all()  # a child must not speak on its parent's line
    _SLEPT[:] = struct.pack("d", 0.0)
    pid = os.fork()
    if pid == 0:
        _child(label, action)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if done:
            stopped = os.WIFSTOPPED(status)
            lived = os.WIFEXITED(status) and os.WEXITSTATUS(status) != MET
            return (pid if stopped else 0, not lived)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError(f"{label}={action}: the publisher did not end")


def _child(label: str, action: str) -> None:
    code = 1
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive the test
    awake = loop.boot_seconds
    loop.boot_seconds = lambda: awake() + struct.unpack("d", _SLEPT[:])[0]
    try:
        failpoints._plan.update(failpoints._read(f"{label}={action}"))
        Publisher(slots=8, loaders=2).run(seconds=15, until_idle=True)
        code = 0
    finally:
        os._exit(MET if failpoints._passed[label] else code)


def let_go_on(pid: int, *, after: float) -> None:
    """A stopped process wakes up, `after` seconds late by its clock, and ends."""
    _SLEPT[:] = struct.pack("d", after)
    os.kill(pid, signal.SIGCONT)
    for _ in range(1000):
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
