"""Who belongs to a restaurant. Only owners make, change or remove owners; one owner always stays.

Race: "two owners remove each other" would leave none. Every change locks the restaurant's row first, so the
second sees what the first left.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Actor, Role
from tenants.errors import Refused
from tenants.models import Invitation, Membership, Tenant, User
from tenants.urls_of import absolute, public_url

INVITATION_DAYS = 7
PEOPLE_MAX = 100


def add_member(*, tenant: Tenant, user: User, role: str, by: Actor, now: datetime) -> Membership:
    """Let a known person in at once; for staff, seeds and accepted invitations. Owners use `invite`."""
    role = _clean_role(role)
    with transaction.atomic():
        _lock(tenant)
        _may_grant(tenant, role, by)
        member, created = Membership.objects.get_or_create(user=user, tenant=tenant, defaults={"role": role})
        if created:
            audit.record("person.added", by=by, tenant_id=tenant.pk, email=user.email, role=str(role))
    return member


def invite(*, tenant: Tenant, email: str, role: str, by: Actor, now: datetime) -> Invitation:
    """Send a person a link that lets them in for a week. A second invitation replaces the first.

    The answer is the same whether or not the address has an account: it would tell strangers who is our
    customer.
    """
    role = _clean_role(role)
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(_("This is not an e-mail address."), code="email_invalid", field="email") from None
    with transaction.atomic():
        _lock(tenant)
        _may_grant(tenant, role, by)
        if Membership.objects.filter(tenant=tenant, user__email__iexact=email).exists():
            raise Refused(
                _("%(email)s already belongs to this restaurant. Change the role in the list instead.")
                % {"email": email},
                code="already_member",
                field="email",
                status=409,
            )
        waiting = Invitation.objects.filter(tenant=tenant, accepted_at=None)
        waiting.filter(email=email).delete()
        if waiting.count() + Membership.objects.filter(tenant=tenant).count() >= PEOPLE_MAX:
            raise Refused(
                _("There are too many people and open invitations here."), code="too_many_people", status=409
            )
        token = secrets.token_urlsafe(24)
        invitation = Invitation.objects.create(
            tenant=tenant,
            email=email,
            role=role,
            token_digest=_digest(token),
            invited_by_label=by.label[:200],
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
        audit.record("person.invited", by=by, tenant_id=tenant.pk, email=email, role=str(role))
        link = absolute(public_url("invitation", token=token))
        # After commit: a mail must not announce what was rolled back.
        transaction.on_commit(lambda: _mail(invitation, link))
    return invitation


def withdraw_invitation(*, invitation: Invitation, by: Actor, now: datetime) -> None:
    """The link in the mail stops working."""
    with transaction.atomic():
        deleted, _kinds = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
        if deleted:
            audit.record("person.uninvited", by=by, tenant_id=invitation.tenant_id, email=invitation.email)


def find_invitation(*, token: str, now: datetime) -> Invitation:
    """The open invitation of a mailed link, or Refused."""
    found = (
        Invitation.objects.select_related("tenant")
        .filter(token_digest=_digest(token), accepted_at=None, expires_at__gt=now, tenant__closed_at=None)
        .first()
    )
    if found is None:
        raise Refused(
            _("This invitation was used, withdrawn or is older than a week. Ask for a new one."),
            code="invitation_gone",
            status=410,
        )
    return found


def accept_invitation(*, token: str, user: User, now: datetime) -> Membership:
    """Let the signed-in person in. The link alone is not enough: it must have been sent to this account's
    address.
    """
    with transaction.atomic():
        invitation = find_invitation(token=token, now=now)
        if invitation.email != user.email.lower():
            raise Refused(
                _("This invitation was sent to %(email)s. Sign in with that address to accept it.")
                % {"email": invitation.email},
                code="invitation_of_other",
                status=403,
            )
        # Compare and set: two clicks, one acceptance.
        if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=now):
            return find_membership(tenant=invitation.tenant, user=user)
        member, created = Membership.objects.get_or_create(
            user=user, tenant=invitation.tenant, defaults={"role": invitation.role}
        )
        if created:
            audit.record(
                "person.joined",
                by=Actor.of(user),
                tenant_id=invitation.tenant_id,
                email=user.email,
                role=member.role,
            )
    return member


def find_membership(*, tenant: Tenant, user: User) -> Membership:
    return Membership.objects.get(tenant=tenant, user=user)


def change_role(*, member: Membership, role: str, by: Actor, now: datetime) -> Membership:
    """Give another role. Making or unmaking an owner needs an owner."""
    role = _clean_role(role)
    with transaction.atomic():
        _lock(member.tenant)
        member = Membership.objects.select_related("user", "tenant").get(pk=member.pk)
        if member.role == role:
            return member
        _may_grant(member.tenant, role, by)
        _may_touch(member, by)
        if member.role == Role.OWNER:
            _another_owner_stays(member)
        audit.record(
            "person.role",
            by=by,
            tenant_id=member.tenant_id,
            email=member.user.email,
            before=member.role,
            after=str(role),
        )
        member.role = role
        member.save(update_fields=["role"])
    return member


def remove_member(*, member: Membership, by: Actor, now: datetime) -> None:
    """The person loses access at once; what they wrote stays."""
    with transaction.atomic():
        _lock(member.tenant)
        found = Membership.objects.select_related("user", "tenant").filter(pk=member.pk).first()
        if found is None:
            return
        if found.user_id != by.user_id:  # leaving on one's own is always allowed
            _may_touch(found, by)
        if found.role == Role.OWNER:
            _another_owner_stays(found)
        audit.record(
            "person.removed", by=by, tenant_id=found.tenant_id, email=found.user.email, role=found.role
        )
        found.delete()


def _lock(tenant: Tenant) -> None:
    Tenant.objects.select_for_update().only("pk").get(pk=tenant.pk)


def _is_owner(tenant: Tenant, by: Actor) -> bool:
    if by.kind in ("system", "staff"):
        return True
    if by.user_id is None:
        return False
    return Membership.objects.filter(tenant=tenant, user_id=by.user_id, role=Role.OWNER).exists()


def _may_grant(tenant: Tenant, role: str, by: Actor) -> None:
    if role == Role.OWNER and not _is_owner(tenant, by):
        raise Refused(
            _("Only an owner can make somebody an owner."), code="owner_needed", field="role", status=403
        )


def _may_touch(member: Membership, by: Actor) -> None:
    if member.role == Role.OWNER and not _is_owner(member.tenant, by):
        raise Refused(_("Only an owner can change an owner."), code="owner_needed", status=403)


def _another_owner_stays(member: Membership) -> None:
    owners = Membership.objects.filter(tenant=member.tenant_id, role=Role.OWNER).exclude(pk=member.pk)
    if not owners.exists():
        raise Refused(
            _("A restaurant needs an owner. Make somebody else an owner first."),
            code="last_owner",
            status=409,
        )


def _clean_role(role: str) -> str:
    if role not in Role.values:
        raise Refused(_("The role is owner, manager, editor or viewer."), code="role_unknown", field="role")
    return role


def _digest(token: str) -> str:
    """An invitation's token is 192 random bits: a plain hash is enough to make a copied database useless."""
    return hashlib.sha256(token.encode()).hexdigest()


def _mail(invitation: Invitation, link: str) -> None:
    context = {"invitation": invitation, "link": link, "days": INVITATION_DAYS}
    send_mail(
        subject=" ".join(render_to_string("tenants/mail/invitation_subject.txt", context).split()),
        message=render_to_string("tenants/mail/invitation.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )
