"""The decoder looks at a stored upload: ready, or refused with a reason. Safe to run twice or late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from assets import signals, storage, wakes
from assets.chores import due
from assets.models import Asset, Rendition
from assets.refusals import Unusable
from assets.services.decoded import LEASE, RETRY_AFTER, TRIES_MAX, NoAnswer, decoding, image_kinds
from assets.shapes import FIRST_KINDS

logger = structlog.get_logger(__name__)
NUDGE_AFTER = timedelta(seconds=3)
REFUSED_AFTER = timedelta(days=1)


def ingest(*, asset_id: UUID, now: datetime) -> Asset | None:
    """Decode, measure, make the renditions, mark ready; or mark refused and let go of the file.

    The page's two renditions come first and make the asset ready; the publishing ones follow. Returns None
    when another worker is on it or nothing is left to do. A worker killed here leaves a lease that runs
    out; the sweep or the next look at the asset wakes it again.
    """
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    claimed = Asset.objects.filter(free, pk=asset_id, state="processing").update(
        lease_until=now + LEASE, tries=F("tries") + 1
    )
    if not claimed:
        return None
    asset = Asset.objects.get(pk=asset_id)
    if asset.tries > TRIES_MAX:
        _refuse(asset, Unusable("too_complex"), now)
        return asset
    try:
        _decode_all(asset, now)
    except Unusable as refusal:
        if (
            asset.state == "ready"
        ):  # looked fine, one publishing format failed: asked for again, it gives its reason
            logger.warning("rendition_failed", asset=str(asset.pk), reason=refusal.code)
        else:
            _refuse(asset, refusal, now)
    except NoAnswer:
        # Not passed on unseen: it waits with a sentence, and whoever looks, or the sweep, tries again.
        Asset.objects.filter(pk=asset.pk).update(
            lease_until=now + RETRY_AFTER, tries=F("tries") - 1, reason_facts={"waits": "virus_check"}
        )
        due.note_in(wakes.WAITING_AFTER)
        return asset
    except Asset.DoesNotExist:
        logger.info("upload_gone_meanwhile", asset=str(asset.pk))
    except Exception:
        # Our own trouble (storage, database): it must not count against the file.
        Asset.objects.filter(pk=asset.pk).update(lease_until=now + RETRY_AFTER, tries=F("tries") - 1)
        raise
    Asset.objects.filter(pk=asset.pk).update(lease_until=None)
    return asset


def nudge(*, asset: Asset, now: datetime) -> None:
    """Somebody is looking at an upload nobody works on: its wake-up may have been lost, so send another."""
    idle = asset.lease_until is None or asset.lease_until < now
    if asset.state == "processing" and idle and asset.created_at < now - NUDGE_AFTER:
        wakes.ingest(asset_id=asset.pk)


def _decode_all(asset: Asset, now: datetime) -> None:
    facts: dict[str, Any] = {}
    waiting_for = set(FIRST_KINDS)
    kinds = image_kinds(asset.kind)
    for step in decoding(asset=asset, name=asset.name, kinds=kinds, number=asset.version):
        if isinstance(step, dict):
            facts = step
            continue
        waiting_for.discard(step.kind)
        if not waiting_for and asset.state != "ready":
            _ready(asset, facts, now)
    if asset.state != "ready":
        _ready(asset, facts, now)


def _ready(asset: Asset, facts: dict[str, Any], now: datetime) -> None:
    measured = {
        "mime": facts["mime"],
        "width": facts["width"],
        "height": facts["height"],
        "orientation": facts["orientation"],
        "duration_ms": round(facts["duration"] * 1000) if facts["duration"] else None,
        "animated": facts["frames"] > 1,
        "dhash": facts["dhash"],
        "state": "ready",
        "reason_facts": {},
        "updated_at": now,
    }
    if asset.sha256.startswith(Asset.DIGEST_LATER):
        measured["sha256"] = facts["sha256"]
    try:
        # Only from "processing": the owner may have thrown it away meanwhile, or a slow twin finished first.
        with transaction.atomic():
            Asset.objects.filter(pk=asset.pk, state="processing").update(**measured)
    except IntegrityError:  # put straight into the bucket, and only now known to be there already
        twin = Asset.objects.on_shelf().filter(sha256=facts["sha256"]).first()
        raise Unusable("already_here", title=twin.title if twin else "") from None
    for field, value in measured.items():
        setattr(asset, field, value)
    signals.asset_ready.send(sender=Asset, asset=asset)


def _refuse(asset: Asset, refusal: Unusable, now: datetime) -> None:
    """The row stays to tell the owner why (swept after a day); the bytes go."""
    with transaction.atomic():
        # Only while it is being prepared: a slow twin may have made it ready, and its original is not ours to drop.
        refused = Asset.objects.filter(pk=asset.pk, state="processing").update(
            state="refused", reason_code=refusal.code, reason_facts=refusal.facts, updated_at=now
        )
        if not refused:
            return
        asset.state, asset.reason_code, asset.reason_facts = "refused", refusal.code, refusal.facts
        renditions = Rendition.objects.filter(asset=asset)
        names = [asset.name, *renditions.values_list("name", flat=True)]
        renditions.delete()
        storage.doom(names)
        due.note_in(REFUSED_AFTER)
    storage.remove_loose(names)
    logger.info("upload_refused", asset=str(asset.pk), reason=refusal.code)
