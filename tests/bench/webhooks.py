"""`make bench-webhooks`: Meta's news, signed, doubled and shuffled, over HTTP against the real web process.

DELIVERIES=10000 BATCH=1000 LINES=4 make bench-webhooks

Three scenes: batches of BATCH changes; DELIVERIES single deliveries of which half are repeats, shuffled; and the
worker's part, passing on what was stored. Each event must be stored once and passed on once.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest

from tests.stack import START, Stack, until

DELIVERIES = int(os.environ.get("DELIVERIES", "10000"))
BATCH = int(os.environ.get("BATCH", "1000"))
LINES = int(os.environ.get("LINES", "4"))
SECRET = "sandbox-app-secret"


class Alone(Stack):
    """The web process and a database; nobody works the inbox off until the bench says so."""

    def __enter__(self) -> Alone:
        import psycopg

        with psycopg.connect(self._admin, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{self.database}"')
        try:
            self.manage("migrate_all")
            self.start("web")
            until(
                lambda: self._healthy(f"{self.url}/health/db"), seconds=START, what="the web is not healthy"
            )
        except BaseException:
            self.__exit__()
            raise
        return self


def body(numbers: range) -> bytes:
    changes = [
        {
            "field": "feed",
            "value": {
                "item": "comment",
                "verb": "add",
                "post_id": f"77_{number}",
                "comment_id": f"77_{number}_1",
                "from": {"id": "5", "name": "A guest with a name"},
                "message": "The best pizza in town, we will be back on Sunday with the whole family!",
                "created_time": 1_790_000_000,
            },
        }
        for number in numbers
    ]
    return json.dumps(
        {"object": "page", "entry": [{"id": "77", "time": 1_790_000_000, "changes": changes}]}
    ).encode()


def deliver(stack: Stack, bodies: list[bytes]) -> list[float]:
    """Seconds of each answer, over LINES kept-alive connections."""

    def line(mine: list[bytes]) -> list[float]:
        times = []
        wire = http.client.HTTPConnection("127.0.0.1", stack.web_port, timeout=60)
        for one in mine:
            signed = "sha256=" + hmac.new(SECRET.encode(), one, hashlib.sha256).hexdigest()
            started = time.monotonic()
            wire.request(
                "POST",
                "/webhooks/meta",
                one,
                {"content-type": "application/json", "x-hub-signature-256": signed},
            )
            answer = wire.getresponse()
            text = answer.read()
            times.append(time.monotonic() - started)
            assert answer.status == 200, text
        wire.close()
        return times

    with ThreadPoolExecutor(LINES) as pool:
        found = pool.map(line, [bodies[number::LINES] for number in range(LINES)])
        return sorted(one for times in found for one in times)


def report(name: str, times: list[float], total: float, changes: int) -> None:
    cuts = quantiles(times, n=100, method="inclusive") if len(times) > 1 else times * 99
    print(
        f"\n{name}: {len(times)} requests, {changes} changes in {total:.1f} s = {changes / total:.0f} changes/s;"
        f" answered in p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms, max {times[-1] * 1000:.0f} ms"
    )


def stored(stack: Stack) -> int:
    return int(stack.sql("SELECT count(*) FROM social_registry_webhookdelivery")[0][0])


@pytest.mark.timeout(1800)
def test_webhooks(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"FACEBOOK_APP_SECRET": SECRET, "FACEBOOK_APP_ID": "1000000000000001"}
    with Alone(tmp_path, settings=settings) as stack:
        batches = [body(range(start, start + BATCH)) for start in range(0, 10 * BATCH, BATCH)]
        deliver(stack, [body(range(5))])  # the first request of a process loads modules
        started = time.monotonic()
        times = deliver(stack, batches * 2)
        report(f"batches of {BATCH}, each twice", times, time.monotonic() - started, 20 * BATCH)
        assert stored(stack) == 10 * BATCH

        stack.sql("TRUNCATE social_registry_webhookdelivery")
        singles = [body(range(number, number + 1)) for number in range(DELIVERIES // 2)] * 2
        random.Random(7).shuffle(singles)
        started = time.monotonic()
        times = deliver(stack, singles)
        report("single deliveries, half of them repeats", times, time.monotonic() - started, len(singles))
        assert stored(stack) == DELIVERIES // 2

        started = time.monotonic()
        stack.manage("shell", "-v", "0", "-c", WORK)
        seconds = time.monotonic() - started
        waiting = stack.sql("SELECT count(*) FROM social_registry_webhookdelivery WHERE done_at IS NULL")[0][
            0
        ]
        print(f"worked off: {DELIVERIES // 2} in {seconds:.1f} s, the start of a process included")
        assert waiting == 0


WORK = """
from django.utils import timezone
from social import webhooks
while webhooks.work_off(now=timezone.now(), most=5000):
    pass
"""
