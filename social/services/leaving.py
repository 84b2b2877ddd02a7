"""When a restaurant is closed: nothing of Facebook's stays with us for it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django_tenants.utils import tenant_context

from social.attaching import retire_connection
from social.graph import GraphClient, GraphError
from social.models import Channel, Connection, ConnectionState
from social.registry.models import ConnectionEntry, OAuthState
from social.services.channels import FAREWELL_SECONDS, disconnect_channel
from social.tokens import open_token
from social.vault import Secret, shred
from tenants import audit
from tenants.access import Actor
from tenants.models import Tenant

logger = logging.getLogger(__name__)

CLOSING = Actor.system("closing")


def leave_restaurant(*, tenant: Tenant, now: datetime, by: Actor = CLOSING) -> int:
    """Disconnect every channel, delete every token and destroy the key that sealed them. Returns how many channels.

    Found by beat from `closed_at` (social.tasks.check_tokens), so it happens however a restaurant was closed and
    is gone on with after a crash. Posts and their history stay; waiting posts are held by channel_changed. A
    restaurant that is opened again connects anew. Safe to repeat.
    """
    count = 0
    with tenant_context(tenant):
        for channel in Channel.objects.connected():
            disconnect_channel(channel=channel, by=by, now=now)
            count += 1
        for connection in Connection.objects.exclude(token_sealed=None):  # never chosen from
            _forget_login(connection)
    with transaction.atomic():
        OAuthState.objects.filter(tenant=tenant).delete()
        entries = ConnectionEntry.objects.filter(tenant=tenant).exclude(state=ConnectionState.REVOKED)
        # Ailing logins without a token: nothing is left to check.
        entries.update(state=ConnectionState.REVOKED, reason="disconnected", next_check_at=None)
        shred(tenant)
        audit.record("restaurant.channels_left", by=by, tenant_id=tenant.pk, channels=count)
    return count


def _forget_login(connection: Connection) -> None:
    token = _open_or_none(connection)
    elsewhere = ConnectionEntry.objects.filter(facebook_user_id=connection.facebook_user_id)
    elsewhere = elsewhere.exclude(connection=connection.pk).exclude(state=ConnectionState.REVOKED)
    with transaction.atomic():
        retire_connection(Connection.objects.select_for_update().get(pk=connection.pk), reason="disconnected")
    if token is None or elsewhere.exists():
        return
    try:
        GraphClient(token, seconds=FAREWELL_SECONDS).revoke(connection.facebook_user_id)
    except (GraphError, ValueError) as error:
        logger.info("farewell not heard: %s", error)


def _open_or_none(connection: Connection) -> Secret | None:
    try:
        return open_token(connection)
    except GraphError:
        return None
