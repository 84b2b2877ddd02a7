"""Endpoints: made, changed, tested, rotated; and `emit`, by which every room tells the outside.

Keyword-only verbs, `by=` an Actor, `now=` an aware UTC datetime.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tenants import audit
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.hooks import events, signing, wire
from tenants.hooks.delivering import off_key, switch_off
from tenants.hooks.models import Delivery, DeliveryState, Endpoint, Event, SigningSecret
from tenants.models import Partner, Tenant
from tenants.notices.services import resolve

logger = structlog.get_logger(__name__)

ENDPOINTS_MAX = 10
OVERLAP = timedelta(hours=24)
RECOVER_MAX = timedelta(days=14)
EVENTS_KEPT = timedelta(days=30)
__all__ = [
    "Emission",
    "change_endpoint",
    "create_endpoint",
    "delete_endpoint",
    "emit",
    "emit_many",
    "endpoints_of",
    "recover",
    "replay",
    "rfc3339",
    "rotate_secret",
    "send_test",
]


@dataclass(frozen=True)
class Emission:
    """One thing that happened at one restaurant. `data` is JSON; moments in it as RFC 3339 text."""

    type: str
    tenant_id: UUID
    data: Mapping[str, Any]


def rfc3339(moment: datetime | None) -> str | None:
    """A moment as it stands in events: UTC with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


def emit(name: str, *, data: Mapping[str, Any], now: datetime, tenant_id: UUID | None = None) -> int:
    """Tell whoever listens, in the caller's transaction; sent after its commit. Returns to how many.

    `name` is one of tenants.hooks.events.KINDS; the restaurant is the current one unless given. A fault in
    here is logged and never undoes what the caller is doing.
    """
    return emit_many([Emission(name, tenant_id or current_tenant().pk, data)], now=now)


def emit_many(emissions: Iterable[Emission], *, now: datetime) -> int:
    """The same for events of several restaurants at once (the publisher's case): three statements."""
    emissions = list(emissions)
    for emission in emissions:
        if emission.type not in events.KINDS:
            raise ValueError(f"no such event: {emission.type}")
    if not emissions:
        return 0
    try:
        with transaction.atomic():  # a savepoint: publishing must not fail because telling did
            return _store(emissions, now=now)
    except Exception:
        logger.exception("webhook_events_lost", count=len(emissions))
        return 0


_LISTENERS = """
SELECT e.id, e.events, w.tenant_id
  FROM public.hooks_endpoint e
  JOIN unnest(%s::uuid[]) AS w(tenant_id)
    ON e.tenant_id = w.tenant_id
    OR e.partner_id IN (SELECT p.partner_id FROM public.tenants_partner_tenants p
                         WHERE p.tenant_id = w.tenant_id)
 WHERE e.disabled_at IS NULL
"""


def _store(emissions: list[Emission], *, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_LISTENERS, [list({emission.tenant_id for emission in emissions})])
        rows = [(pk, _names(names), tenant) for pk, names, tenant in cursor.fetchall()]
    told: list[Event] = []
    deliveries: list[Delivery] = []
    for emission in emissions:
        hearing = [
            pk
            for pk, names, tenant in rows
            if str(tenant) == str(emission.tenant_id) and events.wants(names, emission.type)
        ]
        if hearing:
            event = _event(emission.type, emission.tenant_id, emission.data, now=now)
            told.append(event)
            deliveries += [_delivery(event, pk, now=now) for pk in hearing]
    if told:
        Event.objects.bulk_create(told)
        Delivery.objects.bulk_create(deliveries)
    return len(deliveries)


def _names(value: Any) -> list[str]:
    return json.loads(value) if isinstance(value, str) else value


def _event(name: str, tenant_id: UUID | None, data: Mapping[str, Any], *, now: datetime) -> Event:
    event = Event(id=uuid4(), tenant_id=tenant_id, type=name, created_at=now)
    event.body = json.dumps(
        {
            "id": event.public_id,
            "type": name,
            "timestamp": rfc3339(now),
            "tenant_id": str(tenant_id) if tenant_id else None,
            "data": dict(data),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return event


def _delivery(event: Event, endpoint: UUID, *, now: datetime) -> Delivery:
    return Delivery(event=event, endpoint_id=endpoint, next_at=now, created_at=now)


# --- endpoints -----------------------------------------------------------------------------------


def endpoints_of(*, tenant: Tenant | None = None, partner: Partner | None = None) -> QuerySet[Endpoint]:
    """The endpoints of one restaurant or of one partner."""
    return Endpoint.objects.filter(tenant=tenant, partner=partner)


def create_endpoint(
    *,
    url: str,
    names: Iterable[str],
    description: str = "",
    tenant: Tenant | None = None,
    partner: Partner | None = None,
    by: Actor,
    now: datetime,
) -> tuple[Endpoint, str]:
    """Returns (row, signing secret); the secret is shown once."""
    if (tenant is None) == (partner is None):
        raise ValueError("an endpoint belongs to a restaurant or to a partner")
    wanted = _checked(names)
    wire.check(url)
    with transaction.atomic():
        if endpoints_of(tenant=tenant, partner=partner).count() >= ENDPOINTS_MAX:
            raise Refused(
                _("There are %(count)d addresses already. Remove one first.") % {"count": ENDPOINTS_MAX},
                code="too_many_endpoints",
                status=409,
            )
        endpoint = Endpoint.objects.create(
            tenant=tenant,
            partner=partner,
            url=url,
            description=description.strip()[:200],
            events=wanted,
            created_by_label=by.label[:200],
            created_at=now,
            updated_at=now,
        )
        secret = _new_secret(endpoint, now=now)
        _note("webhook.created", endpoint, by)
    return endpoint, secret


def change_endpoint(
    *,
    endpoint: Endpoint,
    by: Actor,
    now: datetime,
    url: str | None = None,
    names: Iterable[str] | None = None,
    description: str | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Change what is given. Switching on again forgets its failures; what was missed is replayed on request."""
    wanted = _checked(names) if names is not None else None
    if url is not None:
        wire.check(url)
    with transaction.atomic():
        row = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        row.url = url if url is not None else row.url
        row.events = wanted if wanted is not None else row.events
        row.description = description.strip()[:200] if description is not None else row.description
        if enabled is True and not row.enabled:
            row.disabled_at, row.disabled_because, row.failing_since = None, "", None
            if row.tenant is not None:
                resolve(tenant=row.tenant, key=off_key(row), now=now)
        row.version += 1
        row.updated_at = now
        row.save()
        if enabled is False and row.enabled:
            switch_off(row, because="owner", now=now)
        _note("webhook.changed", row, by)
    return row


def delete_endpoint(*, endpoint: Endpoint, by: Actor, now: datetime) -> None:
    """With its log. Nothing more is sent."""
    with transaction.atomic():
        _note("webhook.deleted", endpoint, by)
        Endpoint.objects.filter(pk=endpoint.pk).delete()


def rotate_secret(*, endpoint: Endpoint, by: Actor, now: datetime, overlap: timedelta = OVERLAP) -> str:
    """A new secret, shown once. Until `overlap` has passed every message carries both signatures."""
    with transaction.atomic():
        row = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        row.secrets.exclude(expires_at=None).delete()  # never more than two alive
        row.secrets.filter(expires_at=None).update(expires_at=now + overlap)
        secret = _new_secret(row, now=now)
        _note("webhook.secret_rotated", row, by)
    return secret


def send_test(*, endpoint: Endpoint, by: Actor, now: datetime) -> Delivery:
    """Queue a `webhook.test` for this endpoint alone."""
    _working(endpoint)
    with transaction.atomic():
        event = _event(events.TEST, endpoint.tenant_id, events.TEST_KIND.example, now=now)
        event.save(force_insert=True)
        return Delivery.objects.create(event=event, endpoint=endpoint, next_at=now, created_at=now)


def replay(*, delivery: Delivery, by: Actor, now: datetime) -> Delivery:
    """Send again, now, with the same id and bytes. What is waiting is only hurried."""
    with transaction.atomic():
        row = Delivery.objects.select_for_update().select_related("endpoint").get(pk=delivery.pk)
        _working(row.endpoint)
        if row.state != DeliveryState.WAITING:
            row.tries = 0
        row.state, row.next_at, row.done_at = DeliveryState.WAITING, now, None
        row.save(update_fields=["state", "next_at", "done_at", "tries"])
    return row


def recover(*, endpoint: Endpoint, since: datetime, by: Actor, now: datetime) -> int:
    """Send again everything since then that was given up. Returns how many."""
    _working(endpoint)
    if not now - RECOVER_MAX <= since <= now:
        raise Refused(
            _("Choose a moment of the last %(days)d days.") % {"days": RECOVER_MAX.days},
            code="since_out_of_range",
            field="since",
        )
    lost = Delivery.objects.filter(
        endpoint=endpoint, state=DeliveryState.FAILED, event__created_at__gte=since
    )
    return lost.update(state=DeliveryState.WAITING, next_at=now, done_at=None, tries=0)


def sweep(*, now: datetime, limit: int = 5000) -> int:
    """Forget old events with their log, and spent secrets; seal anew what an older key sealed."""
    old = Event.objects.filter(created_at__lt=now - EVENTS_KEPT).values("pk")[:limit]
    gone = Event.objects.filter(pk__in=old).delete()[0]
    SigningSecret.objects.filter(expires_at__lte=now).delete()
    _reseal()
    return gone


def _reseal() -> None:
    """So that a key can leave ENCRYPTION_KEY. Compare-and-set: a rotation meanwhile wins."""
    newest = signing.current_key_id()
    for row in SigningSecret.objects.exclude(sealed_by=newest)[:1000]:
        try:
            secret = signing.unseal(row.sealed, row.sealed_by, endpoint=row.endpoint_id, row=row.pk)
        except signing.Unopenable as error:
            logger.error("webhook_secret_unopenable", endpoint=str(row.endpoint_id), error=str(error))
            continue
        sealed, by_key = signing.seal(secret, endpoint=row.endpoint_id, row=row.pk)
        SigningSecret.objects.filter(pk=row.pk, sealed_by=row.sealed_by).update(
            sealed=sealed, sealed_by=by_key
        )


def _new_secret(endpoint: Endpoint, *, now: datetime) -> str:
    secret, row = signing.new_secret(), uuid4()
    sealed, by_key = signing.seal(secret, endpoint=endpoint.pk, row=row)
    SigningSecret.objects.create(id=row, endpoint=endpoint, sealed=sealed, sealed_by=by_key, created_at=now)
    return secret


def _checked(names: Iterable[str]) -> list[str]:
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name != "*" and name not in events.KINDS]
    if not wanted or unknown:
        raise Refused(
            _("Choose one or more of: %(names)s; or “*” for all.") % {"names": ", ".join(events.KINDS)},
            code="event_unknown",
            field="events",
        )
    return ["*"] if "*" in wanted else [name for name in events.KINDS if name in wanted]


def _working(endpoint: Endpoint) -> None:
    if not endpoint.enabled:
        raise Refused(
            _("This address is switched off. Switch it on first."), code="endpoint_disabled", status=409
        )


def _note(action: str, endpoint: Endpoint, by: Actor) -> None:
    partner = {"partner": str(endpoint.partner_id)} if endpoint.partner_id else {}
    audit.record(action, by=by, tenant_id=endpoint.tenant_id, endpoint=str(endpoint.pk), **partner)
