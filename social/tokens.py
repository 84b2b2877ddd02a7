"""Tokens at rest and in use: sealing, opening, and what is done when Facebook no longer accepts one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from social.graph import GraphClient, GraphConfig, GraphError, GraphTokenDead, GraphUnknown, Kind
from social.graph.rules import Fix, Retry, Rule, find
from social.health import explain
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.registry.models import ChannelClaim, ConnectionEntry
from social.signals import channel_changed
from social.vault import KeyUnavailable, Secret, VaultError, seal, unseal
from tenants.access import Actor
from tenants.context import current_tenant

logger = logging.getLogger(__name__)

FIELD = "token_sealed"
SYSTEM = Actor.system("connections")
LOCKED = Rule(
    Kind.UNKNOWN,
    _("Our server cannot open the stored access right now. Nothing is lost; try again later."),
    Fix.SUPPORT,
    Retry.LATER,
)


def put_token(row: Connection | Channel, token: Secret) -> None:
    """Seal a token into a row (not saved). The row's key is part of the seal, so it must be final."""
    row.token_sealed = seal(token, tenant=current_tenant(), table=row._meta.db_table, row=row.pk, field=FIELD)


def open_token(row: Connection | Channel) -> Secret:
    """The row's token. Raises GraphTokenDead when there is none, or when it cannot be opened any more.

    A wrapping key that is only missing from ENCRYPTION_KEY is the operator's slip, not the owner's: it raises
    GraphUnknown, which stops no channel and mails nobody; what was due is tried again when the key is back.
    """
    if row.token_sealed is None:
        raise GraphTokenDead(rule=find(190, None), cause="no token is stored")
    try:
        return unseal(
            row.token_sealed, tenant=current_tenant(), table=row._meta.db_table, row=row.pk, field=FIELD
        )
    except KeyUnavailable as error:
        logger.error("the vault is locked: %s", error)
        raise GraphUnknown(rule=LOCKED, cause="locked") from None
    except VaultError as error:
        logger.error("a token cannot be opened: %s", error)
        raise GraphTokenDead(rule=find(190, None), cause="the stored token cannot be opened") from None


def channel_client(channel: Channel, **kwargs: Any) -> GraphClient:
    """The line to Meta for one channel: its Page's token, also for Instagram. Call inside the tenant's
    context.

    `kwargs` go to GraphClient (http, on_call, seconds). Raises GraphTokenDead without a usable token.
    """
    return GraphClient(open_token(channel), **kwargs)


def connection_client(connection: Connection, **kwargs: Any) -> GraphClient:
    """With the person's own token: listing Pages, permissions, revoking."""
    return GraphClient(open_token(connection), **kwargs)


def app_client(**kwargs: Any) -> GraphClient:
    return GraphClient.for_app(GraphConfig.from_settings(), **kwargs)


def mirror(connection: Connection) -> None:
    """Write what is known of a connection and its channels to the public registry (same transaction)."""
    tenant = current_tenant()
    if not connection.facebook_user_id:
        ConnectionEntry.objects.filter(connection=connection.pk).delete()
    else:
        ConnectionEntry.objects.update_or_create(
            connection=connection.pk,
            defaults={
                "tenant": tenant,
                "facebook_user_id": connection.facebook_user_id,
                "state": connection.state,
                "reason": connection.reason,
                "expires_at": connection.expires_at,
                "data_access_expires_at": connection.data_access_expires_at,
                "checked_at": connection.checked_at,
                "next_check_at": connection.next_check_at,
            },
        )
    for channel in connection.channels.all():
        ChannelClaim.objects.filter(tenant=tenant, channel=channel.pk).update(
            connection=connection.pk, name=channel.name, state=channel.state, reason=channel.reason
        )


def set_channel_state(
    channel: Channel, state: str, reason: str, *, by: Actor, now: datetime, also: Sequence[str] = ()
) -> bool:
    """The one door for a channel's state: saves (with the fields `also`), mirrors, tells those above.

    False when the state was that already. Call inside a transaction, with the row locked.
    """
    before = channel.state
    changed = (before, channel.reason) != (state, reason)
    channel.state, channel.reason = state, reason
    if changed:
        channel.state_since = now
    if changed or also:
        channel.save(update_fields=["state", "reason", "state_since", *also])
    if changed:
        ChannelClaim.objects.filter(channel=channel.pk).update(state=state, reason=reason, name=channel.name)
        channel_changed.send(sender=Channel, channel=channel, before=before, by=by, now=now)
    return changed


def resting_state(channel: Channel) -> str:
    """What a channel returns to when it is well: paused if its owner paused it."""
    return ChannelState.PAUSED if channel.paused_at else ChannelState.ACTIVE


@transaction.atomic
def mark_connection(
    connection: Connection, *, reason: str, now: datetime, by: Actor = SYSTEM
) -> list[Channel]:
    """The person's access is gone: the connection and all its living channels need a reconnect.

    What was taken away on purpose loses its tokens here. Otherwise they stay: a login that Facebook locked
    comes back to life when the person has confirmed who they are, and a later check then heals what is
    marked here. Returns the channels that changed. Safe to repeat.
    """
    connection = Connection.objects.select_for_update().get(pk=connection.pk)
    revoked = explain(reason).revoked
    connection.state = ConnectionState.REVOKED if revoked else ConnectionState.NEEDS_RECONNECT
    connection.reason = reason
    connection.checked_at = now
    # Also what was revoked is visited once more: the visit tells the people (tasks.check_connection).
    connection.next_check_at = now if revoked else now + settings.TOKEN_REFRESH_INTERVAL
    if revoked:
        connection.token_sealed = None
    connection.save()
    changed = []
    for channel in connection.channels.connected().select_for_update():
        also = ["token_sealed"] if revoked else []
        if revoked:
            channel.token_sealed = None
        if set_channel_state(channel, ChannelState.NEEDS_RECONNECT, reason, by=by, now=now, also=also):
            changed.append(channel)
    mirror(connection)
    return changed


@transaction.atomic
def mark_channel(channel: Channel, *, reason: str, now: datetime, by: Actor = SYSTEM) -> bool:
    """One channel cannot be used any more while its connection may be well. False when that was known."""
    locked = Channel.objects.select_for_update().get(pk=channel.pk)
    if locked.state == ChannelState.DISCONNECTED:
        return False
    changed = set_channel_state(locked, ChannelState.NEEDS_RECONNECT, reason, by=by, now=now)
    channel.state, channel.reason = locked.state, locked.reason
    return changed


def mark_token_dead(channel: Channel, error: GraphError, *, now: datetime, needed: bool = True) -> bool:
    """For whoever got `error` on a call with this channel's token. True when the channel's state changed.

    A dead token stops the channel at once, with the right reason. Whether the whole connection is dead is
    found out by a check that is due immediately: a Page's token can die alone (the person lost the role),
    and the other channels of the connection must not stop for it. A refused permission stops the channel,
    too, for the next post would meet the same answer; but not when the call was one that posting can do
    without (`needed` False: figures, comments).
    """
    if error.kind is not Kind.TOKEN and not error.reason:
        return False
    ask_for_check(channel.connection_id, now=now)
    if error.kind is not Kind.TOKEN and not needed:
        return False
    reason = "unreadable" if "cannot be opened" in error.cause else error.reason or "invalid"
    return mark_channel(channel, reason=reason, now=now)


@transaction.atomic
def ask_for_check(connection_id: Any, *, now: datetime) -> None:
    """Have this connection checked by the next sweep (social.tasks.check_tokens, every minute)."""
    Connection.objects.filter(pk=connection_id).update(next_check_at=now)
    ConnectionEntry.objects.filter(connection=connection_id).update(next_check_at=now)


def next_check(connection: Connection, *, now: datetime) -> datetime:
    """When to look again: after the usual interval, or, if that is sooner, when people are to be told of an end
    (the threshold and a day before it), or just after a clock has run out.
    """
    usual = now + settings.TOKEN_REFRESH_INTERVAL
    early = timedelta(days=settings.TOKEN_REFRESH_THRESHOLD_DAYS)
    ends = [end for end in (connection.expires_at, connection.data_access_expires_at) if end]
    moments = [end - before for end in ends for before in (early, timedelta(days=1), timedelta(minutes=-1))]
    return min([usual, *(moment for moment in moments if moment > now)])
