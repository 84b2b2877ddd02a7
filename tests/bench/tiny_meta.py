"""The smallest possible Graph for measuring: answers after a fixed time, remembers when each flip took effect.

One asyncio process without a framework, so that on two cores it is the publisher that is measured and not
its opponent; what it takes of a core itself is printed beside the publisher's share.
`python -m tests.bench.tiny_meta PORT MILLISECONDS`; GET /times gives {object id: unix time}.
"""

import asyncio
import json
import re
import sys
import time
from itertools import count
from urllib.parse import parse_qs

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
shown: dict[str, float] = {}
twice: list[str] = []
numbers = count(1)


def answer(method: str, path: str, body: str) -> object:
    if path == "/times":
        return {"times": shown, "twice": twice}
    parts = path.partition("?")[0].strip("/").split("/")  # graph, version, object[, edge]
    if method == "POST" and len(parts) == 2:
        return [numbers_of(part["relative_url"]) for part in json.loads(parse_qs(body)["batch"][0])]
    if method == "POST" and len(parts) == 4:
        return {"id": f"{parts[2]}_{next(numbers)}"}
    if method == "POST" and "is_published" in parse_qs(body):
        if parts[2] in shown:
            twice.append(parts[2])
        shown[parts[2]] = time.time()
        return {"success": True}
    visible = parts[2] in shown
    return {"id": parts[2], "is_published": visible, "permalink_url": f"https://example.com/{parts[2]}"}


def numbers_of(address: str) -> object:
    """One part of a batch of reads: every metric that is asked has the value 7."""
    path, _, query = address.partition("?")
    asked = parse_qs(query)
    if path.endswith("/insights"):
        found: dict = {"data": [{"name": m, "values": [{"value": 7}]} for m in asked["metric"][0].split(",")]}
        if "metric_type" in asked:
            found = {
                "data": [{"name": m, "total_value": {"value": 7}} for m in asked["metric"][0].split(",")]
            }
    elif "like_count" in query:
        found = {"like_count": 7, "comments_count": 7, "id": path}
    elif "followers_count" in query:
        found = {"followers_count": 7, "id": path}
    else:
        summary = {"data": [], "summary": {"total_count": 7}}
        found = {"reactions": summary, "comments": summary, "shares": {"count": 7}, "id": path}
    return {"code": 200, "headers": [], "body": json.dumps(found)}


class Line(asyncio.Protocol):
    """One kept connection; a request is answered `latency` seconds after it came, before the next one comes."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(b"\r\n\r\n")
        size = int(length[1]) if (length := LENGTH.search(head)) else 0
        if not end or len(body) < size:
            return
        self.got = body[size:]
        method, path, _ = head.decode("latin-1").split(" ", 2)
        wait = 0.0 if path == "/times" else self.latency
        asyncio.get_running_loop().call_later(wait, self.answer, method, path, body[:size].decode())

    def answer(self, method: str, path: str, body: str) -> None:
        data = json.dumps(answer(method, path, body)).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n"
        if not self.transport.is_closing():
            self.transport.write(head.encode() + data)  # type: ignore[attr-defined]


async def main(port: int, latency: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(latency), "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) / 1000))
