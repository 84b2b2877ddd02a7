"""The publishing engine's judgement: pure functions from (row, event, time) to the next row.

No database, no HTTP, no clock, no randomness. The publisher loop (claim, outcomes) and the simulation in
tests/posting run exactly these functions, so what is proven there is what runs.

``take``    a row is free and its moment has come: which call may be made now, if any;
``settle``  a call came back (or certainly never left): what that means;
``crashed`` nobody came back before the lease ran out;
``prove``   somebody outside (webhook, owner) knows that the post is visible;
``cancel``, ``resume``, ``recheck``  what people decide.

Every call carries a new fence. Whoever answers with an older fence is a stale worker and is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from posting.dispatch import after, preparing
from posting.dispatch.moves import backoff
from posting.dispatch.moves import calling as _calling
from posting.dispatch.moves import to as _to
from posting.dispatch.terms import (
    OPEN_LANE,
    POLICY,
    Answer,
    Call,
    Class,
    Finding,
    Lane,
    Move,
    Policy,
    Row,
    Why,
)
from posting.states import State

S = State
_FIRST_READS = (2, 8, 20)  # seconds after an unclear flip; before Q only a positive reading counts


# --- a free row whose moment has come ---------------------------------------------------------------


def take(row: Row, now: datetime, lane: Lane = OPEN_LANE, policy: Policy = POLICY) -> Move | None:
    """What to do with a row now; None when it is not its moment (or somebody holds it)."""
    if row.lease_until is not None:
        return crashed(row, now, policy) if row.lease_until <= now else None
    if row.next_action_at is None or row.next_action_at > now:
        return None
    match row.state:
        case S.SCHEDULED | S.PREPARING | S.PROCESSING | S.ARMED if now > row.not_after - policy.flip_margin:
            return _to(row, S.MISSED, why=Why("deadline"), next_action_at=None)
        case S.SCHEDULED | S.PREPARING | S.PROCESSING | S.ARMED if not lane.token_ok:
            return _to(row, S.HELD, why=Why("token"), next_action_at=None)
        case S.SCHEDULED | S.PREPARING | S.PROCESSING | S.ARMED if (
            lane.blocked_until and lane.blocked_until > now
        ):
            return _to(row, row.state, next_action_at=min(lane.blocked_until, row.not_after))
        case S.SCHEDULED | S.PREPARING:
            return _calling(
                row,
                S.PREPARING,
                Call.PREPARE,
                preparing.lease_of(row, policy),
                now,
                tries=row.tries,
                crash_count=row.crash_count,
            )
        case S.PROCESSING:
            return _calling(row, S.PROCESSING, Call.STATUS, policy.lease, now)
        case S.ARMED:
            return _take_armed(row, now, lane, policy)
        case S.VERIFYING if not row.readback:
            return _to(row, S.NEEDS_OWNER, why=Why("no_readback"), next_action_at=None)
        case S.VERIFYING if lane.cooling_until and lane.cooling_until > now:
            # Calling on while throttled lengthens the ban; the doubt is no smaller for it.
            return _to(row, S.VERIFYING, next_action_at=lane.cooling_until)
        case S.VERIFYING:
            return _calling(row, S.VERIFYING, Call.READ, policy.lease, now)
        case S.PUBLISHED:
            return after.take(row, now, lane, policy)
        case _:
            return _to(row, row.state, next_action_at=None)


def _take_armed(row: Row, now: datetime, lane: Lane, policy: Policy) -> Move | None:
    if now < row.due_at:
        return _to(row, S.ARMED, next_action_at=row.due_at)
    if not row.flips and row.object_at and now - row.object_at > policy.object_life:
        return preparing.afresh(row, now, Why("grew_old"))
    if now - row.due_at > policy.late and lane.last_flip_at and now - lane.last_flip_at < policy.catch_up_gap:
        # A page that shows six posts in one minute after an outage looks broken.
        return _to(row, S.ARMED, next_action_at=lane.last_flip_at + policy.catch_up_gap)
    return _calling(
        row,
        S.FLIPPING,
        Call.FLIP,
        policy.flip_lease,
        now,
        flips=row.flips + 1,
        flip_intent_at=now,
        negative_reads=0,
        first_negative_at=None,
    )


def crashed(row: Row, now: datetime, policy: Policy = POLICY) -> Move:
    """The lease ran out: its holder died, hangs, or lost the database. What it sent is unknown."""
    crashes = row.crash_count + 1
    match row.state:
        case S.FLIPPING:
            # The one rule that matters: never back to ARMED from here, whatever seems likely.
            return _doubt(row, now, policy, Why("no_answer"))
        case S.VERIFYING if crashes >= policy.max_crashes:
            return _to(row, S.NEEDS_OWNER, why=Why("crashes"), next_action_at=None, crash_count=crashes)
        case S.PREPARING | S.PROCESSING if crashes >= policy.max_crashes:
            return _to(row, S.QUARANTINED, why=Why("crashes"), next_action_at=None, crash_count=crashes)
        case S.PREPARING:
            again = preparing.unclear(row, now)
            return replace(again, row=replace(again.row, crash_count=crashes))
        case S.PUBLISHED:
            return after.crashed(row, now, crashes, policy)
        case _:
            return _to(
                row,
                row.state,
                crash_count=crashes,
                next_action_at=now + backoff(row, crashes, first=1, most=60),
            )


# --- a call came back ----------------------------------------------------------------------------------


def settle(row: Row, answer: Answer, now: datetime, policy: Policy = POLICY) -> Move:
    """What an answer means. The caller proves (by fence and lease) that `row` is the one that asked."""
    match answer.call:
        case Call.PREPARE:
            return preparing.settle_prepare(row, answer, now, policy)
        case Call.STATUS:
            return preparing.settle_status(row, answer, now, policy)
        case Call.FLIP:
            return settle_flip(row, answer, now, policy)
        case Call.READ:
            return settle_read(row, answer, now, policy)
        case Call.DETAILS | Call.COMMENT | Call.COMMENTED:
            return after.settle(row, answer, now, policy)


def settle_flip(row: Row, answer: Answer, now: datetime, policy: Policy = POLICY) -> Move:
    """Accepted is published. Everything else is unknown; a refusal of a flip has been a lie before."""
    if answer.klass is Class.ACCEPTED and answer.finding in (None, Finding.VISIBLE):
        return _published(row, answer, now, policy, by="flip")
    if answer.klass is Class.UNSENT:
        return _to(
            row,
            S.ARMED,
            flips=row.flips - 1,
            tries=row.tries + 1,
            next_action_at=now + backoff(row, row.tries, first=0.5, most=10),
        )
    return _doubt(row, now, policy, answer.why or Why("unclear"))


def _doubt(row: Row, now: datetime, policy: Policy, why: Why) -> Move:
    """The flip is over (it was answered, or its lease ran out) and nobody knows what came of it.

    The quarantine counts from here, not from the intent: a paused process may have sent long after it.
    """
    wait = timedelta(seconds=_FIRST_READS[0]) if row.readback else policy.quarantine
    return _to(
        row,
        S.VERIFYING,
        why=why,
        doubt_at=now,
        next_action_at=now + wait,
        negative_reads=0,
        first_negative_at=None,
    )


def settle_read(row: Row, answer: Answer, now: datetime, policy: Policy = POLICY) -> Move:
    """Read-back is the only judge of an unclear flip. A negative counts only when it was asked for after
    the quarantine: an answer is as old as its question.
    """
    since = row.doubt_at or now
    asked = row.intent_at or now
    if answer.klass is Class.TOKEN:
        return _to(row, S.NEEDS_OWNER, why=Why("token_in_doubt"), next_action_at=None)
    if answer.klass is Class.ACCEPTED and answer.finding is Finding.VISIBLE:
        return _published(row, answer, now, policy, by="read")
    if now - since >= policy.doubt:
        return _to(row, S.NEEDS_OWNER, why=Why("unclear_for_long"), next_action_at=None)
    if answer.klass is Class.THROTTLED:
        return _to(row, S.VERIFYING, next_action_at=now + (answer.retry_after or timedelta(minutes=5)))
    if answer.klass is Class.ACCEPTED and asked >= since + policy.quarantine:
        if answer.finding is Finding.HIDDEN:
            return _negative(row, asked, now, policy)
        if answer.finding is Finding.GONE and now - since >= policy.gone_after:
            return _to(row, S.NEEDS_OWNER, why=Why("gone"), next_action_at=None)
    return _to(row, S.VERIFYING, tries=row.tries + 1, next_action_at=_next_read(row, now, policy))


def _negative(row: Row, asked: datetime, now: datetime, policy: Policy) -> Move:
    count, first = row.negative_reads + 1, row.first_negative_at or asked
    enough = row.negatives_needed == 1 or asked - first >= policy.negatives_over
    if count >= row.negatives_needed and enough:
        if row.flips >= policy.max_flips:
            return _to(row, S.NEEDS_OWNER, why=Why("never_shows"), next_action_at=None)
        return _to(row, S.ARMED, why=Why("not_visible"), next_action_at=now, negative_reads=count)
    return _to(
        row,
        S.VERIFYING,
        tries=row.tries + 1,
        negative_reads=count,
        first_negative_at=first,
        next_action_at=now + policy.negatives_over / max(row.negatives_needed - 1, 1),
    )


def _next_read(row: Row, now: datetime, policy: Policy) -> datetime:
    """Early looks can only confirm; the first that may deny is at the end of the quarantine."""
    since = row.doubt_at or now
    end = since + policy.quarantine
    if now >= end:
        return now + backoff(row, max(row.tries - len(_FIRST_READS), 0), first=5, most=900)
    early = (since + timedelta(seconds=seconds) for seconds in _FIRST_READS)
    return next((moment for moment in early if now < moment < end), end)


def _published(row: Row, answer: Answer, now: datetime, policy: Policy, *, by: str) -> Move:
    late = now - row.due_at > policy.late
    evidence = {**row.evidence, **answer.evidence, "by": by, "fence": row.fence, "late": late}
    changes: dict[str, Any] = {
        "published_at": now,
        "evidence": evidence,
        "next_action_at": now,
        "media_id": answer.media_id or row.media_id,
        "permalink": answer.permalink or row.permalink,
    }
    return _to(row, S.PUBLISHED, why=Why("late") if late else None, **changes)


def prove(
    row: Row,
    now: datetime,
    *,
    by: str,
    evidence: Mapping[str, Any],
    media_id: str = "",
    policy: Policy = POLICY,
) -> Move | None:
    """Somebody outside knows that it is visible (webhook, owner). None when that changes nothing.

    The fence moves on, so a call still in the air can no longer change the row.
    """
    if row.state in (S.PUBLISHED, S.CANCELLED) or not row.flips:
        return None
    answer = Answer(Call.READ, Class.ACCEPTED, media_id=media_id, evidence=evidence)
    move = _published(row, answer, now, policy, by=by)
    return replace(move, row=replace(move.row, fence=row.fence + 1))


# --- what people decide --------------------------------------------------------------------------------


def cancel(row: Row, now: datetime, why: Why) -> Move:
    """Take it back. Legal wherever nothing of it can be visible, or where a person has looked.

    The fence moves on: a call in the air can no longer bring the row back to life.
    """
    move = _to(row, S.CANCELLED, why=why, next_action_at=None)
    return replace(move, row=replace(move.row, fence=row.fence + 1))


def resume(
    row: Row, now: datetime, why: Why, *, not_after: datetime | None = None, due_at: datetime | None = None
) -> Move:
    """Go on after HELD, MISSED or a changed time, with the same version of the content.

    An object that was once sent a flip is kept: only that object may ever become visible.
    """
    due, limit = due_at or row.due_at, not_after or row.not_after
    row = replace(row, due_at=due, arm_at=min(row.arm_at, due), not_after=limit)
    keep = bool(row.flips)
    move = (
        _to(row, S.ARMED, why=why, next_action_at=max(now, due)) if keep else preparing.afresh(row, now, why)
    )
    return replace(move, row=replace(move.row, fence=row.fence + 1))


def hold(row: Row, why: Why) -> Move:
    """Stop it until a person has looked; a call in the air can no longer change it."""
    move = _to(row, S.HELD, why=why, next_action_at=None)
    return replace(move, row=replace(move.row, fence=row.fence + 1))


def miss(row: Row) -> Move:
    """Its deadline passed while it was held."""
    return _to(row, S.MISSED, why=Why("deadline"), next_action_at=None)


def recheck(row: Row, now: datetime) -> Move:
    """Look once more at a post that waits for its owner's answer (after a reconnect, or on demand)."""
    return _to(
        row, S.VERIFYING, why=Why("recheck"), next_action_at=now, negative_reads=0, first_negative_at=None
    )
