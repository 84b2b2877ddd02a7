"""A file in pieces: start, pieces in order, finish. What came over a broken line stays; the rest follows later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assets import quotas, storage, wakes
from assets.chores import due
from assets.models import Asset, Folder, Upload
from assets.refusals import Unusable
from assets.services.upload import (
    clean_filename,
    clean_tags,
    look,
    new_asset,
    refused_file,
    same_bytes,
)
from assets.services.versions import new_version, refuse_replacement
from assets.sniff import MP4, Format, Limits, check_weight
from tenants.access import Actor
from tenants.errors import Refused

PIECE = 4 * 1024 * 1024  # bytes; below DATA_UPLOAD_MAX_MEMORY_SIZE
S3_PIECE = 8 * 1024 * 1024  # S3 wants at least 5 MiB, and at most 10,000 pieces
UNTOUCHED = timedelta(hours=24)
OPEN_MAX = 200


def start_upload(
    *,
    filename: str,
    size: int,
    folder: Folder | None = None,
    tags: Iterable[str] = (),
    title: str = "",
    replaces: Asset | None = None,
    by: Actor,
    now: datetime,
) -> Upload:
    """Announce a file of `size` bytes, which are set aside in the plan from now on.

    Raises Refused for one that could not be taken whatever it holds. `replaces`: it becomes that asset's file.
    """
    try:
        if size <= 0:
            raise Unusable("empty")
        check_weight(
            MP4, size, Limits()
        )  # what it really is shows at the end; nothing may be larger than a video
    except Unusable as refusal:
        raise refused_file(refusal.code, refusal.facts) from None
    if replaces is not None:
        refuse_replacement(replaces)
    wanted_tags = clean_tags(tags)
    name = storage.new_name("originals", "part")
    with transaction.atomic():
        quotas.reserve(size)
        if Upload.objects.filter(asset__isnull=True).count() >= OPEN_MAX:
            raise Refused(
                _("Too many uploads are under way. Finish some first."), code="too_many_uploads", status=429
            )
        upload = Upload.objects.create(
            filename=clean_filename(filename),
            size=size,
            folder=folder,
            tags=wanted_tags,
            title=title.strip()[:120],
            name=name,
            replaces=replaces,
            started_by=by.label,
            created_at=now,
            touched_at=now,
        )
        due.note(now + UNTOUCHED)
    if not storage.is_local():
        upload.multipart = storage.start_multipart(name)
        upload.save(update_fields=["multipart"])
    return upload


def receive_piece(*, upload: Upload, offset: int, data: bytes, now: datetime) -> Upload:
    """The next piece, which must begin where the last one ended. Refused (409, code "offset") otherwise:

    the sender then asks how much arrived and goes on from there.
    """
    with transaction.atomic():  # the lock lets one of two crossing pieces through
        row = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if row is None or row.multipart or row.asset_id:
            raise _over()
        if offset != row.received:
            raise Refused(
                _("%(received)s bytes have arrived; go on from there.") % {"received": row.received},
                code="offset",
                status=409,
            )
        if not data or offset + len(data) > row.size:
            raise Refused(_("This piece is longer than the file."), code="piece_too_long", status=400)
        storage.put_piece(row.name, offset, data)
        row.received, row.touched_at = offset + len(data), now
        row.save(update_fields=["received", "touched_at"])
    return row


def piece_urls(*, upload: Upload) -> list[str]:
    """Where the sender puts the pieces itself (S3), S3_PIECE bytes each but the last; [] when they come to us."""
    if not upload.multipart:
        return []
    seconds = int(UNTOUCHED.total_seconds())
    return [
        storage.piece_url(upload.name, upload.multipart, number, min(S3_PIECE, upload.size - start), seconds)
        for number, start in enumerate(range(0, upload.size, S3_PIECE), 1)
    ]


def arrived_pieces(*, upload: Upload) -> list[int]:
    """Numbers of the pieces that are in the bucket, for a sender who goes on after a break."""
    if not upload.multipart:
        return []
    return sorted(storage.arrived_pieces(upload.name, upload.multipart))


def finish_upload(*, upload: Upload, by: Actor, now: datetime) -> Asset:
    """All pieces are there: from here on it is an upload like any other, and the pieces are its original.

    Not a byte is copied. Raises Refused as store_upload does. Incomplete is Refused with 409 and may be tried
    again; a refused file is over. Finishing again (the answer was lost) gives the same asset.
    """
    row = Upload.objects.select_related("asset", "folder", "replaces").filter(pk=upload.pk).first()
    if row is None:
        raise _over()
    if row.asset is not None:
        return _answered(row, row.asset)
    if row.multipart:
        _join(row)
    elif row.received != row.size:
        raise _incomplete(row.received, row.size)
    try:
        return _taken(row, by, now)
    except FileNotFoundError:
        raise _incomplete(0, row.size) from None
    except Refused as refusal:
        if refusal.code != "incomplete":
            _let_go([row])
        raise


def _taken(row: Upload, by: Actor, now: datetime) -> Asset:
    size = storage.storage().size(row.name)
    if size < row.size:
        raise _incomplete(size, row.size)
    if size > row.size:
        raise Refused(
            _("The pieces are longer than the file. Start it again."), code="piece_too_long", status=400
        )
    with storage.start_of(row.name) as start:
        found = look(start, row.filename, size)
    digest = storage.digest_of(row.name)
    if row.replaces is not None:
        refuse_replacement(row.replaces, found=found, sha256=digest)
    elif digest and (existing := same_bytes(digest, now)):
        return _had_already(row, existing)
    try:
        with transaction.atomic():
            # Locked: of two who finish at once, the second finds the first one's asset.
            row = Upload.objects.select_for_update(of=("self",)).select_related("folder").get(pk=row.pk)
            if row.asset_id is None:
                row.asset = _made(row, found, digest, by, now)
                row.save(update_fields=["asset"])
    except Upload.DoesNotExist:
        raise _over() from None
    except IntegrityError:
        if digest and (existing := same_bytes(digest, now)):
            return _had_already(row, existing)
        raise
    assert row.asset is not None
    return row.asset


def _made(row: Upload, found: Format, digest: str, by: Actor, now: datetime) -> Asset:
    if row.replaces is not None:
        version = new_version(
            asset=row.replaces,
            found=found,
            name=row.name,
            size=row.size,
            sha256=digest,
            filename=row.filename,
            by=by,
            now=now,
        )
        wakes.ingest_version(version_id=version.pk)
        return row.replaces
    asset = new_asset(
        found=found,
        name=row.name,
        size=row.size,
        sha256=digest,
        filename=row.filename,
        folder=row.folder,
        tags=row.tags,
        title=row.title,
        by=by,
        now=now,
    )
    wakes.ingest(asset_id=asset.pk)
    return asset


def _had_already(row: Upload, existing: Asset) -> Asset:
    with transaction.atomic():
        storage.doom([row.name])
        Upload.objects.filter(pk=row.pk).update(asset=existing)
    storage.remove_loose([row.name])
    return _answered(row, existing)


def _answered(row: Upload, asset: Asset) -> Asset:
    asset.duplicate = row.replaces_id is None and asset.name != row.name
    return asset


def _join(row: Upload) -> None:
    """Looked at before: what is too long, or not all there, is not even put together."""
    if storage.storage().exists(row.name):
        return
    arrived = sum(size for _mark, size in storage.arrived_pieces(row.name, row.multipart).values())
    if arrived < row.size:
        raise _incomplete(arrived, row.size)
    try:
        storage.join_multipart(row.name, row.multipart)
    except FileNotFoundError:
        raise _incomplete(0, row.size) from None


def _incomplete(received: int, size: int) -> Refused:
    return Refused(
        _("Only %(received)s of %(size)s bytes have arrived. Send the rest, then finish again.")
        % {"received": received, "size": size},
        code="incomplete",
        status=409,
    )


def _over() -> Refused:
    return Refused(_("This upload is over. Start it again."), code="upload_over", status=404)


def drop_unfinished(*, now: datetime) -> int:
    """Forget uploads nobody went on with for a day, and the answers of finished ones."""
    old = Upload.objects.filter(touched_at__lt=now - UNTOUCHED)
    left = list(old.filter(asset__isnull=True)[:500])
    _let_go(left)
    old.filter(asset__isnull=False).delete()
    return len(left)


def _let_go(rows: list[Upload]) -> None:
    with transaction.atomic():
        # Not those that somebody finishes in this moment: their file is an asset's by now.
        ours = Upload.objects.select_for_update().filter(pk__in=[row.pk for row in rows], asset__isnull=True)
        rows = list(ours)
        names = [row.name for row in rows]
        storage.doom(names)
        Upload.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        if row.multipart:
            storage.drop_multipart(row.name, row.multipart)
    storage.remove_loose(names)
