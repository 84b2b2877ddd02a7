"""Putting a channel onto a connection's Page token: used when connecting, reconnecting and checking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from social.graph import GraphClient, GraphConfig, GraphError, GraphTokenDead
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.pages import Page, PageList
from social.permissions import blocking
from social.registry.models import ChannelClaim, Platform
from social.signals import channel_changed
from social.tokens import mark_token_dead, mirror, open_token, put_token, resting_state, set_channel_state
from social.vault import Secret
from tenants.access import Actor
from tenants.errors import Refused

SUBSCRIBED_FIELDS = ("feed", "mention")


@dataclass(frozen=True, slots=True)
class Target:
    """One publishable place found behind a login."""

    platform: str
    remote_id: str
    name: str
    username: str
    picture_url: str
    page: Page

    @property
    def key(self) -> str:
        """What a form sends: "facebook:123"."""
        return f"{self.platform}:{self.remote_id}"


Veto = Callable[[Channel, Target], str]


def no_veto(_channel: Channel, _target: Target) -> str:
    return ""


def targets(page: Page) -> list[Target]:
    """A Page and the Instagram account linked to it."""
    found = [Target(Platform.FACEBOOK, page.id, page.name, "", page.picture_url, page)]
    if page.instagram is not None:
        linked = page.instagram
        name = linked.username or page.name
        found.append(Target(Platform.INSTAGRAM, linked.id, name, linked.username, linked.picture_url, page))
    return found


def why_not(connection: Connection, target: Target | None) -> str:
    """Why this place cannot be connected now; "" when it can."""
    if target is None:
        return _("Facebook does not list this Page for you. Go back and choose from the list.")
    if target.page.token is None:
        return _("You have no role on this Page. Ask one of its admins for full access.")
    if not target.page.may_post:
        return _("You may not create posts on this Page. Ask one of its admins for full access.")
    lacking = blocking(
        connection.scopes, target.platform, connection.granular, (target.page.id, target.remote_id)
    )
    if lacking:
        return " ".join(str(permission.without) for permission in lacking)
    return ""


def claimed_sentence() -> str:
    return _("Another restaurant here uses it already. It must be disconnected there first.")


def attach(
    channel: Channel, connection: Connection, target: Target, *, by: Actor, now: datetime, fresh: bool
) -> None:
    """Give a channel this connection and its Page's token, and wake it up. History and waiting posts stay."""
    before = "" if channel._state.adding else channel.state
    channel.connection = connection
    channel.name, channel.username = target.name, target.username
    channel.picture_url = target.picture_url or channel.picture_url
    channel.page_remote_id, channel.tasks = target.page.id, list(target.page.tasks)
    channel.subscribed_at = None
    if target.platform == Platform.INSTAGRAM:
        channel.page = Channel.objects.filter(platform=Platform.FACEBOOK, remote_id=target.page.id).first()
    put_token(channel, _token(target.page))
    channel.state, channel.reason = ChannelState.ACTIVE if fresh else resting_state(channel), ""
    channel.save()
    if target.platform == Platform.FACEBOOK:
        Channel.objects.filter(platform=Platform.INSTAGRAM, page_remote_id=target.page.id).update(
            page=channel
        )
    ChannelClaim.objects.filter(platform=channel.platform, remote_id=channel.remote_id).update(
        channel=channel.pk, connection=connection.pk, name=channel.name, state=channel.state, reason=""
    )
    if before != channel.state:
        Channel.objects.filter(pk=channel.pk).update(state_since=now)
        channel_changed.send(sender=Channel, channel=channel, before=before, by=by, now=now)


def restore_channels(
    connection: Connection,
    pages: PageList,
    *,
    by: Actor,
    now: datetime,
    veto: Veto = no_veto,
    well: Callable[[Channel], bool] | None = None,
) -> tuple[list[Channel], list[Channel]]:
    """Give a connection's channels their fresh tokens. Returns (work again, not usable any more).

    Only channels that were this connection's own: a Page that merely appears in the list is never attached.
    `veto` names a reason why a channel must not go on although Facebook lists it; "" is none. Channels that
    are `well` (their own token was just found alive) are never stopped by the list, which is known to leave
    Pages out.
    """
    offered = {target.key: target for page in pages for target in targets(page)}
    restored, lost = [], []
    with transaction.atomic():
        for channel in connection.channels.connected().select_for_update():
            target = offered.get(f"{channel.platform}:{channel.remote_id}")
            reason = _why_lost(connection, channel, target, pages)
            if target is not None and not reason:
                reason = veto(channel, target)
            if well is not None and well(channel):
                if target is not None and not reason:
                    _refresh(channel, connection, target, by=by, now=now)
            elif target is not None and not reason:
                was = channel.state
                attach(channel, connection, target, by=by, now=now, fresh=False)
                if was == ChannelState.NEEDS_RECONNECT:
                    restored.append(channel)
            elif reason is not None:
                set_channel_state(channel, ChannelState.NEEDS_RECONNECT, reason, by=by, now=now)
                lost.append(channel)
    return restored, lost


def _refresh(channel: Channel, connection: Connection, target: Target, *, by: Actor, now: datetime) -> None:
    """Names and pictures change (Facebook's picture addresses end after some weeks); a new token replaces
    the old.
    """
    try:
        same_token = open_token(channel) == target.page.token
    except GraphTokenDead:
        same_token = False
    if not same_token:
        attach(channel, connection, target, by=by, now=now, fresh=False)
        return
    seen = (target.name, target.username, target.picture_url or channel.picture_url)
    if seen != (channel.name, channel.username, channel.picture_url):
        channel.name, channel.username, channel.picture_url = seen
        channel.save(update_fields=["name", "username", "picture_url"])


def _why_lost(connection: Connection, channel: Channel, target: Target | None, pages: PageList) -> str | None:
    """The reason a channel cannot go on with this list; "" when it can, None when the list proves nothing."""
    blocked = may_not(connection, channel)
    if target is None:
        page = pages.pages.get(channel.page_remote_id)
        if channel.platform == Platform.INSTAGRAM and page is not None:
            return "permission" if blocked else "unlinked"
        return None if pages.incomplete else "page_missing"
    if target.page.token is None:
        return "role_lost"
    if not target.page.may_post:
        return "task_missing"
    return "permission" if blocked else ""


def may_not(connection: Connection, channel: Channel) -> bool:
    """Whether a permission is missing without which nothing can be posted through this channel."""
    ids = (channel.page_remote_id, channel.remote_id)
    return bool(blocking(connection.scopes, channel.platform, connection.granular, ids))


def retire_connection(connection: Connection, *, reason: str) -> None:
    """A connection without living channels keeps no token and is checked no more."""
    connection.token_sealed = None
    connection.state, connection.reason, connection.next_check_at = ConnectionState.REVOKED, reason, None
    connection.save(update_fields=["token_sealed", "state", "reason", "next_check_at"])
    mirror(connection)


def subscribe_channel(channel: Channel, *, now: datetime) -> bool:
    """Have the events of this channel's Page sent to us. Posting works without it, so nothing here raises.

    Instagram's events need the linked Page subscribed, too (to any field).
    """
    if not GraphConfig.from_settings().complete or channel.state == ChannelState.NEEDS_RECONNECT:
        return False
    try:
        GraphClient(open_token(channel)).subscribe_page(channel.page_remote_id, SUBSCRIBED_FIELDS)
    except GraphError as error:
        mark_token_dead(channel, error, now=now, needed=False)
        return False
    Channel.objects.filter(pk=channel.pk).update(subscribed_at=now)
    return True


def _token(page: Page) -> Secret:
    if page.token is None:
        raise Refused(
            _("You have no role on this Page. Ask one of its admins for full access."), code="no_role"
        )
    return page.token
