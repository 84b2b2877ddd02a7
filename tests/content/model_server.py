"""A pretend OpenAI-compatible endpoint on loopback: answers what a test tells it to, and keeps what it was
asked.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


@dataclass
class ModelServer:
    """`script` is used up answer by answer; the last one stays. `asked` holds the bodies received."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Answer:
        with self.lock:
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def completion(
    content: str | None, *, finish: str = "stop", usage: Any = (900, 150), **message: Any
) -> bytes:
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "test-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
    }
    if usage:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return json.dumps(body).encode()


def says(content: str | None, **kwargs: Any) -> Answer:
    return lambda handler, _: send(handler, 200, completion(content, **kwargs))


def writes(
    *captions: str, hashtags: tuple[str, ...] = (), dishes: tuple[str, ...] = (), angle: str = "a"
) -> Answer:
    variants = [
        {"caption": c, "hashtags": list(hashtags), "dishes": list(dishes), "angle": f"{angle}{n}"}
        for n, c in enumerate(captions)
    ]
    return says(json.dumps({"variants": variants}))


def fails(
    status: int, message: str = "no", *, code: str = "", headers: dict[str, str] | None = None
) -> Answer:
    body = json.dumps({"error": {"message": message, "type": "x", "code": code or None}}).encode()
    return lambda handler, _: send(handler, status, body, headers)


def raw(body: bytes, status: int = 200) -> Answer:
    return lambda handler, _: send(handler, status, body)


def cut(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
    """Promises more than it sends, then hangs up."""
    body = completion('{"variants": [{"caption": "half of')
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body) + 500))
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()
    handler.close_connection = True


@contextmanager
def hangs() -> Iterator[Answer]:
    """Never answers until the test is over."""
    over = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        over.wait(20)
        handler.close_connection = True

    try:
        yield answer
    finally:
        over.set()


@contextmanager
def running() -> Iterator[ModelServer]:
    server = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with server.lock:
                server.asked.append(body)
                server.headers.append({k.lower(): v for k, v in self.headers.items()})
            with suppress(BrokenPipeError, ConnectionResetError):
                server.next()(self, body)

        def log_message(self, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join(2)
