"""Opening, changing, pausing a restaurant."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from tenants import audit, places, provisioning, signals
from tenants.access import Actor, Role
from tenants.errors import Refused
from tenants.models import Membership, Partner, Plan, Tenant, User

NAME_MAX = 100
_SLUG_MAX = 40
RESTAURANTS_PER_PERSON = (
    25  # a chain grows through a partner's key; one person with more is almost surely a script
)


def open_restaurant(
    *,
    name: str,
    timezone: str,
    country: str,
    by: Actor,
    now: datetime,
    owner: User | None = None,
    partner: Partner | None = None,
    language: str = "en",
    plan: str = Plan.BASIC,
    slug: str = "",
) -> Tenant:
    """Create a restaurant with its schema, owner and/or partner in one transaction; well under a second.

    Raises Refused for a name, zone, country or plan that cannot be. `slug` is wished for, not promised.
    """
    name = _clean_name(name)
    timezone = _clean_zone(timezone)
    country = _clean_country(country)
    language = _clean_language(language)
    plan = _clean_plan(plan)
    if owner is None and partner is None:
        raise ValueError("a restaurant needs an owner or a partner, else nobody could enter it")
    # Compiling the script runs pg_dump on a second connection: it cannot see this transaction, so it comes
    # before.
    provisioning.compile_script()
    with transaction.atomic():
        if owner is not None:
            # Two tabs: the second waits here and then sees the first one's restaurant in the count.
            User.objects.select_for_update().get(pk=owner.pk)
            if owner.memberships.filter(role=Role.OWNER).count() >= RESTAURANTS_PER_PERSON:
                raise Refused(
                    _("You already own %(count)d restaurants. Write to us to open more.")
                    % {"count": RESTAURANTS_PER_PERSON},
                    code="too_many_restaurants",
                    status=409,
                )
        if partner is not None:
            # Likewise: of two calls at the limit one waits and is refused.
            cap = Partner.objects.select_for_update().get(pk=partner.pk).restaurants_max
            if partner.tenants.filter(closed_at=None).count() >= cap:
                raise Refused(
                    _("Your agreement covers %(count)d restaurants and all are open. Write to us for more.")
                    % {"count": cap},
                    code="too_many_restaurants",
                    status=409,
                )
        tenant = _insert(
            wished=slug or name, name=name, timezone=timezone, country=country, language=language, plan=plan
        )
        provisioning.create_schema(tenant)
        if owner is not None:
            Membership.objects.create(user=owner, tenant=tenant, role=Role.OWNER)
        if partner is not None:
            partner.tenants.add(tenant)
        audit.record(
            "restaurant.opened", by=by, tenant_id=tenant.pk, name=name, timezone=timezone, plan=str(plan)
        )
        with tenant_context(tenant):
            signals.restaurant_opened.send(sender=Tenant, tenant=tenant, by=by, now=now)
    return tenant


def update_restaurant(*, tenant: Tenant, by: Actor, now: datetime, **wanted: str) -> Tenant:
    """Change any of name, timezone, country, language. Posts already scheduled keep their moment."""
    cleaners = {
        "name": _clean_name,
        "timezone": _clean_zone,
        "country": _clean_country,
        "language": _clean_language,
    }
    unknown = set(wanted) - set(cleaners)
    if unknown:
        raise TypeError(f"a restaurant has no {sorted(unknown)}")
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
        changes: dict[str, Any] = {}
        for field, value in wanted.items():
            clean = cleaners[field](value)
            before = getattr(tenant, field)
            if clean != before:
                changes[field] = [before, clean]
                setattr(tenant, field, clean)
        if changes:
            tenant.save(update_fields=list(changes))
            audit.record("restaurant.changed", by=by, tenant_id=tenant.pk, **changes)
            signals.restaurant_changed.send(
                sender=Tenant, tenant=tenant, fields=list(changes), by=by, now=now
            )
    return tenant


def change_plan(*, tenant: Tenant, plan: str, by: Actor, now: datetime) -> Tenant:
    """Move to another plan; its limits hold from the next request on."""
    plan = _clean_plan(plan)
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
        if tenant.plan != plan:
            audit.record(
                "restaurant.plan", by=by, tenant_id=tenant.pk, before=str(tenant.plan), after=str(plan)
            )
            tenant.plan = plan
            tenant.save(update_fields=["plan"])
            signals.restaurant_changed.send(sender=Tenant, tenant=tenant, fields=["plan"], by=by, now=now)
    return tenant


def pause_restaurant(*, tenant: Tenant, by: Actor, now: datetime) -> Tenant:
    """Nothing goes out until it is resumed; what is scheduled stays scheduled."""
    return _set_pause(tenant, now, by=by, now=now)


def resume_restaurant(*, tenant: Tenant, by: Actor, now: datetime) -> Tenant:
    """Let posts go out again."""
    return _set_pause(tenant, None, by=by, now=now)


def _set_pause(tenant: Tenant, paused_at: datetime | None, *, by: Actor, now: datetime) -> Tenant:
    paused = paused_at is not None
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
        if (tenant.paused_at is not None) == paused:
            return tenant
        tenant.paused_at = paused_at
        tenant.save(update_fields=["paused_at"])
        audit.record("restaurant.paused" if paused else "restaurant.resumed", by=by, tenant_id=tenant.pk)
        with tenant_context(tenant):
            signals.restaurant_paused.send(sender=Tenant, tenant=tenant, paused=paused, by=by, now=now)
    return tenant


def _insert(*, wished: str, **fields: str) -> Tenant:
    """The row with a free slug. Race: two cafés of one name at once; the unique index decides, the loser
    tries on.
    """
    base = slugify(wished)[:_SLUG_MAX].strip("-_").replace("_", "-") or "restaurant"
    for slug in (base, *(f"{base}-{secrets.token_hex(2)}" for _attempt in range(5))):
        if Tenant.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                return Tenant.objects.create(slug=slug, **fields)
        except IntegrityError:
            continue
    raise Refused(_("No free address for this name. Try again."), code="slug_taken", field="name", status=409)


def _clean_name(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Refused(_("Write the restaurant's name."), code="name_missing", field="name")
    if len(name) > NAME_MAX:
        raise Refused(
            _("The name has %(count)d characters; %(max)d fit.") % {"count": len(name), "max": NAME_MAX},
            code="name_too_long",
            field="name",
        )
    return name


def _clean_zone(zone: str) -> str:
    if zone not in places.zones():
        raise Refused(
            _("Choose the restaurant's time zone by a city, such as America/Chicago."),
            code="timezone_unknown",
            field="timezone",
        )
    return zone


def _clean_country(country: str) -> str:
    if country.upper() not in places.countries():
        raise Refused(
            _("Choose the country by its two letters, such as US."), code="country_unknown", field="country"
        )
    return country.upper()


def _clean_language(language: str) -> str:
    if not (2 <= len(language) <= 10 and language.isascii() and language.replace("-", "").isalpha()):
        raise Refused(_("Write the language as en or pt-br."), code="language_unknown", field="language")
    return language.lower()


def _clean_plan(plan: str) -> str:
    if plan not in Plan.values:
        raise Refused(_("The plan is basic, pro or enterprise."), code="plan_unknown", field="plan")
    return plan
