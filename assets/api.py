"""/api/v1/folders and /api/v1/assets: the library for partners."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.models import Asset, Folder, Kind, Season, State
from assets.queries import Branch, Wanted
from assets.serializing import asset_data
from assets.services.folders import find_folder
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.errors import Refused
from tenants.paging import CursorPages

READ_ONE = {"GET": Can.VIEW, "PATCH": Can.COMPOSE, "DELETE": Can.COMPOSE}


class FolderOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    path = serializers.CharField(help_text="Names from the top down: “Food / Mains”.")
    assets = serializers.IntegerField(help_text="In this folder itself.")
    assets_below = serializers.IntegerField(help_text="In this folder and all below it.")


class FolderIn(serializers.Serializer):
    tenant_id = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=60)
    parent_id = serializers.UUIDField(required=False, allow_null=True, default=None)


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
    sha256 = serializers.CharField()
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


class AssetUpload(serializers.Serializer):
    file = serializers.FileField(help_text="JPEG, PNG, GIF, WebP, HEIC, MP4 or MOV.")
    tags = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Separated by commas."
    )
    title = serializers.CharField(required=False, allow_blank=True, default="", max_length=120)


class AssetIn(serializers.Serializer):
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


def folder_data(branch: Branch, tree: queries.Tree) -> dict[str, Any]:
    folder = branch.folder
    return {
        "id": str(folder.pk),
        "name": folder.name,
        "parent_id": str(folder.parent_id) if folder.parent_id else None,
        "path": " / ".join(each.name for each in tree.path(folder)),
        "assets": branch.own,
        "assets_below": branch.total,
    }


def _folders() -> list[dict[str, Any]]:
    tree = queries.tree()
    return [folder_data(branch, tree) for branch in tree.branches]


class TenantFolders(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="folders_list",
        summary="All folders, parents first",
        responses=FolderOut(many=True),
        tags=["Library"],
    )
    def get(self, request: Request, tenant_id: UUID) -> Response:
        return Response({"data": _folders(), "next_cursor": None})


class InitFolders(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="folders_init",
        summary="Make the starter folders",
        description="Food (Appetizers, Mains, Desserts), Drinks, Restaurant, Seasonal. What exists stays as it is.",
        request=None,
        responses={201: FolderOut(many=True)},
        tags=["Library"],
    )
    def post(self, request: Request, tenant_id: UUID) -> Response:
        services.init_folders(by=self.actor, now=timezone.now())
        return Response({"data": _folders(), "next_cursor": None}, status=201)


class Folders(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.COMPOSE}

    @extend_schema(
        operation_id="folders_mine",
        summary="All folders of the key's restaurant",
        responses=FolderOut(many=True),
        tags=["Library"],
    )
    def get(self, request: Request) -> Response:
        return Response({"data": _folders(), "next_cursor": None})

    @extend_schema(
        operation_id="folders_create",
        summary="Make a folder",
        request=FolderIn,
        responses={201: FolderOut},
        examples=[
            OpenApiExample("Within another", value={"name": "Pizza", "parent_id": None}, request_only=True)
        ],
        tags=["Library"],
    )
    def post(self, request: Request) -> Response:
        asked = _valid(FolderIn(data=request.data))
        parent = find_folder(folder_id=asked["parent_id"])
        folder = services.create_folder(name=asked["name"], parent=parent, by=self.actor, now=timezone.now())
        return Response(_one_folder(folder), status=201)


class FolderOne(TenantAPIView):
    can: ClassVar[dict[str, Can]] = READ_ONE

    @extend_schema(operation_id="folders_read", summary="One folder", responses=FolderOut, tags=["Library"])
    def get(self, request: Request, folder_id: UUID) -> Response:
        return Response(_one_folder(get_object_or_404(Folder, pk=folder_id)))

    @extend_schema(
        operation_id="folders_change",
        summary="Rename or move a folder",
        request=FolderIn,
        responses=FolderOut,
        tags=["Library"],
    )
    def patch(self, request: Request, folder_id: UUID) -> Response:
        folder = get_object_or_404(Folder, pk=folder_id)
        asked = _valid(FolderIn(data=request.data, partial=True))
        who: dict[str, Any] = {"by": self.actor, "now": timezone.now()}
        if "name" in request.data:
            services.rename_folder(folder=folder, name=asked["name"], **who)
        if "parent_id" in request.data:
            services.move_folder(folder=folder, parent=find_folder(folder_id=asked["parent_id"]), **who)
        return Response(_one_folder(folder))

    @extend_schema(
        operation_id="folders_delete",
        summary="Delete a folder",
        description="A folder that is not empty is refused, unless `move_to` names a folder, or `up` for one level up.",
        parameters=[OpenApiParameter("move_to", str)],
        request=None,
        responses={204: None},
        tags=["Library"],
    )
    def delete(self, request: Request, folder_id: UUID) -> Response:
        folder = get_object_or_404(Folder, pk=folder_id)
        target = request.query_params.get("move_to", "")
        up = target == "up"
        services.delete_folder(
            folder=folder,
            move_to=None if up else find_folder(folder_id=target),
            move_up=up,
            by=self.actor,
            now=timezone.now(),
        )
        return Response(status=204)


def _one_folder(folder: Folder) -> dict[str, Any]:
    tree = queries.tree()
    branch = tree.find(folder.pk)
    assert branch is not None
    return folder_data(branch, tree)


FILTERS = [
    OpenApiParameter("q", str, description="Words in title, tags, dish, notes, alt text or file name."),
    OpenApiParameter("tag", str, many=True, description="Repeat it: all must be there."),
    OpenApiParameter("kind", str, enum=Kind.values),
    OpenApiParameter("shape", str, enum=queries.SHAPES),
    OpenApiParameter("season", str, enum=[value for value in Season.values if value]),
    OpenApiParameter("used", str, enum=["no"], description="“no”: never posted."),
    OpenApiParameter("favourite", str, enum=["1"]),
]


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
    asset = services.store_upload(
        file=file,
        filename=file.name or "",
        folder=folder,
        tags=[part for each in request.POST.getlist("tags") for part in each.split(",")],
        title=request.POST.get("title", ""),
        by=view.actor,
        now=timezone.now(),
    )
    (data,) = asset_data([asset])
    return Response({**data, "duplicate": asset.duplicate}, status=200 if asset.duplicate else 201)


def _asset_page(request: Request, folder: UUID | None) -> Response:
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
        changes = dict(_valid(AssetIn(data=request.data, partial=True)))
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


def _valid(serializer: serializers.Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


urlpatterns = [
    path("tenants/<uuid:tenant_id>/folders", TenantFolders.as_view(), name="api_tenant_folders"),
    path("tenants/<uuid:tenant_id>/init-folders", InitFolders.as_view(), name="api_init_folders"),
    path("folders", Folders.as_view(), name="api_folders"),
    path("folders/<uuid:folder_id>", FolderOne.as_view(), name="api_folder"),
    path("folders/<uuid:folder_id>/assets", FolderAssets.as_view(), name="api_folder_assets"),
    path("assets", Assets.as_view(), name="api_assets"),
    path("assets/<uuid:asset_id>", AssetOne.as_view(), name="api_asset"),
]
