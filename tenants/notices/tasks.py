"""Sending what is due. Woken by a notice; beat's sweep finds what a lost wake-up left (config/schedule.py)."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from tenants.notices import devices, keeping, mailing


@shared_task(public=True)
def mail(**_: Any) -> None:
    """Mails, and messages to devices: a push service that is slow must not keep a mail back."""
    mailing.send_due(now=timezone.now())
    devices.send_due(now=timezone.now())


@shared_task(public=True)
def digests(**_: Any) -> None:
    mailing.send_digests(now=timezone.now())


@shared_task(public=True)
def forget(**_: Any) -> None:
    keeping.forget_old(now=timezone.now())
