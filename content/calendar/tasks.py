"""Wake-ups for planned months. The rows are the queue."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.calendar import working
from tenants.models import Tenant


@shared_task
def write_month(*, calendar_id: str, **_: Any) -> None:
    """One round of one month; the next round goes to the end of the queue, behind other restaurants."""
    if working.advance(calendar_id=UUID(calendar_id)):
        write_month.wake(calendar_id=calendar_id)


@shared_task(public=True)
def sweep_months(**_: Any) -> None:
    """Months that wait because a message was lost or a worker died. One small query a restaurant."""
    now = timezone.now()
    for tenant in Tenant.objects.filter(closed_at__isnull=True).iterator(chunk_size=500):
        with tenant_context(tenant):
            for calendar_id in working.waiting(now=now):
                write_month.wake(calendar_id=str(calendar_id))
