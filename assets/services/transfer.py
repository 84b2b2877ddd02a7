"""A file in pieces: start, pieces in order, finish. What came over a broken line stays; the rest follows later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from assets import quotas, storage
from assets.models import Asset, Folder, Upload
from assets.refusals import Unusable
from assets.services.upload import clean_filename, clean_tags, refused_file, store_upload
from assets.sniff import MP4, Limits, check_weight
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
    by: Actor,
    now: datetime,
) -> Upload:
    """Announce a file of `size` bytes. Raises Refused for one that could not be taken whatever it holds."""
    try:
        if size <= 0:
            raise Unusable("empty")
        check_weight(
            MP4, size, Limits()
        )  # what it really is shows at the end; nothing may be larger than a video
    except Unusable as refusal:
        raise refused_file(refusal.code, refusal.facts) from None
    quotas.check_room(size + _under_way())  # else what was only begun would lie outside the plan
    if Upload.objects.count() >= OPEN_MAX:
        raise Refused(
            _("Too many uploads are under way. Finish some first."), code="too_many_uploads", status=429
        )
    name = storage.new_name("incoming", "part")
    multipart = "" if storage.is_local() else storage.start_multipart(name)
    return Upload.objects.create(
        filename=clean_filename(filename),
        size=size,
        folder=folder,
        tags=clean_tags(tags),
        title=title.strip()[:120],
        name=name,
        multipart=multipart,
        started_by=by.label,
        created_at=now,
        touched_at=now,
    )


def _under_way() -> int:
    return Upload.objects.aggregate(total=Sum("size"))["total"] or 0


def receive_piece(*, upload: Upload, offset: int, data: bytes, now: datetime) -> Upload:
    """The next piece, which must begin where the last one ended. Refused (409, code "offset") otherwise:

    the sender then asks how much arrived and goes on from there.
    """
    with transaction.atomic():  # the lock lets one of two crossing pieces through
        row = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if row is None or row.multipart:
            raise Refused(_("This upload is over. Start it again."), code="upload_over", status=404)
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
    count = -(-upload.size // S3_PIECE)
    seconds = int(UNTOUCHED.total_seconds())
    return [
        storage.piece_url(upload.name, upload.multipart, number, seconds) for number in range(1, count + 1)
    ]


def finish_upload(*, upload: Upload, by: Actor, now: datetime) -> Asset:
    """All pieces are there: from here on it is an upload like any other. Raises Refused as store_upload does.

    Incomplete is Refused with 409 and may be tried again; a refused file is over.
    """
    row = Upload.objects.filter(pk=upload.pk).first()
    if row is None:
        raise Refused(_("This upload is over. Start it again."), code="upload_over", status=404)
    if row.multipart:
        _join(row)
        if storage.storage().size(row.name) > row.size:  # asked first: fetching it would fill our disk
            _let_go([row])
            raise Refused(
                _("The pieces are longer than the file. Start it again."), code="piece_too_long", status=400
            )
    elif row.received != row.size:
        raise _incomplete(row.received, row.size)
    try:
        with storage.local_copy(row.name) as path, path.open("rb") as file:
            if path.stat().st_size != row.size:
                raise _incomplete(path.stat().st_size, row.size)
            asset = store_upload(
                file=File(file, name=row.filename),
                filename=row.filename,
                folder=row.folder,
                tags=row.tags,
                title=row.title,
                by=by,
                now=now,
            )
    except Refused as refusal:
        if refusal.code != "incomplete":
            _let_go([row])
        raise
    _let_go([row])
    return asset


def _join(row: Upload) -> None:
    try:
        if not storage.storage().exists(row.name):
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


def drop_unfinished(*, now: datetime) -> int:
    """Forget uploads nobody went on with for a day."""
    old = list(Upload.objects.filter(touched_at__lt=now - UNTOUCHED)[:500])
    _let_go(old)
    return len(old)


def _let_go(rows: list[Upload]) -> None:
    names = [row.name for row in rows]
    with transaction.atomic():
        storage.doom(names)
        Upload.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        if row.multipart:
            storage.drop_multipart(row.name, row.multipart)
    storage.remove_loose(names)
