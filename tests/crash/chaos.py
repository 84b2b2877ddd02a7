"""`make chaos`: publishers killed, stopped and cut off at random, PostgreSQL and Redis restarted under them, two
beats at once, while Meta lies; the sandbox's public ledger is the judge.

CHAOS_POSTS=2000 CHAOS_SECONDS=300 CHAOS_CHANNELS=40 CHAOS_SEED=1 make chaos. Bounded in time: trouble lasts
CHAOS_SECONDS, then the publishers get as long again to finish. Leases and quarantines are CHAOS_HURRY times
shorter than in production, all in the same proportion.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.dispatch.models import Attempt, Due
from posting.states import ASKING, State
from social.models import Connection
from social.services import channel_client
from tests.crash.kinds import KINDS, Sample
from tests.crash.nemesis import Nemesis, patiently
from tests.posting.test_loop import environment
from tests.sandbox_process import ALICE

__all__ = ["environment"]
POSTS = int(os.environ.get("CHAOS_POSTS", "2000"))
SECONDS = float(os.environ.get("CHAOS_SECONDS", "300"))
CHANNELS = int(os.environ.get("CHAOS_CHANNELS", "40"))
PUBLISHERS = int(os.environ.get("CHAOS_PUBLISHERS", "3"))
HURRY = int(os.environ.get("CHAOS_HURRY", "10"))
SEED = int(os.environ.get("CHAOS_SEED", str(random.randrange(10**6))))
# Each with this probability on every call of its kind; about one answer in eight is lost or a lie.
LIES: list[tuple[str, str, float, dict[str, Any]]] = [
    ("lost_after_commit", "page.photos.create", 0.06, {}),
    ("http500_after", "page.feed.create", 0.06, {}),
    ("lost_after_commit", "page.feed.create", 0.06, {}),
    ("lost_after_commit", "page.videos.create", 0.06, {}),
    ("lost_after_commit", "post.publish", 0.08, {}),
    ("http500_after", "post.publish", 0.08, {}),
    ("lost_before", "post.publish", 0.05, {}),
    ("delay", "post.publish", 0.02, {"seconds": 5, "after_commit": True}),
    ("lost_after_commit", "video.publish", 0.1, {}),
    ("http500_before", "video.publish", 0.05, {}),
    ("http500_after", "page.video_reels.finish", 0.1, {}),
    ("lost_after_commit", "page.photo_stories.create", 0.05, {}),
    ("http500_before", "post.get", 0.05, {}),
    ("lost_after_commit", "ig.media.create", 0.08, {}),
    ("throttle", "ig.media.create", 0.002, {"code": 80002, "minutes": 1}),
    ("lost_after_commit", "ig.media_publish", 0.08, {}),
    ("http500_after", "ig.media_publish", 0.06, {}),
    ("code", "ig.media_publish", 0.06, {"code": 4, "subcode": 2207051, "after_commit": True}),
    ("lost_before", "ig.media_publish", 0.05, {}),
    ("status_lag", "ig.media_publish", 0.2, {"seconds": 3}),
    ("listing_lag", "ig.media_publish", 0.2, {"seconds": 3}),
    ("http500_before", "container.get", 0.05, {}),
    ("lost_after_commit", "post.comments.create", 0.15, {}),
    ("http500_after", "media.comments.create", 0.15, {}),
    ("lost_before", "media.comments.create", 0.1, {}),
]
GRAVE = {"blind_repeat", "new_container_in_doubt", "photos_published_true"}
OVER = {State.PUBLISHED, *ASKING}


@pytest.mark.timeout(int(SECONDS * 4 + 900))
def test_nothing_is_lost_or_doubled(
    kitchen: Any, environment: dict[str, str], settings: Any, tmp_path: Any
) -> None:
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 10**6)
    chance = random.Random(SEED)
    # A second media_publish of one container makes a second post: who flips blindly is seen.
    generous = {"ig_quota_total": 10**6, "ig_containers_per_day": 10**6, "second_media_publish": "duplicate"}
    kitchen.meta.control("config", generous)
    places = open_channels(kitchen)
    planned = time.monotonic()
    made = plan(kitchen, places, chance)
    print(
        f"\nseed {SEED}: planned {POSTS} posts for {len(places) * 2} channels in {time.monotonic() - planned:.0f} s"
    )
    for number, (mode, label, probability, more) in enumerate(LIES):
        kitchen.meta.fault(mode, label, probability=probability, seed=SEED + number, **more)
    begin()
    began = time.monotonic()
    nemesis = Nemesis({**environment, "TMPDIR": str(tmp_path)}, SEED, publishers=PUBLISHERS, hurry=HURRY)
    end = time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            time.sleep(chance.uniform(0.3, 2.7))
            nemesis.strike()
            nemesis.let_go_on()
        kitchen.meta.control("faults", method="DELETE")
        nemesis.calm()
        quiet = time.monotonic() + SECONDS + 120
        while time.monotonic() < quiet and patiently(lambda: unfinished().exists()):
            time.sleep(1)
        print(f"over after {time.monotonic() - began:.0f} s")
    finally:
        nemesis.end()
        os.environ.pop("POSTING_HURRY", None)
    judge(kitchen, places, made, nemesis)


def unfinished() -> Any:
    waiting = Due.objects.exclude(state__in=OVER) | Due.objects.filter(
        state=State.PUBLISHED, comment__in=["wanted", "sending"]
    )
    return waiting | Due.objects.filter(lease_until__isnull=False)


def open_channels(kitchen: Any) -> list[dict[str, Any]]:
    """Pages with an Instagram account each, so that lateness is not only the order of one channel's posts."""
    count = max(CHANNELS // 2, 1)
    words = {"name": "Chaos Kitchen", "person": ALICE, "ig": True, "count": count}
    kitchen.meta.control("pages", words)
    pages = [one for one in kitchen.meta.connect()["pages"] if one["name"].startswith("Chaos") and one["ig"]]
    with tenant_context(kitchen.tenant):
        person = Connection.objects.get()
        return [
            {
                "page": kitchen.channel(person, "facebook", page["id"], page["access_token"]),
                "instagram": kitchen.channel(person, "instagram", page["ig"], page["access_token"]),
            }
            for page in pages
        ]


def plan(kitchen: Any, places: list[dict[str, Any]], chance: random.Random) -> dict[int, tuple[Sample, Any]]:
    made = {}
    far = timezone.now() + timedelta(hours=1)
    for number in range(POSTS):
        sample = KINDS[chance.choice([*KINDS])]
        channel = chance.choice(places)[sample.place]
        post = kitchen.post(f"Post {number}", sample.photos, sample.videos, **sample.fields)
        made[number] = (sample, kitchen.plan(channel, post, publish_at=far))
    return made


def begin() -> None:
    """Planning took a while: only now each post gets its moment, spread over most of the time of trouble."""
    with connection.cursor() as cursor:
        cursor.execute("SET posting.erase = 'on'")  # a test may bend time; nothing else may
        cursor.execute("SELECT setseed(%s)", [(SEED % 1000) / 1000])
        cursor.execute(
            "WITH t AS (SELECT id, clock_timestamp() + random() * %s * interval '1 second' AS at FROM dispatch_due)"
            " UPDATE dispatch_due d SET due_at = t.at, arm_at = clock_timestamp(), check_at = NULL,"
            " next_action_at = t.at - random() * interval '60 seconds', not_after = t.at + interval '2 hours'"
            " FROM t WHERE t.id = d.id",
            [SECONDS * 0.8],
        )
        cursor.execute("UPDATE dispatch_due SET arm_at = least(arm_at, due_at)")
        cursor.execute("SET posting.erase = 'off'")


def remarks(kitchen: Any, places: list[dict[str, Any]], wanted: set[str]) -> list[str]:
    """Below which post a comment of ours stands, once for each comment."""
    found = []
    with tenant_context(kitchen.tenant):
        for channels in places:
            for place, word in (("page", "message"), ("instagram", "text")):
                client = channel_client(channels[place])
                for entry in kitchen.visible(channels[place]):
                    if entry["message"] in wanted:
                        below = client.comments(entry["object_id"], fields=f"id,{word}")
                        found += [entry["message"] for _ in below.items]
    return found


def judge(
    kitchen: Any, places: list[dict[str, Any]], made: dict[int, tuple[Sample, Any]], nemesis: Nemesis
) -> None:
    ledger = [
        entry for channels in places for channel in channels.values() for entry in kitchen.visible(channel)
    ]
    rows = {str(row.publication_id): row for row in Due.objects.exclude(state=State.CANCELLED)}
    row_of = {number: rows[str(publication.pk)] for number, (_, publication) in made.items()}
    words = Counter(entry["message"] for entry in ledger)
    shown = {entry["message"]: len(entry["media"]) for entry in ledger}
    worded = [number for number, (sample, _) in made.items() if sample.worded]
    doubled = [number for number in worded if words[f"Post {number}"] > 1]
    short = [
        number for number in worded
        if words[f"Post {number}"] and made[number][0].photos and shown[f"Post {number}"] < made[number][0].media
    ]  # fmt: skip
    unseen = [n for n in worded if not words[f"Post {n}"] and row_of[n].state == State.PUBLISHED]
    silent = [n for n in row_of if row_of[n].state not in OVER]
    early = [n for n, row in row_of.items() if row.published_at and row.published_at < row.due_at]
    stories = wrong_stories(ledger, made, row_of)
    commented = Counter(remarks(kitchen, places, {f"Post {n}" for n in worded if made[n][0].comment}))
    late = sorted(
        (row.published_at - row.due_at).total_seconds() for row in rows.values() if row.published_at
    )
    findings = Counter(one["rule"] for one in kitchen.meta.control("findings")["findings"])
    answers = Counter(Attempt.objects.values_list("klass", flat=True))
    states = Counter(row.state for row in rows.values())
    asked = Counter(row.reason_code for row in rows.values() if row.state in ASKING)
    print(
        f"seed {SEED}: {POSTS} posts of {len(KINDS)} kinds, {len(places) * 2} channels, {PUBLISHERS} publishers,"
        f" {SECONDS:.0f} s of trouble; {dict(nemesis.did)}; answers {dict(answers)}; states {dict(states)}"
        f" {dict(asked)}\n"
        f"doubled {len(doubled)}, called published but unseen {len(unseen)}, incomplete {len(short)},"
        f" left over {len(silent)}, early {len(early)}, stories too many or missing {len(stories)};"
        f" comments {sum(commented.values())}, twice {sum(n > 1 for n in commented.values())};"
        f" findings {dict(findings)}\n"
        f"lateness p50 {late[len(late) // 2]:.1f} s, p95 {late[len(late) * 95 // 100]:.1f} s,"
        f" max {late[-1]:.1f} s; load {os.getloadavg()[0]:.1f}"
    )
    assert not (doubled or unseen or short or silent or early or stories)
    assert max(commented.values(), default=1) == 1
    assert not GRAVE & set(findings)


def wrong_stories(
    ledger: list[dict[str, Any]], made: dict[int, tuple[Sample, Any]], row_of: dict[int, Any]
) -> list[str]:
    """Stories have no words: for each channel there are as many as were published, and at most one more for
    each that its owner is asked about.
    """
    wrong = []
    seen = Counter(entry["owner"] for entry in ledger if "story" in entry["kind"])
    sure: Counter[str] = Counter()
    doubtful: Counter[str] = Counter()
    for number, (sample, _) in made.items():
        if not sample.worded:
            row = row_of[number]
            sure[row.channel_remote_id] += row.state == State.PUBLISHED
            doubtful[row.channel_remote_id] += row.state == State.NEEDS_OWNER
    for owner in seen | sure:
        if not sure[owner] <= seen[owner] <= sure[owner] + doubtful[owner]:
            wrong.append(owner)
    return wrong
