"""Housekeeping of the engine's memory: finished rows move out, old attempts go.

The hot table stays small, so that its partial indexes stay in memory for years.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

FINISHED_STAY = timedelta(days=35)  # as long as their numbers are read
ATTEMPTS_STAY = timedelta(days=400)
BATCH = 1000


def sweep(*, now: datetime, batch: int = BATCH) -> dict[str, int]:
    """One batch of each; called by beat, harmless at any moment beside running publishers."""
    return {"finished": _move_finished(now, batch), "attempts": _drop_attempts(now, batch)}


def _move_finished(now: datetime, batch: int) -> int:
    """Into the partition of their month, made when it is first needed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT date_trunc('month', updated_at) FROM (SELECT updated_at FROM dispatch_due"
            " WHERE state IN ('published', 'cancelled') AND lease_until IS NULL AND updated_at < %s"
            " ORDER BY updated_at LIMIT %s) x",
            [now - FINISHED_STAY, batch],
        )
        for (month,) in cursor.fetchall():
            _make_partition(cursor, month)
        cursor.execute(
            "WITH gone AS (DELETE FROM dispatch_due WHERE id IN (SELECT id FROM dispatch_due"
            " WHERE state IN ('published', 'cancelled') AND lease_until IS NULL AND updated_at < %s"
            " ORDER BY updated_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING *)"
            " INSERT INTO dispatch_finished SELECT * FROM gone",
            [now - FINISHED_STAY, batch],
        )
        return cursor.rowcount


def _make_partition(cursor: object, month: datetime) -> None:
    first = month.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    name = f"dispatch_finished_{first:%Y_%m}"
    cursor.execute(  # type: ignore[attr-defined]
        f'CREATE TABLE IF NOT EXISTS public."{name}" PARTITION OF public.dispatch_finished'
        f" FOR VALUES FROM ('{first.isoformat()}') TO ('{after.isoformat()}')"
    )


def _drop_attempts(now: datetime, batch: int) -> int:
    """Attempts tell a publication's story for a year and a bit; then the transitions alone do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL posting.erase = 'on'")
        cursor.execute(
            "DELETE FROM dispatch_attempt WHERE id IN (SELECT id FROM dispatch_attempt"
            " WHERE outcome_at < %s ORDER BY id LIMIT %s)",
            [now - ATTEMPTS_STAY, batch],
        )
        return cursor.rowcount


def forget_tenant(tenant_id: str) -> None:
    """A restaurant is erased: nothing of it stays in the shared tables."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL posting.erase = 'on'")
        for table in (
            "dispatch_due",
            "dispatch_finished",
            "dispatch_attempt",
            "dispatch_channelslot",
            "pulse_postreading",
            "pulse_channelreading",
            "pulse_pulse",
            "pulse_monthlyreport",
            "recurring_index_recurringdue",
        ):
            cursor.execute(f"DELETE FROM {table} WHERE tenant_id = %s", [tenant_id])  # noqa: S608 - own names
