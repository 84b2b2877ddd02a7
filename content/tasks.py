"""Wake-ups for writing. The rows are the queue: a lost message costs seconds, never a caption."""

from typing import Any
from uuid import UUID

from celery import shared_task
from django.utils import timezone
from django_tenants.utils import tenant_context

from content import exchanging, generating
from tenants.models import Tenant


@shared_task
def write_caption(*, generation_id: str, **_: Any) -> None:
    generating.run_generation(generation_id=UUID(generation_id))
    # Our place is free again: somebody of this restaurant may be waiting for it.
    for waiting_id in generating.waiting(now=timezone.now(), limit=1):
        write_caption.wake(generation_id=str(waiting_id))


@shared_task
def sweep_writing(**_: Any) -> None:
    """What nobody was woken for, what a dead worker left, and money set aside for calls that never ended."""
    now = timezone.now()
    for waiting_id in generating.waiting(now=now):
        write_caption.wake(generation_id=str(waiting_id))
    exchanging.release_calls(now=now)
    exchanging.forget_exchanges(now=now)


@shared_task(public=True)
def sweep_all_writing(**_: Any) -> None:
    """Beat's dispatcher: one small task a restaurant."""
    for tenant in Tenant.objects.filter(closed_at__isnull=True).iterator(chunk_size=500):
        with tenant_context(tenant):
            sweep_writing.wake()
