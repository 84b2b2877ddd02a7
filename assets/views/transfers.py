"""Large files in pieces, for our own scripts. All answers are JSON; a refusal has {"sentence", "code", "again"}."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assets import queries, services
from assets.models import Asset, Upload
from assets.services.folders import find_folder
from assets.services.transfer import PIECE, S3_PIECE, arrived_pieces, piece_urls
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
    """`filename`, `size`, `folder`, `tags`, `replaces` -> 201 {url, piece, offset, urls}.

    `urls` empty: PATCH the pieces to `url`, one after the other. Otherwise PUT piece 1, 2, ... to these addresses
    of the bucket, in any order, and then POST to `url`.
    """
    replaces = request.POST.get("replaces", "")
    size = request.POST.get("size", "")
    upload = services.start_upload(
        filename=request.POST.get("filename", ""),
        size=int(size) if size.isdecimal() else 0,
        folder=find_folder(folder_id=request.POST.get("folder")),
        tags=request.POST.get("tags", "").split(","),
        replaces=_asset(replaces) if replaces else None,
        by=request.actor,  # type: ignore[attr-defined]
        now=timezone.now(),
    )
    url = reverse("library_transfer", args=[upload.pk])
    urls = piece_urls(upload=upload)
    return JsonResponse(
        {"url": url, "piece": S3_PIECE if urls else PIECE, "offset": 0, "urls": urls}, status=201
    )


def _asset(text: str) -> Asset:
    try:
        return get_object_or_404(Asset.objects.on_shelf(), pk=UUID(text))
    except ValueError:
        raise Http404 from None


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "PATCH", "POST"])
@_spoken
def transfer(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    """GET: {offset, arrived}: bytes that came to us, or numbers of the pieces in the bucket.

    PATCH with Upload-Offset: the next piece. POST: finish, then tile_data.
    """
    upload = get_object_or_404(Upload, pk=upload_id)
    now = timezone.now()
    if request.method == "PATCH":
        offset = request.headers.get("Upload-Offset", "")
        at = int(offset) if offset.isdecimal() else -1
        # Not `request.body`, which would keep the piece for as long as the request lives (assets.api.transfers).
        piece = request.read(PIECE + 1)
        upload = services.receive_piece(upload=upload, offset=at, data=piece, now=now)
        return JsonResponse({"offset": upload.received})
    if request.method == "POST":
        asset = services.finish_upload(upload=upload, by=request.actor, now=now)  # type: ignore[attr-defined]
        data = tile_data(queries.tiles_of([asset])[0])
        return JsonResponse({**data, "duplicate_of": str(asset.pk) if asset.duplicate else None}, status=201)
    return JsonResponse({"offset": upload.received, "arrived": arrived_pieces(upload=upload)})
