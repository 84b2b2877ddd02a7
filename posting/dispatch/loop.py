"""The publisher's loop: claim what is due, speak HTTP concurrently, write answers down in batches.

One thread owns the claims and the outcomes, a few load tokens and words from the restaurants' schemas, many
speak HTTP and know no database. Nothing here imports Redis or Celery; beat's tick runs this very loop for
some seconds, so either alone is enough.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from posting.dispatch import claim, gate, outcomes
from posting.dispatch.claim import Job, db_now
from posting.dispatch.failpoints import failpoint
from posting.dispatch.ledger import Record, Try
from posting.dispatch.lines import Lines
from posting.dispatch.outcomes import Outcome
from posting.dispatch.terms import POLICY, Answer, Call, Class, Policy, hurried
from posting.publisher.loading import Loaded, Shelf
from posting.publisher.perform import perform
from social.graph import Call as GraphCall
from social.graph import GraphError, GraphThrottled, Scope

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
RETRY_SECONDS = 0.05  # something is ready but cannot be taken yet (its channel has a flip in flight) ...
RETRY_MOST_SECONDS = 0.4  # ... and is asked for more rarely while that lasts (a closed gate, a tired Meta)
CROWD = 32  # so many calls in the air: answers and claims are gathered, a transaction for a few dozen of them
GATHER_SECONDS = 0.08
BITE = 100  # rows a claim: the first of a thousand are on their way while the next are claimed
DRAIN_SECONDS = 15.0
_CLAIM_NOTE_SECONDS = 5.0
CLOCK_JUMP = timedelta(seconds=5)
WARM_EVERY_SECONDS = 1.0
WARM_WITHIN = timedelta(seconds=60)
WARM_BATCH = 200
_DATABASE_GONE = (OperationalError, InterfaceError)


def chosen_policy() -> Policy:
    """POSTING_HURRY=20 makes leases and quarantines twenty times shorter: for soaks, refused in production."""
    factor = float(os.environ.get("POSTING_HURRY", "1"))
    return hurried(factor) if factor > 1 and not settings.PRODUCTION else POLICY


def boot_seconds() -> float:
    """A clock that goes on while the machine sleeps; leases are measured with it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(slots=True)
class Clock:
    """PostgreSQL's clock, carried on by the machine's between two looks."""

    at: datetime
    mark: float = field(default_factory=boot_seconds)

    def now(self) -> datetime:
        return self.at_mark(boot_seconds())

    def at_mark(self, mark: float) -> datetime:
        return self.at + timedelta(seconds=mark - self.mark)


class Publisher:
    """`slots`: calls in the air at once. `loaders`: threads with a database connection besides the loop's.

    Flips are claimed half as many again as there are slots, so that a slot that falls free begins the next
    one at once and the claims can be few and large. Those that wait hold their lease and are given back
    unsent when the process is asked to end.
    """

    def __init__(
        self, *, slots: int = 64, loaders: int = 2, policy: Policy | None = None, owner: str = ""
    ) -> None:
        policy = policy or chosen_policy()
        self.slots = slots
        self.ahead = slots // 2
        self.policy = policy
        self.owner = owner or f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.wake = threading.Event()
        self.stopping = threading.Event()
        self._http = Lines(in_time=self._in_time)
        self._heard = threading.local()
        self.shelf = Shelf(http=self._http.as_client(), on_call=self._hear, call_seconds=policy.call_seconds)
        self._callers = ThreadPoolExecutor(slots, thread_name_prefix="call")
        self._loaders = ThreadPoolExecutor(loaders, thread_name_prefix="load")
        self._done: deque[Outcome] = deque()
        self._flying: dict[int, tuple[Job, Future]] = {}
        self._lock = threading.Lock()
        self._telling: deque[Future] = deque(maxlen=1000)
        self._lost_commit = False  # a commit's fate is unknown: rows may be leased to us unknown to us
        self._clock = Clock(db_now())
        self._noted = 0.0
        self._warmed = 0.0
        self._in_vain = 0  # claims in a row that got nothing although something is ready

    # --- the loop ------------------------------------------------------------------------------------

    def run(self, *, seconds: float | None = None, until_idle: bool = False) -> None:
        """Until `stop()`; or for `seconds`; or, with `until_idle`, until nothing is ready or in the air."""
        end = None if seconds is None else time.monotonic() + seconds
        pause, busy, began = 0.0, False, 0.0
        while not self.stopping.is_set() and (end is None or time.monotonic() < end):
            self.wake.wait(pause)
            if not busy and self.flying > CROWD:
                self.stopping.wait(max(0.0, began + GATHER_SECONDS - time.monotonic()))
            began = time.monotonic()
            self.wake.clear()
            try:
                self._settle()
                busy = self._claim()
                self._warm()
                pause = self._pause(busy)
            except _DATABASE_GONE as problem:
                self._database_gone(problem)
                pause, busy = 0.5, False
                continue
            if until_idle and not self.flying and not self._done and pause >= RETRY_MOST_SECONDS / 2:
                break
        self._drain()

    def stop(self) -> None:
        self.stopping.set()
        self.wake.set()

    @property
    def flying(self) -> int:
        with self._lock:
            return len(self._flying)

    def _pause(self, busy: bool) -> float:
        """How long to sleep unless somebody wakes us: until the next row is ready, at most a second."""
        if busy:
            self._in_vain = 0
            return 0.0
        if self.flying >= self.slots:
            return POLL_SECONDS  # a finished call wakes us
        wait = claim.seconds_until_next(self._clock.now())
        self._in_vain = self._in_vain + 1 if wait <= 0 else 0
        patience = RETRY_SECONDS * 2.0 ** min(max(self._in_vain - 1, 0), 8)
        return min(POLL_SECONDS, max(min(patience, RETRY_MOST_SECONDS), wait))

    def _claim(self) -> bool:
        """Take as much as there are free slots; True when there may be more."""
        flying = self.flying
        room = self.slots - flying
        want = min(room + self.ahead, BITE)
        if want < (min(self.slots // 4, BITE) if flying > CROWD else 1):
            return False
        limit = min(room, want)  # of what is no flip; below zero while flips wait for a line
        if self._lost_commit:
            self._give_back()
        failpoint("claim.before")
        mark = boot_seconds()
        claimed = claim.claim(owner=self.owner, limit=limit, ahead=want - limit, policy=self.policy)
        failpoint("claim.committed")
        self._look_at_clock(claimed.now, mark)
        self._note(claimed.now)
        for job in claimed.jobs:
            self._begin(job)
        return bool(claimed.moved) or len(claimed.jobs) >= max(limit, 1)

    def _give_back(self) -> None:
        """After a lost connection: a claim's commit may have arrived although its answer did not. Nothing
        of it was sent, so what is leased to us and not in the air here goes back unsent.
        """
        with self._lock:  # a call that ends just now is in one of the two
            ours = {job.record.id for job, _ in self._flying.values()}
            ours |= {outcome.job.record.id for outcome in self._done}
        lost = [job for job in claim.leased_to(self.owner) if job.record.id not in ours]
        if lost:
            unsent = [Outcome(job, Answer(job.call, Class.UNSENT)) for job in lost]
            outcomes.settle(unsent, owner=self.owner, now=db_now(), policy=self.policy)
        self._lost_commit = False

    def _look_at_clock(self, now: datetime, mark: float) -> None:
        """PostgreSQL's clock against the machine's. A jump means that one of them was set: send nothing for
        a minute, so that nobody's six o'clock is decided in that moment.

        `now` was read somewhere between `mark` and this moment; a process stopped in between is no jump.
        """
        earliest, latest = self._clock.at_mark(mark), self._clock.now()
        self._clock = Clock(now, mark)
        if not earliest - CLOCK_JUMP <= now <= latest + CLOCK_JUMP:
            logger.error("the database's clock jumped: %s instead of %s", now, earliest)
            gate.note_usage(0, now, closed_until=now + timedelta(seconds=60))

    def _note(self, now: datetime) -> None:
        if time.monotonic() - self._noted > _CLAIM_NOTE_SECONDS:
            self._noted = time.monotonic()
            gate.note_claim(self.owner, now)
            close_old_connections()

    def _settle(self) -> None:
        """Write down everything that came back; go straight on where the next step's intent is committed."""
        batch: list[Outcome] = []
        while self._done:
            batch.append(self._done.popleft())
        if not batch:
            return
        failpoint("outcome.before")
        try:
            settled = outcomes.settle(batch, owner=self.owner, now=db_now(), policy=self.policy)
        except _DATABASE_GONE:
            self._done.extendleft(reversed(batch))  # kept until the database is back
            raise
        for job in settled.next_jobs:
            self._begin(job)

    def _database_gone(self, problem: Exception) -> None:
        logger.warning("the database is gone, going on when it is back: %s", problem)
        self._lost_commit = True
        connection.close()

    def _warm(self) -> None:
        """Words and tokens of what goes out within the next minute are read before that minute: at six
        o'clock sharp there is no time for 2,000 look-ups.
        """
        if time.monotonic() - self._warmed < WARM_EVERY_SECONDS or self.flying > self.slots // 2:
            return
        self._warmed = time.monotonic()
        for record in claim.soon(self._clock.now(), WARM_WITHIN, limit=WARM_BATCH):
            if self.shelf.ready(record, Call.FLIP) is None:
                self._loaders.submit(self._warm_one, record)

    def _warm_one(self, record: Record) -> None:
        try:
            self.shelf.load(record, Call.FLIP)
        except Exception:
            logger.exception("could not warm %s", record.id)  # its flip will load it, or say why not

    # --- one call ------------------------------------------------------------------------------------

    def _begin(self, job: Job) -> None:
        loaded = self.shelf.ready(job.record, job.call)
        if loaded is not None:
            self._submit(self._callers, job, self._speak, job, loaded)
        else:
            self._submit(self._loaders, job, self._load, job)

    def _submit(self, pool: ThreadPoolExecutor, job: Job, work, *given) -> None:  # type: ignore[no-untyped-def]
        with self._lock:
            self._flying[id(job)] = (job, pool.submit(work, *given))

    def _load(self, job: Job) -> None:
        """In a loader's thread: words, pictures, token."""
        try:
            close_old_connections()
            loaded = self.shelf.load(job.record, job.call)
        except Exception as problem:
            logger.exception("could not load %s", job.record.id)
            if isinstance(problem, _DATABASE_GONE):
                connection.close()
            loaded = Answer(job.call, Class.UNSENT)
        if isinstance(loaded, Answer):
            self._finish(Outcome(job, loaded))
        else:
            failpoint("loaded")
            self._submit(self._callers, job, self._speak, job, loaded)

    def _speak(self, job: Job, loaded: Loaded) -> None:
        """In a caller's thread, without a database: the guard, then exactly one engine call."""
        self._heard.job, self._heard.calls = job, []
        try:
            outcome = self._guarded(job, loaded)
        except Exception:
            # A defect of ours between intent and answer: what was sent is unknown.
            logger.exception("%s of %s broke", job.call, job.record.id)
            outcome = Outcome(job, Answer(job.call, Class.UNKNOWN), self._tries())
        self._finish(outcome)

    def _guarded(self, job: Job, loaded: Loaded) -> Outcome:
        call = job.call
        failpoint(f"{call}.before_send")
        if self.stopping.is_set() or self._late(job):
            return Outcome(job, Answer(call, Class.UNSENT))
        answer, error = perform(call, loaded.client, loaded.brief)
        failpoint(f"{call}.answered")
        if answer.klass is Class.TOKEN:
            self.shelf.forget_channel(job.record.channel_id)
            if not loaded.fresh and call in (Call.PREPARE, Call.STATUS, Call.READ):
                # The token was a minute old; a reconnect may have replaced it. Ask again with today's.
                answer = Answer(call, Class.REFUSED, again=True)
            elif error is not None:
                self._telling.append(self._loaders.submit(self._tell_token_died, job, error))
        return Outcome(
            job,
            answer,
            self._tries(),
            usage=max((heard.usage.app_percent for _, heard in self._heard.calls), default=0),
            app_throttled=isinstance(error, GraphThrottled) and error.scope in (Scope.APP, Scope.USER),
        )

    def _tries(self) -> tuple[Try, ...]:
        return tuple(one for one, _ in self._heard.calls)

    def _late(self, job: Job) -> bool:
        """Too little of the lease left for the longest this call may take: do not begin it."""
        row, now = job.record.row, self._clock.now()
        slow = row.slow and job.call is Call.PREPARE
        longest = self.policy.slow_call_seconds if slow else self.policy.call_seconds
        if row.lease_until is None or (row.lease_until - now).total_seconds() < longest:
            return True
        # It may have waited for its slot since it was claimed: the deadline's margin is looked at again.
        return job.call is Call.FLIP and not row.due_at <= now <= row.not_after - self.policy.flip_margin

    def _in_time(self) -> bool:
        """The last look before a visible act is written to the wire."""
        job: Job | None = getattr(self._heard, "job", None)
        return job is None or job.call not in (Call.FLIP, Call.COMMENT) or not self._late(job)

    def _hear(self, call: GraphCall) -> None:
        """GraphClient tells of every exchange; it becomes an Attempt row with the outcome."""
        job: Job = self._heard.job
        now = self._clock.now()
        sent = now - timedelta(milliseconds=call.elapsed_ms)
        error = call.error
        self._heard.calls.append(
            (
                Try(
                    call=job.call,
                    intent_at=job.record.row.intent_at or sent,
                    sent_at=None if error is not None and getattr(error, "never_left", False) else sent,
                    outcome_at=now,
                    klass=call.kind.value,
                    request=f"{call.method} /{call.path}"[:200],
                    request_digest=call.digest,
                    http=call.http_status,
                    code=error.code if error else None,
                    subcode=error.subcode if error else None,
                    message=(error.message if error else "")[:1000],
                    fbtrace_id=call.fbtrace_id,
                    object_id=call.object_id,
                ),
                call,
            )
        )

    def _finish(self, outcome: Outcome) -> None:
        with self._lock:
            self._flying.pop(id(outcome.job), None)
            self._done.append(outcome)
        self.wake.set()

    def _tell_token_died(self, job: Job, error: GraphError) -> None:
        try:
            self.shelf.token_died(job.record, error)
        except Exception:
            logger.exception("could not say that a token died")

    # --- the end -------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Give back what was not sent, wait for the rest, write it down. SIGKILL here is as good."""
        end = time.monotonic() + DRAIN_SECONDS
        self.stopping.set()  # a loaded call that has not begun is given back, too
        with self._lock:
            waiting = list(self._flying.values())
        for job, future in waiting:
            if future.cancel():
                self._finish(Outcome(job, Answer(job.call, Class.UNSENT)))
        while (self.flying or self._done) and time.monotonic() < end:
            self.wake.wait(0.1)
            self.wake.clear()
            try:
                self._settle()
            except _DATABASE_GONE as problem:
                self._database_gone(problem)
                time.sleep(0.2)
        wait_for(self._telling, timeout=max(0.0, end - time.monotonic()))
        self._callers.shutdown(wait=False, cancel_futures=True)
        self._loaders.shutdown(wait=False, cancel_futures=True)
        self._http.close()
