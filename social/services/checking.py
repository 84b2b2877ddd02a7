"""The life of a token: look at it before it lapses, renew it, heal what works again, say what does not."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from social.attaching import Target, may_not, restore_channels, retire_connection, subscribe_channel
from social.grants import inspect, moment
from social.graph import ErrorInfo, GraphClient, GraphError, GraphRefused, GraphThrottled, GraphTokenDead
from social.graph.rules import find
from social.health import judge_time
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.pages import PageList, list_pages
from social.permissions import granular_of
from social.registry.models import Platform
from social.tokens import (
    SYSTEM,
    mark_connection,
    mirror,
    next_check,
    open_token,
    put_token,
    set_channel_state,
)
from social.vault import Secret

logger = logging.getLogger(__name__)

RETRY = timedelta(minutes=15)  # after an unclear answer; the state stays what it was
HEAL_AFTER = timedelta(hours=1)  # before a token that a call found dead is believed again
UNUSED = timedelta(days=1)  # a login from which no channel was ever chosen is forgotten after this


@dataclass(frozen=True, slots=True)
class Finding:
    """What Facebook said about one connection. `dead` names the reason when the token is of no use any
    more.
    """

    token: Secret
    renewed: bool
    dead: str = ""
    scopes: tuple[str, ...] = ()
    declined: tuple[str, ...] = ()
    expires_at: datetime | None = None
    data_access_expires_at: datetime | None = None
    granular: dict[str, list[str]] = field(default_factory=dict)
    ill: frozenset[str] = frozenset()  # Pages whose token does not work
    pages: PageList | None = None


def check_connection(*, connection: Connection, now: datetime, asked: bool = False) -> Connection:
    """Look at one connection and its channels as Facebook sees them now, and bring the rows up to date.

    Never raises for what Facebook answers: an unclear answer changes nothing and is asked again soon. What
    was found is written only if nobody renewed the connection in the meantime. `asked`: the owner says that
    it is solved, so what failed before is believed again at once.
    """
    connection = Connection.objects.get(pk=connection.pk)
    sealed = connection.token_sealed
    if sealed is None:
        Connection.objects.filter(pk=connection.pk).update(next_check_at=None)
        connection.next_check_at = None
        mirror(connection)
        return connection
    if not connection.channels.connected().exists():
        return _unused(connection, now=now)
    try:
        finding = _look(connection, now=now)
    except GraphError as error:
        return _ask_again(connection, error, now=now)
    with transaction.atomic():
        locked = Connection.objects.select_for_update().get(pk=connection.pk)
        if locked.token_sealed is None or bytes(locked.token_sealed) != bytes(sealed):
            return locked  # renewed or rotated while we asked: what we learned is about an older token
        if finding.dead:
            mark_connection(locked, reason=finding.dead, now=now)
            return Connection.objects.get(pk=locked.pk)
        _write(locked, finding, now=now, asked=asked)
    for channel in locked.channels.connected().filter(subscribed_at=None):
        subscribe_channel(channel, now=now)
    return locked


def _look(connection: Connection, *, now: datetime) -> Finding:
    """Everything that is asked of Facebook, with no transaction open. Raises GraphError on an unclear
    answer.
    """
    try:
        token = open_token(connection)
    except GraphTokenDead:
        return Finding(Secret("-"), False, dead="unreadable")
    renewed = False
    if _renew_now(connection, now=now):
        try:
            answer = GraphClient(None).exchange_long_lived(token)
            token, renewed = Secret(str(answer["access_token"])), True
        except GraphTokenDead as error:
            return Finding(token, False, dead=error.reason or "expired")
        except GraphError as error:
            # The old token is good until its day; without the new one the owner is told in time.
            logger.info("token not renewed: %s", error)
    try:
        data, scopes, declined = inspect(token)
    except GraphTokenDead as error:
        return Finding(token, renewed, dead=error.reason or "invalid")
    if data.get("is_valid") is not True:
        info = ErrorInfo.read(data.get("error"))
        return Finding(token, renewed, dead=find(190, info.subcode).reason or "expired")
    if str(data.get("app_id", "")) != settings.FACEBOOK_APP_ID:
        return Finding(token, renewed, dead="other_app")
    finding = Finding(
        token,
        renewed,
        scopes=scopes,
        declined=declined,
        granular=granular_of(data.get("granular_scopes")),
        expires_at=moment(data.get("expires_at")),
        data_access_expires_at=moment(data.get("data_access_expires_at")),
    )
    ill = _ill_pages(connection)
    try:
        pages = list_pages(GraphClient(token), portfolios="business_management" in scopes)
    except GraphError as error:
        # Without the permission to list, the scopes say so themselves. A list that nobody needs may fail.
        if ill and not isinstance(error, GraphRefused):
            raise
        return finding
    return replace(finding, pages=pages, ill=ill | _unlinked(connection, pages, token))


def _renew_now(connection: Connection, *, now: datetime) -> bool:
    """A user token is exchanged some days before its end. An ended one cannot be exchanged."""
    end = connection.expires_at
    threshold = timedelta(days=settings.TOKEN_REFRESH_THRESHOLD_DAYS)
    return end is not None and now < end <= now + threshold and connection.alive


def _ill_pages(connection: Connection) -> frozenset[str]:
    """Pages whose token does not work. Page tokens have no date to watch, so Facebook is asked about each."""
    ill: set[str] = set()
    tokens: dict[str, Channel] = {}
    for channel in connection.channels.connected():
        if channel.state == ChannelState.NEEDS_RECONNECT:
            ill.add(channel.page_remote_id)
        tokens.setdefault(channel.page_remote_id, channel)
    for page_id, channel in tokens.items():
        if page_id in ill:
            continue
        try:
            data = GraphClient.for_app().debug_token(open_token(channel))["data"]
        except GraphTokenDead:
            data = None
        if not isinstance(data, dict) or data.get("is_valid") is not True:
            ill.add(page_id)
    return frozenset(ill)


def _unlinked(connection: Connection, pages: PageList, token: Secret) -> set[str]:
    """Pages that no longer show the Instagram account we have of them, and Facebook does not know it either.

    The second question is asked because lists leave things out; a Page is not stopped for a gap in one.
    """
    gone: set[str] = set()
    for channel in connection.channels.connected().filter(platform=Platform.INSTAGRAM):
        page = pages.pages.get(channel.page_remote_id)
        if page is None or (page.instagram is not None and page.instagram.id == channel.remote_id):
            continue
        try:
            GraphClient(token).ig_user(channel.remote_id, fields="id")
        except GraphError as error:
            if isinstance(error, GraphRefused) or (error.code, error.subcode) == (100, 33):
                gone.add(channel.page_remote_id)
    return gone


def _write(connection: Connection, finding: Finding, *, now: datetime, asked: bool) -> None:
    same_scopes = (set(connection.scopes), connection.granular) == (set(finding.scopes), finding.granular)
    connection.scopes, connection.declined = list(finding.scopes), list(finding.declined)
    connection.granular = finding.granular
    connection.expires_at = finding.expires_at
    connection.data_access_expires_at = finding.data_access_expires_at
    connection.checked_at = now
    if finding.renewed:
        put_token(connection, finding.token)
        connection.refreshed_at = now
    channels = list(connection.channels.connected())
    state, reason = judge_time(
        expires_at=finding.expires_at,
        data_access_expires_at=finding.data_access_expires_at,
        platforms={channel.platform for channel in channels},
        warn_days=settings.TOKEN_REFRESH_THRESHOLD_DAYS,
        now=now,
    )
    lapsed = state == ConnectionState.NEEDS_RECONNECT and reason == "data_access"
    if lapsed and any(channel.platform == Platform.FACEBOOK for channel in channels):
        state = ConnectionState.EXPIRING  # Facebook's permissions do not lapse with the 90 days
    connection.state, connection.reason = state, reason
    connection.next_check_at = next_check(connection, now=now)
    connection.save()

    def stop(channel: Channel) -> str:
        """Why this channel cannot go on although the person's token is accepted; "" when it can."""
        if lapsed and channel.platform == Platform.INSTAGRAM:
            return "data_access"
        if state == ConnectionState.NEEDS_RECONNECT:
            return reason
        return "permission" if may_not(connection, channel) else ""

    def well(channel: Channel) -> bool:
        return channel.page_remote_id not in finding.ill

    def veto(channel: Channel, target: Target) -> str:
        found = stop(channel)
        return found if found or asked else _stays_ill(channel, target, same_scopes=same_scopes, now=now)

    if finding.pages is not None:
        restore_channels(connection, finding.pages, by=SYSTEM, now=now, veto=veto, well=well)
    for channel in connection.channels.connected().select_for_update():
        if found := stop(channel):
            set_channel_state(channel, ChannelState.NEEDS_RECONNECT, found, by=SYSTEM, now=now)
    mirror(connection)


def _stays_ill(channel: Channel, target: Target, *, same_scopes: bool, now: datetime) -> str:
    """A call failed with what Facebook lists as well. Healing it at once would fail again with the next
    post, over and over, so the same token is trusted again only after a while, and a refused permission
    only when the permissions have changed.
    """
    if channel.state != ChannelState.NEEDS_RECONNECT:
        return ""
    if channel.reason == "permission" and same_scopes:
        return channel.reason
    try:
        same_token = target.page.token is not None and open_token(channel) == target.page.token
    except GraphTokenDead:
        same_token = False
    recent = channel.state_since is not None and now < channel.state_since + HEAL_AFTER
    return channel.reason if same_token and recent else ""


def _ask_again(connection: Connection, error: GraphError, *, now: datetime) -> Connection:
    """Nothing is known, so nothing changes, except that a token whose day has passed is dead without
    asking.
    """
    logger.info("connection %s not checked: %s", connection.pk, error)
    if connection.expires_at is not None and connection.expires_at <= now:
        mark_connection(connection, reason="expired", now=now)
        return Connection.objects.get(pk=connection.pk)
    wait = RETRY
    if isinstance(error, GraphThrottled):
        wait = max(RETRY, timedelta(minutes=error.regain_minutes))
    Connection.objects.filter(pk=connection.pk).update(next_check_at=now + wait)
    connection.next_check_at = now + wait
    mirror(connection)
    return connection


@transaction.atomic
def _unused(connection: Connection, *, now: datetime) -> Connection:
    """No channel lives on it: forget the token after a day, in which the owner may still come back and
    choose.
    """
    locked = Connection.objects.select_for_update().get(pk=connection.pk)
    if locked.connected_at + UNUSED <= now:
        retire_connection(locked, reason="disconnected")
    else:
        locked.next_check_at = locked.connected_at + UNUSED
        locked.save(update_fields=["next_check_at"])
        mirror(locked)
    return locked
