"""What time and crashes leave behind: loose files, lost wake-ups, old trash, superseded renditions."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from assets import signals, storage, wakes
from assets.chores import due
from assets.models import Asset, LooseFile, Rendition, Upload, Version
from assets.services.intake import REFUSED_AFTER
from assets.services.shelf import SUPERSEDED_AFTER, TRASH_DAYS, purge_assets
from assets.services.transfer import UNTOUCHED, drop_unfinished
from assets.shapes import FIRST_KINDS
from assets.storage import LOOSE_AFTER
from assets.wakes import WAITING_AFTER
from tenants.access import Actor

BATCH = 500
PAUSE = timedelta(minutes=1)  # before what was left over from a full batch
#: A conversion takes nine minutes at most; one that is not there after ten was lost with its worker. Tried again
#: for an hour only: what cannot be converted is not tried for ever, and a post that needs it asks once more.
CONVERTED_AFTER, CONVERTED_UNTIL = timedelta(minutes=10), timedelta(hours=1)


def sweep(*, now: datetime) -> dict[str, int]:
    """One restaurant's tidying, bounded per run; returns what was done. Safe at any time, twice at once.

    Ends by writing down when there is something to tidy again (assets/chores).
    """
    done = _tidy(now)
    with due.settled() as later:
        later(_next(now))
    return done


def _tidy(now: datetime) -> dict[str, int]:
    done = {"files": 0, "woken": 0, "converting": 0, "purged": 0, "superseded": 0, "unfinished": 0}
    loose = LooseFile.objects.filter(since__lt=now - LOOSE_AFTER).values_list("name", flat=True)[:BATCH]
    done["files"] = storage.remove_loose(list(loose))

    idle = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = Asset.objects.filter(idle, state="processing", created_at__lt=now - WAITING_AFTER)
    for pk in waiting.values_list("pk", flat=True)[:BATCH]:
        wakes.ingest(asset_id=pk)
        done["woken"] += 1
    replacing = Version.objects.filter(idle, state="processing", file_at__lt=now - WAITING_AFTER)
    for pk in replacing.values_list("pk", flat=True)[:BATCH]:
        wakes.ingest_version(version_id=pk)
        done["woken"] += 1
    for pk in (
        _unconverted(now).filter(updated_at__lte=now - CONVERTED_AFTER).values_list("pk", flat=True)[:BATCH]
    ):
        wakes.convert(asset_id=pk)
        done["converting"] += 1
    Version.objects.filter(state="refused", file_at__lt=now - REFUSED_AFTER).delete()

    system = Actor.system("sweep")
    refused = Asset.objects.on_shelf().filter(state="refused", updated_at__lt=now - REFUSED_AFTER)
    refused.update(deleted_at=now, deleted_by=system.label)
    old = Q(deleted_at__lt=now - TRASH_DAYS) | Q(state="refused")
    gone = Asset.objects.trashed().filter(old).values_list("pk", flat=True)[:BATCH]
    done["purged"] = purge_assets(asset_ids=list(gone), by=system, now=now)

    done["unfinished"] = drop_unfinished(now=now)
    done["superseded"] = _drop_superseded(now)
    signals.sweeping.send(sender=Asset, now=now)
    return done


def _next(now: datetime) -> datetime | None:
    """When there is something to tidy next; None while there is nothing at all."""
    if (
        Asset.objects.filter(state="processing").exists()
        or Version.objects.filter(state="processing").exists()
    ):
        return now + WAITING_AFTER
    shelf, trash = Asset.objects.on_shelf(), Asset.objects.trashed()
    firsts = (
        (LooseFile.objects.all(), "since", LOOSE_AFTER),
        (shelf.filter(state="refused"), "updated_at", REFUSED_AFTER),
        (trash.exclude(state="refused"), "deleted_at", TRASH_DAYS),
        (trash.filter(state="refused"), "deleted_at", timedelta(0)),
        (Version.objects.filter(state="refused"), "file_at", REFUSED_AFTER),
        (Upload.objects.all(), "touched_at", UNTOUCHED),
        (_superseded(), "superseded_at", SUPERSEDED_AFTER),
    )
    times = [
        first + wait
        for rows, field, wait in firsts
        if (first := rows.order_by().aggregate(first=Min(field))["first"]) is not None
    ]
    if (ready := _unconverted(now).aggregate(first=Min("updated_at"))["first"]) is not None:
        ours = ready + CONVERTED_AFTER
        times.append(ours if ours > now else now + CONVERTED_AFTER)
    return max(min(times), now + PAUSE) if times else None


def _unconverted(now: datetime) -> QuerySet[Asset]:
    """Films of the last hour that have no file for the networks yet."""
    there = Rendition.objects.filter(asset=OuterRef("pk"), kind="reel", superseded_at__isnull=True)
    fresh = Asset.objects.on_shelf().filter(kind="video", state="ready", updated_at__gt=now - CONVERTED_UNTIL)
    return fresh.filter(~Exists(there)).order_by()


def _superseded() -> QuerySet[Rendition]:
    """Files that nobody needs; the page pictures of an earlier version show it for as long as it is kept."""
    return Rendition.objects.filter(superseded_at__isnull=False).exclude(kind__in=FIRST_KINDS)


def _drop_superseded(now: datetime) -> int:
    old = _superseded().filter(superseded_at__lt=now - SUPERSEDED_AFTER)
    names = list(old.values_list("name", flat=True)[:BATCH])
    if names:
        with transaction.atomic():
            storage.doom(names)
            Rendition.objects.filter(name__in=names).delete()
        storage.remove_loose(names)
    return len(names)


def drop_workplaces() -> None:
    """Temporary folders of workers that were killed. Their times are the machine's, so its clock is asked."""
    before = time.time() - LOOSE_AFTER.total_seconds()
    for folder in Path(tempfile.gettempdir()).glob(f"{storage.WORK_PREFIX}*"):
        try:
            stale = folder.stat().st_mtime < before
        except FileNotFoundError:
            continue
        if stale:
            shutil.rmtree(folder, ignore_errors=True)
