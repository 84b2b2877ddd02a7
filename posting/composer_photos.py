"""Photos for the composer: the picker's grid, upload in place, what the preview must know of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from assets.links import view_url
from assets.models import Asset
from assets.services import store_upload
from assets.services.renditions import current_renditions
from posting.composer_forms import is_uuid
from tenants.access import Can, tenant_view
from tenants.errors import Refused

PAGE = 36
KINDS = ("thumb", "preview")


def photo_data(assets: Iterable[Asset]) -> list[dict[str, Any]]:
    """One dict a photo, in the given order: addresses, size in pixels, focal point (fractions), words."""
    assets = list(assets)
    renditions = current_renditions(assets=assets, kinds=KINDS)
    return [
        {
            "id": str(asset.pk),
            "kind": asset.kind,
            "state": asset.state,
            "title": asset.title,
            "alt": asset.alt_text,
            "thumb": view_url(renditions[asset.pk].get("thumb")),
            "preview": view_url(renditions[asset.pk].get("preview")),
            "width": asset.width or 0,
            "height": asset.height or 0,
            "focal": [asset.focal_x, asset.focal_y],
            "uses": asset.use_count,
            "reason": asset.reason,
        }
        for asset in assets
    ]


def photos_by_id(ids: Sequence[str]) -> list[dict[str, Any]]:
    """photo_data of these ids in this order; ids that are gone are left out."""
    found = {str(asset.pk): asset for asset in Asset.objects.on_shelf().filter(pk__in=ids)}
    return photo_data(found[pk] for pk in ids if pk in found)


@tenant_view(Can.COMPOSE)
@require_GET
def photos(request: HttpRequest) -> HttpResponse:
    """Tiles of the picker, unused first: ?q= words, ?show=unused|photo|video, ?after= the last one seen."""
    found = Asset.objects.usable().matching(request.GET.get("q", ""))
    show = request.GET.get("show", "")
    if show == "unused":
        found = found.filter(use_count=0)
    elif show in ("photo", "video"):
        found = found.filter(kind=show)
    after = _seen(request.GET.get("after", ""))
    assets = list(found.unused_first(after)[: PAGE + 1])
    more = len(assets) > PAGE
    last = assets[PAGE - 1] if more else None
    context = {
        "photos": photo_data(assets[:PAGE]),
        "after": f"{last.use_count}~{last.created_at.isoformat()}~{last.pk}" if last else "",
        "first": after is None,
        "q": request.GET.get("q", ""),
        "show": show,
    }
    return render(request, "posting/_compose_picker.html", context)


def _seen(cursor: str) -> tuple[int, datetime, UUID] | None:
    """The keyset of a page; a garbled one starts from the beginning."""
    try:
        uses, at, pk = cursor.split("~")
        return int(uses), datetime.fromisoformat(at), UUID(pk)
    except ValueError:
        return None


@tenant_view(Can.COMPOSE)
@require_POST
def upload(request: HttpRequest) -> HttpResponseBase:
    """One file, field `file`. 201 with its photo_data; else {"sentence"}, and the page offers another try."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"sentence": _("No file arrived. Choose it once more.")}, status=400)
    try:
        asset = store_upload(file=file, filename=file.name or "", by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    except Refused as refused:
        return JsonResponse({"sentence": str(refused), "code": refused.code}, status=refused.status)
    return JsonResponse({"photo": photo_data([asset])[0], "duplicate": asset.duplicate}, status=201)


def store_files(request: HttpRequest, now: datetime) -> list[str]:
    """Files sent with the form itself (a browser without scripts): their asset ids. Refused for a bad one."""
    stored = []
    for file in request.FILES.getlist("photo"):
        asset = store_upload(file=file, filename=file.name or "", by=request.actor, now=now)  # type: ignore[attr-defined]
        stored.append(str(asset.pk))
    return stored


@tenant_view(Can.COMPOSE)
@require_GET
def photo_states(request: HttpRequest) -> HttpResponseBase:
    """?id=&id=: how far they are, for tiles that wait for their thumbnail."""
    ids = [UUID(value) for value in request.GET.getlist("id") if is_uuid(value)][:60]
    return JsonResponse({"photos": photo_data(Asset.objects.on_shelf().filter(pk__in=ids))})
