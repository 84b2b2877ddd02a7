"""The calendar in other people's calendars: one secret address a restaurant (RFC 5545), without a login.

The address carries the restaurant, the link's row and a keyed digest over both; the secret itself is not stored. A link
that is revoked, or replaced by a new one, stops working at once.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from posting.board.models import FeedLink
from posting.models import Publication
from posting.states import WORD_LABEL
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.models import Tenant
from tenants.urls_of import absolute, public_url, tenant_url

DIGEST = 24  # bytes of the keyed digest: nobody guesses 192 bits
BACK, AHEAD = timedelta(days=60), timedelta(days=366)
MOST = 1000
LASTS = timedelta(minutes=30)  # how long an entry is drawn in other people's calendars


def current() -> FeedLink | None:
    return FeedLink.objects.filter(revoked_at=None).first()


def make(*, by: Actor, now: datetime) -> FeedLink:
    with transaction.atomic():
        revoke(by=by, now=now)
        return FeedLink.objects.create(created_by=by.label, created_at=now)


def revoke(*, by: Actor, now: datetime) -> None:
    FeedLink.objects.filter(revoked_at=None).update(revoked_at=now, revoked_by=by.label)


def address(link: FeedLink) -> str:
    return absolute(public_url("calendar_feed_public", token=token_of(link)))


def token_of(link: FeedLink) -> str:
    head = current_tenant().pk.bytes + link.pk.bytes
    return base64.urlsafe_b64encode(head + _digest(head)).rstrip(b"=").decode()


def _digest(head: bytes) -> bytes:
    return salted_hmac("posting.board.feed", head, algorithm="sha256").digest()[:DIGEST]


def read(token: str) -> tuple[UUID, UUID] | None:
    """(restaurant, link) of an address; None when it was made up or garbled."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (ValueError, binascii.Error):
        return None
    if len(raw) != 32 + DIGEST or not constant_time_compare(raw[32:], _digest(raw[:32])):
        return None
    return UUID(bytes=raw[:16]), UUID(bytes=raw[16:32])


def text(tenant: Tenant, *, now: datetime) -> str:
    """The feed: what is scheduled and out, two months back and a year ahead."""
    rows = (
        Publication.objects.living()
        .filter(publish_at__gte=now - BACK, publish_at__lt=now + AHEAD)
        .select_related("post", "channel")
        .defer("snapshot")
        .order_by("publish_at", "id")[:MOST]
    )
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Social Automation//Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(_('%(name)s: posts') % {'name': tenant.name})}",
        f"X-WR-TIMEZONE:{tenant.timezone}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for row in rows:
        lines += _event(row, tenant, now)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line))


def _event(row: Publication, tenant: Tenant, now: datetime) -> Iterable[str]:
    caption = row.post.caption_for(row.platform)
    word = str(WORD_LABEL[row.word(now)])
    first = caption.split("\n")[0][:80] or str(_("Photo post"))
    return [
        "BEGIN:VEVENT",
        f"UID:{row.pk}@{settings.PUBLIC_URL.split('//')[-1].split('/')[0].split(':')[0]}",
        f"DTSTAMP:{_utc(row.updated_at)}",
        f"LAST-MODIFIED:{_utc(row.updated_at)}",
        f"DTSTART:{_utc(row.publish_at)}",
        f"DTEND:{_utc(row.publish_at + LASTS)}",
        f"SUMMARY:{_escaped(f'{row.channel.platform.title()}: {first}')}",
        f"DESCRIPTION:{_escaped(f'{word}. {row.channel.name}' + chr(10) + caption[:1000])}",
        f"URL:{absolute(tenant_url(tenant, 'post', row.post_id))}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(value: str) -> str:
    """TEXT of RFC 5545, 3.3.11."""
    return (
        value.replace("\\", "\\\\")
        .replace(";", "\\;")
        .replace(",", "\\,")
        .replace("\r", "")
        .replace("\n", "\\n")
    )


def folded(line: str) -> list[str]:
    """At most 75 octets a line, continuations begin with a space; never inside a character (RFC 5545, 3.1)."""
    if len(line.encode()) <= 75:
        return [line]
    parts, part, room = [], "", 75
    for char in line:
        size = len(char.encode())
        if size > room:
            parts.append(part)
            part, room = " ", 74
        part += char
        room -= size
    return [*parts, part]
