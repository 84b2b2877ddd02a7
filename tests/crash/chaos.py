"""`make chaos`: real publishers killed, stopped and cut off at random while Meta lies; the sandbox's public
ledger is the judge.

CHAOS_POSTS=300 CHAOS_SECONDS=120 CHAOS_SEED=1 make chaos. Bounded in time: trouble lasts CHAOS_SECONDS, then
the publishers get as long again to finish. Leases and quarantines are 20 times shorter than in production
(POSTING_HURRY), all in the same proportion.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.dispatch.models import Attempt, Due
from posting.states import State
from social.models import Channel
from social.services import channel_client
from tests.crash.test_matrix import KINDS
from tests.posting.test_loop import environment

__all__ = ["environment"]
ROOT = Path(__file__).parents[2]
POSTS = int(os.environ.get("CHAOS_POSTS", "300"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "120"))
SEED = int(os.environ.get("CHAOS_SEED", str(random.randrange(10**6))))
PUBLISHERS = 2
# Each with this probability on every call of its kind; about one answer in six is lost or a lie.
LIES = [
    ("lost_after_commit", "page.photos.create", 0.06),
    ("http500_after", "page.feed.create", 0.06),
    ("lost_after_commit", "page.feed.create", 0.06),
    ("lost_after_commit", "post.publish", 0.08),
    ("http500_after", "post.publish", 0.08),
    ("lost_before", "post.publish", 0.05),
    ("http500_before", "post.get", 0.05),
    ("lost_after_commit", "ig.media.create", 0.08),
    ("lost_after_commit", "ig.media_publish", 0.08),
    ("http500_after", "ig.media_publish", 0.08),
    ("lost_before", "ig.media_publish", 0.05),
    ("http500_before", "container.get", 0.05),
    ("lost_after_commit", "post.comments.create", 0.15),
    ("http500_after", "media.comments.create", 0.15),
    ("lost_before", "media.comments.create", 0.1),
]


class Nemesis:
    def __init__(self, environment: dict[str, str], seed: int) -> None:
        self.environment = {**environment, "POSTING_HURRY": "20"}
        self.random = random.Random(seed)
        self.did: Counter[str] = Counter()
        self.stopped: dict[int, float] = {}
        self.processes = [self.start() for _ in range(PUBLISHERS)]

    def start(self) -> subprocess.Popen:
        command = [sys.executable, "manage.py", "publisher", "--slots", "12"]
        return subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def strike(self) -> None:
        index = self.random.randrange(PUBLISHERS)
        process = self.processes[index]
        match self.random.choices(["kill", "stop", "cut"], [70, 15, 15])[0]:
            case "kill":
                process.kill()
                process.wait()
                self.stopped.pop(process.pid, None)
                self.processes[index] = self.start()
                self.did["kills"] += 1
            case "stop" if process.pid not in self.stopped:
                process.send_signal(signal.SIGSTOP)
                self.stopped[process.pid] = time.monotonic() + self.random.uniform(0.5, 6)
                self.did["stops"] += 1
            case _:
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                self.did["database cuts"] += 1

    def let_go_on(self) -> None:
        for process in self.processes:
            if self.stopped.get(process.pid, float("inf")) < time.monotonic():
                process.send_signal(signal.SIGCONT)
                del self.stopped[process.pid]

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.mark.timeout(int(SECONDS * 4 + 300))
def test_nothing_is_lost_or_doubled(kitchen: Any, environment: dict[str, str]) -> None:
    chance = random.Random(SEED)
    kitchen.meta.control("config", {"ig_quota_total": 10**6, "ig_containers_per_day": 10**6})
    for number, (mode, label, probability) in enumerate(LIES):
        kitchen.meta.fault(mode, label, probability=probability, seed=SEED + number)
    start = timezone.now()
    made = {}
    for number in range(POSTS):
        kind = chance.choice([*KINDS])
        place, photos, fields = KINDS[kind]
        at = start + timedelta(seconds=chance.uniform(0, SECONDS * 0.7))
        post = kitchen.post(f"Post {number}", photos, **fields)
        made[number] = (kind, kitchen.plan(getattr(kitchen, place), post, publish_at=at))
    nemesis = Nemesis(environment, SEED)
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            time.sleep(chance.uniform(1, 5))
            nemesis.strike()
            nemesis.let_go_on()
        kitchen.meta.control("faults", method="DELETE")
        quiet = time.monotonic() + SECONDS + 60
        while time.monotonic() < quiet and Due.objects.exclude(state__in=[State.PUBLISHED]).exists():
            time.sleep(0.5)
            nemesis.stopped = dict.fromkeys(nemesis.stopped, 0.0)
            nemesis.let_go_on()
    finally:
        nemesis.end()
    judge(kitchen, made, nemesis)


def remarks(kitchen: Any) -> list[str]:
    """Below which post a comment of ours stands, once for each comment."""
    found = []
    with tenant_context(kitchen.tenant):
        for place, word in (("page", "message"), ("instagram", "text")):
            channel = Channel.objects.get(pk=getattr(kitchen, place).pk)
            for entry in kitchen.visible(channel):
                below = channel_client(channel).comments(entry["object_id"], fields=f"id,{word}")
                found += [entry["object_id"] for _ in below.items]
    return found


def judge(kitchen: Any, made: dict[int, tuple[str, Any]], nemesis: Nemesis) -> None:
    seen = Counter(
        entry["message"] if entry["message"] else entry["object_id"]
        for place in (kitchen.page, kitchen.instagram)
        for entry in kitchen.visible(place)
    )
    rows = {str(row.publication_id): row for row in Due.objects.exclude(state=State.CANCELLED)}
    states = Counter(row.state for row in rows.values())
    named = {
        number: made[number] for number in made if made[number][0] != "ig_photo_story"
    }  # stories are wordless
    doubled = [number for number in named if seen[f"Post {number}"] > 1]
    lost = [
        number
        for number, (_, publication) in named.items()
        if not seen[f"Post {number}"] and rows[str(publication.pk)].state == State.PUBLISHED
    ]
    silent = [number for number in named if not seen[f"Post {number}"] and number not in lost]
    early = [row for row in rows.values() if row.published_at and row.published_at < row.due_at]
    late = sorted(
        (row.published_at - row.due_at).total_seconds() for row in rows.values() if row.published_at
    )
    answers = Counter(Attempt.objects.values_list("klass", flat=True))
    print(
        f"\nseed {SEED}: {POSTS} posts, {dict(nemesis.did)}; answers {dict(answers)}; states {dict(states)};"
        f" doubled {len(doubled)}, called published but unseen {len(lost)}, early {len(early)};"
        f" lateness p50 {late[len(late) // 2]:.1f} s, max {late[-1]:.1f} s"
    )
    twice = [words for words, count in Counter(remarks(kitchen)).items() if count > 1]
    print(f"first comments: {len(remarks(kitchen))}, written twice: {len(twice)}")
    assert not doubled
    assert not twice
    assert not lost
    assert not early
    assert not [
        n
        for n in silent
        if rows[str(named[n][1].pk)].state not in (State.REJECTED, State.NEEDS_OWNER, State.QUARANTINED)
    ]
