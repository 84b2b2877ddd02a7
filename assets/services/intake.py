"""The decoder looks at a stored upload: ready, or refused with a reason. Safe to run twice or late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from assets import signals, storage, wakes
from assets.decoding import PHOTO_SECONDS, decode
from assets.ffmpeg import ffmpeg_binary
from assets.models import Asset, Rendition
from assets.refusals import Unusable
from assets.services.renditions import keep
from assets.shapes import FIRST_KINDS, SHAPES
from assets.sniff import Limits

logger = structlog.get_logger(__name__)
LEASE = timedelta(seconds=PHOTO_SECONDS * 2)
NUDGE_AFTER = timedelta(seconds=3)
RETRY_AFTER = timedelta(seconds=30)
TRIES_MAX = 3  # a file that took three workers down is refused


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
    # Videos are converted by a task of their own: their pages need only the poster's pictures now.
    kinds = [kind for kind, shape in SHAPES[asset.kind].items() if shape.mime.startswith("image/")]
    try:
        _decode_all(asset, kinds, now)
    except Unusable as refusal:
        if (
            asset.state == "ready"
        ):  # looked fine, one publishing format failed: asked for again, it gives its reason
            logger.warning("rendition_failed", asset=str(asset.pk), reason=refusal.code)
        else:
            _refuse(asset, refusal, now)
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


def _decode_all(asset: Asset, kinds: list[str], now: datetime) -> None:
    facts: dict[str, Any] = {}
    waiting_for = set(FIRST_KINDS)
    with storage.local_copy(asset.name) as path, storage.workplace() as out:
        for answer in decode(
            path,
            filename=path.name,
            kinds=kinds,
            out=out,
            focal=asset.focal,
            limits=Limits(),
            ffmpeg=ffmpeg_binary(settings.FFMPEG_BINARY),
        ):
            if "facts" in answer:
                facts = answer["facts"]
            else:
                made = keep(asset=asset, made=answer["made"])
                waiting_for.discard(made.kind)
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
        "updated_at": now,
    }
    # Only from "processing": the owner may have thrown it away meanwhile, or a slow twin finished first.
    Asset.objects.filter(pk=asset.pk, state="processing").update(**measured)
    for field, value in measured.items():
        setattr(asset, field, value)
    signals.asset_ready.send(sender=Asset, asset=asset)


def _refuse(asset: Asset, refusal: Unusable, now: datetime) -> None:
    """The row stays to tell the owner why (swept after a day); the bytes go."""
    asset.state, asset.reason_code, asset.reason_facts = "refused", refusal.code, refusal.facts
    with transaction.atomic():
        Asset.objects.filter(pk=asset.pk).update(
            state="refused", reason_code=refusal.code, reason_facts=refusal.facts, updated_at=now
        )
        renditions = Rendition.objects.filter(asset=asset)
        names = [asset.name, *renditions.values_list("name", flat=True)]
        renditions.delete()
        storage.doom(names)
    storage.remove_loose(names)
    logger.info("upload_refused", asset=str(asset.pk), reason=refusal.code)
