"""Who must be tidied and when. The rows are the timetable: no task walks over all restaurants.

Race: a chore is noted in the transaction that leaves the work, or after it; the sweep decides about the next
time under the row's lock. So either the sweep sees the work, or the note comes after and moves the time again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from assets.chores.models import Chore
from tenants.context import current_tenant

LEASE = timedelta(minutes=15)  # a sweep that was sent and never ran is sent again after this

_NOTE = """
INSERT INTO public.assets_chores_chore AS old (tenant_id, due_at) VALUES (%s, %s)
ON CONFLICT (tenant_id) DO UPDATE SET due_at = least(old.due_at, excluded.due_at)
"""
_NOTE_IN = _NOTE.replace("(%s, %s)", "(%s, now() + %s * interval '1 second')")
_TAKE = """
UPDATE public.assets_chores_chore AS c SET due_at = %(lease)s
  FROM public.tenants_tenant AS t
 WHERE t.id = c.tenant_id AND c.tenant_id IN (
       SELECT due.tenant_id FROM public.assets_chores_chore AS due
         JOIN public.tenants_tenant AS open ON open.id = due.tenant_id AND open.closed_at IS NULL
        WHERE due.due_at <= %(now)s ORDER BY due.due_at LIMIT %(most)s FOR UPDATE OF due SKIP LOCKED)
RETURNING t.schema_name
"""


def note(at: datetime) -> None:
    """The current restaurant has something to tidy at `at`; an earlier time stays."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [current_tenant().pk, at])


def note_in(wait: timedelta) -> None:
    """The same, counted from the database's own now."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_IN, [current_tenant().pk, wait.total_seconds()])


def take(*, now: datetime, most: int) -> list[str]:
    """Schemas of restaurants that are due, at most `most`, each leased to the caller; two callers share them."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"now": now, "lease": now + LEASE, "most": most})
        return [row[0] for row in cursor.fetchall()]


class settled:
    """`with settled() as later:` decide under the row's lock; then `later(at)`, None when nothing is left."""

    def __enter__(self) -> settled:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self._rows = Chore.objects.filter(pk=current_tenant().pk)
        list(self._rows.select_for_update())
        return self

    def __call__(self, at: datetime | None) -> None:
        if at is None:
            self._rows.delete()
        else:
            self._rows.update(due_at=at)

    def __exit__(self, *error: object) -> None:
        self._atomic.__exit__(*error)  # type: ignore[arg-type]
