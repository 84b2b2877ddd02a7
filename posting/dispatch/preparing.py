"""The engine's judgement while nothing can be visible yet: parts are made, joined, looked at, made anew.

Pure like all of the engine (posting/dispatch/engine.py). Whatever goes wrong here leaves invisible things
behind, so doing it again is always allowed, but not for ever.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from posting.dispatch.moves import backoff
from posting.dispatch.moves import calling as _calling
from posting.dispatch.moves import to as _to
from posting.dispatch.terms import Answer, Call, Class, Finding, Move, Policy, Row, Why
from posting.states import State

S = State
ANEW_MOST = timedelta(minutes=2)


def lease_of(row: Row, policy: Policy) -> timedelta:
    return policy.slow_lease if row.slow else policy.lease


def afresh(row: Row, at: datetime, why: Why | None = None, *, tries: int = 0) -> Move:
    """Back to SCHEDULED with nothing made. Only while no flip was sent: afterwards the object is for life."""
    if row.flips:
        raise AssertionError("a flip was sent: this object may not be replaced")
    return _to(
        row,
        S.SCHEDULED,
        why=why,
        next_action_at=at,
        tries=tries,
        step=0,
        objects=(),
        object_id="",
        object_at=None,
    )


def settle_prepare(row: Row, answer: Answer, now: datetime, policy: Policy) -> Move:
    match answer.klass:
        case Class.ACCEPTED if answer.finding is Finding.WAIT:
            return _to(
                row,
                S.PREPARING,
                tries=row.tries + 1,
                next_action_at=now + backoff(row, row.tries, first=0.4, most=30),
            )
        case Class.ACCEPTED if answer.finding is Finding.FAILED:
            return _to(row, S.REJECTED, why=answer.why or Why("media"), next_action_at=None)
        case Class.ACCEPTED if answer.finding is Finding.EXPIRED:
            return rebuild(row, now, policy, answer.why or Why("expired"))
        case Class.ACCEPTED:
            return _made(row, answer, now, policy)
        case Class.REFUSED if answer.afresh:
            return rebuild(row, now, policy, answer.why or Why("refused"))
        case Class.REFUSED if not answer.again:
            return _to(row, S.REJECTED, why=answer.why or Why("refused"), next_action_at=None)
        case Class.TOKEN:
            return _to(row, S.HELD, why=answer.why or Why("token"), next_action_at=None)
        case Class.THROTTLED:
            return _to(
                row,
                S.SCHEDULED,
                why=Why("throttled"),
                tries=row.tries,
                next_action_at=now + (answer.retry_after or timedelta(minutes=5)),
            )
        case Class.UNSENT | Class.REFUSED:
            return _to(
                row,
                S.SCHEDULED,
                tries=row.tries + 1,
                next_action_at=now + backoff(row, row.tries, first=0.5, most=30),
            )
        case _:
            return unclear(row, now)


def _made(row: Row, answer: Answer, now: datetime, policy: Policy) -> Move:
    """One part exists and its id is kept before anything else is asked of Meta."""
    objects = (*row.objects, answer.object_id)
    if row.step + 1 < row.steps:
        return _calling(
            row,
            S.PREPARING,
            Call.PREPARE,
            lease_of(row, policy),
            now,
            step=row.step + 1,
            objects=objects,
            tries=0,
            crash_count=0,
        )
    if not answer.object_id:
        raise AssertionError("the last step must name the object that will be flipped")
    return _calling(
        row,
        S.PROCESSING,
        Call.STATUS,
        policy.lease,
        now,
        step=row.steps,
        objects=objects,
        object_id=answer.object_id,
        object_at=now,
    )


def unclear(row: Row, now: datetime) -> Move:
    """Unclear while nothing can be visible: do it again. What may be left behind at Meta is invisible.

    The last of several steps joins the parts. When its answer is lost, the parts may already belong to an
    invisible object, and Facebook refuses photos that were used (1366051): all parts are made anew. Tries are
    counted by step, so there the pause grows with the time that the trouble has lasted: a long outage at Meta
    must not have every photo sent again each second.
    """
    pause = backoff(row, row.tries, first=1, most=120)
    if row.step and row.step + 1 >= row.steps:
        lasted = (now - row.arm_at) / 10
        return afresh(row, now + max(pause, min(lasted, ANEW_MOST)), tries=row.tries + 1)
    return _to(row, S.SCHEDULED, next_action_at=now + pause, tries=row.tries + 1)


def settle_status(row: Row, answer: Answer, now: datetime, policy: Policy) -> Move:
    if answer.klass is Class.TOKEN:
        return _to(row, S.HELD, why=answer.why or Why("token"), next_action_at=None)
    if answer.klass is Class.THROTTLED:
        return _to(
            row,
            S.PROCESSING,
            tries=row.tries,
            next_action_at=now + (answer.retry_after or timedelta(minutes=5)),
        )
    match answer.finding:
        case Finding.READY:
            return _to(row, S.ARMED, next_action_at=max(now, row.due_at))
        case Finding.FAILED:
            return _to(row, S.REJECTED, why=answer.why or Why("media"), next_action_at=None)
        case Finding.EXPIRED | Finding.INCOMPLETE:
            return rebuild(row, now, policy, answer.why or Why(str(answer.finding)))
        case Finding.GONE if row.object_at and now - row.object_at > policy.lag:
            return rebuild(row, now, policy, Why("expired"))
        case _:
            return _to(
                row,
                S.PROCESSING,
                tries=row.tries + 1,
                next_action_at=now + backoff(row, row.tries, first=0.3, most=30),
            )


def rebuild(row: Row, now: datetime, policy: Policy, why: Why) -> Move:
    """What was made is broken or gone, and invisible: make it anew, but not for ever."""
    count = row.rebuilds + 1
    if count >= policy.max_rebuilds:
        why = Why("rebuilds", {"last": why.code})
        return _to(row, S.QUARANTINED, why=why, next_action_at=None, rebuilds=count)
    move = afresh(row, now + backoff(row, count, first=1, most=120), why)
    return replace(move, row=replace(move.row, rebuilds=count))
