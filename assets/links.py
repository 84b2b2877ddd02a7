"""Addresses of renditions: signed public ones for Meta and partners, plain ones for our own pages."""

from __future__ import annotations

import base64
import binascii
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import connection

from assets import storage
from assets.models import Rendition
from assets.shapes import SUFFIX
from tenants.context import current_tenant
from tenants.models import Tenant
from tenants.urls_of import absolute, public_url, tenant_url

TTL = timedelta(hours=6)  # Meta fetches within minutes; a retry of a post comes with a fresh address
_SIGNER = "assets.media"
_PAYLOAD = struct.Struct(">16s16sI")  # tenant, rendition, expiry (seconds since 1970)


@dataclass(frozen=True)
class Grant:
    """What a valid token opens."""

    tenant_id: UUID
    rendition_id: UUID


def public_media_url(rendition: Rendition, *, ttl: timedelta = TTL) -> str:
    """Absolute address anybody can fetch without cookies until `ttl` has passed: ASCII, one hop, right type.

    With S3 configured it is the bucket's (or CloudFront's) own signed address, else ours under PUBLIC_URL.
    """
    if settings.AWS_STORAGE_BUCKET_NAME:
        return storage.storage().url(rendition.name, expire=int(ttl.total_seconds()))  # type: ignore[call-arg]
    token = sign(rendition, ttl=ttl)
    return absolute(public_url("media", token=token, suffix=SUFFIX[rendition.mime]))


def sign(rendition: Rendition, *, ttl: timedelta) -> str:
    until = int(time.time() + ttl.total_seconds())
    raw = _PAYLOAD.pack(current_tenant().pk.bytes, rendition.pk.bytes, until)
    payload = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return signing.Signer(salt=_SIGNER, sep=".").sign(payload)


def read(token: str) -> Grant | None:
    """What the token opens; None when it was forged, garbled or has expired."""
    try:
        payload = signing.Signer(salt=_SIGNER, sep=".").unsign(token)
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        tenant, rendition, until = _PAYLOAD.unpack(raw)
    except (signing.BadSignature, binascii.Error, struct.error):
        return None
    return Grant(UUID(bytes=tenant), UUID(bytes=rendition)) if until > time.time() else None


def view_url(rendition: Rendition | None) -> str:
    """Path for the restaurant's own pages (sign-in needed, kept by browsers); "" when not made yet."""
    return "" if rendition is None else file_url(rendition.pk, rendition.mime)


# Written out for grids of many: as a queryset the ids alone, each through Django's fields, took ten times as long.
_CURRENT = """
SELECT asset_id, id, mime FROM assets_rendition
 WHERE asset_id = ANY(%s::uuid[]) AND kind = %s AND superseded_at IS NULL
"""


def view_urls(asset_ids: Iterable[UUID], kind: str = "thumb") -> dict[Any, str]:
    """{asset id: path of its current file of this kind}, as far as they are made; one query."""
    ids = ",".join({str(pk) for pk in asset_ids})
    if not ids:
        return {}
    root = library_path()
    with connection.cursor() as rows:
        rows.execute(_CURRENT, [f"{{{ids}}}", kind])
        return {asset_id: file_url(pk, mime, root) for asset_id, pk, mime in rows}


def file_url(rendition_id: UUID, mime: str, root: str = "") -> str:
    """The same by its id and type, for grids that do not load whole rows; `root`: library_path(), asked once."""
    return f"{root or library_path()}file/{rendition_id}.{SUFFIX[mime]}"


def library_path() -> str:
    """Path of the library of the restaurant whose schema is set."""
    return _library_path(current_tenant().slug)


@lru_cache(maxsize=1024)  # reversing for each of sixty tiles would cost a page several milliseconds
def _library_path(slug: str) -> str:
    return tenant_url(Tenant(slug=slug), "library")


def page_url(asset_id: UUID, root: str = "") -> str:
    """Path of one asset's page within its restaurant; `root` as for file_url."""
    return f"{root or library_path()}asset/{asset_id}/"
