"""A tiny HTTP server on loopback that answers (or misbehaves) exactly as a test scripts it, and records
what came.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from social.graph import GraphConfig
from social.vault import Secret

APP_SECRET = "loopback-app-secret"


@dataclass
class Seen:
    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}"


@dataclass
class Script:
    """One scripted answer. `body` may be bytes (sent as they are) or anything JSON can hold."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False  # close the connection without an answer
    cut_in_body: bool = False  # promise more bytes than are sent
    stall: threading.Event | None = None  # answer only after this is set


@dataclass
class Loopback:
    port: int
    seen: list[Seen] = field(default_factory=list)
    script: list[Script] = field(default_factory=list)
    answer: Callable[[Seen], Script] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> GraphConfig:
        return GraphConfig(
            app_id="1000000000000001",
            app_secret=Secret(APP_SECRET),
            version="v26.0",
            graph_url=f"{self.url}/graph",
            dialog_url=f"{self.url}/dialog",
            video_url=f"{self.url}/graph-video",
            rupload_url=f"{self.url}/rupload",
        )

    def next(self, seen: Seen) -> Script:
        self.seen.append(seen)
        if self.answer is not None:
            return self.answer(seen)
        return self.script.pop(0) if self.script else Script({"error": {"message": "not scripted"}}, 500)


@contextmanager
def loopback() -> Iterator[Loopback]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            is_form = "urlencoded" in self.headers.get("content-type", "")
            seen = Seen(
                self.command,
                parts.path,
                {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()},
                {key: values[0] for key, values in parse_qs(body.decode(), keep_blank_values=True).items()}
                if is_form
                else {},
                {key.lower(): value for key, value in self.headers.items()},
                body,
            )
            script = server.loopback.next(seen)  # type: ignore[attr-defined]
            if script.stall is not None:
                script.stall.wait(10)
            if script.cut:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = script.body if isinstance(script.body, bytes) else json.dumps(script.body).encode()
            self.send_response(script.status)
            for name, value in script.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content) + (10 if script.cut_in_body else 0)))
            self.end_headers()
            self.wfile.write(content)
            if script.cut_in_body:
                self.close_connection = True
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_POST = do_DELETE = handle_any

        def log_message(self, *_args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that gave up on a slow answer is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    server.loopback = Loopback(server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.loopback  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(2)
