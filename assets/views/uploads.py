"""Uploads, and how far the worker is with them. JSON for our scripts, a plain form for everybody else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from assets import queries, services
from assets.models import Asset
from assets.queries import Tile
from assets.services.folders import find_folder
from tenants.access import Can, tenant_view
from tenants.errors import Refused

NEAR_MOST = 3  # photos that look the same, named beside an upload


def tile_data(tile: Tile) -> dict[str, Any]:
    """One asset as scripts read it. Sizes in pixels, focal point in fractions; addresses "" until made."""
    asset = tile.asset
    return {
        "id": str(asset.pk),
        "kind": asset.kind,
        "state": asset.state,
        "reason": asset.reason,
        "waits_for": asset.waits_for,
        "title": asset.title,
        "alt": asset.alt_text,
        "thumb": tile.thumb,
        "preview": tile.preview,
        "ig": tile.ig,
        "width": asset.width,
        "height": asset.height,
        "focal": list(asset.focal),
        "url": tile.url,
        "status_url": f"{tile.url}status/",
    }


def wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


@tenant_view(Can.COMPOSE)
@require_POST
def upload(request: HttpRequest) -> HttpResponseBase:
    """Files in `file` (scripts send one a request), `folder`, `tags` (commas).

    JSON: 201 with tile_data and `duplicate_of` (the id of the photo that was there already, or null); a
    refusal has its status and {"sentence", "code", "again"}: `again` says whether another try could help.
    """
    files = request.FILES.getlist("file")
    if wants_json(request):
        if not files:
            return JsonResponse(
                {
                    "sentence": _("No file arrived. Please choose it once more."),
                    "code": "no_file",
                    "again": True,
                },
                status=400,
            )
        try:
            asset = _store(request, files[0])
        except Refused as refused:
            answer = {"sentence": str(refused), "code": refused.code, "again": False}
            return JsonResponse(answer, status=refused.status)
        data = tile_data(queries.tiles_of([asset])[0])
        return JsonResponse({**data, "duplicate_of": str(asset.pk) if asset.duplicate else None}, status=201)
    return _plain_upload(request, files)


def _plain_upload(request: HttpRequest, files: list[Any]) -> HttpResponseBase:
    stored = 0
    if not files:
        messages.error(request, _("No file arrived. Please choose it once more."))
    for file in files:
        try:
            stored += not _store(request, file).duplicate
        except Refused as refused:
            messages.error(request, f"{file.name}: {refused}")
    if stored:
        text = ngettext("%(n)s file is being prepared.", "%(n)s files are being prepared.", stored)
        messages.success(request, text % {"n": stored})
    elif files and not any(message.level_tag == "error" for message in messages.get_messages(request)):
        messages.info(request, _("You have these already."))
    folder = request.POST.get("folder", "")
    return redirect(reverse("library") + (f"?folder={folder}" if folder else ""))


def _store(request: HttpRequest, file: Any) -> Asset:
    return services.store_upload(
        file=file,
        filename=file.name or "",
        folder=find_folder(folder_id=request.POST.get("folder")),
        tags=request.POST.get("tags", "").split(","),
        by=request.actor,  # type: ignore[attr-defined]
        now=timezone.now(),
    )


@tenant_view(Can.VIEW)
@never_cache
@require_GET
def status(request: HttpRequest, asset_id: UUID) -> HttpResponseBase:
    """How far the worker is: tile_data as JSON, or the tile itself with ?part=tile.

    With ?near=1 the JSON also has `near`: [{title, url, thumb}] of photos that look the same.
    """
    asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
    services.nudge(asset=asset, now=timezone.now())
    services.nudge_version(asset=asset, now=timezone.now())
    (tile,) = queries.tiles_of([asset])
    if request.GET.get("part") == "tile":
        return render(request, "assets/_tile.html", {"tiles": [tile]})
    data = {**tile_data(tile), "replacing": asset.versions.filter(state="processing").exists()}
    if request.GET.get("near") == "1":
        alike = queries.tiles_of(queries.near_copies(asset, NEAR_MOST), queries.GRID_KINDS)
        data["near"] = [{"title": one.asset.title, "url": one.url, "thumb": one.thumb} for one in alike]
    return JsonResponse(data)
