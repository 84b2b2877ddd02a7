"""Telling people, and taking it back when the trouble is over.

notify(
    tenant=tenant, kind="channel", level=Level.NEEDS_YOU, key=f"channel:{channel.pk}:gone",
    sentence=_("Facebook ended the access to Krusty Pizza. Posts wait until you reconnect."),
    link=tenant_url(tenant, "channels"), fix=_("Reconnect"), now=now,
)
resolve(tenant=tenant, key=f"channel:{channel.pk}:gone", now=now)
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.access import Role
from tenants.models import Membership, Tenant, User
from tenants.notices import tasks, webpush
from tenants.notices.models import Digest, Level, Notice, Preference, PushDevice, Telling
from tenants.notices.timing import next_digest

EDITORS = (Role.OWNER, Role.MANAGER, Role.EDITOR)
MANAGERS = (Role.OWNER, Role.MANAGER)


def notify(
    *,
    tenant: Tenant,
    kind: str,
    level: str,
    sentence: str,
    key: str,
    now: datetime,
    link: str = "",
    fix: str = "",
    roles: Iterable[str] = EDITORS,
    user_id: int | None = None,
    at_once: bool = True,
) -> Notice:
    """Say `sentence` to everybody of `tenant` with one of `roles`, or to the one member `user_id`.

    May be called inside or outside the restaurant's schema, within the caller's transaction: it is said if and
    only if that commits. Idempotent: what was said under `key` (unique per restaurant, <= 200 characters) is
    not said again while it stands; after `resolve` the same key is news again, and mailed again.

    `level` is a tenants.notices.models.Level (or its text); NEEDS_YOU is mailed at once to those who did not
    switch that off. `link` is a path of ours ("/r/cafe/posts/<id>/", by tenant_url), `fix` the words on its
    button. `sentence` is plain text for owners, cut at 500 characters. `at_once=False` asks no broker, for callers
    that must not wait for one (the publisher): the sweep mails it within a minute.
    """
    fields = {
        "kind": kind,
        "level": Level(level),
        "sentence": sentence[:500],
        "link": link,
        "fix": fix[:60],
        "created_at": now,
        "resolved_at": None,
    }
    with transaction.atomic():
        notice, made = Notice.objects.select_for_update().get_or_create(
            tenant=tenant, key=key, defaults=fields
        )
        if not made and notice.resolved_at is None:
            return notice
        if not made:  # it was over and is back
            notice.tellings.all().delete()
            for name, value in fields.items():
                setattr(notice, name, value)
            notice.save()
        mailed = _tell(notice, roles=roles, user_id=user_id, now=now)
    if mailed and at_once:
        tasks.mail.wake()
    return notice


def _tell(notice: Notice, *, roles: Iterable[str], user_id: int | None, now: datetime) -> bool:
    members = Membership.objects.filter(tenant_id=notice.tenant_id, user__is_active=True)
    members = members.filter(user_id=user_id) if user_id is not None else members.filter(role__in=list(roles))
    people = list(members.values_list("user_id", flat=True))
    pushed = _with_devices(notice, people)
    silent: set[int] = set()
    if notice.level == Level.NEEDS_YOU:
        silent = set(
            Preference.objects.filter(tenant_id=notice.tenant_id, user_id__in=people, mail=False).values_list(
                "user_id", flat=True
            )
        )
    else:
        silent = set(people)
    Telling.objects.bulk_create(
        Telling(
            notice=notice,
            user_id=person,
            mail_due_at=None if person in silent else now,
            push_due_at=now if person in pushed else None,
        )
        for person in people
    )
    return len(silent) < len(people) or bool(pushed)


def _with_devices(notice: Notice, people: list[int]) -> set[int]:
    """Who has a browser that is told at once."""
    if notice.level != Level.NEEDS_YOU or not webpush.is_on():
        return set()
    devices = PushDevice.objects.filter(tenant_id=notice.tenant_id, user_id__in=people)
    return set(devices.values_list("user_id", flat=True))


def resolve(*, tenant: Tenant, key: str, now: datetime) -> int:
    """The trouble said under `key` is over: it leaves the bell, and a mail not yet sent is not sent. How many
    (0 or 1).
    """
    return Notice.objects.filter(tenant=tenant, key=key, resolved_at=None).update(resolved_at=now)


def resolve_all(*, tenant: Tenant, prefix: str, now: datetime) -> int:
    """As `resolve`, for every key that begins with `prefix` ("publication:<id>:")."""
    return Notice.objects.filter(tenant=tenant, key__startswith=prefix, resolved_at=None).update(
        resolved_at=now
    )


def mark_read(*, tenant: Tenant, user: User, now: datetime, notice_id: UUID | None = None) -> int:
    """This person has seen all their notices here, or the one. How many were new."""
    tellings = Telling.objects.of(user, tenant).filter(read_at=None)
    if notice_id is not None:
        tellings = tellings.filter(notice_id=notice_id)
    return tellings.update(read_at=now)


def prefer(*, tenant: Tenant, user: User, mail: bool, digest: str, now: datetime) -> Preference:
    """How this person is told at this restaurant from now on."""
    choice = Digest(digest)
    preference, _made = Preference.objects.update_or_create(
        tenant=tenant,
        user=user,
        defaults={
            "mail": mail,
            "digest": choice,
            "next_digest_at": next_digest(choice, zone=tenant.timezone, now=now),
        },
    )
    return preference
