"""Mails that are due, found in rows and sent once.

One transaction a person and restaurant: its rows are locked, the mail goes out, "mailed" is committed. A
process killed in between leaves the rows unlocked and unmailed, and the next sweep sends them. The one gap no
sender can close is a kill after the mail server accepted and before the commit; the message then carries the
same Message-ID, by which mail programs drop the second copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tenants.utils import tenant_context

from tenants.models import Membership, Tenant, User
from tenants.notices.models import Digest, Level, Notice, Preference, Telling
from tenants.notices.signals import digest_lines
from tenants.notices.timing import next_digest
from tenants.urls_of import absolute, tenant_url

logger = structlog.get_logger(__name__)

TRIES = 6  # over about an hour
BATCH = 200  # people a sweep
SHOWN = 20  # notices in one mail
AGED = {Digest.DAILY: timedelta(days=1), Digest.WEEKLY: timedelta(days=7)}


def send_due(*, now: datetime) -> int:
    """Mail everything that is due, one mail a person and restaurant. How many went out."""
    sent = 0
    for _turn in range(BATCH):
        outcome = _send_next(now)
        if outcome is None:
            break
        sent += outcome
    return sent


def _send_next(now: datetime) -> int | None:
    """1 sent, 0 failed or nothing left to say, None when nobody waits."""
    with transaction.atomic():
        first = (
            Telling.objects.mail_due(now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("notice__tenant", "user")
            .order_by("mail_due_at", "id")
            .first()
        )
        if first is None:
            return None
        user, tenant = first.user, first.notice.tenant
        rows = list(
            Telling.objects.mail_due(now)
            .filter(user=user, notice__tenant=tenant)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("notice")
            .order_by("notice__created_at", "id")
        )
        wanted = [row for row in rows if row.notice.resolved_at is None and row.read_at is None]
        ids = [row.pk for row in rows]
        if not wanted or not _may_read(user, tenant):
            Telling.objects.filter(pk__in=ids).update(mail_due_at=None)
            return 0
        try:
            _mail_notices(user, tenant, [row.notice for row in wanted])
        except Exception as error:  # the server of the mail is not ours; anything may come back
            tries = max(row.mail_tries for row in rows) + 1
            logger.warning("notice_not_mailed", user=user.pk, tries=tries, error=type(error).__name__)
            Telling.objects.filter(pk__in=ids).update(
                mail_tries=tries,
                mail_due_at=now + timedelta(minutes=2**tries) if tries < TRIES else None,
            )
            return 0
        Telling.objects.filter(pk__in=ids).update(mailed_at=now)
        return 1


def _may_read(user: User, tenant: Tenant) -> bool:
    """Who left since is not told any more."""
    return (
        user.is_active
        and tenant.closed_at is None
        and Membership.objects.filter(user=user, tenant=tenant).exists()
    )


def _mail_notices(user: User, tenant: Tenant, notices: list[Notice]) -> None:
    count = len(notices)
    if count == 1:
        subject = f"{tenant.name}: {notices[0].sentence}"
    else:
        subject = ngettext(
            "%(name)s: %(count)d thing needs you", "%(name)s: %(count)d things need you", count
        ) % {"name": tenant.name, "count": count}
    body = render_to_string(
        "tenants/notices/mail.txt",
        {
            "tenant": tenant,
            "notices": [(notice, absolute(notice.link) if notice.link else "") for notice in notices[:SHOWN]],
            "more": max(0, count - SHOWN),
            "all": absolute(tenant_url(tenant, "notices")),
            "preferences": absolute(tenant_url(tenant, "notice_preferences")),
        },
    )
    said = [f"{notice.pk}{notice.created_at.timestamp()}" for notice in notices]
    _send(user, tenant, subject, body, said)


def _send(user: User, tenant: Tenant, subject: str, body: str, said: Iterable[str]) -> None:
    name = hashlib.sha256("|".join([str(user.pk), *sorted(said)]).encode()).hexdigest()[:40]
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    subject = " ".join(subject.split())
    EmailMessage(
        subject if len(subject) <= 150 else f"{subject[:149]}…",
        body,
        to=[user.email],
        headers={
            "Message-ID": f"<notice-{name}@{host}>",
            "List-Unsubscribe": f"<{absolute(tenant_url(tenant, 'notice_preferences'))}>",
        },
    ).send()


def send_digests(*, now: datetime) -> int:
    """Mail every summary that is due; nothing happened means no mail. How many went out."""
    _begin_preferences(now)
    sent = 0
    for _turn in range(BATCH):
        outcome = _digest_next(now)
        if outcome is None:
            break
        sent += outcome
    return sent


def _begin_preferences(now: datetime) -> None:
    """Members who never chose get the default, so that one index finds what is due."""
    new = (
        Membership.objects.filter(user__is_active=True, tenant__closed_at=None)
        .exclude(user__notice_preferences__tenant_id=F("tenant_id"))
        .select_related("tenant")
        .order_by("id")[:500]
    )
    Preference.objects.bulk_create(
        [
            Preference(
                user_id=member.user_id,
                tenant_id=member.tenant_id,
                next_digest_at=next_digest(Digest.WEEKLY, zone=member.tenant.timezone, now=now),
            )
            for member in new
        ],
        ignore_conflicts=True,
    )


def _digest_next(now: datetime) -> int | None:
    with transaction.atomic():
        row = (
            Preference.objects.filter(next_digest_at__lte=now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "tenant")
            .order_by("next_digest_at", "id")
            .first()
        )
        if row is None:
            return None
        since = row.last_digest_at or now - AGED.get(Digest(row.digest), timedelta(days=7))
        sent = 0
        if _may_read(row.user, row.tenant):
            try:
                sent = _mail_digest(row, since, now)
            except Exception as error:  # the next one tells it: a summary is not worth a queue of its own
                logger.warning("digest_not_mailed", user=row.user_id, error=type(error).__name__)
                row.next_digest_at = now + timedelta(hours=1)
                row.save(update_fields=["next_digest_at"])
                return 0
        row.last_digest_at = now
        row.next_digest_at = next_digest(row.digest, zone=row.tenant.timezone, now=now)
        row.save(update_fields=["last_digest_at", "next_digest_at"])
        return sent


def _mail_digest(row: Preference, since: datetime, now: datetime) -> int:
    user, tenant = row.user, row.tenant
    with tenant_context(tenant):
        answers = digest_lines.send(sender=None, tenant=tenant, since=since, now=now)
        lines: list[str] = [line for _receiver, found in answers for line in found or []]
    tellings = Telling.objects.of(user, tenant).filter(notice__resolved_at=None).select_related("notice")
    asking = [told.notice for told in tellings.filter(notice__level=Level.NEEDS_YOU)[: SHOWN + 1]]
    news = [
        telling.notice
        for telling in tellings.exclude(notice__level=Level.NEEDS_YOU)
        .filter(notice__created_at__gt=since)
        .order_by("-notice__created_at")[:SHOWN]
    ]
    if not (lines or asking or news):
        return 0
    weekly = row.digest == Digest.WEEKLY
    subject = (_("%(name)s: your week") if weekly else _("%(name)s: your day")) % {"name": tenant.name}
    body = render_to_string(
        "tenants/notices/digest.txt",
        {
            "tenant": tenant,
            "lines": lines,
            "asking": [(notice, absolute(notice.link) if notice.link else "") for notice in asking[:SHOWN]],
            "news": news,
            "home": absolute(tenant_url(tenant, "home")),
            "preferences": absolute(tenant_url(tenant, "notice_preferences")),
        },
    )
    _send(user, tenant, subject, body, [f"digest{row.next_digest_at}"])
    return 1
