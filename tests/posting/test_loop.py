"""The publisher as a whole: woken at once, alone without Redis, ended politely, back after the database."""

import ast
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from posting.dispatch import loop
from posting.dispatch.listen import Listener
from posting.dispatch.loop import Publisher
from posting.dispatch.models import AppGate, Due
from posting.states import State
from posting.tasks import tick
from tests.sandbox_process import APP_ID, APP_SECRET

ROOT = Path(__file__).parents[2]


def wait_for(found, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := found():
            return result
        time.sleep(0.05)
    raise AssertionError("it did not happen")


@pytest.fixture
def environment(kitchen):
    """For a publisher process of its own on the test's database; its Redis does not exist."""
    params = connection.get_connection_params()
    host, port = params.get("host", "127.0.0.1"), params.get("port", 5432)
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "development",
        "DATABASE_URL": f"postgres://{params['user']}:{params.get('password', '')}@{host}:{port}/{params['dbname']}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PUBLIC_URL": settings.PUBLIC_URL,
        "SANDBOX_URL": kitchen.meta.url,
        "FACEBOOK_APP_ID": APP_ID,
        "FACEBOOK_APP_SECRET": APP_SECRET,
    }


def test_publish_now_wakes_a_sleeping_publisher(kitchen, monkeypatch):
    monkeypatch.setattr(loop, "POLL_SECONDS", 600.0)
    publisher = Publisher(slots=4)
    listener = Listener(publisher.wake, publisher.stopping)
    thread = threading.Thread(target=publisher.run)
    listener.start()
    thread.start()
    try:
        time.sleep(0.1)
        publication = kitchen.plan(kitchen.page, kitchen.post())
        wait_for(lambda: kitchen.fresh(publication).state == State.PUBLISHED)
    finally:
        publisher.stop()
        thread.join(20)
        listener.join(5)


def test_the_publisher_publishes_without_redis_and_never_asks_for_it(kitchen, environment):
    publication = kitchen.plan(kitchen.instagram, kitchen.post(photos=1))
    script = (
        "import django; django.setup()\n"
        "import redis.connection\n"  # the API's settings import the module; a connection is what must not be
        "asked = []\n"
        "redis.connection.AbstractConnection.connect = lambda self: asked.append(self)\n"
        "from django.core.management import call_command\n"
        "call_command('publisher', '--once')\n"
        "print('asked', len(asked), 'times')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert "asked 0 times" in done.stdout


def test_no_module_of_the_engine_imports_redis_or_celery():
    for folder in ("dispatch", "publisher", "services"):
        for path in (ROOT / "posting" / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                assert not any(name.split(".")[0] in ("redis", "celery", "kombu") for name in names), path


def test_beat_alone_publishes_when_no_publisher_runs(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post())
    tick()
    assert kitchen.fresh(publication).state == State.PUBLISHED


def test_sigterm_finishes_what_is_in_the_air_and_gives_the_rest_back(kitchen, environment):
    kitchen.meta.control("config", {"latency_ms": 800})
    made = [kitchen.plan(kitchen.page, kitchen.post(f"Post {number}")) for number in range(6)]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "publisher", "--slots", "2"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    wait_for(lambda: any(kitchen.due(one).lease_until for one in made))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    assert all(kitchen.due(one).lease_until is None for one in made)
    kitchen.meta.control("config", {"latency_ms": 0})
    for _ in range(4):
        kitchen.run()
        for one in made:
            kitchen.later(one, seconds=70)
    assert {kitchen.fresh(one).state for one in made} == {State.PUBLISHED}
    assert len(kitchen.visible(kitchen.page)) == 6


def test_flips_that_wait_for_a_line_are_given_back_unsent(kitchen):
    hour = timedelta(hours=1)
    made = [
        kitchen.plan(kitchen.page, kitchen.post(), publish_at=timezone.now() + timedelta(minutes=5)),
        kitchen.plan(
            kitchen.instagram, kitchen.post(photos=1), publish_at=timezone.now() + timedelta(minutes=5)
        ),
    ]
    kitchen.run()
    assert {kitchen.due(one).state for one in made} == {State.ARMED}
    now = timezone.now()
    Due.objects.update(due_at=now, arm_at=now, next_action_at=now, not_after=now + hour)
    kitchen.meta.control("config", {"latency_ms": 2000})  # long enough to be seen on a busy machine
    publisher = Publisher(slots=1)
    publisher.ahead = 1
    thread = threading.Thread(target=publisher.run)
    thread.start()
    wait_for(lambda: Due.objects.filter(state=State.FLIPPING).count() == 2)
    time.sleep(0.5)  # the line takes the first of them and waits for Meta's answer
    publisher.stop()
    thread.join(20)
    kitchen.meta.control("config", {"latency_ms": 0})
    assert sorted(kitchen.due(one).state for one in made) == [State.ARMED, State.PUBLISHED]
    assert Due.objects.get(state=State.ARMED).flips == 0
    kitchen.run()
    kitchen.later(made[0], seconds=5)
    kitchen.later(made[1], seconds=5)
    kitchen.run()
    assert {kitchen.fresh(one).state for one in made} == {State.PUBLISHED}


def test_a_publisher_outlives_its_database_connections(kitchen):
    publisher = Publisher(slots=4)
    thread = threading.Thread(target=publisher.run)
    thread.start()
    try:
        made = []
        for number in range(4):
            made.append(kitchen.plan(kitchen.page, kitchen.post(f"Post {number}")))
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        bent = time.monotonic()

        def all_out():
            nonlocal bent
            waiting = [one for one in made if kitchen.fresh(one).state != State.PUBLISHED]
            if waiting and time.monotonic() - bent > 2:  # a call on a busy machine must not outlive its lease
                bent = time.monotonic()
                for one in waiting:
                    kitchen.later(one, seconds=30)
            return not waiting

        wait_for(all_out, 60)
    finally:
        publisher.stop()
        thread.join(20)
    assert len(kitchen.visible(kitchen.page)) == 4


def test_a_set_clock_closes_the_gate_for_a_minute_and_a_stopped_process_does_not(kitchen):
    publisher = Publisher(slots=2)
    kitchen.run()  # the gate exists
    now, mark = publisher._clock.at, publisher._clock.mark
    publisher._clock = loop.Clock(now, mark - 30)  # thirty seconds passed ...
    publisher._look_at_clock(now + timedelta(seconds=30), mark - 30)  # ... in which the process stood still
    assert AppGate.objects.get().closed_until is None
    publisher._look_at_clock(now + timedelta(hours=1), loop.boot_seconds())
    assert AppGate.objects.get().closed_until > now
