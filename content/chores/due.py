"""Whose writing must be looked after, and who writes a month this moment. No task walks over all restaurants.

Race: a chore is noted in the transaction that leaves the work; the sweep decides about the next time under the row's
lock. So either the sweep sees the work, or the note comes after and moves the time again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from content.chores.models import Chore
from tenants.context import current_tenant

LOOK_AFTER = timedelta(minutes=1)  # what was woken is long done by then
LEASE = timedelta(minutes=5)  # a sweep that was sent and never ran is sent again after this

_NOTE = """
INSERT INTO public.content_chores_chore AS old (tenant_id, due_at, month) VALUES (%s, %s, %s)
ON CONFLICT (tenant_id) DO UPDATE
   SET due_at = least(old.due_at, excluded.due_at), month = old.month OR excluded.month
"""
_TAKE = """
UPDATE public.content_chores_chore AS c SET due_at = %(lease)s
  FROM public.tenants_tenant AS t
 WHERE t.id = c.tenant_id AND c.tenant_id IN (
       SELECT due.tenant_id FROM public.content_chores_chore AS due
         JOIN public.tenants_tenant AS open ON open.id = due.tenant_id AND open.closed_at IS NULL
        WHERE due.due_at <= %(now)s ORDER BY due.due_at LIMIT %(most)s FOR UPDATE OF due SKIP LOCKED)
RETURNING t.schema_name
"""


def note(at: datetime, *, month: bool = False) -> None:
    """Somebody must look after the current restaurant's writing at `at`; an earlier time stays."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [current_tenant().pk, at, month])


def month_over() -> None:
    """The current restaurant writes no month any more."""
    Chore.objects.filter(pk=current_tenant().pk, month=True).update(month=False)


def months() -> int:
    """How many restaurants write a month this moment."""
    return Chore.objects.filter(month=True).count()


def take(*, now: datetime, most: int) -> list[str]:
    """Schemas of restaurants that are due, at most `most`, each leased to the caller; two callers share them."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"now": now, "lease": now + LEASE, "most": most})
        return [row[0] for row in cursor.fetchall()]


class settled:
    """`with settled() as later:` decide under the row's lock; then `later(at, month)`, None when nothing is left."""

    def __enter__(self) -> settled:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        self._rows = Chore.objects.filter(pk=current_tenant().pk)
        list(self._rows.select_for_update())
        return self

    def __call__(self, at: datetime | None, *, month: bool) -> None:
        if at is None:
            self._rows.delete()
        else:
            self._rows.update(due_at=at, month=month)

    def __exit__(self, *error: object) -> None:
        self._atomic.__exit__(*error)  # type: ignore[arg-type]
