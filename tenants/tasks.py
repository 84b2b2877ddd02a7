"""Housekeeping of the public schema; beat calls it once an hour (config/schedule.py)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from tenants import idempotency
from tenants.models import Invitation

logger = structlog.get_logger(__name__)
INVITATIONS_KEPT = timedelta(days=30)  # after their end, so that "who invited whom" can still be answered


@shared_task(public=True)
def sweep(**_: Any) -> None:
    """Forget answers older than a day, invitations long over and sessions that ended."""
    now = timezone.now()
    answers = idempotency.forget_expired(now=now)
    invitations = Invitation.objects.filter(expires_at__lte=now - INVITATIONS_KEPT).delete()[0]
    sessions = Session.objects.filter(expire_date__lte=now).delete()[0]
    logger.info("swept", answers=answers, invitations=invitations, sessions=sessions)
