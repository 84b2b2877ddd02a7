"""Who makes the trouble of `make chaos`: kills, stops and cuts off publishers, and takes their servers away."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connection, connections

from config.services.local import Local
from config.services.processes import until
from config.services.redis import ask
from config.services.servers import Servers
from posting.dispatch.listen import Listener
from posting.dispatch.loop import Publisher

ROOT = Path(__file__).parents[2]
T = TypeVar("T")
# What strikes, and how often beside the others. Those of servers only where they are this run's own.
STRIKES = {"kill": 64, "stop": 10, "cut": 8}
SERVER_STRIKES = {"postgres": 5, "redis kill": 4, "redis flush": 5, "worker kill": 3, "beat kill": 1}


def patiently(ask_database: Callable[[], T], seconds: float = 60) -> T:
    """The answer of a query, asked again while the database is away."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask_database()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


class OwnServers:
    """PostgreSQL and Redis of this run, when it has its own: those of others are left alone."""

    def __init__(self) -> None:
        folder = os.environ.get("LOCAL_DIR", "")
        self.servers = (
            Servers(Local(Path(folder)).open(), print, durable=False, all_of_them=True) if folder else None
        )
        running = self.servers.adopt() if self.servers else {}
        port = str(connection.settings_dict["PORT"])
        self.redis_url = running.get("REDIS_URL", "")
        self.here = bool(running.get("DATABASE_URL")) and f":{port}/" in running["DATABASE_URL"]
        if self.here:
            with connection.cursor() as cursor:
                # The servers of tests may forget their last half second in a crash (A2 forbids that); not this one.
                cursor.execute("SELECT current_database()")
                name = cursor.fetchone()[0]
                cursor.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = on')
            connection.close()

    def restart_postgres(self) -> None:
        """As a power cut would: no session is ended, nothing is written first; recovery from the log."""
        assert self.servers and self.servers.postgres
        os.kill(self.servers.postgres.pid, signal.SIGQUIT)
        until(
            lambda: (
                not Path(f"/proc/{self.servers.postgres.pid}").exists() or _zombie(self.servers.postgres.pid)
            ),
            20,
        )
        self.servers.postgres.start()

    def kill_redis(self) -> None:
        assert self.servers and self.servers.redis
        os.kill(self.servers.redis.pid, signal.SIGKILL)

    def start_redis(self) -> None:
        assert self.servers and self.servers.redis
        self.servers.redis.start()

    def flush_redis(self) -> None:
        assert self.servers and self.servers.redis
        ask(self.servers.redis.port, f"AUTH {self.servers.redis.password}", "FLUSHALL")


def _zombie(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


class Nemesis:
    """`publishers` processes forked from this one (a start is some milliseconds, so that there is time for
    hundreds of kills), and, where Redis is this run's own, a Celery worker and two beats at once.
    """

    def __init__(self, environment: dict[str, str], seed: int, *, publishers: int, hurry: int) -> None:
        self.random = random.Random(seed)
        self.own = OwnServers()
        self.environment = {
            **environment,
            "POSTING_HURRY": str(hurry),
            "REDIS_URL": self.own.redis_url or environment["REDIS_URL"],
        }
        os.environ["POSTING_HURRY"] = str(hurry)  # for the forked ones
        self.did: Counter[str] = Counter()
        self.stopped: dict[int, float] = {}
        self.redis_back = 0.0
        self.publishers = [self._publisher() for _ in range(publishers)]
        self.celery = (
            {name: self._celery(name) for name in ("worker", "beat 1", "beat 2")} if self.own.here else {}
        )

    def _publisher(self) -> int:
        connections.close_all()  # a child must not speak on its parent's line
        pid = os.fork()
        if pid == 0:
            _child()
        return pid

    def _celery(self, name: str) -> subprocess.Popen:
        words = [
            "worker",
            "--pool=threads",
            "--concurrency=4",
            "--without-gossip",
            "--without-mingle",
            "-Q",
            "celery",
        ]
        if name != "worker":
            words = ["beat", "--pidfile=", "-s", f"{self.environment['TMPDIR']}/{name.replace(' ', '-')}"]
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config.celery", *words, "-l", "CRITICAL"],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    # --- strikes -----------------------------------------------------------------------------------------

    def strike(self) -> None:
        strikes = STRIKES | (SERVER_STRIKES if self.own.here else {})
        what = self.random.choices([*strikes], [*strikes.values()])[0]
        done = getattr(self, f"_{what.replace(' ', '_')}")()
        self.did[what] += done is not False

    def _kill(self) -> None:
        index = self.random.randrange(len(self.publishers))
        self._end(self.publishers[index])
        self.publishers[index] = self._publisher()

    def _stop(self) -> bool:
        pid = self.random.choice(self.publishers)
        if pid in self.stopped:
            return False
        os.kill(pid, signal.SIGSTOP)
        self.stopped[pid] = time.monotonic() + self.random.uniform(0.5, 12)
        return True

    def _cut(self) -> None:
        def cut() -> None:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        patiently(cut)

    def _postgres(self) -> None:
        self.own.restart_postgres()

    def _redis_kill(self) -> bool:
        if self.redis_back:
            return False
        self.own.kill_redis()
        self.redis_back = time.monotonic() + self.random.uniform(1, 8)
        return True

    def _redis_flush(self) -> None:
        self.own.flush_redis()

    def _worker_kill(self) -> None:
        self._celery_kill("worker")

    def _beat_kill(self) -> None:
        self._celery_kill("beat 1")

    def _celery_kill(self, name: str) -> None:
        self.celery[name].kill()
        self.celery[name].wait()
        self.celery[name] = self._celery(name)

    # --- and what comes back -------------------------------------------------------------------------------

    def let_go_on(self, *, all_of_them: bool = False) -> None:
        now = float("inf") if all_of_them else time.monotonic()
        for pid, end in list(self.stopped.items()):
            if end < now:
                os.kill(pid, signal.SIGCONT)
                del self.stopped[pid]
        if self.redis_back and self.redis_back < now:
            self.own.start_redis()
            self.redis_back = 0.0

    def calm(self) -> None:
        """The trouble is over. One publisher more, started as in production."""
        self.let_go_on(all_of_them=True)
        self.last = subprocess.Popen(
            [sys.executable, "manage.py", "publisher", "--slots", "24"],
            cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def end(self) -> None:
        for pid in self.publishers:
            self._end(pid)
        for process in [*self.celery.values(), *([self.last] if hasattr(self, "last") else [])]:
            process.kill()
            process.wait()

    def _end(self, pid: int) -> None:
        self.stopped.pop(pid, None)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _child() -> Any:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive the test
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        for number in (signal.SIGINT, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        while True:  # a publisher whose database is away while it starts would be started again by its runner
            try:
                publisher = Publisher(slots=16)
                break
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(0.2)
        Listener(publisher.wake, threading.Event()).start()
        publisher.run()
    finally:
        os._exit(1)
