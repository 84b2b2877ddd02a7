"""How long notices are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from tenants.notices.models import Level, Notice

KEPT = timedelta(days=180)
BATCH = 5000


def forget_old(*, now: datetime) -> int:
    """Drop notices of half a year ago, except what still waits for somebody. How many."""
    old = Notice.objects.filter(created_at__lt=now - KEPT).exclude(level=Level.NEEDS_YOU, resolved_at=None)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])
    Notice.objects.filter(pk__in=ids).delete()
    return len(ids)
