"""Channels: connect several at once, renew, pause, disconnect."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from social import notices
from social.attaching import Target, attach, claimed_sentence, retire_connection, targets, why_not
from social.graph import GraphClient, GraphError
from social.health import explain
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.pages import list_pages
from social.registry.models import ChannelClaim, ConnectionEntry, Platform
from social.tokens import (
    connection_client,
    mirror,
    open_token,
    set_channel_state,
)
from social.vault import Secret
from tenants import audit
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused

logger = logging.getLogger(__name__)

FAREWELL_SECONDS = 5.0  # an owner waits for these calls; they are a courtesy to Meta


@dataclass(slots=True)
class Connected:
    """What came of a choice: `channels` that work now, and what was refused, with the sentence why."""

    channels: list[Channel] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def connect_channels(*, connection: Connection, keys: Iterable[str], by: Actor, now: datetime) -> Connected:
    """Connect the chosen places ("facebook:123", "instagram:456") through this connection.

    Ids and tokens come from Facebook's list, asked anew, never from the form. A place that another
    restaurant has claimed is refused; the others are connected all the same. Raises Refused when nothing
    could be connected.
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        raise Refused(
            _("Choose at least one Page or Instagram account."), code="nothing_chosen", field="channels"
        )
    if not connection.alive:
        raise Refused(explain(connection.reason).sentence, code="connection_dead", fix="reconnect")
    try:
        pages = list_pages(
            connection_client(connection), portfolios="business_management" in connection.scopes
        )
    except GraphError as error:
        raise Refused(
            _("Facebook did not show us your Pages: %(sentence)s") % {"sentence": error.sentence},
            code="pages_not_listed",
            status=502,
        ) from None
    offered = {target.key: target for page in pages for target in targets(page)}
    result = Connected()
    with transaction.atomic():
        for key in sorted(wanted, key=lambda key: (not key.startswith(Platform.FACEBOOK), key)):
            _connect_one(connection, key, offered.get(key), result, by=by, now=now)
        Connection.objects.filter(pk=connection.pk).update(next_check_at=now)  # subscribes to their webhooks
        connection.next_check_at = now
        mirror(connection)
        notices.tell(connection, now=now)
        if result.channels:
            notices.connected_again(now=now)
    if not result.channels:
        name, sentence = result.refused[0]
        raise Refused(f"{name}: {sentence}" if name else sentence, code="nothing_connected")
    return result


def _connect_one(
    connection: Connection, key: str, target: Target | None, result: Connected, *, by: Actor, now: datetime
) -> None:
    why = why_not(connection, target)
    if target is None or why:
        result.refused.append((target.name if target else "", why))
        return
    tenant = current_tenant()
    channel = (
        Channel.objects.select_for_update()
        .filter(platform=target.platform, remote_id=target.remote_id)
        .first()
    )
    channel = channel or Channel(platform=target.platform, remote_id=target.remote_id)
    claim, _created = ChannelClaim.objects.select_for_update().get_or_create(
        platform=target.platform,
        remote_id=target.remote_id,
        defaults={
            "tenant": tenant,
            "channel": channel.pk,
            "connection": connection.pk,
            "name": target.name,
            "state": ChannelState.ACTIVE,
        },
    )
    if claim.tenant_id != tenant.pk:
        result.refused.append((target.name, claimed_sentence()))
        return
    fresh = channel._state.adding or channel.state == ChannelState.DISCONNECTED
    if fresh:
        channel.paused_at, channel.connected_at, channel.disconnected_at = None, now, None
    left = channel.connection if channel.connection_id not in (None, connection.pk) else None
    attach(channel, connection, target, by=by, now=now, fresh=fresh)
    if left is not None and not left.channels.connected().exists():
        retire_connection(left, reason="disconnected")  # its last channel speaks through another login now
    if left is not None:
        notices.tell(left, now=now)
    audit.record(
        "channel.connected",
        by=by,
        tenant_id=tenant.pk,
        channel=str(channel.pk),
        platform=target.platform,
        name=target.name,
    )
    result.channels.append(channel)


@transaction.atomic
def pause_channel(*, channel: Channel, by: Actor, now: datetime) -> Channel:
    """Nothing goes out through this channel until it is resumed. Safe to repeat."""
    channel = _locked(channel)
    if channel.paused_at is None:
        channel.paused_at = now
        state = ChannelState.PAUSED if channel.state == ChannelState.ACTIVE else channel.state
        set_channel_state(channel, state, channel.reason, by=by, now=now, also=["paused_at"])
        audit.record("channel.paused", by=by, tenant_id=current_tenant().pk, channel=str(channel.pk))
    return channel


@transaction.atomic
def resume_channel(*, channel: Channel, by: Actor, now: datetime) -> Channel:
    """Let posts go out again. Safe to repeat."""
    channel = _locked(channel)
    if channel.paused_at is not None:
        channel.paused_at = None
        state = ChannelState.ACTIVE if channel.state == ChannelState.PAUSED else channel.state
        set_channel_state(channel, state, channel.reason, by=by, now=now, also=["paused_at"])
        audit.record("channel.resumed", by=by, tenant_id=current_tenant().pk, channel=str(channel.pk))
    return channel


def disconnect_channel(*, channel: Channel, by: Actor, now: datetime) -> Channel:
    """Take the channel's token and claim; its history stays. Whoever holds waiting posts hears
    channel_changed.

    With the last channel of a connection, the person's own token goes too, and our access is revoked at
    Meta unless another restaurant here still lives on the same person's grant. Safe to repeat.
    """
    with transaction.atomic():
        channel = Channel.objects.select_for_update().get(pk=channel.pk)
        if channel.state == ChannelState.DISCONNECTED:
            return channel
        farewell = _Farewell.of(channel)
        channel.token_sealed, channel.disconnected_at, channel.paused_at = None, now, None
        channel.subscribed_at = None
        ChannelClaim.objects.filter(channel=channel.pk).delete()
        set_channel_state(
            channel,
            ChannelState.DISCONNECTED,
            "disconnected",
            by=by,
            now=now,
            also=["token_sealed", "disconnected_at", "paused_at", "subscribed_at"],
        )
        if farewell.last:
            retire_connection(channel.connection, reason="disconnected")
        audit.record(
            "channel.disconnected",
            by=by,
            tenant_id=current_tenant().pk,
            channel=str(channel.pk),
            name=channel.name,
        )
        notices.tell(channel.connection, now=now)
    farewell.say()
    return channel


@dataclass(slots=True)
class _Farewell:
    """What to tell Meta after a disconnect was committed. The tokens live in memory only by then."""

    last: bool
    page_id: str = ""
    page_token: Secret | None = None
    person_id: str = ""
    person_token: Secret | None = None

    @classmethod
    def of(cls, channel: Channel) -> _Farewell:
        others = channel.connection.channels.connected().exclude(pk=channel.pk)
        farewell = cls(last=not others.exists())
        same_page = (
            Channel.objects.connected().exclude(pk=channel.pk).filter(page_remote_id=channel.page_remote_id)
        )
        if not same_page.exists():
            farewell.page_id, farewell.page_token = channel.page_remote_id, _open_or_none(channel)
        elsewhere = ConnectionEntry.objects.filter(
            facebook_user_id=channel.connection.facebook_user_id
        ).exclude(connection=channel.connection_id)
        if farewell.last and not elsewhere.exclude(state=ConnectionState.REVOKED).exists():
            farewell.person_id = channel.connection.facebook_user_id
            farewell.person_token = _open_or_none(channel.connection)
        return farewell

    def say(self) -> None:
        """Best effort: what Meta is not told now ends by itself, for we have no token any more."""
        for token, name, object_id in (
            (self.page_token, "unsubscribe_page", self.page_id),
            (self.person_token, "revoke", self.person_id),
        ):
            if token is None or not object_id:
                continue
            try:
                getattr(GraphClient(token, seconds=FAREWELL_SECONDS), name)(object_id)
            except (GraphError, ValueError) as error:
                logger.info("farewell not heard: %s", error)


def _locked(channel: Channel) -> Channel:
    locked = Channel.objects.select_for_update().get(pk=channel.pk)
    if locked.state == ChannelState.DISCONNECTED:
        raise Refused(
            _("This channel is disconnected. Connect it first."), code="channel_disconnected", status=409
        )
    return locked


def _open_or_none(row: Any) -> Secret | None:
    try:
        return open_token(row)
    except GraphError:
        return None
