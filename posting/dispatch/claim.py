"""Taking due work from PostgreSQL: every publisher and beat's tick run this, as many at once as there are.

A claim is one short transaction: lock rows that nobody holds (SKIP LOCKED), ask the engine what each may do
now, write the intent with a new fence and a lease, commit. Only after that commit may anything be sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from posting.dispatch import engine, ledger
from posting.dispatch.gate import Gate, read_gate
from posting.dispatch.ledger import Change, Record, Try
from posting.dispatch.terms import POLICY, Call, Class, Comment, Lane, Policy, Row
from posting.states import IN_DOUBT, State

CHANNEL_PAUSE = timedelta(seconds=30)  # how soon a paused channel is looked at again
_URGENT = timedelta(minutes=2)  # a tired Meta still prepares what is due this soon
_COMPANY = 3  # a process that dies with more rows than this in hand was hardly killed by one of them


@dataclass(frozen=True, slots=True)
class Job:
    """One call that this process must make now; it holds the lease under `record.row.fence`."""

    record: Record
    call: Call


@dataclass(frozen=True, slots=True)
class Claimed:
    now: datetime  # PostgreSQL's clock at the claim
    jobs: list[Job]
    moved: int  # rows that moved without a call (missed, swept, postponed)


def db_now() -> datetime:
    """PostgreSQL's clock, the only one that decides anything about time here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def begin() -> datetime:
    """First thing in a transaction of the engine: the time, and limits on how long it may hold its locks.

    A stopped process (SIGSTOP, a frozen machine) that holds row locks would keep its posts from everybody;
    PostgreSQL ends its session, the locks fall, and its leases run out as after a crash.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT clock_timestamp(), set_config('idle_in_transaction_session_timeout', '10s', true),"
            " set_config('statement_timeout', '20s', true)"
        )
        return cursor.fetchone()[0]


def claim(
    *, owner: str, limit: int, ahead: int = 0, now: datetime | None = None, policy: Policy = POLICY
) -> Claimed:
    """Take up to `limit` calls, of flips `ahead` more: they can wait for a free line, everything else waits
    for them. Returns only after the intents are committed.
    """
    with transaction.atomic():
        clock = begin()
        now = now or clock
        gate = read_gate(now)
        picked: list[Change] = []
        room = limit
        for pick, more in ((_expired, ahead), (_flips, ahead), (_reads, 0), (_preparations, 0)):
            if room + more <= 0:
                break
            found = pick(now, room + more, gate, policy)
            picked += found
            room -= sum(change.move.call is not None for change in found)
        picked = [replace(change, owner=owner) for change in picked]
        written = ledger.write(picked, now=now)
        kept = [change for change in picked if change.record.id in written]
    jobs = [Job(replace(c.record, row=c.move.row), c.move.call) for c in kept if c.move.call]
    return Claimed(now, jobs, len(kept) - len(jobs))


def _decide(
    record: Record, now: datetime, lane: Lane, policy: Policy, tries: tuple[Try, ...] = ()
) -> list[Change]:
    move = engine.take(record.row, now, lane, policy)
    return [Change(record, move, by="publisher", tries=tries)] if move else []


def _expired(now: datetime, room: int, gate: Gate, policy: Policy) -> list[Change]:
    """Leases that ran out: their holders died. What they sent is unknown, and says so in the ledger."""
    changes: list[Change] = []
    found = ledger.read(
        "d.lease_until <= %s ORDER BY d.lease_until LIMIT %s",
        [now, max(room, 50)],
        lock="FOR UPDATE SKIP LOCKED",
    )
    holders = Counter(record.lease_owner for record in found)
    lenient = replace(policy, max_crashes=policy.max_crashes_in_company)
    for record in found:
        row = record.row
        lost = Try(
            call=_call_of(row),
            intent_at=row.intent_at or now,
            sent_at=row.intent_at,
            outcome_at=now,
            klass=Class.UNKNOWN,
            message="No answer: the lease ran out.",
        )
        company = holders[record.lease_owner] > _COMPANY
        changes += _decide(record, now, Lane(), lenient if company else policy, (lost,))
    return changes


_CALL_OF = {
    State.PREPARING: Call.PREPARE,
    State.PROCESSING: Call.STATUS,
    State.FLIPPING: Call.FLIP,
    State.VERIFYING: Call.READ,
    State.PUBLISHED: Call.DETAILS,
}


def _call_of(row: Row) -> Call:
    """The call a leased row stands for. Of a comment only its sending is told apart: that is what may have
    changed something.
    """
    if row.state is State.PUBLISHED and row.comment is Comment.SENDING:
        return Call.COMMENT
    return _CALL_OF.get(row.state, Call.READ)


# Rows of the channels that wait longest, one a channel; a restaurant that already has its share of calls in
# the air comes after all others (publishing.md 4: fairness), so 500 posts of one do not delay another's one.
_CHANNELS_TO_FLIP = """
WITH busy AS (SELECT tenant_id, count(*) AS calls FROM dispatch_due WHERE lease_until IS NOT NULL
               GROUP BY tenant_id),
     first AS (SELECT DISTINCT ON (channel_id) channel_id, tenant_id, due_at, id, object_at FROM dispatch_due
                WHERE state = 'armed' AND lease_until IS NULL AND next_action_at <= %(now)s
                ORDER BY channel_id, due_at, id),
     -- What was to come first and is just being prepared is waited for, a moment and no longer.
     ordered AS (SELECT f.* FROM first f
                  WHERE f.object_at < %(now)s - interval '10 seconds' OR NOT EXISTS (
                        SELECT 1 FROM dispatch_due o WHERE o.channel_id = f.channel_id AND o.due_at < f.due_at
                           AND o.state IN ('scheduled', 'preparing', 'processing') AND o.tries = 0
                           AND (o.lease_until IS NOT NULL OR o.next_action_at <= %(now)s))),
     ranked AS (SELECT f.*, coalesce(b.calls, 0)
                       + row_number() OVER (PARTITION BY f.tenant_id ORDER BY f.due_at, f.id) AS rank
                  FROM ordered f LEFT JOIN busy b USING (tenant_id)
                 WHERE NOT EXISTS (SELECT 1 FROM dispatch_due o
                                    WHERE o.channel_id = f.channel_id AND o.state = 'flipping')),
     -- More than are asked for, because other publishers may hold some of them at this moment.
     best AS (SELECT * FROM ranked ORDER BY rank > %(share)s, due_at, rank LIMIT 4 * %(room)s + 100)
SELECT s.channel_id, s.token_ok, s.last_flip_at,
       CASE WHEN s.paused OR t.paused_at IS NOT NULL OR t.closed_at IS NOT NULL
            THEN %(pause)s ELSE s.cooldown_until END
  FROM dispatch_channelslot s JOIN best r USING (channel_id) JOIN tenants_tenant t ON t.id = s.tenant_id
 ORDER BY r.rank > %(share)s, r.due_at, r.rank
 LIMIT %(room)s FOR UPDATE OF s SKIP LOCKED
"""
_FIRST_ARMED = """d.id IN (SELECT DISTINCT ON (f.channel_id) f.id FROM dispatch_due f
    WHERE f.channel_id = ANY(%s) AND f.state = 'armed' AND f.lease_until IS NULL AND f.next_action_at <= %s
      AND NOT EXISTS (SELECT 1 FROM dispatch_due o WHERE o.channel_id = f.channel_id AND o.state = 'flipping')
    ORDER BY f.channel_id, f.due_at, f.id)"""


def _flips(now: datetime, room: int, gate: Gate, policy: Policy) -> list[Change]:
    """Armed rows whose minute has come, at most one a channel, in the order of their times."""
    if not gate.may_flip:
        return _overdue(now, room, policy)
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANNELS_TO_FLIP,
            {"now": now, "room": room, "share": max(2, room // 4), "pause": now + CHANNEL_PAUSE},
        )
        lanes = {str(channel): Lane(token_ok, blocked, last) for channel, token_ok, last, blocked in cursor}
    if not lanes:
        return []
    # Read again now that the slots are ours: another publisher may have flipped before we got the lock.
    rows = ledger.read(_FIRST_ARMED, [list(lanes), now], lock="FOR UPDATE SKIP LOCKED")
    changes = [change for record in rows for change in _decide(record, now, lanes[record.channel_id], policy)]
    _note_flips([c.record.channel_id for c in changes if c.move.call is Call.FLIP], now)
    return changes


def _note_flips(channels: list[str], now: datetime) -> None:
    if channels:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE dispatch_channelslot SET last_flip_at = %s WHERE channel_id = ANY(%s::uuid[])",
                [now, channels],
            )


def _overdue(now: datetime, room: int, policy: Policy) -> list[Change]:
    """While nothing may be sent, deadlines still pass, and their owners are told."""
    rows = ledger.read(
        "d.state IN ('scheduled', 'preparing', 'processing', 'armed') AND d.lease_until IS NULL"
        " AND d.next_action_at <= %s AND d.not_after < %s LIMIT %s",
        [now, now + policy.flip_margin, room],
        lock="FOR UPDATE SKIP LOCKED",
    )
    return [change for record in rows for change in _decide(record, now, Lane(), policy)]


def _reads(now: datetime, room: int, gate: Gate, policy: Policy) -> list[Change]:
    """Doubts first, then what Meta is still digesting, then the links of published posts."""
    changes: list[Change] = []
    for state in (State.VERIFYING, State.PROCESSING, State.PUBLISHED):
        allowed, before = gate.may_read if state in IN_DOUBT else gate.may_prepare, None
        if state is State.PROCESSING and not allowed:  # as with preparing: what is due soon goes on
            allowed, before = gate.may_flip, now + _URGENT
        if len(changes) < room and allowed:
            changes += _picked(state, now, room - len(changes), policy, due_before=before)
    return changes


def _preparations(now: datetime, room: int, gate: Gate, policy: Policy) -> list[Change]:
    if not gate.may_flip:
        return []
    before = now + _URGENT if not gate.may_prepare else None
    changes: list[Change] = []
    for state in (State.PREPARING, State.SCHEDULED):
        if len(changes) < room:
            changes += _picked(state, now, room - len(changes), policy, due_before=before)
    return changes


# The same fairness as for flips. The inner LIMIT keeps a burst of thousands cheap: who is beyond it is found
# by the next claim, some milliseconds later.
_READY = """d.id IN (SELECT id FROM (
    SELECT r.id, r.due_at, coalesce(b.calls, 0)
           + row_number() OVER (PARTITION BY r.tenant_id ORDER BY r.due_at, r.id) AS rank
      FROM (SELECT id, tenant_id, due_at FROM dispatch_due
             WHERE state = %(state)s AND lease_until IS NULL AND next_action_at <= %(now)s
               AND (%(before)s::timestamptz IS NULL OR due_at <= %(before)s)
             ORDER BY next_action_at LIMIT 2000) r
      LEFT JOIN (SELECT tenant_id, count(*) AS calls FROM dispatch_due WHERE lease_until IS NOT NULL
                  GROUP BY tenant_id) b USING (tenant_id)) x
    ORDER BY rank > %(share)s, due_at, rank LIMIT %(room)s)
  AND d.state = %(state)s AND d.lease_until IS NULL AND d.next_action_at <= %(now)s"""


def _picked(
    state: State, now: datetime, room: int, policy: Policy, *, due_before: datetime | None = None
) -> list[Change]:
    params = {"state": state, "now": now, "before": due_before, "room": room, "share": max(2, room // 4)}
    rows = ledger.read(_READY, params, lock="FOR UPDATE OF d SKIP LOCKED")  # type: ignore[arg-type]
    lanes = _lanes([record.channel_id for record in rows], now) if rows else {}
    return [
        change
        for record in rows
        for change in _decide(record, now, lanes.get(record.channel_id, Lane(token_ok=False)), policy)
    ]


def _lanes(channels: Sequence[str], now: datetime) -> dict[str, Lane]:
    """What each channel allows, without locking it: only flips need the slot for themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.channel_id, s.token_ok, s.last_flip_at,"
            " CASE WHEN s.paused OR t.paused_at IS NOT NULL OR t.closed_at IS NOT NULL THEN %s"
            " ELSE s.cooldown_until END, s.cooldown_until"
            " FROM dispatch_channelslot s JOIN tenants_tenant t ON t.id = s.tenant_id"
            " WHERE s.channel_id = ANY(%s::uuid[])",
            [now + CHANNEL_PAUSE, list(set(channels))],
        )
        return {
            str(channel): Lane(ok, blocked, last, cooling) for channel, ok, last, blocked, cooling in cursor
        }


def soon(now: datetime, within: timedelta, *, limit: int) -> list[Record]:
    """Armed rows whose minute is near, in random order: each publisher warms itself, a part at a time."""
    return ledger.read(
        "d.state = 'armed' AND d.lease_until IS NULL AND d.next_action_at > %s AND d.next_action_at <= %s"
        " ORDER BY random() LIMIT %s",
        [now, now + within, limit],
    )


def leased_to(owner: str) -> list[Job]:
    """Every row that this process holds, as the database sees it."""
    rows = ledger.read("d.lease_owner = %s AND d.lease_until IS NOT NULL", [owner])
    return [Job(record, _call_of(record.row)) for record in rows]


def seconds_until_next(now: datetime) -> float:
    """How long until the earliest row wants something, for the loop's sleep; at most one hour."""
    with connection.cursor() as cursor:
        cursor.execute(_EARLIEST)
        earliest: Any = cursor.fetchone()[0]
    return 3600.0 if earliest is None else max(0.0, min((earliest - now).total_seconds(), 3600.0))


# One look at the head of each partial index.
_EARLIEST = """SELECT least(
    (SELECT min(next_action_at) FROM dispatch_due WHERE state = 'scheduled'
        AND lease_until IS NULL AND next_action_at IS NOT NULL),
    (SELECT min(next_action_at) FROM dispatch_due WHERE state = 'preparing'
        AND lease_until IS NULL AND next_action_at IS NOT NULL),
    (SELECT min(next_action_at) FROM dispatch_due WHERE state = 'processing'
        AND lease_until IS NULL AND next_action_at IS NOT NULL),
    (SELECT min(next_action_at) FROM dispatch_due WHERE state = 'armed'
        AND lease_until IS NULL AND next_action_at IS NOT NULL),
    (SELECT min(next_action_at) FROM dispatch_due WHERE state = 'verifying'
        AND lease_until IS NULL AND next_action_at IS NOT NULL),
    (SELECT min(next_action_at) FROM dispatch_due WHERE state = 'published'
        AND lease_until IS NULL AND next_action_at IS NOT NULL),
    (SELECT min(lease_until) FROM dispatch_due WHERE lease_until IS NOT NULL))"""
