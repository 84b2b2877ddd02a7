"""Beat's dispatcher: which repeating posts are due, from one public table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.recurring import services
from posting.recurring.index.models import RecurringDue
from posting.recurring.models import Recurrence
from tenants.models import Tenant

logger = structlog.get_logger(__name__)
BATCH = 200
LEASE = timedelta(minutes=10)  # a run that was killed is done again after this
FIRST_RETRY = timedelta(minutes=10)
MOST_RETRY = timedelta(hours=12)


@shared_task(public=True)
def dispatch(**_: Any) -> None:
    run_due(now=timezone.now())


def run_due(*, now: datetime) -> int:
    """Extend every repeating post that is due. How many were looked at.

    The row is only moved on while it is claimed, not locked: pages lock a Recurrence first and this row second.
    """
    done = 0
    while done < BATCH and (row := _claim(now)) is not None:
        done += 1
        try:
            _run(row, now)
        except Exception:
            logger.exception("recurring_not_planned", recurrence=str(row.recurrence_id))
            wait = min(FIRST_RETRY * 2 ** min(row.tries, 8), MOST_RETRY)
            RecurringDue.objects.filter(pk=row.pk).update(tries=F("tries") + 1, next_run_at=now + wait)
    return done


def _claim(now: datetime) -> RecurringDue | None:
    with transaction.atomic():
        row = (
            RecurringDue.objects.filter(next_run_at__lte=now)
            .select_for_update(skip_locked=True)
            .order_by("next_run_at", "pk")
            .first()
        )
        if row is not None:
            row.next_run_at = now + LEASE
            row.save(update_fields=["next_run_at"])
        return row


def _run(row: RecurringDue, now: datetime) -> None:
    tenant = Tenant.objects.filter(pk=row.tenant_id, closed_at=None).first()
    if tenant is None:
        RecurringDue.objects.filter(pk=row.pk).update(next_run_at=None)
        return
    with tenant_context(tenant), transaction.atomic():
        recurrence = Recurrence.objects.filter(pk=row.recurrence_id).first()
        again = services.extend(recurrence=recurrence, now=now) if recurrence else None
        # Only while the claim is ours: a pause that came in between has emptied it.
        RecurringDue.objects.filter(pk=row.pk, next_run_at=row.next_run_at).update(next_run_at=again, tries=0)
