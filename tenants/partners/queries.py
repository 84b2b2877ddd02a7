"""Reads of the partners' pages. Public tables only: a restaurant's own are none of theirs."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from tenants import throttles
from tenants.models import ApiKey, Partner, Tenant, User
from tenants.throttles import Verdict

SHOWN = 100  # restaurants on a page; more are found by search


@dataclass(frozen=True, slots=True)
class Reached:
    """A restaurant that a partner works for, and the requests of the last sixty minutes."""

    tenant: Tenant
    used: Verdict

    @property
    def width(self) -> int:
        """Of the bar, in percent."""
        return min(100, round(self.used.used * 100 / max(self.used.limit, 1)))


def partners_of_user(user: User) -> QuerySet[Partner]:
    return Partner.objects.filter(members__user=user).order_by("name", "id")


def restaurants_of_partner(partner: Partner, *, words: str = "") -> QuerySet[Tenant]:
    rows = partner.tenants.filter(closed_at=None).order_by("name", "id")
    return rows.filter(name__icontains=words) if words else rows


def reached(partner: Partner, *, words: str = "") -> list[Reached]:
    """One query, and one look into Redis a restaurant."""
    return [
        Reached(tenant, throttles.limiter().look(f"tenant:{tenant.pk}", throttles.plan_limit(tenant.plan)))
        for tenant in restaurants_of_partner(partner, words=words)[:SHOWN]
    ]


def keys_of_partner(partner: Partner) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(partner=partner).order_by("-created_at", "id")


def people_of_partner(partner: Partner) -> QuerySet[User]:
    return User.objects.filter(partner_members__partner=partner).order_by("email")
