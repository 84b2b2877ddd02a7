"""Browsers that want to be told, and telling them. Rows are the queue, as with mail.

A telling that is due is taken for some minutes and sent outside any transaction; a process killed in between
leaves it to the next sweep, and the browser shows the second copy in the place of the first (the same tag).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tenants.errors import Refused
from tenants.models import Membership, Tenant, User
from tenants.notices import webpush
from tenants.notices.models import PushDevice, Telling
from tenants.notices.webpush import Keys, Outcome
from tenants.urls_of import absolute, tenant_url

logger = structlog.get_logger(__name__)

MOST_DEVICES = 10  # a person at one restaurant
LONGEST = 1_000  # characters of an endpoint; browsers' are 150 to 500
BATCH = 200
LEASE = timedelta(minutes=5)
TRIES = 5


def add_device(
    *, user: User, tenant: Tenant, endpoint: str, p256dh: str, auth: str, name: str, now: datetime
) -> PushDevice:
    """This browser is told from now on what needs this person here. Safe to repeat: a browser is one device."""
    if not webpush.is_on():
        raise Refused(_("Telling devices is not set up on this server."), code="push_off", status=409)
    _check(endpoint, p256dh, auth)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        mine = PushDevice.objects.filter(user=user, tenant=tenant)
        mark = _mark(endpoint)
        if not mine.filter(mark=mark).exists() and mine.count() >= MOST_DEVICES:
            raise Refused(
                _("At most %(most)d devices. Remove one first.") % {"most": MOST_DEVICES},
                code="too_many",
                status=409,
            )
        device, _made = PushDevice.objects.update_or_create(
            user=user,
            tenant=tenant,
            mark=mark,
            defaults={"endpoint": endpoint, "p256dh": p256dh, "auth": auth, "name": name[:60]},
            create_defaults={
                "endpoint": endpoint, "p256dh": p256dh, "auth": auth, "name": name[:60], "created_at": now,
            },
        )  # fmt: skip
    return device


def remove_device(*, device: PushDevice) -> None:
    device.delete()


def devices_of(user: Any, tenant: Tenant) -> list[PushDevice]:
    return list(PushDevice.objects.filter(user_id=user.pk, tenant=tenant).order_by("created_at", "pk"))


def send_due(*, now: datetime) -> int:
    """Tell every device of whom it is due. How many messages were accepted."""
    if not webpush.is_on():
        return 0
    sent = 0
    for _turn in range(BATCH):
        row = _take(now)
        if row is None:
            break
        sent += _tell(row, now)
    return sent


def _take(now: datetime) -> Telling | None:
    with transaction.atomic():
        row = (
            Telling.objects.filter(pushed_at=None, push_due_at__lte=now)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("notice__tenant", "user")
            .order_by("push_due_at", "id")
            .first()
        )
        if row is not None:
            row.push_due_at, row.push_tries = now + LEASE, row.push_tries + 1
            row.save(update_fields=["push_due_at", "push_tries"])
        return row


def _tell(row: Telling, now: datetime) -> int:
    notice, user = row.notice, row.user
    over = notice.resolved_at is not None or row.read_at is not None
    if over or not _still_there(user, notice.tenant):
        Telling.objects.filter(pk=row.pk).update(push_due_at=None)
        return 0
    message = {
        "title": notice.tenant.name,
        "body": notice.sentence,
        "url": absolute(tenant_url(notice.tenant, "notice", notice.pk)),
        "tag": str(notice.pk),
    }
    sent, again = 0, False
    for device in devices_of(user, notice.tenant):
        outcome = webpush.push(
            device.endpoint, Keys.read(device.p256dh, device.auth), message, now=now, topic=str(notice.pk)
        )
        sent += outcome == Outcome.SENT
        again = again or outcome == Outcome.LATER
        if outcome == Outcome.GONE:
            device.delete()
        elif outcome == Outcome.SENT:
            PushDevice.objects.filter(pk=device.pk).update(told_at=now)
        else:
            logger.info("device_not_told", device=str(device.pk), outcome=outcome)  # never its address
    if again and row.push_tries < TRIES:
        Telling.objects.filter(pk=row.pk).update(push_due_at=now + timedelta(minutes=2**row.push_tries))
    else:
        Telling.objects.filter(pk=row.pk).update(pushed_at=now)
    return sent


def _still_there(user: User, tenant: Tenant) -> bool:
    return (
        user.is_active
        and tenant.closed_at is None
        and Membership.objects.filter(user=user, tenant=tenant).exists()
    )


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    try:
        parts = urlsplit(endpoint)
        Keys.read(p256dh, auth)
        allowed = ("https", "http") if settings.ALLOW_PRIVATE_FETCH else ("https",)
        fine = parts.scheme in allowed and bool(parts.hostname) and parts.username is None
    except ValueError:
        fine = False
    if not fine or len(endpoint) > LONGEST or not endpoint.isascii():
        raise Refused(_("This browser sent no usable subscription."), code="subscription", field="endpoint")


def _mark(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()
