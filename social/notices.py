"""Telling owners and managers by mail that a connection ends soon or is gone, each thing once."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta

from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from social.health import ends_at, explain
from social.models import Channel, ChannelState, Connection, ConnectionState
from tenants.access import Role
from tenants.context import current_tenant
from tenants.models import Membership
from tenants.urls_of import absolute, tenant_url

logger = logging.getLogger(__name__)

LAST_DAY = timedelta(days=1)
SILENT = {"disconnected"}  # the owner did it here


def due_notice(connection: Connection, ailing: list[Channel], *, now: datetime) -> str:
    """A short name of what is to be said now; "" for nothing. An equal name was said before."""
    if ailing or not connection.alive:
        if connection.reason in SILENT and not ailing:
            return ""
        told = ",".join(sorted(f"{channel.pk}{channel.reason}" for channel in ailing)) or connection.reason
        return "gone:" + hashlib.sha256(told.encode()).hexdigest()[:24]
    if connection.state != ConnectionState.EXPIRING:
        return ""
    platforms = [channel.platform for channel in connection.channels.connected()]
    end, _clock = ends_at(connection.expires_at, connection.data_access_expires_at, platforms)
    if end is None:
        return ""
    return f"{'day' if end <= now + LAST_DAY else 'week'}:{end.date().isoformat()}"


def tell(connection: Connection, *, now: datetime) -> bool:
    """Mail what is due for this connection, once. True when a mail went out.

    The note that it was said is taken back if no mail could be sent, so that the next check says it.
    """
    channels = list(connection.channels.connected().order_by("created_at", "id"))
    ailing = [channel for channel in channels if channel.state == ChannelState.NEEDS_RECONNECT]
    notice = due_notice(connection, ailing, now=now)
    if not notice or notice == connection.noticed or not channels:
        return False
    before = connection.noticed
    if not Connection.objects.filter(pk=connection.pk, noticed=before).update(noticed=notice):
        return False  # another worker says it
    connection.noticed = notice
    try:
        _mail(connection, ailing or channels, gone=notice.startswith("gone"))
    except Exception:
        logger.exception("notice about connection %s not mailed", connection.pk)
        Connection.objects.filter(pk=connection.pk, noticed=notice).update(noticed=before)
        return False
    return True


def tell_deleted(names: list[str]) -> None:
    """Somebody had their data deleted, and these channels went with it: others should connect them again."""
    tenant = current_tenant()
    context = {"tenant": tenant, "names": names, "link": absolute(tenant_url(tenant, "channels"))}
    message = render_to_string("social/mail/deleted.txt", context)
    try:
        for address in recipients():
            send_mail(
                _("%(name)s: channels were disconnected") % {"name": tenant.name}, message, None, [address]
            )
    except Exception:
        logger.exception("deletion at %s not mailed", tenant.pk)


def recipients() -> list[str]:
    """Owners and managers of the current restaurant: those who can reconnect."""
    members = Membership.objects.filter(
        tenant_id=current_tenant().pk, role__in=[Role.OWNER, Role.MANAGER], user__is_active=True
    )
    return list(members.order_by("created_at").values_list("user__email", flat=True))


def _mail(connection: Connection, channels: list[Channel], *, gone: bool) -> None:
    tenant = current_tenant()
    reasons = {channel.reason for channel in channels if channel.reason} or {connection.reason}
    platforms = [channel.platform for channel in channels]
    end, _clock = ends_at(connection.expires_at, connection.data_access_expires_at, platforms)
    context = {
        "tenant": tenant,
        "channels": channels,
        "sentences": [explain(reason).sentence for reason in sorted(reasons)],
        "gone": gone,
        "end": tenant.local(end) if end else None,
        "link": absolute(tenant_url(tenant, "channels")),
        "names": ", ".join(str(channel) for channel in channels),
    }
    subject = (
        _("%(names)s: posts cannot go out, reconnect needed")
        if gone
        else _("%(names)s: Facebook access ends soon")
    ) % {"names": channels[0].name if len(channels) == 1 else tenant.name}
    message = render_to_string("social/mail/reconnect.txt", context)
    for address in recipients():  # one by one: nobody learns the others' addresses
        send_mail(" ".join(subject.split()), message, None, [address])
