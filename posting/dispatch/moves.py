"""What every judgement of the engine is made of: coming to rest, intending a call, waiting longer each time."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from posting.dispatch.terms import Call, Move, Row, Why
from posting.states import State, check


def backoff(row: Row, tries: int, *, first: float, most: float) -> timedelta:
    """Exponential with jitter. The jitter comes from the row's id, so a replay gives the same times."""
    digest = hashlib.blake2s(f"{row.id}:{row.fence}:{tries}".encode(), digest_size=4).digest()
    jitter = 0.75 + int.from_bytes(digest, "big") / 2**32 / 2  # 0.75 .. 1.25
    return timedelta(seconds=min(first * 2.0 ** min(tries, 20), most) * jitter)


def to(row: Row, state: State, *, why: Why | None = None, **changes: Any) -> Move:
    """Come to rest in `state`: the lease is given back."""
    check(row.state, state)
    if state is not row.state:
        changes = {"tries": 0, "crash_count": 0} | changes
    return Move(replace(row, state=state, lease_until=None, **changes), None, why)


def calling(row: Row, state: State, call: Call, lease: timedelta, now: datetime, **changes: Any) -> Move:
    """Intend a call: a new fence and a lease, to be committed before anything is sent."""
    check(row.state, state)
    if state is not row.state:
        changes = {"tries": 0, "crash_count": 0} | changes
    held: dict[str, Any] = {
        "fence": row.fence + 1,
        "lease_until": now + lease,
        "next_action_at": None,
        "intent_at": now,
    }
    return Move(replace(row, state=state, **held, **changes), call)
