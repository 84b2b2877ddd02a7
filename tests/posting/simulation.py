"""A deterministic world around the engine: virtual clock, seeded scheduler, a platform that lies.

The store keeps rows as PostgreSQL would (compare fence, state and lease); workers crash, hang and answer
late; the platform loses answers, answers "error" after doing it, does it late, lags when read, and, in its
adversarial mood, makes a second post from a second flip of the same object. Everything comes from one seed,
so a failure replays exactly.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from posting.dispatch import engine
from posting.dispatch.terms import Answer, Call, Class, Comment, Finding, Policy, Row, Why
from posting.states import ASKING, OPEN, State

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATE_EFFECT = 45.0  # seconds; assumption A4 says within the quarantine of 60
READ_LAG = 70.0  # Instagram's status may be this old


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@dataclass
class Post:
    """What the public sees of one publication."""

    due: float
    deadline: float
    cancelled_at: float | None = None
    shown: list[float] = field(default_factory=list)  # moments something became visible
    sent: list[float] = field(default_factory=list)  # moments a flip left
    comments: list[float] = field(default_factory=list)  # moments a first comment appeared


@dataclass
class Thing:
    """An object at the platform."""

    post: int
    visible_at: float | None = None


@dataclass
class Rules:
    """The real rules; tests break one of them to see the simulation notice."""

    policy: Policy = field(default_factory=Policy)
    fenced: bool = True
    settle: Callable[..., engine.Move] = engine.settle


class World:
    def __init__(
        self, seed: int, *, posts: int = 20, workers: int = 3, lies: float = 0.3, rules: Rules | None = None
    ):
        self.random = random.Random(seed)
        self.rules = rules or Rules()
        self.now = 0.0
        self.steps = 0
        self.kills = 0
        self.lies = lies
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.posts: dict[str, Post] = {}
        self.rows: dict[str, Row] = {}
        self.things: dict[str, Thing] = {}
        self.down: dict[int, float] = {}
        for index in range(posts):
            self._make(index)
        for worker in range(workers):
            self.soon(self.random.random(), lambda w=worker: self.work(w))

    def _make(self, index: int) -> None:
        due = self.random.uniform(0, 600)
        deadline = due + self.random.choice([180, 900, 7200])
        instagram = self.random.random() < 0.5
        key = str(index)
        arm = max(0.0, due - 600)
        steps = self.random.choice([1, 2, 4])
        self.posts[key] = Post(due, deadline)
        self.rows[key] = Row(
            id=key,
            due_at=at(due),
            arm_at=at(arm),
            not_after=at(deadline),
            steps=steps,
            negatives_needed=3 if instagram else 1,
            readback=self.random.random() > 0.05,
            next_action_at=at(arm),
            comment=Comment.WANTED if self.random.random() < 0.5 else Comment.NONE,
            comment_on_media=instagram,
        )
        if self.random.random() < 0.2:
            self.soon(self.random.uniform(0, deadline), lambda: self.cancel(key))

    # --- time ----------------------------------------------------------------------------------------

    def soon(self, delay: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.events, (self.now + delay, len(self.events) + self.steps * 1000, act))

    def run(self, until: float = 3 * 86400) -> None:
        while self.events and self.events[0][0] < until and not self.resting():
            self.now, _, act = heapq.heappop(self.events)
            self.steps += 1
            act()

    def resting(self) -> bool:
        return all(row.next_action_at is None and row.lease_until is None for row in self.rows.values())

    # --- the database --------------------------------------------------------------------------------

    def write(self, before: Row, move: engine.Move) -> bool:
        stored = self.rows[before.id]
        same = (stored.fence, stored.state, stored.lease_until) == (
            before.fence,
            before.state,
            before.lease_until,
        )
        if not same and self.rules.fenced:
            return False
        self.rows[before.id] = move.row
        return True

    def cancel(self, key: str) -> None:
        row = self.rows[key]
        if row.state in OPEN:
            self.write(row, engine.cancel(row, at(self.now), Why("cancelled")))
            self.posts[key].cancelled_at = self.now

    # --- a worker ------------------------------------------------------------------------------------

    def work(self, worker: int) -> None:
        """Claim what is ready, one call each, then come back."""
        self.soon(self.random.uniform(0.2, 2.0), lambda: self.work(worker))
        if self.down.get(worker, 0) > self.now:
            return
        if self.random.random() < 0.01:
            self.kills += 1
            self.down[worker] = self.now + self.random.uniform(1, 200)  # kill -9, started again later
            return
        ready = [
            row
            for row in self.rows.values()
            if (row.lease_until is not None and row.lease_until <= at(self.now))
            or (
                row.lease_until is None
                and row.next_action_at is not None
                and row.next_action_at <= at(self.now)
            )
        ]
        for row in self.random.sample(ready, min(3, len(ready))):
            move = engine.take(row, at(self.now), policy=self.rules.policy)
            if move and self.write(row, move) and move.call:
                self.begin(worker, move.row, move.call)

    def begin(self, worker: int, row: Row, call: Call) -> None:
        fate = self.random.random()
        if fate < 0.03:
            return  # died between the commit of the intent and the call
        pause = self.random.uniform(0, 0.05) if fate > 0.06 else self.random.uniform(30, 300)  # SIGSTOP
        self.soon(pause, lambda: self.send(worker, row, call))

    def send(self, worker: int, row: Row, call: Call) -> None:
        left = (row.lease_until - at(self.now)).total_seconds() if row.lease_until else 0
        if left < 30:  # the guard: not enough lease left for the time-out of a call
            self.finish(worker, row, Answer(call, Class.UNSENT))
            return
        answer = self.platform(row, call)
        latency = self.random.uniform(0.05, 2.0)
        if self.random.random() < 0.03:
            return  # died while waiting for the answer
        if self.random.random() < 0.03:
            latency += self.random.uniform(20, 300)  # hung: it comes back as a stale worker
        self.soon(latency, lambda: self.finish(worker, row, answer))

    def finish(self, worker: int, row: Row, answer: Answer) -> None:
        try:
            move = self.rules.settle(row, answer, at(self.now), self.rules.policy)
        except AssertionError:
            if self.rules.fenced:
                raise
            return
        if self.write(row, move) and move.call:
            self.begin(worker, move.row, move.call)

    # --- the platform --------------------------------------------------------------------------------

    def platform(self, row: Row, call: Call) -> Answer:
        match call:
            case Call.PREPARE:
                return self._prepare(row)
            case Call.STATUS:
                return self._status(row)
            case Call.FLIP:
                return self._flip(row)
            case Call.READ:
                return self._read(row)
            case Call.DETAILS:
                return Answer(
                    call, Class.ACCEPTED, Finding.VISIBLE, permalink="https://x", media_id=row.object_id
                )
            case Call.COMMENT:
                return self._comment(row)
            case Call.COMMENTED:
                return self._commented(row)

    def _noise(self, call: Call) -> Answer | None:
        fate = self.random.random()
        if fate < self.lies / 2:
            return Answer(call, Class.UNKNOWN)
        if fate < self.lies / 2 + 0.02:
            return Answer(call, Class.THROTTLED, retry_after=timedelta(seconds=self.random.uniform(1, 60)))
        return None

    def _prepare(self, row: Row) -> Answer:
        name = f"{row.id}-{len(self.things)}"
        self.things[name] = Thing(int(row.id))
        if noise := self._noise(Call.PREPARE):
            return noise
        if self.random.random() < 0.01:
            return Answer(Call.PREPARE, Class.REFUSED, why=Why("refused"))
        return Answer(Call.PREPARE, Class.ACCEPTED, object_id=name)

    def _status(self, row: Row) -> Answer:
        if noise := self._noise(Call.STATUS):
            return noise
        found = self.random.choices(
            [Finding.READY, Finding.WAIT, Finding.GONE, Finding.INCOMPLETE], [90, 6, 3, 1]
        )[0]
        return Answer(Call.STATUS, Class.ACCEPTED, found)

    def _flip(self, row: Row) -> Answer:
        post, thing = self.posts[row.id], self.things[row.object_id]
        post.sent.append(self.now)
        fate = self.random.random()
        if fate > self.lies:
            self._show(row.id, thing)
            return Answer(Call.FLIP, Class.ACCEPTED)
        if fate < self.lies * 0.3:
            return Answer(Call.FLIP, Class.UNKNOWN)  # nothing was done
        if fate < self.lies * 0.5:
            self.soon(self.random.uniform(1, LATE_EFFECT), lambda: self._show(row.id, thing))  # done late
        else:
            self._show(row.id, thing)  # done, and denied
        return Answer(Call.FLIP, self.random.choice([Class.UNKNOWN, Class.REFUSED, Class.THROTTLED]))

    def _show(self, key: str, thing: Thing) -> None:
        # Adversarial: a second flip of the same object makes a second post.
        thing.visible_at = thing.visible_at if thing.visible_at is not None else self.now
        self.posts[key].shown.append(self.now)

    def _read(self, row: Row) -> Answer:
        if noise := self._noise(Call.READ):
            return noise
        thing = self.things[row.object_id]
        # Facebook's lag after an effect is seconds; Instagram's status may be much older.
        lag = self.random.uniform(0, READ_LAG if row.negatives_needed > 1 else 5)
        seen = thing.visible_at is not None and self.now - thing.visible_at >= lag
        return Answer(Call.READ, Class.ACCEPTED, Finding.VISIBLE if seen else Finding.HIDDEN)

    def _comment(self, row: Row) -> Answer:
        comments, fate = self.posts[row.id].comments, self.random.random()
        if fate > self.lies:
            comments.append(self.now)
            return Answer(Call.COMMENT, Class.ACCEPTED, object_id="c")
        if fate < self.lies * 0.5:
            self.soon(self.random.uniform(1, LATE_EFFECT), lambda: comments.append(self.now))
        elif fate < self.lies * 0.7:
            comments.append(self.now)
        return Answer(Call.COMMENT, self.random.choice([Class.UNKNOWN, Class.THROTTLED]))

    def _commented(self, row: Row) -> Answer:
        if noise := self._noise(Call.COMMENTED):
            return noise
        lag = self.random.uniform(0, READ_LAG if row.negatives_needed > 1 else 5)
        seen = any(self.now - moment >= lag for moment in self.posts[row.id].comments)
        return Answer(Call.COMMENTED, Class.ACCEPTED, Finding.VISIBLE if seen else Finding.HIDDEN)

    # --- the judge -------------------------------------------------------------------------------------

    def wrongs(self) -> list[str]:
        """Every broken promise, in words."""
        wrong = []
        for key, post in self.posts.items():
            row = self.rows[key]
            if len(post.shown) > 1:
                wrong.append(f"{key}: visible {len(post.shown)} times")
            if post.cancelled_at is not None and post.shown:
                wrong.append(f"{key}: taken back and visible")
            if any(moment < post.due for moment in post.sent):
                wrong.append(f"{key}: sent before its time")
            if any(moment > post.deadline for moment in post.sent):
                wrong.append(f"{key}: sent after its deadline")
            if row.state is State.PUBLISHED and not post.shown:
                wrong.append(f"{key}: called published and nobody can see it")
            if post.shown and row.state not in (State.PUBLISHED, State.NEEDS_OWNER):
                wrong.append(f"{key}: visible and called {row.state}")
            if len(post.comments) > 1:
                wrong.append(f"{key}: commented {len(post.comments)} times")
            if row.comment is Comment.DONE and not post.comments:
                wrong.append(f"{key}: called commented and nobody can see it")
            if row.state is State.PUBLISHED and row.comment in (Comment.WANTED, Comment.SENDING):
                wrong.append(f"{key}: its comment was forgotten")
            if row.state not in (State.PUBLISHED, State.CANCELLED, *ASKING):
                wrong.append(f"{key}: ended in {row.state}")
        return wrong


def without_unknown_rule(row: Row, answer: Answer, now: datetime, policy: Policy) -> engine.Move:
    """The naive engine: an error means that it did not happen."""
    if answer.call is Call.FLIP and answer.klass is not Class.ACCEPTED:
        answer = replace(answer, klass=Class.UNSENT)
    return engine.settle(row, answer, now, policy)


def with_hasty_comments(row: Row, answer: Answer, now: datetime, policy: Policy) -> engine.Move:
    """The naive follow-up: a comment whose answer was lost is simply written again."""
    if answer.call is Call.COMMENT and answer.klass is not Class.ACCEPTED:
        answer = replace(answer, klass=Class.UNSENT)
    return engine.settle(row, answer, now, policy)
