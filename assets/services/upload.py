"""A file arrives: cheap checks, bytes stored, row committed, the decoder woken. No crash leaves a half."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any
from uuid import uuid4

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assets import quotas, sniff, storage, wakes, words
from assets.models import Asset, Folder
from assets.refusals import Unusable
from assets.sniff import Limits
from tenants.access import Actor
from tenants.errors import Refused

TAGS_MAX = 20
TAG_LENGTH = 40
_STATUS = {
    "too_heavy": 413,
    "video_too_heavy": 413,
    "too_many_pixels": 413,
    "unknown_type": 415,
    "name_disagrees": 415,
}


def store_upload(
    *,
    file: Any,
    filename: str,
    folder: Folder | None = None,
    tags: Iterable[str] = (),
    title: str = "",
    by: Actor,
    now: datetime,
) -> Asset:
    """Take a photo or video. `file` is a seekable binary file (a Django upload or an open file).

    Returns the new Asset in state "processing" (the decoder looks at all of it later and may still refuse
    it), or, when these very bytes are in the library already, that Asset with `.duplicate = True`; from
    the trash it comes back. Raises Refused (field "file") with a sentence: wrong type, too large, no room.
    """
    filename = clean_filename(filename)
    content = file if isinstance(file, File) else File(file)
    size = content.size
    found = look(content, filename, size)
    wanted_tags = clean_tags(tags)
    digest = sha256_of(content)
    if existing := same_bytes(digest, now):
        return existing
    quotas.check_room(size)

    name = storage.new_name("originals", found.suffix)
    storage.note(name)
    content.seek(0)
    storage.write(name, content)
    try:
        with transaction.atomic():
            quotas.reserve(size)
            asset = new_asset(
                found=found,
                name=name,
                size=size,
                sha256=digest,
                filename=filename,
                folder=folder,
                tags=wanted_tags,
                title=title,
                by=by,
                now=now,
            )
            storage.vouch(name)
    except (IntegrityError, Refused) as problem:
        storage.remove_loose([name])
        # Somebody sent the same photo in the same moment; otherwise it is a real defect.
        if isinstance(problem, IntegrityError) and (existing := same_bytes(digest, now)):
            return existing
        raise
    wakes.ingest(asset_id=asset.pk)
    return asset


def look(content: Any, filename: str, size: int) -> sniff.Format:
    """The cheap check by the first bytes. Raises Refused (field "file")."""
    try:
        return sniff.look(content, filename=filename, size=size, limits=Limits())
    except Unusable as refusal:
        raise refused_file(refusal.code, refusal.facts) from None


def new_asset(
    *,
    found: sniff.Format,
    name: str,
    size: int,
    sha256: str,
    filename: str,
    folder: Folder | None,
    tags: list[str],
    title: str,
    by: Actor,
    now: datetime,
) -> Asset:
    """The row of a stored file. `sha256` "" when the decoder is to tell it (Asset.DIGEST_LATER stands in)."""
    return Asset.objects.create(
        folder=folder,
        kind=found.kind,
        title=(title.strip() or title_from(filename, now))[:120],
        tags=tags,
        filename=filename,
        name=name,
        mime=found.mime,
        bytes=size,
        sha256=sha256 or f"{Asset.DIGEST_LATER}{uuid4().hex}",
        uploaded_by=by.label,
        uploaded_by_id=by.user_id,
        created_at=now,
        updated_at=now,
    )


def same_bytes(digest: str, now: datetime) -> Asset | None:
    """The asset of these very bytes, `.duplicate = True`; from the trash it comes back."""
    same = (
        Asset.objects.trashed().filter(sha256=digest).exclude(state="refused").order_by("deleted_at").last()
    )
    on_shelf = Asset.objects.on_shelf().filter(sha256=digest).exclude(state="refused").first()
    asset = on_shelf or same
    if asset is None:
        return None
    if asset.deleted_at:
        asset.deleted_at, asset.deleted_by, asset.updated_at = None, "", now
        asset.save(update_fields=["deleted_at", "deleted_by", "updated_at"])
    asset.duplicate = True
    return asset


def sha256_of(content: File) -> str:
    digest = hashlib.sha256()
    content.seek(0)
    for chunk in content.chunks(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def refused_file(code: str, facts: dict[str, Any]) -> Refused:
    return Refused(words.sentence(code, facts), code=code, field="file", status=_STATUS.get(code, 400))


def clean_filename(filename: str) -> str:
    """Only for showing: no folders, no control characters, at most 200 characters with its suffix kept."""
    name = unicodedata.normalize("NFC", filename.replace("\\", "/").rsplit("/", 1)[-1])
    name = "".join(ch for ch in name if unicodedata.category(ch)[0] != "C").strip() or "upload"
    suffix = PurePosixPath(name).suffix[:20]
    return name if len(name) <= 200 else name[: 200 - len(suffix)] + suffix


_CAMERA = re.compile(
    r"^(img|dsc|dscn|dscf|pxl|mvi|vid|image|photo|screenshot|whatsapp|signal)?[\W_\d]*(at|jpe?g)?[\W_\d]*$",
    re.I,
)


def title_from(filename: str, now: datetime) -> str:
    """A title from the file name; a camera's number (IMG_1234) says nothing, so a plain word and the day."""
    stem = PurePosixPath(filename).stem
    if _CAMERA.match(stem):
        return _("Photo from %(day)s") % {"day": f"{now:%Y-%m-%d}"}
    text = re.sub(r"[_\-]+", " ", stem).strip()
    return text[:1].upper() + text[1:]


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Small letters, one space between words, no repeats, in the given order."""
    seen: dict[str, None] = {}
    for tag in tags:
        text = " ".join(str(tag).lower().replace("#", " ").replace(",", " ").split())
        if len(text) > TAG_LENGTH:
            raise Refused(
                _("Tags may have up to %(max)s letters; “%(tag)s…” is longer.")
                % {"max": TAG_LENGTH, "tag": text[:20]},
                code="tag_too_long",
                field="tags",
            )
        if text:
            seen[text] = None
    if len(seen) > TAGS_MAX:
        raise Refused(
            _("A photo can have up to %(max)s tags. Please remove some.") % {"max": TAGS_MAX},
            code="too_many_tags",
            field="tags",
        )
    return list(seen)
