"""Who must be tidied and when. The rows are the timetable: no task walks over all restaurants.

How rows are taken and settled: tenants/timetable.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from assets.chores.models import Chore
from tenants.context import current_tenant
from tenants.timetable import Timetable

LEASE = timedelta(minutes=15)  # a sweep that was sent and never ran is sent again after this
_TIMETABLE = Timetable(Chore, lease=LEASE)
take = _TIMETABLE.take
settled = _TIMETABLE.settled

_NOTE = """
INSERT INTO public.assets_chores_chore AS old (tenant_id, due_at) VALUES (%s, %s)
ON CONFLICT (tenant_id) DO UPDATE SET due_at = least(old.due_at, excluded.due_at)
"""
_NOTE_IN = _NOTE.replace("(%s, %s)", "(%s, now() + %s * interval '1 second')")


def note(at: datetime) -> None:
    """The current restaurant has something to tidy at `at`; an earlier time stays."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [current_tenant().pk, at])


def note_in(wait: timedelta) -> None:
    """The same, counted from the database's own now."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_IN, [current_tenant().pk, wait.total_seconds()])
