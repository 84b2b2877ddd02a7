"""Folders."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets import queries, services
from assets.api.common import READ_ONE, valid
from assets.models import Folder
from assets.queries import Branch
from assets.services.folders import find_folder
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.api_given import Given


class FolderOut(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    path = serializers.CharField(help_text="Names from the top down: “Food / Mains”.")
    assets = serializers.IntegerField(help_text="In this folder itself.")
    assets_below = serializers.IntegerField(help_text="In this folder and all below it.")


class FolderIn(Given):
    tenant_id = serializers.UUIDField(required=False)
    name = serializers.CharField(max_length=60)
    parent_id = serializers.UUIDField(required=False, allow_null=True, default=None)


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
        asked = valid(FolderIn(data=request.data))
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
        asked = valid(FolderIn(data=request.data, partial=True))
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
