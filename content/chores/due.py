"""Whose writing must be looked after, and who writes a month this moment. No task walks over all restaurants.

How rows are taken and settled: tenants/timetable.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from content.chores.models import Chore
from tenants.context import current_tenant
from tenants.timetable import Timetable

LOOK_AFTER = timedelta(minutes=1)  # what was woken is long done by then
LEASE = timedelta(minutes=5)  # a sweep that was sent and never ran is sent again after this
_TIMETABLE = Timetable(Chore, lease=LEASE)
take = _TIMETABLE.take
settled = _TIMETABLE.settled

_NOTE = """
INSERT INTO public.content_chores_chore AS old (tenant_id, due_at, month) VALUES (%s, %s, %s)
ON CONFLICT (tenant_id) DO UPDATE
   SET due_at = least(old.due_at, excluded.due_at), month = old.month OR excluded.month
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
