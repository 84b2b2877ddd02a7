"""Writing down what came back, many answers in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import DataError, IntegrityError, connection, transaction

from posting.dispatch import engine, gate, ledger
from posting.dispatch.claim import Job, begin
from posting.dispatch.failpoints import failpoint
from posting.dispatch.ledger import Change, Try
from posting.dispatch.terms import POLICY, Answer, Call, Class, Move, Policy

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished (or never begun) call."""

    job: Job
    answer: Answer
    tries: tuple[Try, ...] = ()
    usage: int = 0  # percent of the app's own limit; one Page's fullness is no reason to stop the others
    app_throttled: bool = False  # the throttle is the whole app's, not only this channel's


@dataclass(frozen=True, slots=True)
class Settled:
    next_jobs: list[Job]  # the same holder goes straight on, its next intent is committed
    written: int
    stale: int


def settle(outcomes: Sequence[Outcome], *, owner: str, now: datetime, policy: Policy = POLICY) -> Settled:
    """Write the outcomes; an answer whose lease was taken over changes nothing, but is kept as an Attempt.

    If one of them cannot be written, the others are: each is then tried by itself. Raises OperationalError
    when the database is gone; settling the same outcomes again later is harmless.
    """
    try:
        return _settle(outcomes, owner=owner, now=now, policy=policy)
    except (IntegrityError, DataError) as problem:
        if len(outcomes) == 1:
            return _settle_stubborn(outcomes[0], problem, owner=owner, now=now, policy=policy)
    parts = [settle([outcome], owner=owner, now=now, policy=policy) for outcome in outcomes]
    return Settled(
        [job for part in parts for job in part.next_jobs],
        sum(part.written for part in parts),
        sum(part.stale for part in parts),
    )


def _settle(outcomes: Sequence[Outcome], *, owner: str, now: datetime, policy: Policy) -> Settled:
    changes = [
        Change(
            outcome.job.record,
            _judge(outcome, now, policy),
            by="publisher",
            owner=owner,
            tries=outcome.tries,
        )
        for outcome in outcomes
    ]
    with transaction.atomic():
        begin()
        written = ledger.write(changes, now=now)
        failpoint("outcome.written")
        _note_limits(outcomes, now)
        _late_good_news(outcomes, written, now, policy)
    failpoint("outcome.committed")
    kept = [change for change in changes if change.record.id in written]
    jobs = [Job(replace(c.record, row=c.move.row), c.move.call) for c in kept if c.move.call]
    return Settled(jobs, len(kept), len(changes) - len(kept))


def _judge(outcome: Outcome, now: datetime, policy: Policy) -> Move:
    """The engine's verdict. A defect there must not stop everybody else's posts: unknown is always safe."""
    row, answer = outcome.job.record.row, outcome.answer
    try:
        return engine.settle(row, answer, now, policy)
    except Exception:
        logger.exception("the engine could not judge %s of %s", answer.call, row.id)
        return engine.settle(row, Answer(answer.call, Class.UNKNOWN), now, policy)


def _settle_stubborn(
    outcome: Outcome, problem: Exception, *, owner: str, now: datetime, policy: Policy
) -> Settled:
    """One outcome the database refuses, most likely because the medium it names is known as another post's.

    Without what it claims to have found, the same answer is written; if even that is refused the lease runs
    out and the row goes the way of a crash.
    """
    logger.error("an outcome was refused by the database: %s", problem)
    answer = replace(outcome.answer, media_id="", permalink="")
    if answer == outcome.answer:
        return Settled([], 0, 0)
    try:
        return _settle([replace(outcome, answer=answer)], owner=owner, now=now, policy=policy)
    except (IntegrityError, DataError) as again:
        logger.error("and again: %s", again)
        return Settled([], 0, 0)


def _note_limits(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Throttles stop a channel, or everything, for as long as Meta said; its percentages close the gate."""
    until: datetime | None = None
    for outcome in outcomes:
        answer = outcome.answer
        if answer.klass is not Class.THROTTLED:
            continue
        end = now + (answer.retry_after or timedelta(minutes=5))
        if outcome.app_throttled:
            until = max(until or end, end)
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE dispatch_channelslot SET cooldown_until = greatest(cooldown_until, %s)"
                " WHERE channel_id = %s",
                [end, outcome.job.record.channel_id],
            )
    usage = max((outcome.usage for outcome in outcomes), default=0)
    if usage >= gate.INSIGHTS_BELOW or until is not None:
        gate.note_usage(usage, now, closed_until=until)


def _late_good_news(outcomes: Sequence[Outcome], written: set[str], now: datetime, policy: Policy) -> None:
    """A flip was accepted, but its lease had run out: too late to settle, and still a proof."""
    for outcome in outcomes:
        late = outcome.job.record.id not in written
        if not (late and outcome.answer.call is Call.FLIP and outcome.answer.klass is Class.ACCEPTED):
            continue
        for record in ledger.read("d.id = %s", [outcome.job.record.id], lock="FOR UPDATE"):
            move = engine.prove(
                record.row,
                now,
                by="late answer",
                evidence=dict(outcome.answer.evidence),
                media_id=outcome.answer.media_id,
                policy=policy,
            )
            if move:
                ledger.write([Change(record, move, by="publisher")], now=now)
