"""The whole product as real processes on a database of its own: for journeys and crash tests.

What `make up` runs, minus the seed: web, publisher, worker and the sandbox, each a subprocess that a test
may kill and start again.
"""

import base64
import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
START = 60  # seconds until a process must be healthy on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, timeout: float = 5) -> tuple[int, str]:
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        line.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""))
        answer = line.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        line.close()


def until(found: Callable[[], object], *, seconds: float, what: str) -> object:
    """Ask ten times a second until `found()` is true; fails with `what` otherwise."""
    end = time.monotonic() + seconds
    while True:
        if result := found():
            return result
        if time.monotonic() > end:
            raise AssertionError(f"After {seconds} s: {what}")
        time.sleep(0.1)


class Stack:
    def __init__(self, folder: Path, *, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.processes: dict[str, subprocess.Popen] = {}
        self.web_port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.database = f"stack_{secrets.token_hex(4)}"
        admin = os.environ["DATABASE_URL"]
        self._admin = admin
        parts = urlsplit(admin)
        self.env = {
            **os.environ,
            "ENVIRONMENT": "development",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DEBUG": "false",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "ENCRYPTION_KEY": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "DATABASE_URL": urlunsplit(parts._replace(path=f"/{self.database}")),
            "LOCAL_DIR": str(folder),
            "PORT": str(self.web_port),
            "PUBLIC_URL": self.url,
            "SANDBOX_URL": self.sandbox_url,
            **(settings or {}),
        }
        # Each stack has its own Redis database, so that wake-ups do not reach another stack's worker.
        redis = urlsplit(os.environ["REDIS_URL"])
        self.env["REDIS_URL"] = urlunsplit(redis._replace(path=f"/{1 + secrets.randbelow(14)}"))

    def __enter__(self) -> "Stack":
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.database}"')
        try:
            self.manage("migrate_all")
            self.start("sandbox")
            self.start("web")
            self.start("publisher")
            self.start("worker")
            until(
                lambda: self._healthy(f"{self.sandbox_url}/health"),
                seconds=START,
                what="the sandbox is not healthy",
            )
            until(
                lambda: self._healthy(f"{self.url}/health/db"),
                seconds=START,
                what="the web server is not healthy",
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.processes):
            self.stop(name)
        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)')

    @contextlib.contextmanager
    def beside(self, folder: Path, *, settings: dict[str, str]) -> Iterator["Stack"]:
        """Another web server and worker with other settings on this one's database, queued for on their own."""
        other = Stack(folder, settings=settings)
        for name in ("DATABASE_URL", "SECRET_KEY", "ENCRYPTION_KEY", "SANDBOX_URL"):
            other.env[name] = self.env[name]
        redis = urlsplit(self.env["REDIS_URL"])
        other.env["REDIS_URL"] = urlunsplit(redis._replace(path=f"/{int(redis.path.strip('/')) % 14 + 1}"))
        try:
            other.start("web")
            other.start("worker")
            until(
                lambda: other._healthy(f"{other.url}/health/db"),
                seconds=START,
                what="the web server is not healthy",
            )
            yield other
        finally:
            for name in list(other.processes):
                other.stop(name)

    def _healthy(self, url: str) -> bool:
        try:
            return get(url)[0] == 200
        except OSError:
            return False

    def command(self, name: str) -> list[str]:
        python = sys.executable
        return {
            "web": [
                python, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.web_port}",
                "--worker-class", "gthread", "--threads", "8", "--log-level", "warning", "--no-control-socket",
            ],
            "publisher": [python, "manage.py", "publisher"],
            "worker": [
                python, "-m", "celery", "-A", "config.celery", "worker", "--pool", "threads", "--concurrency", "4",
                "--without-gossip", "--without-mingle", "--loglevel", "info",
            ],
            "beat": [python, "-m", "celery", "-A", "config.celery", "beat", "--pidfile="],
            "sandbox": [
                python, "-m", "sandbox", "--port", str(self.sandbox_port), "--data", str(self.folder / "sandbox"),
            ],
        }[name.split(":")[0]]  # fmt: skip

    def start(self, name: str, **env: str) -> subprocess.Popen:
        with (self.folder / f"{name.replace(':', '-')}.log").open("ab") as log:
            process = subprocess.Popen(
                self.command(name),
                cwd=ROOT,
                env={**self.env, **env},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    def stop(self, name: str, how: int = signal.SIGTERM) -> None:
        process = self.processes.pop(name, None)
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)

    def kill(self, name: str) -> None:
        self.stop(name, signal.SIGKILL)

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=180,
        )
        if check:
            assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
        return done

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def sql(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []
