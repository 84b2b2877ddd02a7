"""API keys: made, rotated, revoked. The text is returned once and kept nowhere."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from tenants import api_keys, audit
from tenants.access import Actor, Can
from tenants.errors import Refused
from tenants.models import ApiKey, Partner, Tenant

OVERLAP = timedelta(hours=24)
OVERLAP_MAX = timedelta(days=30)
KEYS_MAX = 50
NETWORKS_MAX = 20
# What a key may be given. "own" (closing the restaurant, making owners) is for people only.
SCOPES: tuple[Can, ...] = (Can.VIEW, Can.COMPOSE, Can.PUBLISH, Can.CONNECT, Can.MANAGE)


def create_key(
    *,
    name: str,
    scopes: Iterable[str],
    by: Actor,
    now: datetime,
    tenant: Tenant | None = None,
    partner: Partner | None = None,
    live: bool = True,
    expires_at: datetime | None = None,
    allowed: Iterable[str] = (),
) -> tuple[ApiKey, str]:
    """Make a key of one restaurant or of one partner. Returns (row, text); the text cannot be had again.

    `allowed`: networks it may be used from ("203.0.113.7", "203.0.113.0/24"); none: from anywhere.
    """
    if (tenant is None) == (partner is None):
        raise ValueError("a key belongs to a restaurant or to a partner")
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise Refused(
            _("Name the key after what uses it, in up to 100 characters."), code="name_missing", field="name"
        )
    wanted = _clean_scopes(scopes)
    networks = clean_networks(allowed)
    if expires_at is not None and expires_at <= now:
        raise Refused(
            _("The key would end in the past. Choose a later day."), code="expiry_past", field="expires_at"
        )
    with transaction.atomic():
        if _usable(tenant=tenant, partner=partner, now=now).count() >= KEYS_MAX:
            raise Refused(
                _("There are %(count)d keys. Revoke one that is not used.") % {"count": KEYS_MAX},
                code="too_many_keys",
                status=409,
            )
        minted = api_keys.mint(live=live)
        key = ApiKey.objects.create(
            tenant=tenant,
            partner=partner,
            name=name,
            prefix=minted.prefix,
            digest=minted.digest,
            scopes=wanted,
            live=live,
            allowed=networks,
            created_by_label=by.label[:200],
            expires_at=expires_at,
        )
        _note("key.created", key, by, scopes=wanted, allowed=networks)
    return key, minted.text


def rotate_key(*, key: ApiKey, by: Actor, now: datetime, overlap: timedelta = OVERLAP) -> tuple[ApiKey, str]:
    """A new key with the same name, scopes and expiry; the old one works for `overlap` more, so nothing
    breaks.
    """
    if not timedelta(0) <= overlap <= OVERLAP_MAX:
        raise Refused(_("The overlap may last up to 30 days."), code="overlap_too_long", field="overlap")
    with transaction.atomic():
        old = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
        if not is_usable(key=old, now=now):
            raise Refused(_("This key has ended already. Make a new one."), code="key_ended", status=409)
        ends = now + overlap
        minted = api_keys.mint(live=old.live)
        new = ApiKey.objects.create(
            tenant_id=old.tenant_id,
            partner_id=old.partner_id,
            name=old.name,
            prefix=minted.prefix,
            digest=minted.digest,
            scopes=old.scopes,
            live=old.live,
            allowed=old.allowed,
            created_by_label=by.label[:200],
            expires_at=old.expires_at,
        )
        old.expires_at = min(ends, old.expires_at) if old.expires_at else ends
        old.save(update_fields=["expires_at"])
        _note("key.rotated", new, by, replaces=old.prefix, old_ends=old.expires_at.isoformat())
    return new, minted.text


def revoke_key(*, key: ApiKey, by: Actor, now: datetime) -> None:
    """The key stops working with the next request. Repeating it changes nothing."""
    with transaction.atomic():
        if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now):
            _note("key.revoked", key, by)


def is_usable(*, key: ApiKey, now: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)


def state_of(*, key: ApiKey, now: datetime) -> str:
    """ "works", "ends" (a day is set), "expired" or "revoked"."""
    if key.revoked_at:
        return "revoked"
    if key.expires_at is None:
        return "works"
    return "ends" if key.expires_at > now else "expired"


def clean_networks(texts: Iterable[str]) -> list[str]:
    """Networks in their shortest form, each once. A single address is a network of one."""
    found: dict[str, None] = {}
    for text in texts:
        try:
            found[str(ipaddress.ip_network(text.strip(), strict=False))] = None
        except ValueError:
            raise Refused(
                _("“%(text)s” is no address or network. Write 203.0.113.7 or 203.0.113.0/24.")
                % {"text": text.strip()[:60]},
                code="network_invalid",
                field="allowed",
            ) from None
    if len(found) > NETWORKS_MAX:
        raise Refused(
            _("At most %(count)d networks.") % {"count": NETWORKS_MAX},
            code="too_many_networks",
            field="allowed",
        )
    return list(found)


def may_come_from(*, key: ApiKey, address: str | None) -> bool:
    """Whether the key may be used from this address. Unknown addresses are inside no network."""
    if not key.allowed:
        return True
    try:
        caller = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return False
    if isinstance(caller, ipaddress.IPv6Address) and caller.ipv4_mapped:
        caller = caller.ipv4_mapped
    networks = (ipaddress.ip_network(text) for text in key.allowed)
    return any(caller.version == network.version and caller in network for network in networks)


def _usable(*, tenant: Tenant | None, partner: Partner | None, now: datetime):  # type: ignore[no-untyped-def]
    keys = ApiKey.objects.filter(tenant=tenant, partner=partner, revoked_at=None)
    return keys.exclude(expires_at__lte=now)


def _clean_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = set(scopes)
    if not wanted or wanted - set(SCOPES):
        raise Refused(
            _("Choose one or more of: %(scopes)s.") % {"scopes": ", ".join(SCOPES)},
            code="scope_unknown",
            field="scopes",
        )
    return [str(scope) for scope in SCOPES if scope in wanted]


def _note(action: str, key: ApiKey, by: Actor, **detail: object) -> None:
    partner = {"partner": str(key.partner_id)} if key.partner_id else {}
    audit.record(
        action, by=by, tenant_id=key.tenant_id, name=key.name, prefix=key.prefix, **partner, **detail
    )
