"""Start the real sandbox process for a test; other test rooms use it through :func:`start` or the fixture.

``pytest_plugins = ["tests.sandbox_process"]`` (or an import of ``sandbox`` in a conftest) gives the session
fixture
``sandbox``; its state is shared, so tests make their own Pages or call ``sandbox.reset()`` first.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP_ID, APP_SECRET = "1000000000000001", "sandbox-app-secret"
ALICE, CHARLIE = "100010000000001", "100010000000002"
KRUSTY, KRUSTY_TRUCK, KRUSTY_CATERING, BAKERY = (f"10020000000000{n}" for n in range(1, 5))
KRUSTY_IG, BAKERY_IG = "17841400000000001", "17841400000000004"
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Sandbox:
    """A running sandbox: ``url``, the four addresses the product wants, and the control API."""

    def __init__(
        self, port: int, data: Path, threads: int = 16, environment: dict[str, str] | None = None
    ) -> None:
        self.port, self.data, self.threads = port, data, threads
        self.environment = environment or {}
        self.url = f"http://127.0.0.1:{port}"
        self.graph, self.dialog = f"{self.url}/graph", f"{self.url}/dialog"
        self.video, self.rupload = f"{self.url}/graph-video", f"{self.url}/rupload"
        self.openai = f"{self.url}/openai/v1"
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, timeout: float = 30) -> Sandbox:
        """Start the process and wait until it is healthy."""
        environment = {
            k: v
            for k, v in os.environ.items()
            if k not in ("DJANGO_SETTINGS_MODULE", "FACEBOOK_APP_ID", "FACEBOOK_APP_SECRET", "ENVIRONMENT")
        }
        environment.update(self.environment)
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sandbox",
                "--port",
                str(self.port),
                "--data",
                str(self.data),
                "--threads",
                str(self.threads),
            ],
            cwd=ROOT,
            env=environment,
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                with _opener.open(f"{self.url}/health", timeout=2):
                    return self
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the sandbox ended with code {self.process.returncode}") from None
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("the sandbox did not become healthy")

    def control(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """One control call: GET without a body, POST with one, or the given method; RuntimeError with its
        sentence.
        """
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/control/{path}",
            data=data,
            method=method or ("GET" if body is None else "POST"),
            headers={"Content-Type": "application/json"},
        )
        try:
            with _opener.open(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{error.code} {error.read().decode()}") from None

    def fault(self, mode: str, label: str = "*", **more: Any) -> Any:
        """Switch a fault on for calls with this label, once unless told otherwise."""
        match = {"label": label, **more.pop("match", {})}
        return self.control("faults", {"mode": mode, "match": match, **more})

    def connect(self, person: str = ALICE, **more: Any) -> Any:
        """A finished login: user_token, long_lived_token and a token for each Page."""
        return self.control("connect", {"person": person, **more})

    def ledger(self, owner: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control(f"ledger?page={owner}")["ledger"]
        return found

    def reset(self) -> None:
        self.control("state", method="DELETE")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9, as a crash would; the worker follows its parent within a second or is killed here."""
        if self.process is not None:
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
            workers = [int(pid) for pid in children.read_text().split()] if children.exists() else []
            for pid in (self.process.pid, *workers):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None


def start(port: int | None = None, data: Path | str | None = None, **more: Any) -> Sandbox:
    """A healthy sandbox on a free port with its own folder; the caller stops it."""
    folder = Path(data) if data is not None else Path(tempfile.mkdtemp(prefix="sandbox-"))
    return Sandbox(port or free_port(), folder, **more).run()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = start(data=tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()
