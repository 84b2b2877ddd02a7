"""Telling owners and managers that a connection ends soon or is gone, and what that means for their posts.

Each thing is said once, in the product and by mail (tenants.notices keeps who was told), and taken back as soon
as it is true no more.

It is mailed at once (`notify` wakes the mailer), which is meant: only pages and the task that checks tokens come
here, and they may wait a moment for a broker. The publisher, which must not, never does: a token it finds dead is
written down by social.tokens.mark_token_dead, and the check that this makes due tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from social import slots
from social.health import ends_at, explain
from social.models import Channel, ChannelState, Connection, ConnectionState
from social.registry.models import ConnectionEntry
from tenants.context import current_tenant
from tenants.notices.models import Level, Notice
from tenants.notices.services import MANAGERS, notify, resolve, resolve_all
from tenants.times import moment_text
from tenants.urls_of import tenant_url

LAST_DAY = timedelta(days=1)
AT_RISK = timedelta(days=1)  # before a post that would not go out is spoken of once more
REST = timedelta(hours=12)  # between the first word about a trouble and the reminder


@dataclass(frozen=True, slots=True)
class Word:
    """One thing to say. `trouble` is the key of what it is about: while that stands, so does the notice."""

    trouble: str
    key: str
    sentence: str


def tell(connection: Connection, *, now: datetime) -> list[str]:
    """Say what is due for this connection, take back what is over. Returns the keys of what holds now."""
    channels = list(connection.channels.connected().order_by("created_at", "id"))
    words = _words(connection, channels, now=now)
    _take_back(connection, {word.trouble for word in words}, now=now)
    tenant = current_tenant()
    for word in words:
        notify(
            tenant=tenant,
            kind="channel",
            level=Level.NEEDS_YOU,
            key=word.key,
            sentence=word.sentence,
            link=tenant_url(tenant, "channels"),
            fix=_("Reconnect"),
            roles=MANAGERS,
            now=now,
        )
    if any(word.trouble.rpartition(":")[0].endswith("gone") for word in words):
        _look_again(connection, channels, now=now)
    return [word.key for word in words]


def tell_deleted(code: str, names: Sequence[str], *, now: datetime) -> None:
    """Somebody had their data deleted, and these channels went with it: others should connect them again."""
    tenant = current_tenant()
    sentence = _(
        "The person who connected %(names)s asked Facebook to have their data deleted here. Nothing goes out"
        " there until somebody else connects it again; your history and plans are still here."
    )
    notify(
        tenant=tenant,
        kind="channel",
        level=Level.NEEDS_YOU,
        key=f"deletion:{code}",
        sentence=sentence % {"names": _list(names)},
        link=tenant_url(tenant, "channels_connect"),
        fix=_("Connect"),
        roles=MANAGERS,
        now=now,
    )


def connected_again(*, now: datetime) -> None:
    """Somebody connected something: what was said of a deletion is answered."""
    resolve_all(tenant=current_tenant(), prefix="deletion:", now=now)


def _words(connection: Connection, channels: Sequence[Channel], *, now: datetime) -> list[Word]:
    ailing = [channel for channel in channels if channel.state == ChannelState.NEEDS_RECONNECT]
    words: list[Word] = []
    if not connection.alive:
        # One login is behind all of them: one notice, not one a channel.
        if channels:
            words += _gone(
                f"connection:{connection.pk}:gone:{connection.reason}", channels, connection, now=now
            )
        return words
    for channel in ailing:
        words += _gone(f"channel:{channel.pk}:gone:{channel.reason}", [channel], channel, now=now)
    if connection.state == ConnectionState.EXPIRING:
        words += _ending(connection, [channel for channel in channels if channel not in ailing], now=now)
    return words


def _gone(
    trouble: str, channels: Sequence[Channel], why: Connection | Channel, *, now: datetime
) -> list[Word]:
    waiting = slots.waiting_of(channels, after=now)
    parts = [f"{_names(channels)}: {explain(why.reason).sentence}"]
    if waiting is not None:
        parts.append(_waits(waiting, now=now))
    words = [Word(trouble, trouble, " ".join(parts))]
    if waiting is not None and waiting.first_at <= now + AT_RISK and _said_at(trouble) <= now - REST:
        day = current_tenant().local(waiting.first_at).date().isoformat()
        sentence = _("%(names)s is still not connected. %(posts)s") % {
            "names": _names(channels),
            "posts": _waits(waiting, now=now),
        }
        words.append(Word(trouble, f"{trouble}:risk:{day}", sentence))
    return words


def _ending(connection: Connection, channels: Sequence[Channel], *, now: datetime) -> list[Word]:
    end, clock = ends_at(
        connection.expires_at, connection.data_access_expires_at, {channel.platform for channel in channels}
    )
    if end is None or not channels:
        return []
    if clock == "data_access":
        channels = [channel for channel in channels if channel.platform == "instagram"]
    trouble = f"connection:{connection.pk}:ends:{end.date().isoformat()}"
    sentence = _(
        "%(names)s: Facebook's access for us ends %(when)s. Reconnect before that; it takes a minute."
    ) % {
        "names": _names(channels),
        "when": moment_text(end, current_tenant().timezone, now=now),
    }
    waiting = slots.waiting_of(channels, after=end)
    if waiting is not None:
        sentence += " " + ngettext(
            "%(number)s scheduled post comes after that.",
            "%(number)s scheduled posts come after that.",
            waiting.number,
        ) % {"number": waiting.number}
    return [Word(trouble, f"{trouble}:{'day' if end <= now + LAST_DAY else 'week'}", sentence)]


def _waits(waiting: slots.Waiting, *, now: datetime) -> str:
    return ngettext(
        "%(number)s scheduled post will not go out until you reconnect, %(when)s.",
        "%(number)s scheduled posts will not go out until you reconnect, the first %(when)s.",
        waiting.number,
    ) % {
        "number": waiting.number,
        "when": moment_text(waiting.first_at, current_tenant().timezone, now=now),
    }


def _take_back(connection: Connection, troubles: set[str], *, now: datetime) -> None:
    tenant = current_tenant()
    ours = Q(key__startswith=f"connection:{connection.pk}:")
    for pk in connection.channels.values_list("pk", flat=True):
        ours |= Q(key__startswith=f"channel:{pk}:")
    for key in Notice.objects.filter(ours, tenant=tenant, resolved_at=None).values_list("key", flat=True):
        if not any(key == trouble or key.startswith(f"{trouble}:") for trouble in troubles):
            resolve(tenant=tenant, key=key, now=now)


def _said_at(key: str) -> datetime:
    """When this was first said; the end of time when it was not."""
    found = Notice.objects.filter(tenant_id=current_tenant().pk, key=key, resolved_at=None)
    said = found.values_list("created_at", flat=True).first()
    return said or datetime.max.replace(tzinfo=UTC)


def _look_again(connection: Connection, channels: Sequence[Channel], *, now: datetime) -> None:
    """Have the reminder said in time, also where no token is left to be checked."""
    at = now + settings.TOKEN_REFRESH_INTERVAL
    waiting = slots.waiting_of(channels, after=now)
    if waiting is not None:
        at = min(at, max(waiting.first_at - AT_RISK, now + REST))
    sooner = Q(next_check_at=None) | Q(next_check_at__gt=at)
    if Connection.objects.filter(sooner, pk=connection.pk).update(next_check_at=at):
        ConnectionEntry.objects.filter(connection=connection.pk).update(next_check_at=at)


def _names(channels: Sequence[Channel]) -> str:
    return _list([channel.handle or channel.name for channel in channels])


def _list(names: Sequence[str], most: int = 3) -> str:
    """A short line even for a login with thirty Pages."""
    if len(names) <= most:
        return ", ".join(names)
    shown = ", ".join(names[: most - 1])
    return _("%(names)s and %(more)s more") % {"names": shown, "more": len(names) - most + 1}
