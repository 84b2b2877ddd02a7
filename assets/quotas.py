"""How much a restaurant may keep, by plan. Everything that lies in the storage as an original counts."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from assets.models import Asset, Upload, Version
from tenants.context import current_tenant
from tenants.errors import Refused
from tenants.urls_of import tenant_url

GIB = 1024**3
DEFAULT_GIB = {"basic": 5, "pro": 50, "enterprise": 500}
_LOCK = 0x5E1F  # our kind of advisory lock; the second number is the restaurant's


def allowed(plan: str) -> int:
    """Bytes of originals the plan includes. What we make of them (thumbnails, cuts) is on the house."""
    return getattr(settings, "LIBRARY_GIB", DEFAULT_GIB)[plan] * GIB


def used() -> int:
    """Bytes on the shelf, in the trash, of earlier versions, and announced by uploads under way."""
    assets = Asset.objects.kept().exclude(state="refused")
    return (
        _sum(assets, "bytes")
        + _sum(Version.objects.exclude(state="refused"), "bytes")
        + _sum(Upload.objects.filter(asset__isnull=True), "size")
    )


def in_trash() -> int:
    """Bytes that emptying the trash would free, without the versions."""
    return _sum(Asset.objects.trashed().exclude(state="refused"), "bytes")


def check_room(size: int) -> None:
    """Raises Refused when `size` more bytes do not fit: a first look, before bytes are written."""
    limit = allowed(current_tenant().plan)
    if used() + size <= limit:
        return
    trash = in_trash()
    if trash >= size:
        raise Refused(
            _("Your library is full (%(gb)s GB). %(mb)s MB of it lie in the trash: empty it, then try again.")
            % {"gb": limit // GIB, "mb": max(1, trash // 1024**2)},
            code="library_full",
            status=403,
            fix=tenant_url(current_tenant(), "library") + "?trash=1",
        )
    raise Refused(
        _("Your library is full (%(gb)s GB). Delete photos you no longer need or change the plan.")
        % {"gb": limit // GIB},
        code="library_full",
        status=403,
    )


def reserve(size: int) -> None:
    """In the transaction that writes the row of the bytes: the same look, one upload at a time.

    Two uploads at once cannot both see the last free room: the second waits for the first one's commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, current_tenant().schema_name]
        )
    check_room(size)


def _sum(rows: QuerySet, field: str) -> int:
    return rows.order_by().aggregate(total=Sum(field))["total"] or 0
