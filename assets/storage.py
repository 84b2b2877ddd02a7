"""Where files lie: local disk by default, S3 when a bucket is configured. One code path above.

Every name starts with the restaurant's schema and is otherwise random: nothing an owner typed becomes a
path, and one restaurant's files can be listed, exported and erased by prefix. Originals are private;
renditions leave only through signed addresses (`assets.links`).
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import Storage, default_storage
from django.db import IntegrityError, transaction

from assets.chores import due
from assets.models import LooseFile
from tenants.context import current_tenant

WORK_PREFIX = "social-automation-media-"
LOOSE_AFTER = timedelta(hours=6)  # longer than any upload takes
PEEK = 1024 * 1024


def new_name(shelf: str, suffix: str) -> str:
    """A fresh name on a shelf ("originals" or "renditions") of the current restaurant."""
    key = uuid4().hex
    return f"{current_tenant().schema_name}/{shelf}/{key[:2]}/{key}.{suffix}"


def note(*names: str) -> None:
    """Remember files about to be written, in a transaction of its own (see LooseFile)."""
    LooseFile.objects.bulk_create(LooseFile(name=name) for name in names)
    due.note_in(LOOSE_AFTER)


def write(name: str, content: BinaryIO | File) -> None:
    """Store under exactly this name. Call note() before and vouch() in the transaction of the row after."""
    stored = storage().save(name, content if isinstance(content, File) else File(content))
    if stored != name:  # cannot happen with random names; a silent rename would lose the file
        storage().delete(stored)
        raise OSError(f"{name} exists already.")


def vouch(*names: str) -> None:
    """In the transaction that creates the rows: their files are no longer loose."""
    if LooseFile.objects.filter(name__in=names).delete()[0] != len(names):
        raise IntegrityError(f"{names[0]} was swept away while it was being written.")


def doom(names: list[str]) -> None:
    """In the transaction that lets go of files: the sweep removes them once it has committed."""
    if names:
        LooseFile.objects.bulk_create([LooseFile(name=name) for name in names], ignore_conflicts=True)
        due.note_in(LOOSE_AFTER)


def remove_loose(names: list[str]) -> int:
    """Remove loose files now. Never touches a file a row vouches for; what another sweep holds is skipped."""
    removed = 0
    for name in names:
        with transaction.atomic():
            loose = LooseFile.objects.select_for_update(skip_locked=True).filter(name=name).first()
            if loose is None:
                continue
            storage().delete(name)
            loose.delete()
            removed += 1
    return removed


def put_piece(name: str, offset: int, data: bytes) -> None:
    """Write a piece of a growing local file at its place. Repeating a piece is harmless."""
    path = Path(storage().path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "wb") as file:
        file.seek(offset)
        file.write(data)


def is_local() -> bool:
    """Do files lie on a disk of ours (pieces come through us) or in a bucket (pieces go there directly)?"""
    try:
        storage().path("x")
    except NotImplementedError:
        return False
    return True


def start_multipart(name: str) -> str:
    """Begin a multipart upload into the bucket; returns S3's id of it."""
    bucket = storage().bucket  # type: ignore[attr-defined]
    answer = bucket.meta.client.create_multipart_upload(Bucket=bucket.name, Key=name)
    return answer["UploadId"]


def piece_url(name: str, multipart: str, number: int, length: int, seconds: int) -> str:
    """A signed address that takes piece `number` (from 1) of exactly `length` bytes by PUT, for so many seconds.

    The length is part of what is signed: S3 refuses a longer or shorter body before it is stored.
    """
    bucket = storage().bucket  # type: ignore[attr-defined]
    params = {
        "Bucket": bucket.name,
        "Key": name,
        "UploadId": multipart,
        "PartNumber": number,
        "ContentLength": length,
    }
    return bucket.meta.client.generate_presigned_url("upload_part", Params=params, ExpiresIn=seconds)


def arrived_pieces(name: str, multipart: str) -> dict[int, tuple[str, int]]:
    """{number: (mark, bytes)} of the pieces that are in the bucket; {} when it knows of no such upload."""
    bucket = storage().bucket  # type: ignore[attr-defined]
    client = bucket.meta.client
    listed = client.get_paginator("list_parts").paginate(Bucket=bucket.name, Key=name, UploadId=multipart)
    with suppress(client.exceptions.NoSuchUpload):
        return {
            part["PartNumber"]: (part["ETag"], part["Size"])
            for page in listed
            for part in page.get("Parts", [])
        }
    return {}


def join_multipart(name: str, multipart: str) -> None:
    """Make one object of the pieces that are in the bucket, in order of their numbers."""
    arrived = arrived_pieces(name, multipart)
    if not arrived:
        raise FileNotFoundError(name)
    parts = [{"PartNumber": number, "ETag": mark} for number, (mark, _size) in sorted(arrived.items())]
    bucket = storage().bucket  # type: ignore[attr-defined]
    client = bucket.meta.client
    client.complete_multipart_upload(
        Bucket=bucket.name, Key=name, UploadId=multipart, MultipartUpload={"Parts": parts}
    )


def drop_multipart(name: str, multipart: str) -> None:
    bucket = storage().bucket  # type: ignore[attr-defined]
    client = bucket.meta.client
    with suppress(client.exceptions.NoSuchUpload):
        client.abort_multipart_upload(Bucket=bucket.name, Key=name, UploadId=multipart)


def storage() -> Storage:
    return default_storage


def open_file(name: str) -> File:
    return storage().open(name, "rb")


@contextmanager
def start_of(name: str) -> Iterator[BinaryIO]:
    """The file's beginning, to look at: all of it where it lies on our disk, its first PEEK bytes from a bucket."""
    if is_local():
        with open_file(name) as file:
            yield cast(BinaryIO, file)
        return
    bucket = storage().bucket  # type: ignore[attr-defined]
    answer = bucket.meta.client.get_object(Bucket=bucket.name, Key=name, Range=f"bytes=0-{PEEK - 1}")
    yield io.BytesIO(answer["Body"].read())


def digest_of(name: str) -> str:
    """SHA-256 of a file on our disk; "" for one in a bucket: a web request must not fetch 300 MB to count them."""
    if not is_local():
        return ""
    with Path(storage().path(name)).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def local_copy(name: str) -> Iterator[Path]:
    """The file as a path: where it lies when storage is local, else a download that is removed after.

    FileNotFoundError when it is gone.
    """
    try:
        path: Path | None = Path(storage().path(name))
    except NotImplementedError:  # S3
        path = None
    if path is not None:
        if not path.is_file():
            raise FileNotFoundError(name)
        yield path
        return
    with workplace() as folder:
        copy = folder / Path(name).name
        with open_file(name) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1024 * 1024)
        yield copy


@contextmanager
def workplace() -> Iterator[Path]:
    """A private folder for intermediate files. Left-overs of killed workers are swept by prefix and age."""
    with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
