"""Background work of this room. Rows say what is due; a lost wake-up is found by the next sweep."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db.models import Q
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import notices, webhooks
from social.models import Connection, ConnectionState
from social.registry.models import ConnectionEntry, OAuthState, TenantDataKey
from social.services import check_connection as check
from social.services import go_on_deleting, leave_restaurant
from tenants.context import current_tenant
from tenants.models import Tenant

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)  # a check that was sent and not carried out is sent again after this
MOST = 500


@shared_task(public=True)
def check_tokens(**_: Any) -> int:
    """Beat's dispatcher: one task per connection that is due, found in the public registry."""
    now = timezone.now()
    OAuthState.objects.filter(expires_at__lt=now).delete()
    due = ConnectionEntry.objects.select_related("tenant").filter(
        next_check_at__lte=now, tenant__closed_at=None
    )
    sent = 0
    for entry in due.order_by("next_check_at")[:MOST]:
        taken = ConnectionEntry.objects.filter(pk=entry.pk, next_check_at=entry.next_check_at)
        if taken.update(next_check_at=now + LEASE):
            with tenant_context(entry.tenant):
                check_connection.wake(connection_id=str(entry.connection))
            sent += 1
    _leave_closed()
    go_on_deleting(now=now)  # last: nothing that fails here may keep a token from being looked at
    return sent


def _leave_closed() -> None:
    """Restaurants that were closed and still hold something of Facebook's. Asked again each minute until done."""
    entries = ConnectionEntry.objects.exclude(state=ConnectionState.REVOKED)
    keys = TenantDataKey.objects.values("tenant")
    closed = Tenant.objects.exclude(closed_at=None)
    for tenant in closed.filter(Q(pk__in=entries.values("tenant")) | Q(pk__in=keys))[:MOST]:
        with tenant_context(tenant):
            leave_closed.wake()


@shared_task
def leave_closed(**_: Any) -> None:
    """The current restaurant was closed: disconnect its channels, delete its tokens and their key."""
    tenant = Tenant.objects.exclude(closed_at=None).filter(pk=current_tenant().pk).first()
    if tenant is not None:  # not opened again meanwhile
        leave_restaurant(tenant=tenant, now=timezone.now())


@shared_task
def check_connection(*, connection_id: str, **_: Any) -> None:
    """Look at one connection as Facebook sees it, and tell its people if something is wrong."""
    now = timezone.now()
    connection = Connection.objects.filter(pk=connection_id).first()
    if connection is None:
        ConnectionEntry.objects.filter(connection=connection_id).delete()
        return
    notices.tell(check(connection=connection, now=now), now=now)


@shared_task(public=True)
def work_webhooks(**_: Any) -> int:
    """Pass on what has just come in."""
    return webhooks.work_off(now=timezone.now())


@shared_task(public=True)
def sweep_webhooks(**_: Any) -> int:
    """What no wake-up fetched, what failed and is due again; and out with the old."""
    now = timezone.now()
    done = webhooks.work_off(now=now, most=5_000)
    webhooks.sweep(now=now)
    return done
