"""Which restaurants are due: one public row each, so that no task walks over all of them.

A room keeps a model with `tenant` (its key) and `due_at` in the public schema and notes times in it; its dispatcher
takes what is due, and the sweep of one restaurant decides about the next time.

Race: a time is noted in the transaction that leaves the work, or after it; the sweep decides under the row's lock.
So either the sweep sees the work, or the note comes after and moves the time again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from tenants.context import current_tenant

_TAKE = """
UPDATE public.{table} AS c SET due_at = %(lease)s
  FROM public.tenants_tenant AS t
 WHERE t.id = c.tenant_id AND c.tenant_id IN (
       SELECT due.tenant_id FROM public.{table} AS due
         JOIN public.tenants_tenant AS open ON open.id = due.tenant_id AND open.closed_at IS NULL
        WHERE due.due_at <= %(now)s ORDER BY due.due_at LIMIT %(most)s FOR UPDATE OF due SKIP LOCKED)
RETURNING t.schema_name
"""


@dataclass(frozen=True)
class Timetable:
    """The rows of `model`; `lease` is how long after a sweep was sent and never ran it is sent again."""

    model: type[models.Model]
    lease: timedelta

    def take(self, *, now: datetime, most: int) -> list[str]:
        """Schemas of restaurants that are due, at most `most`, each leased to the caller; two callers share
        them. Closed restaurants are never due.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                _TAKE.format(table=self.model._meta.db_table),
                {"now": now, "lease": now + self.lease, "most": most},
            )
            return [row[0] for row in cursor.fetchall()]

    @contextmanager
    def settled(self) -> Iterator[Callable[..., None]]:
        """`with settled() as later:` decide under the row's lock; then `later(at, **columns)`, `at` None when
        nothing is left.
        """
        with transaction.atomic():
            rows = self.model._default_manager.filter(pk=current_tenant().pk)
            list(rows.select_for_update())

            def later(at: datetime | None, **columns: Any) -> None:
                if at is None:
                    rows.delete()
                else:
                    rows.update(due_at=at, **columns)

            yield later
