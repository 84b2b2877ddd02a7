"""Sending what waits. Any number of workers may run this at once; rows decide who sends what.

A claim is a short transaction that locks due rows nobody holds (SKIP LOCKED), raises their fence and moves
`next_at` behind the longest a try can take. A worker killed in between leaves a row that falls due again: at
least once, always with the same `webhook-id`. A result is written only under the fence it was claimed with.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.mail import send_mail
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tenants.errors import Refused
from tenants.hooks import signing, wire
from tenants.hooks.models import Attempt, Delivery, DeliveryState, Endpoint, SigningSecret
from tenants.notices.models import Level
from tenants.notices.services import MANAGERS, notify
from tenants.urls_of import tenant_url

logger = structlog.get_logger(__name__)

# Waits between tries (Standard Webhooks' schedule): ten tries over three days and three hours.
WAITS = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
DISABLE_AFTER = timedelta(days=3)  # without one success
LEASE = timedelta(seconds=60)  # longer than a whole batch can take
BATCH = 20
PER_ENDPOINT = 4  # of one batch, so that a slow address does not keep the others waiting
SENDERS = 8  # threads that wait for answers
RUNS_AT_ONCE = 2  # of the worker's threads, whatever piles up
WHOLE_RUN = 45.0  # seconds; then the next beat goes on
_LOCK = 7_301_000  # + number of the run

Clock = Callable[[], datetime]
Post = Callable[..., wire.Answer]


@dataclass(frozen=True)
class Parcel:
    """One try that this process must make now."""

    delivery: UUID
    endpoint: UUID
    fence: int
    tries: int
    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    outcome: str
    milliseconds: int
    status: int | None = None
    answer: str = ""
    retry_after: int | None = None


def run(*, clock: Clock, post: Post = wire.post) -> int:
    """Send what is due until nothing is, or the time of one run is up. Returns how many tries were made."""
    sent = 0
    until = time.monotonic() + WHOLE_RUN
    with _one_of_few() as mine:
        while mine and time.monotonic() < until:
            parcels = claim(now=clock())
            if not parcels:
                break
            with ThreadPoolExecutor(SENDERS) as senders:
                results = list(senders.map(lambda parcel: send(parcel, now=clock(), post=post), parcels))
            for parcel, result in zip(parcels, results, strict=True):
                record(parcel, result, now=clock())
            sent += len(parcels)
    return sent


def claim(*, now: datetime, limit: int = BATCH) -> list[Parcel]:
    """Take up to `limit` due tries; returns after the claim is committed."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_DUE, {"now": now, "each": PER_ENDPOINT, "limit": limit})
            found = [row[0] for row in cursor.fetchall()]
        rows = list(
            Delivery.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk__in=found, state=DeliveryState.WAITING, next_at__lte=now)
            .select_related("event", "endpoint")
        )
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
            fence=F("fence") + 1, tries=F("tries") + 1, next_at=now + LEASE
        )
    secrets = _secrets({row.endpoint_id for row in rows}, now=now)
    return [
        Parcel(
            delivery=row.pk,
            endpoint=row.endpoint_id,
            fence=row.fence + 1,
            tries=row.tries + 1,
            url=row.endpoint.url,
            message_id=row.event.public_id,
            body=row.event.body.encode(),
            secrets=tuple(secrets.get(row.endpoint_id, ())),
        )
        for row in rows
    ]


# A failing endpoint gets one place in a batch: its timeouts must not be everybody's.
_DUE = """
SELECT id FROM (
    SELECT d.id, d.next_at, e.failing_since,
           row_number() OVER (PARTITION BY d.endpoint_id ORDER BY d.next_at, d.id) AS place
      FROM hooks_delivery d JOIN hooks_endpoint e ON e.id = d.endpoint_id
     WHERE d.state = 'waiting' AND d.next_at <= %(now)s AND e.disabled_at IS NULL) waiting
 WHERE place <= CASE WHEN failing_since IS NULL THEN %(each)s ELSE 1 END
 ORDER BY next_at LIMIT %(limit)s
"""


def send(parcel: Parcel, *, now: datetime, post: Post = wire.post) -> Result:
    """One try. Touches no database, so it may run in any thread."""
    began = time.monotonic()

    def result(outcome: str, **more: Any) -> Result:
        return Result(outcome, int((time.monotonic() - began) * 1000), **more)

    if not parcel.secrets:
        return result("unsigned")
    stamp = int(now.timestamp())
    signatures = (
        signing.sign(secret, message_id=parcel.message_id, timestamp=stamp, body=parcel.body)
        for secret in parcel.secrets
    )
    headers: dict[bytes | str, bytes | str] = {
        "Content-Type": "application/json",
        "User-Agent": "SocialAutomation-Webhooks/1",
        "webhook-id": parcel.message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(signatures),
    }
    try:
        answer = post(parcel.url, body=parcel.body, headers=headers)
    except Refused:  # it led to the public internet once and no longer does
        return result("unsafe")
    except wire.NoAnswer as error:
        return result("timeout" if error.timed_out else "unreachable")
    except Exception:  # one odd address must not keep a whole batch from being written down
        logger.exception("webhook_not_sent", delivery=str(parcel.delivery))
        return result("unreachable")
    outcome = "delivered" if 200 <= answer.status < 300 else "gone" if answer.status == 410 else "refused"
    return result(outcome, status=answer.status, answer=answer.text[:500], retry_after=answer.retry_after)


def record(parcel: Parcel, result: Result, *, now: datetime) -> None:
    """Write what came of a try: the row, its log, and how its endpoint is doing."""
    delivered = result.outcome == "delivered"
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().filter(pk=parcel.endpoint).first()
        if endpoint is None:
            return  # deleted meanwhile, and its deliveries with it
        mine = Delivery.objects.filter(pk=parcel.delivery, fence=parcel.fence, state=DeliveryState.WAITING)
        over = delivered or result.outcome == "gone" or parcel.tries > len(WAITS)
        if over:
            state = DeliveryState.DELIVERED if delivered else DeliveryState.FAILED
            mine.update(state=state, next_at=None, done_at=now, last_status=result.status)
        else:
            mine.update(next_at=now + wait_after(parcel.tries, result), last_status=result.status)
        Attempt.objects.create(
            delivery_id=parcel.delivery,
            at=now - timedelta(milliseconds=result.milliseconds),
            milliseconds=result.milliseconds,
            status=result.status,
            outcome=result.outcome,
            answer=result.answer.replace("\x00", ""),
        )
        _note_health(endpoint, result, now=now)


def wait_after(tries: int, result: Result) -> timedelta:
    """How long to wait after this many tries; a Retry-After may lengthen it to a day. Spread by a tenth."""
    wait = WAITS[tries - 1] * random.uniform(0.95, 1.05)  # noqa: S311 - spreads load, guards nothing
    asked = timedelta(seconds=min(result.retry_after or 0, 86_400))
    return max(wait, asked)


def _note_health(endpoint: Endpoint, result: Result, *, now: datetime) -> None:
    if result.outcome == "delivered":
        endpoint.failing_since = None
        endpoint.last_success_at = now
        endpoint.save(update_fields=["failing_since", "last_success_at"])
        return
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.save(update_fields=["failing_since"])
    if not endpoint.enabled:
        return
    if result.outcome == "gone":
        switch_off(endpoint, because="gone", now=now)
    elif now - endpoint.failing_since >= DISABLE_AFTER:
        switch_off(endpoint, because="failing", now=now)


def switch_off(endpoint: Endpoint, *, because: str, now: datetime) -> None:
    """No more is sent there; what waits is given up and may be replayed once it works again."""
    endpoint.disabled_at, endpoint.disabled_because = now, because
    endpoint.version += 1
    endpoint.updated_at = now
    endpoint.save(update_fields=["disabled_at", "disabled_because", "version", "updated_at"])
    Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.WAITING).update(
        state=DeliveryState.FAILED, next_at=None, done_at=now
    )
    if because != "owner":
        _tell_owner(endpoint, because=because, now=now)
    logger.info("webhook_endpoint_disabled", endpoint=str(endpoint.pk), because=because)


def _tell_owner(endpoint: Endpoint, *, because: str, now: datetime) -> None:
    """A notice for the restaurant's managers; a mail for a partner, who has no pages here."""
    if because == "gone":
        sentence = _("Your program at %(url)s said that it is gone. Nothing is sent there any more.")
    else:
        sentence = _(
            "Your program at %(url)s has not answered for three days. Nothing is sent there any more."
        )
    sentence %= {"url": endpoint.url}
    if endpoint.tenant is not None:
        notify(
            tenant=endpoint.tenant,
            kind="webhook",
            level=Level.NEEDS_YOU,
            key=off_key(endpoint),
            sentence=sentence,
            link=tenant_url(endpoint.tenant, "webhook", webhook_id=endpoint.pk),
            fix=_("Look at it"),
            roles=MANAGERS,
            now=now,
        )
    elif endpoint.partner is not None:
        to = endpoint.partner.contact_email
        more = _(
            "Switch it on with PATCH /api/v1/webhooks/%(id)s once it works; POST .../recover catches up."
        )
        text = f"{sentence}\n\n" + more % {"id": endpoint.pk}
        transaction.on_commit(
            lambda: send_mail(_("A webhook was switched off"), text, None, [to], fail_silently=True)
        )


def off_key(endpoint: Endpoint) -> str:
    """Of the notice, so that switching on takes it back."""
    return f"webhook:{endpoint.pk}:off"


def _secrets(endpoints: set[UUID], *, now: datetime) -> dict[UUID, list[str]]:
    """The living secrets, newest first. One that does not open is left out and logged."""
    found: dict[UUID, list[str]] = {}
    rows = SigningSecret.objects.filter(endpoint__in=endpoints)
    for row in rows.filter(Q(expires_at=None) | Q(expires_at__gt=now)).order_by("-created_at"):
        try:
            secret = signing.unseal(row.sealed, row.sealed_by, endpoint=row.endpoint_id, row=row.pk)
        except signing.Unopenable as error:
            logger.error("webhook_secret_unopenable", endpoint=str(row.endpoint_id), error=str(error))
            continue
        found.setdefault(row.endpoint_id, []).append(secret)
    return found


@contextmanager
def _one_of_few() -> Iterator[bool]:
    """Hold one of RUNS_AT_ONCE places, or learn that all are taken. The lock falls with our connection."""
    mine = None
    with connection.cursor() as cursor:
        for number in range(RUNS_AT_ONCE):
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK + number])
            if cursor.fetchone()[0]:
                mine = _LOCK + number
                break
    try:
        yield mine is not None
    finally:
        if mine is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [mine])
