"""Keeps several processes running, shows what they say, and ends them together. Knows nothing of the product.

One thread and one loop (`pump`): a process started from a program with threads could inherit a held lock.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from config.services import processes
from config.services.errors import Stop
from config.services.local import ROOT, Local

BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0)  # seconds before each next start of a process that keeps ending
STEADY = 60.0  # seconds after which a process has earned a fresh backoff
COLOURS = (36, 33, 35, 32, 34, 96, 95, 93)
LOG_LIMIT = 20 * 1024 * 1024  # bytes; a larger log starts anew, the old one is kept once


class Interrupted(Exception):
    """Ctrl-C, a hang-up or SIGTERM: end everything, this is no error."""


@dataclass
class Child:
    """One process to keep running (`once`: to run to its end)."""

    name: str
    argv: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[["Child"], bool] = lambda child: child.spoke
    word: bytes = b""  # the line that counts as having spoken; any line when empty
    once: bool = False
    vital: bool = True  # a `once` child that fails stops everything
    grace: float = 15  # seconds between SIGTERM and SIGKILL
    orphaned: int = signal.SIGTERM  # what the kernel sends it when we are killed
    # --- its present state
    process: subprocess.Popen[bytes] | None = None
    lines: int = 0
    spoke: bool = False
    deaths: int = 0
    is_ready: bool = False
    started: float = 0.0
    start_again: float | None = None
    exit: int | None = None
    rest: bytes = b""
    log: IO[bytes] | None = None


class Supervisor:
    def __init__(self, local: Local, env: Mapping[str, str], *, out: IO[str] | None = None):
        self.local = local
        self.env = dict(env)
        self.children: dict[str, Child] = {}
        self.watches: list[Callable[[], None]] = []  # looked at once a second
        self._out = out or sys.stdout
        self._colourful = self._out.isatty()
        self._selector = selectors.DefaultSelector()
        self._wanted = 0  # signals asking us to end
        self._watched = 0.0
        self._stopping = False
        self._settled = False  # everything has been ready once

    # --- words -----------------------------------------------------------------------------------
    def say(self, sentence: str) -> None:
        """Our own words, without a prefix. A closed terminal must not keep us from ending the children."""
        try:
            self._out.write(sentence + "\n")
            self._out.flush()
        except (OSError, ValueError):
            pass

    def _show(self, child: Child, line: bytes) -> None:
        child.lines += 1
        child.spoke = child.spoke or child.word in line
        if child.log:
            child.log.write(line + b"\n")
            child.log.flush()
        name = f"{child.name:<9}|"
        if self._colourful:
            colour = COLOURS[list(self.children).index(child.name) % len(COLOURS)]
            name = f"\x1b[{colour}m{name}\x1b[0m"
        self.say(f"{name} {line.decode(errors='replace').rstrip()}")

    # --- signals ---------------------------------------------------------------------------------
    def listen(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: the terminal may go, we stay
            signal.signal(signal.SIGHUP, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        self._wanted += 1

    # --- starting --------------------------------------------------------------------------------
    def start(self, child: Child) -> Child:
        self.children[child.name] = child
        self._launch(child)
        return child

    def _launch(self, child: Child) -> None:
        path = self.local.log / f"{child.name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        child.log = child.log or path.open("ab")
        child.rest, child.start_again, child.exit = b"", None, None
        child.is_ready, child.spoke, child.lines = False, False, 0
        child.started = time.monotonic()
        child.process = processes.spawn(
            child.argv,
            env={**self.env, "PYTHONUNBUFFERED": "1", **child.env},
            cwd=ROOT,
            output=subprocess.PIPE,
            tied=child.orphaned,
            unbuffered=True,
        )
        processes.record(self.local.run, child.name, child.process.pid)
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def run(self, child: Child) -> None:
        """Run to the end; a failure stops us with the last lines of what it said."""
        child.once = True
        self.start(child)
        self.finish(child)

    def finish(self, child: Child) -> None:
        """Wait for the end of a child that runs once; its failure stops us wherever we are (`_ended`)."""
        self.wait_for(lambda: child.exit is not None)

    def tail(self, name: str, count: int = 5) -> str:
        path = self.local.log / f"{name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return "\n".join(f"    {line}" for line in lines[-count:]) + f"\n  (all of it in {path})"

    # --- the loop --------------------------------------------------------------------------------
    def wait_for(self, done: Callable[[], bool]) -> None:
        while not done():
            self.pump()

    def wait_until_ready(self, *names: str, seconds: float = 120) -> None:
        """Until the named children (or all) are ready; one that keeps dying or takes too long stops us."""
        wanted = [self.children[name] for name in names] or [c for c in self.children.values() if not c.once]
        end = time.monotonic() + seconds
        while slow := [child for child in wanted if not child.is_ready]:
            self.pump()
            if time.monotonic() > end:
                name = slow[0].name
                raise Stop(f"{name} is not healthy after {seconds:.0f} s. Its last words:\n{self.tail(name)}")
        self._settled = self._settled or not names

    def pump(self, timeout: float = 0.15) -> None:
        """One turn: what they say, who ended, who is due again, who became ready."""
        if self._wanted:
            raise Interrupted
        for key, _ in self._selector.select(timeout):
            self._read(key.data)
        now = time.monotonic()
        for child in list(self.children.values()):
            self._look_at(child, now)
        if now - self._watched >= 1:
            self._watched = now
            for watch in self.watches:
                watch()

    def _read(self, child: Child) -> None:
        process = child.process
        assert process is not None and process.stdout is not None
        try:
            block = process.stdout.read(65536)
        except OSError:
            block = b""
        if block is None:  # nothing yet
            return
        if not block:  # it closed its output: it ended, or soon will
            self._selector.unregister(process.stdout)
            process.stdout.close()
        *lines, child.rest = (child.rest + block).split(b"\n")
        if not block and child.rest:
            lines, child.rest = [*lines, child.rest], b""
        for line in lines:
            self._show(child, line)

    def _look_at(self, child: Child, now: float) -> None:
        if child.process is None:
            if child.start_again is not None and now >= child.start_again:
                self._launch(child)
            return
        if child.process.poll() is not None:
            self._ended(child, now)
        elif not child.is_ready:
            child.is_ready = child.ready(child)

    def _ended(self, child: Child, now: float) -> None:
        process = child.process
        assert process is not None and process.stdout is not None
        while not process.stdout.closed and self._has_more(process.stdout):
            self._read(child)
        if not process.stdout.closed:  # a grandchild holds it open
            self._selector.unregister(process.stdout)
            process.stdout.close()
        processes.tell(process.pid, signal.SIGKILL, group=True)
        processes.forget(self.local.run, child.name)
        child.process, child.exit = None, process.returncode
        if child.once:
            self._close_log(child)
            if child.exit and child.vital and not self._stopping:
                raise Stop(
                    f"{child.name} failed (exit {child.exit}). Its last words:\n{self.tail(child.name)}"
                )
            return
        child.deaths = 1 if now - child.started > STEADY else child.deaths + 1
        how = f"signal {-child.exit}" if child.exit < 0 else f"exit {child.exit}"
        if not self._settled and child.deaths >= 3:
            raise Stop(
                f"{child.name} does not start ({how}, three times). Its last words:\n{self.tail(child.name)}"
            )
        pause = BACKOFF[min(child.deaths, len(BACKOFF)) - 1]
        child.start_again = now + pause
        self.say(f"{child.name} ended unexpectedly ({how}); starting it again in {pause:.0f} s.")

    @staticmethod
    def _has_more(stream: IO[bytes]) -> bool:
        with selectors.DefaultSelector() as once:
            once.register(stream, selectors.EVENT_READ)
            return bool(once.select(0))

    @staticmethod
    def _close_log(child: Child) -> None:
        if child.log:
            child.log.close()
            child.log = None

    # --- the end ---------------------------------------------------------------------------------
    def stop(self) -> None:
        """SIGTERM to all, their last words, SIGKILL to what is left. A second Ctrl-C does not wait."""
        asked, self._stopping = self._wanted, True
        running = [child for child in self.children.values() if child.process]
        for child in self.children.values():
            child.once, child.start_again = True, None
        for child in running:
            assert child.process is not None
            processes.tell(child.process.pid, signal.SIGTERM)
        began, told = time.monotonic(), False
        while left := [child for child in running if child.process]:
            for key, _ in self._selector.select(0.05):
                self._read(key.data)
            now = time.monotonic()
            if not told and now - began > 3:
                told = True
                self.say(f"Waiting for {', '.join(child.name for child in left)} to finish ...")
            for child in left:
                assert child.process is not None
                if self._wanted > asked or now - began > child.grace:
                    processes.tell(child.process.pid, signal.SIGKILL, group=True)
                self._look_at(child, now)
        for child in self.children.values():
            self._close_log(child)
