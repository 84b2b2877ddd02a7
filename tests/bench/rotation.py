"""`make bench-rotation`: the keys are changed under 10,000 tokens while posts go out, and none fails.

TOKENS=10000 TENANTS=40 POSTS=1200 RATE=10 make bench-rotation

The whole procedure of docs/operations.md with real processes: the new key behind the old one, in front of it,
`rotate_keys`, `rotate_keys --tokens`, the old key taken out; the publisher restarted at each step, as a rolling
deploy does. Meanwhile POSTS posts come due, RATE a second, each through another channel, and a reader opens
tokens without pause.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.dispatch.models import Due
from social.models import Channel
from social.registry.models import TenantDataKey
from social.tokens import open_token
from social.vault.store import open_keys
from tests.bench.publish import ROOT, Kitchens, late, states, wait

TOKENS = int(os.environ.get("TOKENS", "10000"))
TENANTS = int(os.environ.get("TENANTS", "40"))
POSTS = int(os.environ.get("POSTS", "1200")) // TENANTS * TENANTS
RATE = float(os.environ.get("RATE", "10"))
OLD, NEW = ("old", b"o" * 32), ("new", b"n" * 32)


def as_text(*ring: tuple[str, bytes]) -> str:
    return ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in ring)


class Turn:
    """The publisher of the moment, and what all of them wrote."""

    def __init__(self, kitchens: Kitchens, log: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kitchens, self.log, self.settings, self.monkeypatch = kitchens, log, settings, monkeypatch
        self.process: subprocess.Popen | None = None

    def ring(self, *ring: tuple[str, bytes]) -> None:
        """As an operator does: the new setting, a new process, and only then the old one's end."""
        self.settings.ENCRYPTION_KEY = list(ring)
        open_keys.clear()
        self.monkeypatch.setenv("ENCRYPTION_KEY", as_text(*ring))
        before = self.process
        self.process = self.kitchens.publisher()
        time.sleep(6)  # both run for a while
        self.end(before)

    def rotate(self, *words: str) -> tuple[float, str]:
        """`manage.py rotate_keys` as its own process: (seconds, what it said)."""
        params = connection.get_connection_params()
        address = (
            f"postgres://{params['user']}:{params.get('password', '')}"
            f"@{params.get('host', '127.0.0.1')}:{params.get('port', 5432)}/{params['dbname']}"
        )
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENVIRONMENT": "development",
            "DEBUG": "false",
            "DATABASE_URL": address,
        }
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "manage.py", "rotate_keys", *words],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return time.monotonic() - started, done.stdout

    def end(self, process: subprocess.Popen | None) -> None:
        if process is not None:
            process.terminate()
            process.wait(60)


@contextmanager
def reading(kitchens: Kitchens) -> Iterator[dict[str, int]]:
    """Opens tokens in a thread without pause; counts them, and what failed."""
    count, stop = {"opened": 0, "failed": 0}, threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                for tenant in kitchens.tenants:
                    with tenant_context(tenant):
                        for row in Channel.objects.order_by("?")[:20]:
                            try:
                                right = open_token(row).reveal() == f"EAApage{row.remote_id}"
                            except Exception:
                                right = False
                            count["opened" if right else "failed"] += 1
                    open_keys.clear()
                    time.sleep(0.05)
                    if stop.is_set():
                        return
        finally:
            connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield count
    finally:
        stop.set()
        thread.join()


def spread(seconds_ahead: float) -> None:
    """Due one after the other, RATE a second."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_due d SET due_at = o.at, next_action_at = clock_timestamp(), arm_at = clock_timestamp()"
            " FROM (SELECT id, clock_timestamp() + make_interval(secs => %s + row_number() OVER (ORDER BY random())"
            " / %s::float) AS at FROM dispatch_due) o WHERE o.id = d.id",
            [seconds_ahead, RATE],
        )


@pytest.mark.timeout(1800)
def test_rotation(
    transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 100_000)
    settings.ENCRYPTION_KEY = [OLD]
    open_keys.clear()
    kitchens = Kitchens()
    turn = Turn(kitchens, tmp_path / "publisher.log", settings, monkeypatch)
    try:
        started = time.monotonic()
        at = timezone.now() + timedelta(minutes=9)
        for _ in range(TENANTS):
            kitchens.plan(kitchens.open(TOKENS // TENANTS), POSTS // TENANTS, at)
        print(f"\nmade {TOKENS} tokens of {TENANTS} restaurants in {time.monotonic() - started:.1f} s")
        spread(20)  # before a publisher holds the rows
        turn.ring(OLD)
        began = time.monotonic()
        with reading(kitchens) as read:
            turn.ring(OLD, NEW)
            turn.ring(NEW, OLD)
            before = states().get("published", 0)
            rewrap, said = turn.rotate()
            assert "may be taken out of ENCRYPTION_KEY: old." in said
            print(f"rotate_keys: {TENANTS} data keys in {rewrap:.1f} s")
            reseal, said = turn.rotate("--tokens")
            found = re.search(r"Tokens sealed anew: (\d+)", said)
            assert found is not None
            moved = int(found[1])
            print(f"rotate_keys --tokens: {moved} tokens in {reseal:.1f} s = {moved / reseal:.0f}/s")
            during = states().get("published", 0) - before
            turn.ring(NEW)
            wait(lambda: states().get("published", 0) == POSTS, 600)
        print(
            f"{during} posts went out while rotate_keys ran; all {POSTS} in {time.monotonic() - began:.0f} s"
        )
        print(f"read meanwhile: {read['opened']} tokens opened, {read['failed']} failed")
        lateness = late(kitchens)
        cuts = quantiles(lateness, n=100)
        print(f"lateness p50 {cuts[49]:.2f} p99 {cuts[98]:.2f} max {lateness[-1]:.2f} s")
        assert read["failed"] == 0 and len(lateness) == POSTS
        assert moved == TOKENS + TENANTS
        assert {row.wrapped_by for row in TenantDataKey.objects.all()} == {"new"}
        assert not Due.objects.exclude(state="published").exists()
        for tenant in kitchens.tenants:
            with tenant_context(tenant):
                assert not Channel.objects.exclude(state="active").exists()
                used = {bytes(row.token_sealed or b"")[1:17] for row in Channel.objects.all()}
                current = TenantDataKey.objects.get(tenant=tenant, retired_at=None)
                assert used == {current.pk.bytes}
    finally:
        turn.end(turn.process)
        kitchens.close()
