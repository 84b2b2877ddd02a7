"""What the pages and the API show of connections and channels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from social import slots
from social.attaching import Target, claimed_sentence, targets, why_not
from social.grants import pages_of
from social.health import Reason, ends_at, explain
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.pages import Page, PageList, has_personal_instagram
from social.permissions import Permission, missing
from social.registry.models import ChannelClaim, Platform
from social.tokens import connection_client
from tenants.context import current_tenant

MOST_PERSONAL = 5  # Pages asked whether a personal Instagram account hangs on them


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel is, in one word with icon and colour, and what to do. `fix` is "", "reconnect" or
    "resume".
    """

    state: str
    word: str
    tone: str
    icon: str
    reason: str = ""
    sentence: str = ""
    fix: str = ""
    until: datetime | None = None  # when access ends by itself, if that is near or past


def health_of(channel: Channel, *, now: datetime) -> Health:
    """The state an owner sees: healthy, expiring, needs_reconnect, revoked, paused, disconnected."""
    connection = channel.connection
    end, _clock = ends_at(connection.expires_at, connection.data_access_expires_at, [channel.platform])
    near = end if end and end <= now + timedelta(days=settings.TOKEN_REFRESH_THRESHOLD_DAYS) else None
    if channel.state == ChannelState.DISCONNECTED:
        return Health("disconnected", _("Disconnected"), "neutral", "circle-x", channel.reason)
    if channel.state == ChannelState.NEEDS_RECONNECT:
        why = explain(channel.reason)
        state = "revoked" if why.revoked else "needs_reconnect"
        return Health(
            state,
            _("Reconnect"),
            "red",
            "triangle-alert",
            channel.reason,
            str(why.sentence),
            "reconnect",
            near,
        )
    if channel.state == ChannelState.PAUSED:
        sentence = _("Nothing goes out here until you resume it.")
        return Health("paused", _("Paused"), "neutral", "pause", "paused", sentence, "resume", near)
    if near is not None:
        reason = "data_access_soon" if _clock == "data_access" else "expiring"
        return Health(
            "expiring",
            _("Ends soon"),
            "orange",
            "clock",
            reason,
            str(explain(reason).sentence),
            "reconnect",
            near,
        )
    return Health("healthy", _("Connected"), "green", "circle-check")


@dataclass(frozen=True, slots=True)
class ChannelCard:
    channel: Channel
    health: Health
    lines: list[slots.Line]
    consequences: list[str]
    told_above: bool = False  # the trouble is its login's, and said once for all of them


@dataclass(frozen=True, slots=True)
class ConnectionLine:
    """One Facebook login behind the channels."""

    connection: Connection
    why: Reason | None
    lacking: list[Permission]
    names: str = ""  # of its channels


@dataclass(frozen=True, slots=True)
class ChannelsPage:
    """`groups` holds the same cards by Facebook Page: the Page first, then its Instagram account."""

    cards: list[ChannelCard]
    groups: list[list[ChannelCard]]
    connections: list[ConnectionLine]
    unwell: int

    @property
    def dead(self) -> list[ConnectionLine]:
        """Logins that ended with several channels behind them."""
        told = {card.channel.connection_id for card in self.cards if card.told_above}
        return [line for line in self.connections if line.connection.pk in told]

    @property
    def sentence(self) -> str:
        """The page in one sentence."""
        if not self.cards:
            return _("No channel is connected yet.")
        if self.unwell == 0:
            return _("All is well.") if len(self.cards) > 1 else _("Your channel is well.")
        if self.unwell == 1:
            return _("One channel needs you.")
        return _("%(count)s channels need you.") % {"count": self.unwell}


def channels_page(*, now: datetime) -> ChannelsPage:
    """Everything the Channels page shows, in a constant number of queries."""
    channels = list(Channel.objects.connected().in_order())
    lines, consequences = slots.lines_of(channels, now=now), slots.consequences_of(channels, now=now)
    connections = {channel.connection_id: channel.connection for channel in channels}
    of = {pk: [channel for channel in channels if channel.connection_id == pk] for pk in connections}
    cards = [
        ChannelCard(
            channel,
            health_of(channel, now=now),
            lines[channel.pk],
            consequences[channel.pk],
            told_above=not channel.connection.alive and len(of[channel.connection_id]) > 1,
        )
        for channel in channels
    ]
    groups: dict[str, list[ChannelCard]] = {}
    for card in cards:
        groups.setdefault(card.channel.page_remote_id, []).append(card)
    return ChannelsPage(
        cards=cards,
        groups=sorted(groups.values(), key=lambda group: min(card.channel.connected_at for card in group)),
        connections=[
            ConnectionLine(
                connection,
                explain(connection.reason) if connection.reason or not connection.alive else None,
                missing(connection.scopes) if connection.alive else [],
                ", ".join(channel.handle or channel.name for channel in of[connection.pk]),
            )
            for connection in connections.values()
        ],
        unwell=sum(card.health.fix == "reconnect" for card in cards),
    )


@dataclass(frozen=True, slots=True)
class Option:
    """One place to choose, as it stands: free, here, ailing (here, needs a reconnect), elsewhere, blocked."""

    target: Target
    status: str
    sentence: str = ""
    checked: bool = False

    @property
    def choosable(self) -> bool:
        return self.status in ("free", "here", "ailing")


@dataclass(frozen=True, slots=True)
class PageChoice:
    page: Page
    options: list[Option]
    personal_instagram: bool = False

    @property
    def has_instagram(self) -> bool:
        return self.page.instagram is not None


@dataclass(frozen=True, slots=True)
class Choices:
    pages: list[PageChoice] = field(default_factory=list)
    lacking: list[Permission] = field(default_factory=list)
    incomplete: bool = False

    @property
    def any_choosable(self) -> bool:
        return any(option.choosable for page in self.pages for option in page.options)


def choices(connection: Connection, *, want: str = "facebook") -> Choices:
    """What this login offers, live from Facebook, with what is connected here and elsewhere. Raises
    GraphError.
    """
    listed: PageList = pages_of(connection)
    every = [target for page in listed for target in targets(page)]
    claims = _claims(every)
    here = {
        (channel.platform, channel.remote_id): channel
        for channel in Channel.objects.connected().select_related("connection")
    }
    found, asked = [], 0
    for page in listed:
        options = [
            _option(
                connection,
                target,
                claims.get((target.platform, target.remote_id)),
                here.get((target.platform, target.remote_id)),
            )
            for target in targets(page)
        ]
        personal = False
        if page.instagram is None and page.token is not None and asked < MOST_PERSONAL:
            asked += 1
            personal = has_personal_instagram(connection_client(connection), page)
        found.append(PageChoice(page, options, personal))
    found.sort(key=lambda choice: (not any(option.choosable for option in choice.options), choice.page.name))
    if want == Platform.INSTAGRAM:
        found.sort(key=lambda choice: not choice.has_instagram)
    return Choices(found, missing(connection.scopes), listed.incomplete)


def _claims(every: Iterable[Target]) -> dict[tuple[str, str], ChannelClaim]:
    rows = ChannelClaim.objects.filter(remote_id__in={target.remote_id for target in every})
    return {(row.platform, row.remote_id): row for row in rows}


def _option(
    connection: Connection, target: Target, claim: ChannelClaim | None, channel: Channel | None
) -> Option:
    if claim is not None and claim.tenant_id != current_tenant().pk:
        return Option(target, "elsewhere", claimed_sentence())
    why = why_not(connection, target)
    if why:
        return Option(target, "blocked", why)
    if channel is None:
        return Option(target, "free", checked=True)
    if channel.state == ChannelState.NEEDS_RECONNECT:
        return Option(target, "ailing", _("Connected here; choosing it wakes it up again."), checked=True)
    return Option(target, "here", checked=True)


def disconnecting(channel: Channel, *, now: datetime) -> dict[str, Any]:
    """What disconnecting this channel would do, before it is done."""
    waiting = slots.waiting_of([channel], after=now)
    others = Channel.objects.connected().filter(connection=channel.connection_id).exclude(pk=channel.pk)
    return {
        "account_id": channel.pk,
        "waiting_posts": waiting.number if waiting else 0,
        "first_waiting_at": waiting.first_at if waiting else None,
        "last_of_login": not others.exists(),
        "consequences": slots.consequences_of([channel], now=now)[channel.pk],
    }


def token_health(channel: Channel, *, now: datetime) -> dict[str, Any]:
    """The same for a partner, as data. No token and nothing derived from one."""
    connection = channel.connection
    health = health_of(channel, now=now)
    same = Channel.objects.connected().filter(connection=connection).order_by("created_at", "id")
    return {
        "account_id": channel.pk,
        "state": health.state,
        "reason": health.reason,
        "detail": health.sentence,
        "fix": health.fix,
        "expires_at": connection.expires_at,
        "data_access_expires_at": connection.data_access_expires_at
        if channel.platform == Platform.INSTAGRAM
        else None,
        "checked_at": connection.checked_at,
        "next_check_at": connection.next_check_at,
        "missing_permissions": [permission.scope for permission in missing(connection.scopes)]
        if connection.state != ConnectionState.REVOKED
        else [],
        "affected_account_ids": [row.pk for row in same],
    }
