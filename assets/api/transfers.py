"""Uploads in pieces."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from assets import services
from assets.api.common import valid
from assets.api.library import AssetOut, uploaded
from assets.models import Asset, Upload
from assets.services.folders import find_folder
from assets.services.transfer import PIECE, S3_PIECE, piece_urls
from tenants import idempotency
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.api_given import Given


class Octets(BaseParser):
    """A piece of a file as it is, in a list of one, for the view to take out.

    A request is part of reference cycles and outlives its answer until the collector comes by; were the piece
    still in it, a large file would fill the memory with its pieces.
    """

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return [stream.read(PIECE + 1)]


class UploadStart(Given):
    filename = serializers.CharField(max_length=255)
    size = serializers.IntegerField(min_value=1, help_text="Bytes of the whole file.")
    folder_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    tags = serializers.ListField(child=serializers.CharField(), required=False, default=list)
    title = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)
    replaces = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="The asset whose file this is to become."
    )


class UploadOut(serializers.Serializer):
    id = serializers.UUIDField()
    size = serializers.IntegerField()
    offset = serializers.IntegerField(help_text="Bytes that have arrived here; the next piece begins there.")
    piece_bytes = serializers.IntegerField(
        help_text="Send pieces of this size; only the last may be shorter."
    )
    piece_urls = serializers.ListField(
        child=serializers.URLField(),
        help_text="When not empty, PUT piece 1, 2, ... to these addresses instead of sending them here, each of "
        "exactly `piece_bytes` (the last one of what is left): the length is signed.",
    )


class Uploads(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="uploads_start",
        summary="Start an upload in pieces",
        description="For large files and bad lines. Send the pieces, then finish; within 24 hours.",
        request=UploadStart,
        responses={201: UploadOut},
        tags=["Library"],
    )
    def post(self, request: Request) -> Response:
        asked = valid(UploadStart(data=request.data))
        start = partial(
            services.start_upload,
            filename=asked["filename"],
            size=asked["size"],
            folder=find_folder(folder_id=asked["folder_id"]),
            tags=asked["tags"],
            title=asked["title"],
            replaces=get_object_or_404(Asset.objects.on_shelf(), pk=asked["replaces"])
            if asked["replaces"]
            else None,
            by=self.actor,
            now=timezone.now(),
        )
        return Response(upload_data(idempotency.outside("start", start)), status=201)


class UploadOne(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.COMPOSE, "PATCH": Can.COMPOSE}
    parser_classes = (Octets,)

    @extend_schema(
        operation_id="uploads_read", summary="How much arrived", responses=UploadOut, tags=["Library"]
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        return Response(upload_data(get_object_or_404(Upload, pk=upload_id)))

    @extend_schema(
        operation_id="uploads_piece",
        summary="Send the next piece",
        description="409 with code `offset` when it does not begin where the last one ended: read, then go on.",
        parameters=[OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True)],
        request={"application/octet-stream": bytes},
        responses=UploadOut,
        tags=["Library"],
    )
    def patch(self, request: Request, upload_id: UUID) -> Response:
        upload = get_object_or_404(Upload, pk=upload_id)
        offset = request.headers.get("Upload-Offset", "")
        at = int(offset) if offset.isdecimal() else -1
        piece = cast(list[bytes], request.data).pop()
        upload = services.receive_piece(upload=upload, offset=at, data=piece, now=timezone.now())
        return Response(upload_data(upload))


class UploadFinish(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="uploads_finish",
        summary="Finish an upload",
        description="409 with code `incomplete` while bytes are missing. Otherwise as an upload in one go.",
        request=None,
        responses={200: AssetOut, 201: AssetOut},
        tags=["Library"],
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        upload = get_object_or_404(Upload, pk=upload_id)
        finish = partial(services.finish_upload, upload=upload, by=self.actor, now=timezone.now())
        return uploaded(idempotency.outside("finish", finish))


def upload_data(upload: Upload) -> dict[str, Any]:
    urls = piece_urls(upload=upload)
    return {
        "id": str(upload.pk),
        "size": upload.size,
        "offset": upload.received,
        "piece_bytes": S3_PIECE if urls else PIECE,
        "piece_urls": urls,
    }
