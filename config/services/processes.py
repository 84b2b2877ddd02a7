"""Starting processes that do not outlive us, and finding and ending those that did."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

from config.services.users import Servant

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(number: int, parent: int) -> None:
    """Ask the kernel to send us `number` when `parent` ends, however it ends. Linux only.

    Called between fork and exec, after the user was changed (a change of user forgets the wish).
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it ended before we asked
            os.kill(os.getpid(), number)


def spawn(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: int | IO[Any],
    servant: Servant | None = None,
    tied: int | None = signal.SIGTERM,
    unbuffered: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process in its own group (a Ctrl-C reaches us alone), stdin closed, stderr in its output.

    tied: the signal it gets when we die; None lets it live on, in a session of its own.
    """
    parent = os.getpid()
    return subprocess.Popen(
        [str(word) for word in argv],
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        bufsize=0 if unbuffered else -1,
        start_new_session=tied is None,
        process_group=None if tied is None else 0,
        preexec_fn=(lambda: die_with_parent(tied, parent)) if tied is not None else None,
        **(servant.popen if servant else {}),
    )


def record(folder: Path, name: str, pid: int) -> None:
    """Write down who we started: pid and start time, so that a reused pid is never mistaken for it."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.Error:
        return
    (folder / f"{name}.json").write_text(json.dumps({"pid": pid, "started": started}), encoding="utf-8")


def forget(folder: Path, name: str) -> None:
    (folder / f"{name}.json").unlink(missing_ok=True)


def recorded(folder: Path, name: str) -> psutil.Process | None:
    """The process recorded under `name` if it still runs; a stale record is removed."""
    path = folder / f"{name}.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        process = psutil.Process(int(kept["pid"]))
        if (
            abs(process.create_time() - float(kept["started"])) < 1
            and process.status() != psutil.STATUS_ZOMBIE
        ):
            return process
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        pass
    path.unlink(missing_ok=True)
    return None


def leftovers(folder: Path) -> dict[str, psutil.Process]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        if process := recorded(folder, path.stem):
            found[path.stem] = process
    return found


def until(done: Callable[[], Any], seconds: float) -> bool:
    """Look every 20 ms until `done()` is true; False when the seconds are over."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def up(child: subprocess.Popen[bytes], ready: Callable[[], bool], seconds: float) -> bool:
    """Wait until it is ready; False when it ended or the seconds are over."""
    return until(lambda: child.poll() is not None or ready(), seconds) and child.poll() is None


def gone(pid: int) -> bool:
    """Has the process ended? Our own ended children are collected on the way."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
    except ChildProcessError:
        pass
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def tell(pid: int, number: int, *, group: bool = False) -> None:
    """Send a signal to the process, or to the group that it leads or led; ended already is fine."""
    try:
        if group and pid != os.getpgrp():
            os.killpg(pid, number)  # its members may outlive the leader
        else:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass


def end(pids: Sequence[int], *, patience: float = 10, first: int = signal.SIGTERM) -> None:
    """Ask all to end (leaders alone: they end their own children in order), wait, then kill what is left."""
    for pid in pids:
        tell(pid, first)
    if not until(lambda: all(gone(pid) for pid in pids), patience):
        for pid in pids:
            if not gone(pid):
                tell(pid, signal.SIGKILL, group=True)
        until(lambda: all(gone(pid) for pid in pids), 5)
