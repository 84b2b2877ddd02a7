"""`make bench-publish`: many posts due in the same second, while Meta answers slowly.

POSTS=2000 TENANTS=40 LATENCY_MS=300 SLOTS=200 PUBLISHERS=1 \
    SCENES=armed,redis,unarmed,fair,cycle,naive make bench-publish

armed    prepared before their minute, flipped at it: lateness is what owners notice
unarmed  everything from nothing at their minute (as after an outage)
redis    armed again, with Redis within reach: it makes no difference, for the publisher never asks it
fair     twenty restaurants with one post each, alone and beside one that has 500 due at that moment
cycle    claim and write down without any HTTP, one row a transaction and fifty: what batching is worth
naive    the same number of posts by a plain Celery worker with an ETA a task (tests/bench/naive.py)

Except in "redis" and "naive" there is no Redis (REDIS_URL points nowhere). Lateness is measured by
the pretend Meta: the moment a flip took effect minus the moment it was due. SLOTS are shared by PUBLISHERS
processes. Processor time is given for the burst itself, from the due moment until everything is written
down, of the publishers, of PostgreSQL's sessions and of the pretend Meta, which runs on the same machine.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.models import Post
from posting import services
from posting.dispatch import claim, outcomes
from posting.dispatch.claim import Job
from posting.dispatch.models import Due
from posting.dispatch.outcomes import Outcome
from posting.dispatch.terms import Answer, Call, Class, Finding
from social.models import Channel, Connection
from social.tokens import put_token
from social.vault import Secret
from tenants import provisioning
from tenants.access import Actor
from tenants.models import Tenant
from tests.bench import naive
from tests.sandbox_process import free_port

ROOT = Path(__file__).parents[2]
POSTS = int(os.environ.get("POSTS", "2000"))
TENANTS = int(os.environ.get("TENANTS", "40"))
LATENCY = int(os.environ.get("LATENCY_MS", "300"))
SLOTS = int(os.environ.get("SLOTS", "200"))
PUBLISHERS = int(os.environ.get("PUBLISHERS", "1"))
SCENES = os.environ.get("SCENES", "armed,redis,unarmed,fair,cycle,naive").split(",")
TICK = os.sysconf("SC_CLK_TCK")
BY = Actor.system("bench")


class Kitchens:
    """Restaurants with channels, and the pretend Meta."""

    def __init__(self) -> None:
        self.port = free_port()
        self.meta = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.tiny_meta", str(self.port), str(LATENCY)], cwd=ROOT
        )
        self.tenants: list[Tenant] = []
        self.channels: dict[str, list[Channel]] = {}

    def open(self, channels: int) -> Tenant:
        name = f"b{uuid.uuid4().hex[:8]}"
        tenant = Tenant.objects.create(slug=name, name=name, schema_name=f"t_{name}", plan="enterprise")
        provisioning.create_schema(tenant)
        with tenant_context(tenant):
            person = Connection(facebook_user_id="7", connected_by="x", connected_at=timezone.now())
            put_token(person, Secret("EAAperson"))
            person.save()
            made = []
            for _ in range(channels):
                page = str(uuid.uuid4().int)[:15]
                channel = Channel(
                    connection=person,
                    platform="facebook",
                    remote_id=page,
                    page_remote_id=page,
                    name=page,
                    connected_at=timezone.now(),
                )
                put_token(channel, Secret(f"EAApage{page}"))
                made.append(channel)
            self.channels[name] = Channel.objects.bulk_create(made)
        self.tenants.append(tenant)
        return tenant

    def plan(self, tenant: Tenant, count: int, at: datetime) -> None:
        now = timezone.now()
        with tenant_context(tenant):
            posts = Post.objects.bulk_create(
                Post(caption=f"Post {n}", created_by="x", updated_by="x", created_at=now, updated_at=now)
                for n in range(count)
            )
            channels = self.channels[tenant.slug]
            for number, post in enumerate(posts):
                channel = channels[number % len(channels)]
                services.schedule(post=post, channels=[channel], publish_at=at, by=BY, now=now)

    def times(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/times", timeout=30) as answer:
            return json.loads(answer.read())

    def publishers(self, redis: str = "redis://127.0.0.1:1/0") -> list[subprocess.Popen]:
        params = connection.get_connection_params()
        address = f"http://127.0.0.1:{self.port}"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "ENVIRONMENT": "development",
            "DEBUG": "false",
            "DATABASE_URL": (
                f"postgres://{params['user']}:{params.get('password', '')}"
                f"@{params.get('host', '127.0.0.1')}:{params.get('port', 5432)}/{params['dbname']}"
            ),
            "REDIS_URL": redis,
            "FACEBOOK_GRAPH_URL": f"{address}/graph",
            "FACEBOOK_APP_ID": "1",
            "FACEBOOK_APP_SECRET": "x",
        }
        command = [sys.executable, "manage.py", "publisher", "--slots", str(SLOTS // PUBLISHERS)]
        return [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(PUBLISHERS)]

    def close(self) -> None:
        self.meta.kill()
        self.meta.wait()
        for tenant in self.tenants:
            provisioning.drop_schema(tenant)


def wait(done: Any, seconds: float, every: float = 0.1) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(every)


def states() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT state, count(*) FROM dispatch_due GROUP BY 1")
        return dict(cursor.fetchall())


def late(kitchens: Kitchens, tenant: Tenant | None = None) -> list[float]:
    """Seconds from due to visible, sorted."""
    found = kitchens.times()
    assert found["twice"] == []
    rows = Due.objects.exclude(remote_object_id="")
    if tenant is not None:
        rows = rows.filter(tenant_id=tenant.pk)
    return sorted(
        found["times"][one] - due.timestamp() for one, due in rows.values_list("remote_object_id", "due_at")
    )


def cpu(pids: list[int]) -> float:
    """Seconds of processor time these processes have used so far; those that have ended count no more."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def sessions() -> list[int]:
    """PostgreSQL's processes for our sessions, where they run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [pid for (pid,) in cursor.fetchall() if Path(f"/proc/{pid}").exists()]


class Meter:
    """Processor time from now on."""

    def __init__(self, publishers: list[subprocess.Popen], meta: subprocess.Popen) -> None:
        self.pids = {"publisher": [one.pid for one in publishers], "sessions": sessions(), "meta": [meta.pid]}
        self.before = {name: cpu(pids) for name, pids in self.pids.items()}

    def __str__(self) -> str:
        used = {name: cpu(pids) - self.before[name] for name, pids in self.pids.items()}
        return (
            f"CPU in the burst: publisher {used['publisher']:.1f} s, its sessions {used['sessions']:.1f} s,"
            f" pretend Meta {used['meta']:.1f} s"
        )


def report(
    name: str, lateness: list[float], processes: list[subprocess.Popen], meter: Meter | None = None
) -> None:
    cuts = quantiles(lateness, n=100)
    memory = []
    for process in processes:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        memory += [int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")]
    drain = lateness[-1]
    rate = len(lateness) / drain
    ideal = SLOTS / (LATENCY / 1000)
    print(
        f"\n{name}: {len(lateness)} posts, lateness p50 {cuts[49]:.2f} p95 {cuts[94]:.2f} p99 {cuts[98]:.2f}"
        f" max {drain:.2f} s; {rate:.0f} posts/s = {rate / ideal:.2f} of slots/latency ({ideal:.0f});"
        f" memory {'+'.join(map(str, memory))} MB, {cpu([one.pid for one in processes]):.1f} s CPU since the"
        f" start; {meter or ''}; load {os.getloadavg()[0]:.1f}"
    )


@pytest.fixture
def kitchens(transactional_db: None, settings: Any) -> Iterator[Kitchens]:
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 100_000)
    made = Kitchens()
    yield made
    made.close()


def _burst(kitchens: Kitchens, *, armed: bool, name: str, redis: str = "redis://127.0.0.1:1/0") -> None:
    for _ in range(TENANTS):
        kitchens.open(POSTS // TENANTS)
    started = time.monotonic()
    at = timezone.now() + timedelta(minutes=9)
    for tenant in kitchens.tenants:
        kitchens.plan(tenant, POSTS // TENANTS, at)
    print(f"\nplanned {POSTS} posts of {TENANTS} restaurants in {time.monotonic() - started:.1f} s")
    processes = kitchens.publishers(redis)
    try:
        if armed:
            wait(lambda: states().get("armed") == POSTS, 400)
            due = _due("due_at", timedelta(seconds=40 if POSTS > 500 else 5))
        else:
            due = _due("arm_at", timedelta(seconds=5))
        time.sleep(max(0.0, due.timestamp() - time.time()))
        meter = Meter(processes, kitchens.meta)
        wait(lambda: states().get("published") == POSTS, 400, every=0.5)
        report(name, late(kitchens), processes, meter)
    finally:
        end(processes)


def end(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)


def _due(kind: str, delay: timedelta) -> datetime:
    """Everything is due at one moment soon. Rows not yet armed begin at that very moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_due SET due_at = clock_timestamp() + %s, next_action_at = clock_timestamp() + %s,"
            " arm_at = least(arm_at, clock_timestamp())",
            [delay, delay],
        )
        cursor.execute("UPDATE dispatch_due SET due_at = (SELECT min(due_at) FROM dispatch_due)")
        cursor.execute("SELECT min(due_at) FROM dispatch_due")
        return cursor.fetchone()[0]


@pytest.mark.timeout(1800)
@pytest.mark.skipif("armed" not in SCENES, reason="not asked for")
def test_armed(kitchens: Kitchens) -> None:
    _burst(kitchens, armed=True, name="armed")


@pytest.mark.timeout(1800)
@pytest.mark.skipif("redis" not in SCENES, reason="not asked for")
def test_armed_with_redis(kitchens: Kitchens) -> None:
    _burst(kitchens, armed=True, name="redis", redis=os.environ["REDIS_URL"])


@pytest.mark.timeout(1800)
@pytest.mark.skipif("unarmed" not in SCENES, reason="not asked for")
def test_unarmed(kitchens: Kitchens) -> None:
    _burst(kitchens, armed=False, name="unarmed")


@pytest.mark.timeout(600)
@pytest.mark.skipif("naive" not in SCENES, reason="not asked for")
def test_naive(kitchens: Kitchens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call a post, at its moment, as "armed" does; no intent, no read-back, no order of a channel's posts."""
    logging.getLogger("django_structlog").setLevel(logging.WARNING)  # not a line for each of 2,000 tasks
    lines = tmp_path / "lines"
    broker = os.environ["REDIS_URL"].rpartition("/")[0] + "/9"
    environment = {
        **os.environ,
        "NAIVE_BROKER": broker,
        "NAIVE_META": f"http://127.0.0.1:{kitchens.port}",
        "NAIVE_LINES": str(lines),
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tests.bench.naive", "worker", "-P", "threads", "-c", str(SLOTS),
         "--without-gossip", "--without-mingle", "-l", "ERROR"],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        naive.app.conf.broker_url = broker
        due = timezone.now() + timedelta(seconds=40)
        for number in range(POSTS):
            naive.post.apply_async((number, str(number % TENANTS)), eta=due)
        wait(lambda: lines.exists() and len(lines.read_text().splitlines()) >= POSTS, 300)
        times = [float(line.split()[1]) - LATENCY / 1000 for line in lines.read_text().splitlines()]
        report("naive", sorted(one - due.timestamp() for one in times), [worker])
    finally:
        worker.terminate()
        worker.wait(30)


@pytest.mark.timeout(1800)
@pytest.mark.skipif("fair" not in SCENES, reason="not asked for")
def test_fair(kitchens: Kitchens) -> None:
    """Twenty restaurants with one post each, first alone, then beside one that has 500 due at that moment."""
    small = [kitchens.open(2) for _ in range(20)]
    big = kitchens.open(100)
    found: dict[str, list[float]] = {}
    for scene in ("alone", "beside 500"):
        at = timezone.now() + timedelta(minutes=9)
        for tenant in small:
            kitchens.plan(tenant, 1, at)
        if scene != "alone":
            kitchens.plan(big, 500, at)
        processes = kitchens.publishers()
        try:
            wait(
                lambda: not Due.objects.filter(state__in=["scheduled", "preparing", "processing"]).exists(),
                300,
            )
            _due_armed(timedelta(seconds=10))
            wait(lambda: not Due.objects.exclude(state="published").exists(), 300)
            rows = Due.objects.filter(tenant_id__in=[one.pk for one in small])
            times = kitchens.times()["times"]
            pairs = rows.order_by("-version", "-created_at").values_list("remote_object_id", "due_at")[:20]
            found[scene] = sorted(times[one] - due.timestamp() for one, due in pairs)
        finally:
            end(processes)
    alone, beside = found["alone"][-1], found["beside 500"][-1]
    print(f"\nfair: a small restaurant's post at the latest {alone:.2f} s alone, {beside:.2f} s beside 500")


def _due_armed(delay: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_due SET due_at = d.at, next_action_at = d.at"
            " FROM (SELECT clock_timestamp() + %s AS at) d WHERE state = 'armed'",
            [delay],
        )


@pytest.mark.timeout(900)
@pytest.mark.skipif("cycle" not in SCENES, reason="not asked for")
def test_cycle(kitchens: Kitchens) -> None:
    """The engine's own part of a post's life, from the first claim to "published": no HTTP, Meta always
    says yes at once. One row a transaction, then fifty.
    """
    for _ in range(10):
        kitchens.open(60)
    rates = {}
    for batch, posts in ((1, 100), (50, 600)):
        for tenant in kitchens.tenants:
            kitchens.plan(tenant, posts // 10, timezone.now())
        started, done = time.monotonic(), 0
        while done < posts:
            claimed = claim.claim(owner="bench", limit=batch)
            jobs = claimed.jobs
            while jobs:
                answered = [Outcome(job, yes(job)) for job in jobs]
                done += sum(one.answer.call is Call.FLIP for one in answered)
                jobs = outcomes.settle(answered, owner="bench", now=claim.db_now()).next_jobs
        rates[batch] = posts / (time.monotonic() - started)
        assert not Due.objects.exclude(state="published").exists()
        Due.objects.update(next_action_at=None)
    print(
        f"\ncycle: {rates[1]:.0f} posts/s one by one, {rates[50]:.0f} posts/s in batches of 50:"
        f" {rates[50] / rates[1]:.1f} times as many; load {os.getloadavg()[0]:.1f}"
    )


def yes(job: Job) -> Answer:
    made = f"{job.record.channel_remote_id}_{uuid.uuid4().int % 10**12}"
    finding = {Call.STATUS: Finding.READY, Call.DETAILS: Finding.VISIBLE}.get(job.call)
    evidence = {"flip": "accepted"} if job.call is Call.FLIP else {}
    return Answer(
        job.call,
        Class.ACCEPTED,
        finding,
        object_id=made if job.call is Call.PREPARE else "",
        permalink="https://example.com/x" if job.call is Call.DETAILS else "",
        evidence=evidence,
    )
