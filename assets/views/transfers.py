"""Large files in pieces, for our own scripts. All answers are JSON; a refusal has {"sentence", "code", "again"}."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assets import queries, services, storage
from assets.models import Upload
from assets.services.folders import find_folder
from assets.services.transfer import PIECE
from assets.views.uploads import tile_data
from tenants.access import Can, tenant_view
from tenants.errors import Refused

AGAIN = {"offset", "incomplete"}


def _spoken(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A refusal as JSON: scripts show its sentence."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            answer = {"sentence": str(refused), "code": refused.code, "again": refused.code in AGAIN}
            return JsonResponse(answer, status=refused.status)

    return inner


@tenant_view(Can.COMPOSE)
@require_POST
@_spoken
def start(request: HttpRequest) -> HttpResponseBase:
    """`filename`, `size`, `folder`, `tags` -> 201 {url, piece, offset}; 200 {"whole": true}: send it in one go."""
    if not storage.is_local():
        return JsonResponse({"whole": True})
    size = request.POST.get("size", "")
    upload = services.start_upload(
        filename=request.POST.get("filename", ""),
        size=int(size) if size.isdecimal() else 0,
        folder=find_folder(folder_id=request.POST.get("folder")),
        tags=request.POST.get("tags", "").split(","),
        by=request.actor,  # type: ignore[attr-defined]
        now=timezone.now(),
    )
    url = reverse("library_transfer", args=[upload.pk])
    return JsonResponse({"url": url, "piece": PIECE, "offset": 0}, status=201)


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "PATCH", "POST"])
@_spoken
def transfer(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """GET: {offset}, how much arrived. PATCH with Upload-Offset: the next piece. POST: finish, then tile_data."""
    upload = get_object_or_404(Upload, pk=upload_id)
    now = timezone.now()
    if request.method == "PATCH":
        offset = request.headers.get("Upload-Offset", "")
        at = int(offset) if offset.isdecimal() else -1
        upload = services.receive_piece(upload=upload, offset=at, data=request.body, now=now)
    elif request.method == "POST":
        asset = services.finish_upload(upload=upload, by=request.actor, now=now)  # type: ignore[attr-defined]
        data = tile_data(queries.tiles_of([asset])[0])
        return JsonResponse({**data, "duplicate_of": str(asset.pk) if asset.duplicate else None}, status=201)
    return JsonResponse({"offset": upload.received})
