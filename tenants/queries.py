"""Reads that the pages and the API share."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When

from tenants.access import Role
from tenants.models import ApiKey, Audit, Invitation, Membership, Partner, Tenant, User

_RANK = Case(
    *(When(role=role, then=Value(rank)) for rank, role in enumerate(Role.values)),
    default=Value(9),
    output_field=IntegerField(),
)


def restaurants_of(user: User) -> QuerySet[Membership]:
    """A person's restaurants by name, with the role there."""
    return (
        Membership.objects.select_related("tenant")
        .filter(user=user, tenant__closed_at=None)
        .order_by("tenant__name", "tenant_id")
    )


def current_restaurant(user: User, remembered_slug: str | None) -> Tenant | None:
    """Where /ui and /assets lead: the one used last, else the only one; None when the person must choose."""
    found = {member.tenant.slug: member.tenant for member in restaurants_of(user)}
    if remembered_slug in found:
        return found[remembered_slug]
    return next(iter(found.values())) if len(found) == 1 else None


def people(tenant: Tenant) -> QuerySet[Membership]:
    """Members, owners first."""
    return Membership.objects.select_related("user").filter(tenant=tenant).order_by(_RANK, "user__email")


def open_invitations(tenant: Tenant, *, now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(tenant=tenant, accepted_at=None, expires_at__gt=now).order_by(
        "-created_at"
    )


def keys_of(tenant: Tenant) -> QuerySet[ApiKey]:
    """The restaurant's own keys, the newest first; ended ones too, so that their last use can be seen."""
    return ApiKey.objects.filter(tenant=tenant).order_by("-created_at", "id")


def partners_of(tenant: Tenant) -> QuerySet[Partner]:
    """Organisations whose keys work for this restaurant: its people may see who."""
    return Partner.objects.filter(tenants=tenant).order_by("name")


def audit_of(tenant_id: UUID) -> QuerySet[Audit]:
    return Audit.objects.filter(tenant_id=tenant_id).order_by("-at", "-id")
