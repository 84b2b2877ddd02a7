"""The smallest possible Graph for measuring: answers after a fixed time, remembers when each flip took effect.

One asyncio process without a framework, so that on two cores it is the publisher that is measured and not
its opponent. `python -m tests.bench.tiny_meta PORT MILLISECONDS`; GET /times gives {object id: unix time}.
"""

import asyncio
import json
import sys
import time
from itertools import count
from urllib.parse import parse_qs

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


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, latency: float) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            size = next(
                (
                    int(line.split(":")[1])
                    for line in head.lower().split("\r\n")
                    if line.startswith("content-length")
                ),
                0,
            )
            body = (await reader.readexactly(size)).decode() if size else ""
            if path != "/times":
                await asyncio.sleep(latency)
            data = json.dumps(answer(method, path, body)).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(data)
                + data
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int, latency: float) -> None:
    server = await asyncio.start_server(lambda r, w: serve(r, w, latency), "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]) / 1000))
