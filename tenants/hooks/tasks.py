"""Beat's hand on the queue (config/schedule.py); the work is in delivering."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from tenants.hooks import delivering, services


@shared_task(public=True)
def deliver(**_: Any) -> None:
    """Send what waits. Cheap when nothing does."""
    delivering.run(clock=timezone.now)


@shared_task(public=True)
def sweep(**_: Any) -> None:
    """Forget old events; move secrets to the newest key of the ring."""
    services.sweep(now=timezone.now())
