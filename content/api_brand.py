"""/api/v1/brand and /api/v1/menu/items: what captions may truthfully say. Edits name what they were made from."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from assets.models import Asset
from content import services
from content.currency import currency_of
from content.models import BrandProfile, MenuItem
from content.words import EmojiPolicy, Tone, WritingMode
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.api_etags import etag, must_match, tagged
from tenants.api_given import Given
from tenants.errors import Refused
from tenants.paging import CursorPages

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag you read, or `*`."
)
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _words(most: int, length: int = 300, **more: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=length), required=False, max_length=most, **more
    )


class BrandFields(Given):
    """The same names for reading and for changing."""

    description = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    cuisine = serializers.CharField(required=False, allow_blank=True, max_length=120)
    city = serializers.CharField(required=False, allow_blank=True, max_length=120)
    audience = serializers.CharField(required=False, allow_blank=True, max_length=300)
    voice = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    tone = serializers.ChoiceField(required=False, choices=Tone.choices)
    words_to_use = _words(40)
    words_to_avoid = _words(40, help_text="A caption with one of these is never offered.")
    emoji = serializers.ChoiceField(required=False, choices=EmojiPolicy.choices)
    hashtags = serializers.ListField(
        child=serializers.RegexField(r"^\w{1,100}$", help_text="Without the #."),
        required=False,
        max_length=30,
    )
    hashtag_limit = serializers.IntegerField(required=False, min_value=0, max_value=30)
    languages = serializers.ListField(
        child=serializers.RegexField(LANGUAGE),
        required=False,
        min_length=1,
        max_length=10,
        help_text="The first is the usual one.",
    )
    call_to_action = serializers.CharField(required=False, allow_blank=True, max_length=200)
    links = serializers.ListField(
        child=serializers.URLField(max_length=300),
        required=False,
        max_length=10,
        help_text="Any other link is taken out of what the AI writes.",
    )
    mode = serializers.ChoiceField(required=False, choices=WritingMode.choices)


class BrandOut(serializers.ModelSerializer):
    class Meta:
        model = BrandProfile
        fields = (*BrandFields._declared_fields, "version", "updated_by", "updated_at")
        read_only_fields = fields


class Brand(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "PATCH": Can.MANAGE}

    @extend_schema(
        operation_id="brand_read",
        summary="How the restaurant speaks",
        responses=BrandOut,
        tags=["Brand and menu"],
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        profile = BrandProfile.objects.first() or BrandProfile(version=0, updated_at=now)
        return tagged(request, BrandOut(profile).data, etag(profile.version))

    @extend_schema(
        operation_id="brand_change",
        summary="Change how it speaks",
        parameters=[IF_MATCH],
        request=BrandFields,
        responses=BrandOut,
        examples=[
            OpenApiExample(
                "A usual tone", value={"tone": "friendly", "hashtags": ["KrustyPizza"]}, request_only=True
            )
        ],
        tags=["Brand and menu"],
    )
    def patch(self, request: Request) -> Response:
        given = BrandFields(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            row = BrandProfile.objects.select_for_update().first()
            must_match(request, etag(row.version if row else 0))
            profile = services.edit_brand(
                changes=dict(given.validated_data), by=self.actor, now=timezone.now()
            )
        return tagged(request, BrandOut(profile).data, etag(profile.version))


class DishFields(Given):
    name = serializers.CharField(max_length=120)
    section = serializers.CharField(required=False, allow_blank=True, max_length=80)
    description = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    price = serializers.DecimalField(
        required=False,
        allow_null=True,
        max_digits=10,
        decimal_places=2,
        min_value=0,
        help_text="Null: captions mention none.",
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="ISO 4217, e.g. USD.")
    allergens = _words(40)
    available = serializers.BooleanField(
        required=False, help_text="False: sold out (“86”). No caption recommends it and posts about it wait."
    )
    asset_id = serializers.UUIDField(required=False, allow_null=True, help_text="Its photo in the library.")
    season_from = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=12)
    season_to = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=12)


class DishOut(serializers.ModelSerializer):
    asset_id = serializers.UUIDField(source="photo_id", allow_null=True)
    price = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)

    class Meta:
        model = MenuItem
        fields = (
            "id",
            "name",
            "section",
            "description",
            "price",
            "currency",
            "allergens",
            "available",
            "unavailable_since",
            "asset_id",
            "season_from",
            "season_to",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


DISH = OpenApiExample(
    "A pizza",
    request_only=True,
    value={"name": "Margherita", "section": "Pizza", "price": "12.50", "currency": "USD"},
)


class Menu(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.COMPOSE}

    @extend_schema(
        operation_id="menu_list",
        summary="Dishes",
        parameters=[OpenApiParameter("available", bool, description="Only those on, or only those off.")],
        responses=DishOut(many=True),
        tags=["Brand and menu"],
    )
    def get(self, request: Request) -> Response:
        rows = MenuItem.objects.all()
        wanted = request.query_params.get("available")
        if wanted is not None:
            rows = rows.filter(available=serializers.BooleanField().run_validation(wanted))
        pages = CursorPages()
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(DishOut(found, many=True).data)

    @extend_schema(
        operation_id="menu_create",
        summary="Add a dish",
        request=DishFields,
        responses={201: DishOut},
        examples=[DISH],
        tags=["Brand and menu"],
    )
    def post(self, request: Request) -> Response:
        given = DishFields(data=request.data)
        given.is_valid(raise_exception=True)
        values = {"currency": currency_of(tenant=self.tenant), **given.validated_data}
        with transaction.atomic():
            item = _save(None, values, self)
        address = f"/api/v1/menu/items/{item.pk}"
        return Response(DishOut(item).data, status=201, headers={"Location": address, "ETag": _tag(item)})


class Dish(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "PATCH": Can.COMPOSE, "DELETE": Can.COMPOSE}

    @extend_schema(operation_id="menu_read", summary="One dish", responses=DishOut, tags=["Brand and menu"])
    def get(self, request: Request, item_id: UUID) -> Response:
        item = get_object_or_404(MenuItem, pk=item_id)
        return tagged(request, DishOut(item).data, _tag(item))

    @extend_schema(
        operation_id="menu_change",
        summary="Change a dish, take it off or put it back",
        parameters=[IF_MATCH],
        request=DishFields,
        responses=DishOut,
        examples=[OpenApiExample("Sold out", value={"available": False}, request_only=True)],
        tags=["Brand and menu"],
    )
    def patch(self, request: Request, item_id: UUID) -> Response:
        given = DishFields(data=request.data, partial=True)
        with transaction.atomic():
            item = get_object_or_404(MenuItem.objects.select_for_update(), pk=item_id)
            must_match(request, _tag(item))
            given.is_valid(raise_exception=True)
            item = _save(item, dict(given.validated_data), self)
        return tagged(request, DishOut(item).data, _tag(item))

    @extend_schema(
        operation_id="menu_delete",
        summary="Remove a dish",
        description="Posts about it stay and lose the link.",
        responses={204: None},
        tags=["Brand and menu"],
    )
    def delete(self, request: Request, item_id: UUID) -> Response:
        item = get_object_or_404(MenuItem, pk=item_id)
        services.delete_menu_item(item=item, by=self.actor, now=timezone.now())
        return Response(status=204)


def _save(item: MenuItem | None, values: dict[str, Any], view: TenantAPIView) -> MenuItem:
    who: dict[str, Any] = {"by": view.actor, "now": timezone.now()}
    values.pop("tenant_id", None)
    available = values.pop("available", None)
    if "asset_id" in values:
        values["photo"] = _photo(values.pop("asset_id"))
    seasons = [
        values.get(name, getattr(item, name, None) if item else None) for name in ("season_from", "season_to")
    ]
    if (seasons[0] is None) != (seasons[1] is None):
        raise Refused(
            _("Give both months of the season, or null for both."), code="season_half", field="season_to"
        )
    if item is None or values:
        item = services.save_menu_item(item=item, values=values, **who)
    if available is not None and available != item.available:
        item = services.set_available(item=item, available=available, **who)
    return item


def _photo(asset_id: UUID | None) -> Asset | None:
    if asset_id is None:
        return None
    asset = Asset.objects.filter(pk=asset_id, deleted_at__isnull=True).first()
    if asset is None:
        raise Refused(_("This photo is not in the library."), code="asset_unknown", field="asset_id")
    return asset


def _tag(item: MenuItem) -> str:
    return etag(int(item.updated_at.timestamp() * 1_000_000))


urlpatterns = [
    path("brand", Brand.as_view(), name="api_brand"),
    path("menu/items", Menu.as_view(), name="api_menu"),
    path("menu/items/<uuid:item_id>", Dish.as_view(), name="api_dish"),
]
