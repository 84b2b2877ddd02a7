"""Is publishing making progress? Not "is there a process" but "is ready work taken, and when last"."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

LATE_SECONDS = 60.0  # ready work older than this means that nobody takes it
SILENT_SECONDS = 60.0  # no claim for this long means that nobody runs


@dataclass(frozen=True, slots=True)
class Health:
    healthy: bool
    oldest_ready_seconds: float  # age of the row that waits longest beyond its moment; 0 when none does
    last_claim_seconds: float | None  # since anybody asked for work; None: never
    waiting: int  # rows that are still to go out
    in_doubt: int
    asking: int
    gate_open: bool
    gate_reason: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def health(now: datetime) -> Health:
    """A few index look-ups. A closed gate is the operator's wish and not ill health; silence is."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"now": now})
        oldest, last_claim, waiting, doubt, asking, enabled, reason = cursor.fetchone()
    age = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    silent = None if last_claim is None else max(0.0, (now - last_claim).total_seconds())
    taken = age < LATE_SECONDS or enabled is False
    heard = silent is not None and silent < SILENT_SECONDS
    return Health(
        healthy=taken and (heard or waiting == 0),
        oldest_ready_seconds=round(age, 3),
        last_claim_seconds=None if silent is None else round(silent, 3),
        waiting=waiting,
        in_doubt=doubt,
        asking=asking,
        gate_open=enabled is not False,
        gate_reason=reason or "",
    )


_READ = """
SELECT (SELECT min(next_action_at) FROM dispatch_due
         WHERE next_action_at <= %(now)s AND lease_until IS NULL
           AND state IN ('scheduled', 'preparing', 'processing', 'armed', 'verifying')),
       (SELECT last_claim_at FROM dispatch_appgate WHERE id = 1),
       (SELECT count(*) FROM dispatch_due
         WHERE state IN ('scheduled', 'preparing', 'processing', 'armed', 'flipping')),
       (SELECT count(*) FROM dispatch_due WHERE state = 'verifying'),
       (SELECT count(*) FROM dispatch_due
         WHERE state IN ('held', 'rejected', 'missed', 'needs_owner', 'quarantined')),
       (SELECT enabled FROM dispatch_appgate WHERE id = 1),
       (SELECT reason FROM dispatch_appgate WHERE id = 1)
"""
