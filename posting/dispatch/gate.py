"""The platform's one gate: switched off by an operator, closed by Meta, or shut because the database is not
the one we knew (a restore or a failover), until everything has been reconciled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

PREPARE_BELOW = 80  # percent of Meta's limits; insights stop earlier, flips last
INSIGHTS_BELOW = 60
USAGE_LASTS = timedelta(minutes=10)  # a percentage is of a rolling hour; an old one says little


@dataclass(frozen=True, slots=True)
class Gate:
    enabled: bool = True
    closed_until: datetime | None = None
    usage: int = 0
    same_database: bool = True
    now: datetime | None = None

    @property
    def may_read(self) -> bool:
        """Not while Meta asked for silence; an operator's stop and a restored database forbid sending only."""
        return self.closed_until is None or self.now is None or self.closed_until <= self.now

    @property
    def may_flip(self) -> bool:
        return self.enabled and self.same_database and self.may_read

    @property
    def may_prepare(self) -> bool:
        return self.may_flip and self.usage < PREPARE_BELOW

    @property
    def may_measure(self) -> bool:
        return self.may_flip and self.usage < INSIGHTS_BELOW


def read_gate(now: datetime) -> Gate:
    """One row. Without it (a fresh database) the gate is made, open, and remembers which database this is."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(_MAKE)
            cursor.execute(_READ)
            row = cursor.fetchone()
    enabled, closed_until, usage, usage_at, same = row
    fresh = usage_at is not None and now - usage_at < USAGE_LASTS
    return Gate(enabled, closed_until, usage if fresh else 0, same, now)


_READ = """
SELECT enabled, closed_until, usage, usage_at,
       system_identifier = (SELECT system_identifier::text FROM pg_control_system())
       AND timeline = (SELECT timeline_id FROM pg_control_checkpoint())
  FROM dispatch_appgate WHERE id = 1
"""
_MAKE = """
INSERT INTO dispatch_appgate (id, enabled, reason, usage, system_identifier, timeline, last_claim_by)
SELECT 1, true, '', 0, (SELECT system_identifier::text FROM pg_control_system()),
       (SELECT timeline_id FROM pg_control_checkpoint()), ''
ON CONFLICT (id) DO NOTHING
"""


def note_usage(percent: int, now: datetime, *, closed_until: datetime | None = None) -> None:
    """What Meta's headers said about our limits; `closed_until` when it throttled the whole app."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_appgate SET usage = CASE WHEN usage_at > %s - interval '1 minute'"
            " THEN greatest(usage, %s) ELSE %s END, usage_at = %s,"
            " closed_until = greatest(closed_until, %s) WHERE id = 1",
            [now, percent, percent, now, closed_until],
        )


def note_claim(owner: str, now: datetime) -> None:
    """A sign of life, for health: some publisher asked for work at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_appgate SET last_claim_at = %s, last_claim_by = %s WHERE id = 1", [now, owner]
        )


def switch(*, enabled: bool, reason: str) -> None:
    """The operator's hand on the whole platform."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dispatch_appgate SET enabled = %s, reason = %s WHERE id = 1", [enabled, reason]
        )
