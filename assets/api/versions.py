"""Another file for the same photo; the earlier ones can come back."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.api.library import AssetOut
from assets.models import Asset
from assets.serializing import asset_data
from tenants import idempotency
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.errors import Refused


class VersionOut(serializers.Serializer):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(
        choices=["current", "processing", "kept", "refused"],
        help_text="“processing” for a second or two after it was sent; “kept”: an earlier one that can come back.",
    )
    reason = serializers.CharField(help_text="Why it was not accepted; empty otherwise.")
    filename = serializers.CharField()
    mime = serializers.CharField()
    bytes = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    sent_by = serializers.CharField()
    file_at = serializers.DateTimeField()


class VersionFile(serializers.Serializer):
    file = serializers.FileField(help_text="A photo for a photo, a video for a video.")


def _listed(asset: Asset) -> list[dict[str, Any]]:
    return [dict(VersionOut(each).data) for each in queries.versions_of(asset)]


class Versions(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.COMPOSE}
    parser_classes = (MultiPartParser, FormParser)

    @extend_schema(
        operation_id="versions_list",
        summary="Files this photo has and had",
        description="The current one first, then the newest.",
        responses=VersionOut(many=True),
        tags=["Library"],
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
        return Response({"data": _listed(asset), "next_cursor": None})

    @extend_schema(
        operation_id="versions_replace",
        summary="Replace the file, keep everything else",
        description=(
            "multipart/form-data. Title, tags, dish and posts stay. The new file takes over once it has been "
            "looked at; posts still to go out then show it. Large files: an upload in pieces with `replaces`."
        ),
        request={"multipart/form-data": VersionFile},
        responses={202: VersionOut(many=True)},
        tags=["Library"],
    )
    def post(self, request: Request, asset_id: UUID) -> Response:
        asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
        file = request.FILES.get("file")
        if file is None:
            raise Refused(
                _("Send the file as multipart/form-data in the field “file”."), code="no_file", field="file"
            )
        replace = partial(
            services.replace_file,
            asset=asset,
            file=file,
            filename=file.name or "",
            by=self.actor,
            now=timezone.now(),
        )
        idempotency.outside("replace", replace)
        return Response({"data": _listed(asset), "next_cursor": None}, status=202)


class VersionBack(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="versions_restore",
        summary="Bring an earlier file back",
        description="The current one becomes an earlier one and can come back as well.",
        request=None,
        responses=AssetOut,
        tags=["Library"],
    )
    def post(self, request: Request, asset_id: UUID, number: int) -> Response:
        asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
        asset = services.restore_version(asset=asset, number=number, by=self.actor, now=timezone.now())
        return Response(asset_data([asset])[0])
