"""When a person removes us at Facebook, or asks Facebook to have their data deleted here."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django_tenants.utils import tenant_context

from social import notices
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.registry.models import (
    ChannelClaim,
    ConnectionEntry,
    DeletionRequest,
    OAuthState,
    WebhookDelivery,
)
from social.signals import data_deleted
from social.tokens import ask_for_check, mark_connection, mirror, set_channel_state
from tenants import audit
from tenants.access import Actor

logger = logging.getLogger(__name__)

FACEBOOK = Actor.system("facebook")
CLOCKS = timedelta(minutes=1)  # Meta dates by its clock and in whole seconds
RETRY = timedelta(minutes=15)
MOST = 20


def deauthorize(*, facebook_user_id: str, now: datetime, asked_at: datetime | None = None) -> int:
    """This person took our access away. All their connections, in every restaurant, lose their tokens.

    `asked_at`: when they did, if Facebook says so. Whoever connected again after that is not disconnected by the
    older news (it comes late, twice, or is replayed); Facebook is asked how things are instead. A restaurant that
    fails does not keep the others from it; it is looked at by the next sweep, to which Facebook says the same.
    Returns how many connections were ended. Safe to repeat.
    """
    count = 0
    for entry in _entries(facebook_user_id):
        try:
            with transaction.atomic(), tenant_context(entry.tenant):
                connection = Connection.objects.filter(pk=entry.connection).first()
                if connection is None:
                    continue
                if _came_back(connection, asked_at):
                    ask_for_check(connection.pk, now=now)
                    continue
                mark_connection(connection, reason="removed", now=now, by=FACEBOOK)
                count += 1
        except Exception:
            logger.exception("connection %s not ended; its check will", entry.connection)
            ConnectionEntry.objects.filter(pk=entry.pk).update(next_check_at=now)
    return count


def delete_person(*, facebook_user_id: str, now: datetime, asked_at: datetime) -> DeletionRequest:
    """Delete what we hold of this person and through this person, at once, and keep a receipt without their
    id.

    Gone: tokens, name, Facebook id, Page and account names and pictures we read with their grant, and (by
    the signal data_deleted) what Meta told us about posts. What stays is the restaurant's own: its posts
    and their history. A restaurant that fails is tried again until it is done (`go_on_deleting`); the receipt
    says "under way" until then. A repeat of the request (same person, same date) gets the same receipt and
    deletes nothing that was connected since.
    """
    asked = {"facebook_user_hash": _user_digest(facebook_user_id), "asked_at": asked_at}
    request = DeletionRequest.objects.filter(**asked).order_by("requested_at").first()
    if request is None:
        with transaction.atomic():
            request = DeletionRequest.objects.create(
                code=secrets.token_urlsafe(16), requested_at=now, retry_at=now, **asked
            )
            theirs = ConnectionEntry.objects.filter(pk__in=[entry.pk for entry in _entries(facebook_user_id)])
            theirs.update(deletion=request)
            WebhookDelivery.objects.filter(object="permissions", entry_id=facebook_user_id).delete()
    if request.done_at is None:
        _carry_out(request, now=now)
    return request


def go_on_deleting(*, now: datetime) -> int:
    """What failed when it was asked for. Returns how many requests are done now."""
    done = 0
    for request in DeletionRequest.objects.filter(done_at=None, retry_at__lte=now)[:MOST]:
        done += _carry_out(request, now=now)
    return done


def _carry_out(request: DeletionRequest, *, now: datetime) -> bool:
    """Each restaurant in a transaction of its own. True when nothing is left to do."""
    left = False
    for entry in ConnectionEntry.objects.select_related("tenant").filter(deletion=request):
        try:
            with transaction.atomic():
                _delete_one(entry, request, now=now)
        except Exception:
            logger.exception("deletion %s failed at connection %s", request.pk, entry.connection)
            left = True
    request.refresh_from_db()
    request.done_at, request.retry_at = (None, now + RETRY) if left else (now, None)
    request.save(update_fields=["done_at", "retry_at"])
    return not left


def _delete_one(entry: ConnectionEntry, request: DeletionRequest, *, now: datetime) -> None:
    with tenant_context(entry.tenant):
        connection = Connection.objects.select_for_update().filter(pk=entry.connection).first()
        if not ConnectionEntry.objects.filter(pk=entry.pk, deletion=request).exists():
            return  # the sweep and a repeated request met here, and the other one did it
        if connection is not None and _came_back(connection, request.asked_at):
            ConnectionEntry.objects.filter(pk=entry.pk).update(deletion=None)
            return
        if connection is not None:
            names = [channel.handle or channel.name for channel in connection.channels.connected()]
            if names:  # read now, for they are erased next
                notices.tell_deleted(request.code, names, now=now)
            channels = _erase(connection, now=now)
            DeletionRequest.objects.filter(pk=request.pk).update(
                connections=F("connections") + 1, channels=F("channels") + channels
            )
    audit.record("connection.deleted_on_request", by=FACEBOOK, tenant_id=entry.tenant_id, code=request.code)
    entry.delete()


def _came_back(connection: Connection, asked_at: datetime | None) -> bool:
    """Whether the person logged in again after they asked. Clocks may differ by a minute."""
    return asked_at is not None and connection.connected_at > asked_at + CLOCKS


def _user_digest(facebook_user_id: str) -> bytes:
    """Recognises a repeated request without keeping the id."""
    key = b"social.deletion|" + settings.SECRET_KEY.encode()
    return hmac.new(key, facebook_user_id.encode(), hashlib.sha256).digest()


def _entries(facebook_user_id: str) -> list[ConnectionEntry]:
    found = ConnectionEntry.objects.select_related("tenant").filter(facebook_user_id=facebook_user_id)
    return list(found) if facebook_user_id else []


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
    # What Meta told us about their Pages, with the names of guests in it.
    WebhookDelivery.objects.filter(entry_id__in=[channel.remote_id for channel in channels]).delete()
    connection.facebook_user_id, connection.name, connection.token_sealed = "", "", None
    connection.scopes, connection.declined, connection.granular = [], [], {}
    connection.state, connection.reason, connection.next_check_at = ConnectionState.REVOKED, "deleted", None
    connection.save()
    OAuthState.objects.filter(intent__connection=str(connection.pk)).delete()
    mirror(connection)
    notices.tell(connection, now=now)  # takes back what was said of its channels
    return len(channels)
