"""A partner's program on loopback that writes down what it is told, and keys to call us with."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.tenants.conftest import make_key, pat, till  # noqa: F401 - shared fixtures


@dataclass
class Heard:
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with the next of `answers` ((status, headers)), then 204."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)


def genuine(heard: Heard, secret: str) -> bool:
    """What a partner's code does, written from the specification and from none of ours."""
    content = f"{heard.headers['webhook-id']}.{heard.headers['webhook-timestamp']}.".encode() + heard.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return wanted in heard.headers["webhook-signature"].split(" ")


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.ALLOW_PRIVATE_FETCH = True

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mine.heard.append(Heard({k.lower(): v for k, v in self.headers.items()}, body))
            status, headers = mine.answers.pop(0) if mine.answers else (204, {})
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mine = Receiver(f"http://127.0.0.1:{server.server_port}/hooks")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield mine
    server.shutdown()
    server.server_close()
