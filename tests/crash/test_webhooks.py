"""A worker that is killed while it tells a partner: nothing is lost, and a repeat is recognised as one."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connections
from django.utils import timezone

from tenants.access import Actor
from tenants.hooks import delivering, events, services
from tenants.hooks.models import Delivery, DeliveryState

BY = Actor.system("test")
TOLD = 40
KILLS = 8


@pytest.fixture
def heard(settings) -> Iterator[tuple[str, Counter[str]]]:
    """A partner that answers after a moment, and how often each message reached it."""
    settings.ALLOW_PRIVATE_FETCH = True
    found: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            found[self.headers["webhook-id"]] += 1
            time.sleep(0.02)
            self.send_response(204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_args: object) -> None:
            """Whoever was killed hangs up in the middle of an answer."""

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hooks", found
    server.shutdown()
    server.server_close()


def killed(clock: datetime, arrived: Counter[str], after: int) -> None:
    """A worker in a process of its own, killed as soon as its partner has heard so many messages more."""
    connections.close_all()  # a child must not speak on its parent's line
    target = arrived.total() + after
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: never outlive the test
        try:
            delivering.run(clock=lambda: clock)
        finally:
            os._exit(0)
    patience = time.monotonic() + 30
    while arrived.total() < target and time.monotonic() < patience:
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_a_killed_worker_loses_no_event_and_repeats_under_the_same_id(committed_cast, heard):
    url, arrived = heard
    now, chance = timezone.now(), random.Random(5)
    for tenant in (committed_cast.cafe, committed_cast.bakery):
        services.create_endpoint(url=url, names=["*"], tenant=tenant, by=BY, now=now)
    data = events.KINDS[events.PUBLISHED].example
    for number in range(TOLD):
        tenant = committed_cast.cafe if number % 2 else committed_cast.bakery
        services.emit(events.PUBLISHED, data=data, tenant_id=tenant.pk, now=now)
    told = {row.event.public_id for row in Delivery.objects.select_related("event")}
    assert len(told) == TOLD
    for _ in range(KILLS):
        killed(now, arrived, after=chance.randrange(1, 12))
        now += delivering.LEASE + timedelta(seconds=1)  # what the dead one held falls due
    while delivering.run(clock=partial(datetime.fromisoformat, now.isoformat())):
        now += delivering.LEASE + timedelta(seconds=1)
    assert set(arrived) == told
    states = set(Delivery.objects.values_list("state", flat=True))
    assert states == {DeliveryState.DELIVERED}
    assert Delivery.objects.filter(tries__gt=1).exists()  # the kills did hit something under way
    # A repeat is the price of a kill between the partner's answer and our note of it, and only of that.
    assert sum(arrived.values()) - TOLD <= KILLS * delivering.BATCH
    rows = Delivery.objects.values_list("event_id", "tries", "attempts__status")
    assert all(status == 204 for _event, _tries, status in rows)
