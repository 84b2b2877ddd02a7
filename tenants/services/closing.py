"""Closing a restaurant for good: the last thing an owner does here."""

from __future__ import annotations

import logging
from datetime import datetime

from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from tenants import audit, signals
from tenants.access import Actor, Role
from tenants.errors import Refused
from tenants.models import ApiKey, Invitation, Membership, Tenant

logger = logging.getLogger(__name__)


def what_closing_does(*, tenant: Tenant, now: datetime) -> list[str]:
    """Sentences about this very restaurant, from the rooms above: how many posts, which channels."""
    with tenant_context(tenant):
        answers = signals.restaurant_closing.send(sender=Tenant, tenant=tenant, now=now)
    return [sentence for _receiver, found in answers for sentence in found or []]


def close_restaurant(*, tenant: Tenant, typed: str, by: Actor, now: datetime) -> Tenant:
    """Nobody gets in any more, nothing goes out, nothing of Facebook's stays. `typed` must be the name.

    In one transaction: closed_at, keys and invitations end, and the rooms above hear `restaurant_closed` (posts
    are cancelled at once; channels are left by a task that beat repeats until it is done). What was posted stays
    where it was posted, and the data stay with us until staff delete them or open the restaurant again. Owners
    and managers get a mail. Refused when the name is another. Safe to repeat.
    """
    if _plain(typed) != _plain(tenant.name):
        raise Refused(
            _("To close it, write its name exactly: %(name)s.") % {"name": tenant.name},
            code="name",
            field="name",
        )
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
        if tenant.closed_at is not None:
            return tenant
        tenant.closed_at = now
        tenant.save(update_fields=["closed_at"])
        keys = ApiKey.objects.filter(tenant=tenant, revoked_at=None).update(revoked_at=now)
        Invitation.objects.filter(tenant=tenant, accepted_at=None).delete()
        audit.record("restaurant.closed", by=by, tenant_id=tenant.pk, name=tenant.name, keys=keys)
        with tenant_context(tenant):
            signals.restaurant_closed.send(sender=Tenant, tenant=tenant, by=by, now=now)
        transaction.on_commit(lambda: _tell(tenant, by))
    return tenant


def open_again(*, tenant: Tenant, by: Actor, now: datetime) -> Tenant:
    """A closed restaurant's people get in again. Channels are connected anew; keys and cancelled posts stay ended.

    Safe to repeat.
    """
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
        if tenant.closed_at is not None:
            tenant.closed_at = None
            tenant.save(update_fields=["closed_at"])
            audit.record("restaurant.opened_again", by=by, tenant_id=tenant.pk, name=tenant.name)
    return tenant


def _tell(tenant: Tenant, by: Actor) -> None:
    people = Membership.objects.filter(
        tenant=tenant, role__in=[Role.OWNER, Role.MANAGER], user__is_active=True
    )
    subject = _("%(name)s is closed") % {"name": tenant.name}
    body = render_to_string("tenants/mail/closed.txt", {"tenant": tenant, "by": by.label})
    for address in people.values_list("user__email", flat=True):
        try:
            send_mail(" ".join(subject.split()), body, None, [address])
        except Exception:  # the server of the mail is not ours, and the restaurant is closed all the same
            logger.warning("the mail about a closed restaurant was not sent", exc_info=True)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
