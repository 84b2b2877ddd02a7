"""When a person removes us at Facebook, or asks Facebook to have their data deleted here."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django_tenants.utils import tenant_context

from social import notices
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.registry.models import ChannelClaim, ConnectionEntry, DeletionRequest, OAuthState
from social.signals import data_deleted
from social.tokens import mark_connection, mirror, set_channel_state
from tenants import audit
from tenants.access import Actor
from tenants.context import current_tenant

FACEBOOK = Actor.system("facebook")


def deauthorize(*, facebook_user_id: str, now: datetime) -> int:
    """This person took our access away. All their connections, in every restaurant, lose their tokens.

    Returns how many. Safe to repeat: Facebook may call more than once.
    """
    count = 0
    for entry in _entries(facebook_user_id):
        with tenant_context(entry.tenant):
            connection = Connection.objects.filter(pk=entry.connection).first()
            if connection is not None:
                mark_connection(connection, reason="removed", now=now, by=FACEBOOK)
                count += 1
    return count


@transaction.atomic
def delete_person(*, facebook_user_id: str, now: datetime) -> DeletionRequest:
    """Delete what we hold of this person and through this person, at once, and keep a receipt without their
    id.

    Gone: tokens, name, Facebook id, Page and account names and pictures we read with their grant, and (by
    the signal data_deleted) what Meta told us about posts. What stays is the restaurant's own: its posts
    and their history.
    """
    digest = _user_digest(facebook_user_id)
    request = DeletionRequest.objects.create(
        code=secrets.token_urlsafe(16), facebook_user_hash=digest, requested_at=now
    )
    for entry in _entries(facebook_user_id):
        with tenant_context(entry.tenant):
            connection = Connection.objects.select_for_update().filter(pk=entry.connection).first()
            if connection is not None:
                _tell_after_commit(connection)
                request.channels += _erase(connection, now=now)
                request.connections += 1
        audit.record(
            "connection.deleted_on_request", by=FACEBOOK, tenant_id=entry.tenant_id, code=request.code
        )
        entry.delete()
    request.done_at = now
    request.save()
    return request


def _user_digest(facebook_user_id: str) -> bytes:
    """Recognises a repeated request without keeping the id."""
    key = b"social.deletion|" + settings.SECRET_KEY.encode()
    return hmac.new(key, facebook_user_id.encode(), hashlib.sha256).digest()


def _entries(facebook_user_id: str) -> list[ConnectionEntry]:
    found = ConnectionEntry.objects.select_related("tenant").filter(facebook_user_id=facebook_user_id)
    return list(found) if facebook_user_id else []


def _tell_after_commit(connection: Connection) -> None:
    """The names are read now, for they are erased next."""
    names = [str(channel) for channel in connection.channels.connected()]
    tenant = current_tenant()

    def mail() -> None:
        with tenant_context(tenant):
            notices.tell_deleted(names)

    if names:
        transaction.on_commit(mail)


def _erase(connection: Connection, *, now: datetime) -> int:
    channels = list(Channel.objects.select_for_update().filter(connection=connection))
    for channel in channels:
        ChannelClaim.objects.filter(channel=channel.pk).delete()
        channel.token_sealed, channel.picture_url, channel.tasks = None, "", []
        channel.name, channel.username = "—", ""
        channel.disconnected_at = channel.disconnected_at or now
        set_channel_state(
            channel,
            ChannelState.DISCONNECTED,
            "deleted",
            by=FACEBOOK,
            now=now,
            also=["token_sealed", "picture_url", "tasks", "name", "username", "disconnected_at"],
        )
    data_deleted.send(sender=Connection, channels=channels, now=now)
    connection.facebook_user_id, connection.name, connection.token_sealed = "", "", None
    connection.scopes, connection.declined, connection.granular = [], [], {}
    connection.state, connection.reason, connection.next_check_at = ConnectionState.REVOKED, "deleted", None
    connection.save()
    OAuthState.objects.filter(intent__connection=str(connection.pk)).delete()
    mirror(connection)
    return len(channels)
