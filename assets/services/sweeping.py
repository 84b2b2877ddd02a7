"""What time and crashes leave behind: loose files, lost wake-ups, old trash, superseded renditions."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from assets import signals, storage, wakes
from assets.models import Asset, LooseFile, Rendition
from assets.services.shelf import purge_assets
from assets.services.transfer import drop_unfinished
from tenants.access import Actor

LOOSE_AFTER = timedelta(hours=6)  # longer than any upload takes
WAITING_AFTER = timedelta(minutes=5)
TRASH_DAYS = timedelta(days=30)
REFUSED_AFTER = timedelta(days=1)
SUPERSEDED_AFTER = timedelta(days=3)
BATCH = 500


def sweep(*, now: datetime) -> dict[str, int]:
    """One restaurant's tidying, bounded per run; returns what was done. Safe at any time, twice at once."""
    done = {"files": 0, "woken": 0, "purged": 0, "superseded": 0, "unfinished": 0}
    loose = LooseFile.objects.filter(since__lt=now - LOOSE_AFTER).values_list("name", flat=True)[:BATCH]
    done["files"] = storage.remove_loose(list(loose))

    idle = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = Asset.objects.filter(idle, state="processing", created_at__lt=now - WAITING_AFTER)
    for pk in waiting.values_list("pk", flat=True)[:BATCH]:
        wakes.ingest(asset_id=pk)
        done["woken"] += 1

    system = Actor.system("sweep")
    refused = Asset.objects.on_shelf().filter(state="refused", updated_at__lt=now - REFUSED_AFTER)
    refused.update(deleted_at=now, deleted_by=system.label)
    old = Q(deleted_at__lt=now - TRASH_DAYS) | Q(state="refused")
    gone = Asset.objects.trashed().filter(old).values_list("pk", flat=True)[:BATCH]
    done["purged"] = purge_assets(asset_ids=list(gone), by=system, now=now)

    done["unfinished"] = drop_unfinished(now=now)
    done["superseded"] = _drop_superseded(now)
    _drop_workplaces()
    signals.sweeping.send(sender=Asset, now=now)
    return done


def _drop_superseded(now: datetime) -> int:
    """Crops around an earlier focal point: an address of theirs that is still under way lives for hours."""
    old = Rendition.objects.filter(superseded_at__lt=now - SUPERSEDED_AFTER)
    names = list(old.values_list("name", flat=True)[:BATCH])
    if names:
        with transaction.atomic():
            storage.doom(names)
            Rendition.objects.filter(name__in=names).delete()
        storage.remove_loose(names)
    return len(names)


def _drop_workplaces() -> None:
    """Temporary folders of workers that were killed. Their times are the machine's, so its clock is asked."""
    before = time.time() - LOOSE_AFTER.total_seconds()
    for folder in Path(tempfile.gettempdir()).glob(f"{storage.WORK_PREFIX}*"):
        try:
            stale = folder.stat().st_mtime < before
        except FileNotFoundError:
            continue
        if stale:
            shutil.rmtree(folder, ignore_errors=True)
