"""Another file for the same photo: title, tags, dish and posts stay, the earlier file is kept and can come back.

A new file is decoded first and takes over in one transaction, so there is never half a photo. Posts still to go
out show the file that is current when their picture is handed to Meta: whoever replaces a photo wants the better
one to be seen, and the pages of those posts show it too (docs/library.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, F, Func, Max, Q
from django.utils.translation import gettext as _

from assets import quotas, storage, wakes, words
from assets.chores import due
from assets.models import Asset, Rendition, Version
from assets.refusals import Unusable
from assets.services.decoded import LEASE, RETRY_AFTER, TRIES_MAX, NoAnswer, decoded, image_kinds
from assets.services.renditions import recipe
from assets.services.upload import clean_filename, look, sha256_of
from assets.shapes import FIRST_KINDS, SHAPES, fits
from assets.sniff import Format
from assets.usage import uses_of
from tenants.access import Actor
from tenants.errors import Refused

logger = structlog.get_logger(__name__)
KEPT_MAX = 10  # earlier files of one photo; the oldest beyond them goes
REFUSED_AFTER = timedelta(days=1)
NUDGE_AFTER = timedelta(seconds=3)
OF_FILE = (
    "filename", "name", "mime", "bytes", "sha256", "dhash", "width", "height", "orientation", "duration_ms", "animated",
)  # fmt: skip


def replace_file(*, asset: Asset, file: Any, filename: str, by: Actor, now: datetime) -> Version:
    """Send another file for an asset; a worker looks at it and lets it take over, or says why not.

    Raises Refused (field "file"): wrong type, no room, the same file, one under way, another kind.
    """
    refuse_replacement(asset)
    filename = clean_filename(filename)
    content = file if isinstance(file, File) else File(file)
    size = content.size
    found = look(content, filename, size)
    digest = sha256_of(content)
    refuse_replacement(asset, found=found, sha256=digest)
    quotas.check_room(size)
    name = storage.new_name("originals", found.suffix)
    storage.note(name)
    content.seek(0)
    storage.write(name, content)
    try:
        with transaction.atomic():
            quotas.reserve(size)
            version = new_version(
                asset=asset,
                found=found,
                name=name,
                size=size,
                sha256=digest,
                filename=filename,
                by=by,
                now=now,
            )
            storage.vouch(name)
    except Refused:
        storage.remove_loose([name])
        raise
    wakes.ingest_version(version_id=version.pk)
    return version


def new_version(
    *,
    asset: Asset,
    found: Format,
    name: str,
    size: int,
    sha256: str,
    filename: str,
    by: Actor,
    now: datetime,
) -> Version:
    """The row of a stored file that is to replace another. Raises Refused while one is under way."""
    Version.objects.filter(asset=asset, state="refused").delete()  # its reason has been read
    last = Version.objects.filter(asset=asset).aggregate(n=Max("number"))["n"] or 0
    try:
        with transaction.atomic():
            return Version.objects.create(
                asset=asset,
                number=max(last, asset.version) + 1,
                state="processing",
                filename=filename,
                name=name,
                mime=found.mime,
                bytes=size,
                sha256=sha256,
                sent_by=by.label,
                file_at=now,
            )
    except IntegrityError:
        raise _under_way() from None


def refuse_replacement(asset: Asset, *, found: Format | None = None, sha256: str = "") -> None:
    """Raises Refused for what cannot replace this asset's file, as far as is known yet."""
    if asset.state != "ready" or asset.deleted_at is not None:
        raise Refused(
            _("“%(title)s” cannot be replaced now. Wait until it is ready.") % {"title": asset.title},
            code="asset_not_ready",
            status=409,
        )
    if Version.objects.filter(asset=asset, state="processing").exists():
        raise _under_way()
    if found is not None and found.kind != asset.kind:
        raise Refused(
            _("A photo can only be replaced by a photo, a video by a video."), code="other_kind", field="file"
        )
    if sha256 and sha256 == asset.sha256:
        raise Refused(_("This is the file it has already."), code="same_file", field="file")
    if sha256:
        _refuse_twin(asset, sha256)


def _under_way() -> Refused:
    return Refused(
        _("Another file for it is being prepared. Try again in a moment."), code="replacing", status=409
    )


def _refuse_twin(asset: Asset, sha256: str) -> None:
    twin = (
        Asset.objects.on_shelf().filter(sha256=sha256).exclude(state="refused").exclude(pk=asset.pk).first()
    )
    if twin is not None:
        raise Refused(
            words.sentence("already_here", {"title": twin.title}),
            code="already_here",
            field="file",
            status=409,
        )


def ingest_version(*, version_id: UUID, now: datetime) -> Asset | None:
    """Decode the new file and let it take over, or mark it refused. Safe to run twice or late.

    Returns the asset when it changed, None when nothing came of it (refused, waits, another worker's).
    """
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    mine = Version.objects.filter(free, pk=version_id, state="processing")
    if not mine.update(lease_until=now + LEASE, tries=F("tries") + 1):
        return None
    version = Version.objects.select_related("asset").get(pk=version_id)
    asset = version.asset
    try:
        if version.tries > TRIES_MAX:
            raise Unusable("too_complex")
        facts = decoded(asset=asset, name=version.name, kinds=image_kinds(asset.kind), number=version.number)
        _refuse_shape(asset, facts["width"], facts["height"])
        changed = _swap(asset.pk, version.pk, _measured(facts), now)
        wakes.remake(asset_id=asset.pk)  # the point may have moved while it was decoded
        return changed
    except Unusable as refusal:
        _refuse(version, refusal)
    except NoAnswer:
        Version.objects.filter(pk=version.pk).update(
            lease_until=now + RETRY_AFTER, tries=F("tries") - 1, reason_facts={"waits": "virus_check"}
        )
    except (Asset.DoesNotExist, Version.DoesNotExist):  # removed meanwhile, or a slow twin was first
        logger.info("replacement_over", asset=str(asset.pk))
        _drop_pictures_of_nothing(version)
    except Exception:
        # Our own trouble (storage, database): it must not count against the file.
        Version.objects.filter(pk=version.pk).update(lease_until=now + RETRY_AFTER, tries=F("tries") - 1)
        raise
    return None


def nudge_version(*, asset: Asset, now: datetime) -> None:
    """Somebody looks at a photo whose replacement nobody works on: its wake-up may have been lost."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    waiting = Version.objects.filter(free, asset=asset, state="processing", file_at__lt=now - NUDGE_AFTER)
    for pk in waiting.values_list("pk", flat=True):
        wakes.ingest_version(version_id=pk)


def restore_version(*, asset: Asset, number: int, by: Actor, now: datetime) -> Asset:
    """Make an earlier file the current one; the current one becomes an earlier one. Raises Refused."""
    refuse_replacement(asset)
    version = Version.objects.filter(asset=asset, number=number, state="kept").first()
    if version is None:
        raise Refused(_("That earlier file is gone."), code="version_gone", status=404)
    _refuse_twin(asset, version.sha256)
    try:
        _refuse_shape(asset, version.width or 1, version.height or 1)
    except Unusable as refusal:
        raise Refused(words.sentence(refusal.code, refusal.facts), code=refusal.code, status=409) from None
    try:
        changed = _swap(asset.pk, version.pk, {}, now)
    except Version.DoesNotExist:
        raise Refused(_("That earlier file is gone."), code="version_gone", status=404) from None
    except Unusable as refusal:
        raise Refused(words.sentence(refusal.code, refusal.facts), code=refusal.code, status=409) from None
    wakes.remake(asset_id=asset.pk)
    return changed


def _swap(asset_id: UUID, version_id: UUID, measured: dict[str, Any], now: datetime) -> Asset:
    """The version's file becomes the asset's, the asset's becomes a version.

    Raises Unusable for a twin, DoesNotExist when somebody else was first: the asset's row lock lets one through.
    """
    dropped: list[str] = []
    digest = ""
    try:
        with transaction.atomic():
            asset = Asset.objects.select_for_update().get(pk=asset_id)
            version = Version.objects.get(pk=version_id)
            earlier = Version(
                asset=asset,
                number=asset.version,
                state="kept",
                sent_by=asset.file_by or asset.uploaded_by,
                file_at=asset.file_at or asset.created_at,
                **{field: getattr(asset, field) for field in OF_FILE},
            )
            digest = measured.get("sha256", version.sha256)
            version.delete()
            for field in OF_FILE:
                setattr(asset, field, measured.get(field, getattr(version, field)))
            asset.version, asset.file_at, asset.file_by = version.number, version.file_at, version.sent_by
            asset.updated_at = now
            asset.save()
            earlier.save(force_insert=True)
            _mark_current(asset, now)
            dropped = _drop_oldest(asset)
            storage.doom(dropped)
    except IntegrityError:
        twin = Asset.objects.on_shelf().filter(sha256=digest).first()
        if twin is None:
            raise
        raise Unusable("already_here", title=twin.title) from None
    storage.remove_loose(dropped)
    return asset


def _mark_current(asset: Asset, now: datetime) -> None:
    """Files of the other versions go after their time; those of this one stay, and its page pictures are the newest.

    Pages of other rooms show an asset's newest thumbnail.
    """
    recipes = [recipe(asset=asset, kind=kind) for kind in SHAPES[asset.kind]]
    files = Rendition.objects.filter(asset=asset)
    files.exclude(recipe__in=recipes).filter(superseded_at__isnull=True).update(superseded_at=now)
    files.filter(recipe__in=recipes).update(superseded_at=None)
    files.filter(recipe__in=recipes, kind__in=FIRST_KINDS).update(
        created_at=Func(function="clock_timestamp", output_field=DateTimeField())  # as their rows were made
    )
    due.note(now + timedelta(days=3))


def _drop_oldest(asset: Asset) -> list[str]:
    """Rows of the versions beyond KEPT_MAX; returns the names of their files."""
    old = list(Version.objects.filter(asset=asset, state="kept").order_by("-file_at", "-number")[KEPT_MAX:])
    return forget_versions(old)


def forget_versions(versions: Iterable[Version]) -> list[str]:
    """In a transaction: their rows and pictures go; returns the names of their files, to be doomed."""
    names: list[str] = []
    for version in versions:
        recipes = [recipe(asset=version.asset, kind=kind, version=version.number) for kind in FIRST_KINDS]
        pictures = Rendition.objects.filter(asset_id=version.asset_id, recipe__in=recipes)
        names += pictures.values_list("name", flat=True)
        if version.state != "refused":  # a refused one's file went when it was refused
            names.append(version.name)
        pictures.delete()
        version.delete()
    return names


def _drop_pictures_of_nothing(version: Version) -> None:
    """Pictures that were made of a file whose row was gone by then."""
    ours = Q(asset_id=version.asset_id)
    if Asset.objects.filter(pk=version.asset_id, version=version.number).exists():
        return
    if Version.objects.filter(ours, number=version.number).exists():
        return
    with transaction.atomic():
        pictures = Rendition.objects.filter(ours, recipe__in=_recipes(version))
        names = list(pictures.values_list("name", flat=True))
        storage.doom(names)
        pictures.delete()
    storage.remove_loose(names)


def _recipes(version: Version) -> list[str]:
    asset = version.asset
    return [recipe(asset=asset, kind=kind, version=version.number) for kind in SHAPES[asset.kind]]


def _measured(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "mime": facts["mime"],
        "sha256": facts["sha256"],
        "dhash": facts["dhash"],
        "width": facts["width"],
        "height": facts["height"],
        "orientation": facts["orientation"],
        "duration_ms": round(facts["duration"] * 1000) if facts["duration"] else None,
        "animated": facts["frames"] > 1,
    }


def _refuse_shape(asset: Asset, width: int, height: int) -> None:
    """A post that shows the photo as it is must still find it within Instagram's shapes. Raises Unusable."""
    as_is = SHAPES[asset.kind].get("ig_original")
    if as_is is None or fits(as_is, width, height) or not fits(as_is, asset.width or 1, asset.height or 1):
        return
    if any(use.blocking for use in uses_of([asset.pk])):
        raise Unusable("replace_ratio", how=_("tall") if width < height else _("wide"))


def _refuse(version: Version, refusal: Unusable) -> None:
    """The row stays for a day to tell the owner why; the bytes and what was made of them go."""
    with transaction.atomic():
        # Only while it is being prepared: a slow twin may have made this very file the current one.
        refused = Version.objects.filter(pk=version.pk, state="processing").update(
            state="refused", reason_code=refusal.code, reason_facts=refusal.facts, lease_until=None
        )
        if not refused:
            return
        pictures = Rendition.objects.filter(asset_id=version.asset_id, recipe__in=_recipes(version))
        names = [version.name, *pictures.values_list("name", flat=True)]
        pictures.delete()
        storage.doom(names)
        due.note_in(REFUSED_AFTER)
    storage.remove_loose(names)
    logger.info("replacement_refused", asset=str(version.asset_id), reason=refusal.code)
