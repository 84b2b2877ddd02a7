"""What the Channels page says of our posts: the last and the next one, and what a disconnect would stop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posting.models import Publication
from posting.states import WORKING, State
from social import slots
from social.models import Channel
from tenants.context import current_tenant
from tenants.times import distance
from tenants.urls_of import tenant_url


def last_and_next(channels: Sequence[Channel], now: datetime) -> dict[UUID, list[slots.Line]]:
    """Two queries for all channels."""
    tenant = current_tenant()
    ours = Publication.objects.filter(channel__in=channels).only(
        "channel_id", "post_id", "published_at", "publish_at"
    )
    last = ours.filter(state=State.PUBLISHED).order_by("channel_id", "-published_at").distinct("channel_id")
    coming = ours.waiting().order_by("channel_id", "publish_at").distinct("channel_id")
    found: dict[UUID, list[slots.Line]] = {}
    for label, rows, moment in (
        (_("Last post"), last, "published_at"),
        (_("Next post"), coming, "publish_at"),
    ):
        for row in rows:
            text = distance(getattr(row, moment), tenant.timezone, now=now)
            line = slots.Line(label, text, tenant_url(tenant, "post", row.post_id))
            found.setdefault(row.channel_id, []).append(line)
    return found


def what_would_stop(channels: Sequence[Channel], now: datetime) -> dict[UUID, list[str]]:
    """Said before a channel is disconnected."""
    rows = Publication.objects.filter(channel__in=channels).waiting().order_by().values("channel")
    return {
        row["channel"]: [
            ngettext(
                "%(number)s scheduled post will wait until you decide.",
                "%(number)s scheduled posts will wait until you decide.",
                row["number"],
            )
            % {"number": row["number"]}
        ]
        for row in rows.annotate(number=Count("pk"))
    }


def waiting_posts(channels: Sequence[Channel], after: datetime) -> slots.Waiting | None:
    """What is due through these channels after a moment, also what is held already. One query."""
    rows = Publication.objects.filter(
        channel__in=channels, state__in=[*WORKING, State.HELD], publish_at__gt=after
    ).aggregate(number=Count("pk"), first_at=Min("publish_at"))
    return slots.Waiting(**rows) if rows["number"] else None


slots.channel_lines.append(last_and_next)
slots.disconnect_consequences.append(what_would_stop)
slots.waiting_posts.append(waiting_posts)
