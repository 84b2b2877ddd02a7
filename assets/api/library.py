"""Photos and videos."""

from __future__ import annotations

from functools import partial
from typing import ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.api.common import READ_ONE, valid
from assets.models import Asset, Folder, Kind, Season, State
from assets.queries import Wanted
from assets.serializing import asset_data
from assets.services.folders import find_folder
from tenants import idempotency
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.api_given import Given, one_of
from tenants.errors import Refused
from tenants.paging import CursorPages


class RenditionOut(serializers.Serializer):
    kind = serializers.CharField()
    mime = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    bytes = serializers.IntegerField()
    url = serializers.URLField(help_text="Signed; works without a login for an hour.")


class AssetOut(serializers.Serializer):
    """Documentation of assets.serializing.asset_data."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    state = serializers.ChoiceField(
        choices=State.choices,
        help_text="“processing” for a second or two after an upload; then usable or not.",
    )
    reason = serializers.CharField(help_text="Why it was not accepted; empty when all is well.")
    title = serializers.CharField()
    alt_text = serializers.CharField()
    description = serializers.CharField()
    credit = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    season = serializers.ChoiceField(choices=Season.choices)
    favourite = serializers.BooleanField()
    folder_id = serializers.UUIDField(allow_null=True)
    menu_item_id = serializers.UUIDField(allow_null=True)
    filename = serializers.CharField()
    mime = serializers.CharField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField(
        help_text="Empty for some seconds after an upload straight into the bucket."
    )
    version = serializers.IntegerField(help_text="Which of its files this is; another after a replacement.")
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="Seconds; null for photos.")
    focal_x = serializers.FloatField(help_text="Fraction of the width, from the left.")
    focal_y = serializers.FloatField(help_text="Fraction of the height, from the top.")
    use_count = serializers.IntegerField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    uploaded_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    renditions = RenditionOut(many=True)
    duplicate = serializers.BooleanField(
        help_text="Uploads only: these very bytes were in the library already."
    )


class AssetUpload(Given):
    file = serializers.FileField(help_text="JPEG, PNG, GIF, WebP, HEIC, MP4 or MOV.")
    tags = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Separated by commas."
    )
    title = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)


class AssetIn(Given):
    title = serializers.CharField(required=False, max_length=120)
    alt_text = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    description = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    credit = serializers.CharField(required=False, allow_blank=True, max_length=120)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    season = serializers.ChoiceField(choices=Season.choices, required=False, allow_blank=True)
    favourite = serializers.BooleanField(required=False)
    folder_id = serializers.UUIDField(required=False, allow_null=True)
    focal_x = serializers.FloatField(required=False)
    focal_y = serializers.FloatField(required=False)


FILTERS = [
    OpenApiParameter("q", str, description="Words in title, tags, dish, notes, alt text or file name."),
    OpenApiParameter("tag", str, many=True, description="Repeat it: all must be there."),
    OpenApiParameter("kind", str, enum=Kind.values),
    OpenApiParameter("shape", str, enum=queries.SHAPES),
    OpenApiParameter("season", str, enum=[value for value in Season.values if value]),
    OpenApiParameter("used", str, enum=["no"], description="“no”: never posted."),
    OpenApiParameter("favourite", str, enum=["1"]),
]


_CHOICES = {
    "kind": Kind.values,
    "shape": queries.SHAPES,
    "season": Season.values,
    "used": ["no"],
    "favourite": ["1"],
}


class FolderAssets(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.COMPOSE}
    parser_classes = (MultiPartParser, FormParser, JSONParser)

    @extend_schema(
        operation_id="folder_assets",
        summary="Photos and videos in a folder and below",
        parameters=FILTERS,
        responses=AssetOut(many=True),
        tags=["Library"],
    )
    def get(self, request: Request, folder_id: UUID) -> Response:
        folder = get_object_or_404(Folder, pk=folder_id)
        return _asset_page(request, folder=folder.pk)

    @extend_schema(
        operation_id="assets_upload",
        summary="Upload a photo or video into a folder",
        description=(
            "multipart/form-data. 201 with a new asset in state “processing”; 200 with the asset that is there "
            "when these very bytes were uploaded before."
        ),
        request={"multipart/form-data": AssetUpload},
        responses={200: AssetOut, 201: AssetOut},
        tags=["Library"],
    )
    def post(self, request: Request, folder_id: UUID) -> Response:
        return _upload(self, request, get_object_or_404(Folder, pk=folder_id))


class Assets(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.COMPOSE}
    parser_classes = (MultiPartParser, FormParser, JSONParser)

    @extend_schema(
        operation_id="assets_search",
        summary="Search the library",
        parameters=FILTERS,
        responses=AssetOut(many=True),
        tags=["Library"],
    )
    def get(self, request: Request) -> Response:
        return _asset_page(request, folder=None)

    @extend_schema(
        operation_id="assets_upload_loose",
        summary="Upload a photo or video outside all folders",
        request={"multipart/form-data": AssetUpload},
        responses={200: AssetOut, 201: AssetOut},
        tags=["Library"],
    )
    def post(self, request: Request) -> Response:
        return _upload(self, request, None)


def _upload(view: TenantAPIView, request: Request, folder: Folder | None) -> Response:
    file = request.FILES.get("file")
    if file is None:
        raise Refused(
            _("Send the file as multipart/form-data in the field “file”."), code="no_file", field="file"
        )
    store = partial(
        services.store_upload,
        file=file,
        filename=file.name or "",
        folder=folder,
        tags=[part for each in request.POST.getlist("tags") for part in each.split(",")],
        title=request.POST.get("title", ""),
        by=view.actor,
        now=timezone.now(),
    )
    return uploaded(idempotency.outside("upload", store))


def uploaded(asset: Asset) -> Response:
    """201 for a new one, 200 for one that was there."""
    (data,) = asset_data([asset])
    return Response({**data, "duplicate": asset.duplicate}, status=200 if asset.duplicate else 201)


def _asset_page(request: Request, folder: UUID | None) -> Response:
    for name, choices in _CHOICES.items():
        one_of(request, name, choices)
    wanted = Wanted.read(request.query_params, folder=folder, sort="newest", after="", trash=False)
    pages = CursorPages()
    rows = pages.paginate_queryset(queries.narrowed(Asset.objects.on_shelf(), wanted), request)
    return pages.get_paginated_response(asset_data(rows))


class AssetOne(TenantAPIView):
    can: ClassVar[dict[str, Can]] = READ_ONE

    @extend_schema(
        operation_id="assets_read", summary="One photo or video", responses=AssetOut, tags=["Library"]
    )
    def get(self, request: Request, asset_id: UUID) -> Response:
        asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
        services.nudge(asset=asset, now=timezone.now())
        return Response(asset_data([asset])[0])

    @extend_schema(
        operation_id="assets_change",
        summary="Describe, move, tag",
        request=AssetIn,
        responses=AssetOut,
        tags=["Library"],
    )
    def patch(self, request: Request, asset_id: UUID) -> Response:
        asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
        changes = dict(valid(AssetIn(data=request.data, partial=True)))
        if "folder_id" in changes:
            changes["folder"] = find_folder(folder_id=changes.pop("folder_id"))
        services.edit_asset(asset=asset, by=self.actor, now=timezone.now(), **changes)
        return Response(asset_data([asset])[0])

    @extend_schema(
        operation_id="assets_delete",
        summary="Move to the trash (30 days)",
        description="409 with code `asset_in_use` while a post that is still to go out shows it.",
        request=None,
        responses={204: None},
        tags=["Library"],
    )
    def delete(self, request: Request, asset_id: UUID) -> Response:
        asset = get_object_or_404(Asset.objects.on_shelf(), pk=asset_id)
        services.trash_assets(asset_ids=[asset.pk], by=self.actor, now=timezone.now())
        return Response(status=204)
