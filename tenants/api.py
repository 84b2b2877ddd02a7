"""/api/v1/tenants: the restaurants a caller works for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import services
from tenants.access import Actor, Can
from tenants.api_base import TenantAPIView
from tenants.api_given import Given
from tenants.api_manners import MannerlyAPIView
from tenants.errors import Refused
from tenants.models import ApiKey, Plan, Tenant
from tenants.paging import CursorPages
from tenants.services.restaurants import NAME_MAX


class LimitsOut(serializers.Serializer):
    requests_per_hour = serializers.IntegerField()
    posts_per_day = serializers.IntegerField()


class TenantOut(serializers.ModelSerializer):
    paused = serializers.SerializerMethodField(help_text="While true nothing is published.")
    limits = serializers.SerializerMethodField()

    class Meta:
        model = Tenant
        fields = (
            "id",
            "slug",
            "name",
            "timezone",
            "country",
            "language",
            "plan",
            "paused",
            "limits",
            "created_at",
        )
        read_only_fields = fields

    def get_paused(self, tenant: Tenant) -> bool:
        return tenant.paused_at is not None

    @extend_schema_field(LimitsOut)
    def get_limits(self, tenant: Tenant) -> dict[str, int]:
        return {
            "requests_per_hour": settings.RATE_LIMITS[tenant.plan],
            "posts_per_day": settings.POST_LIMITS[tenant.plan],
        }


class TenantIn(Given):
    name = serializers.CharField(max_length=NAME_MAX)
    timezone = serializers.CharField(default="America/Chicago", help_text="IANA name, e.g. America/Chicago.")
    country = serializers.CharField(default="US", help_text="Two letters of ISO 3166, e.g. US.")
    language = serializers.CharField(default="en")
    plan = serializers.ChoiceField(choices=Plan.choices, default=Plan.BASIC)
    slug = serializers.SlugField(
        required=False, max_length=40, help_text="Wished for its address; another is chosen when it is taken."
    )


EXAMPLE = OpenApiExample(
    "A pizzeria",
    value={"name": "Krusty Pizza", "timezone": "America/Chicago", "country": "US"},
    request_only=True,
)


class Tenants(MannerlyAPIView):
    """Not about one restaurant: opens and lists them."""

    open_because = "asks its own question: a partner's key with the right scope, or a signed-in person"
    scopes: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.MANAGE}
    pagination_class = CursorPages  # read by the OpenAPI document too

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        needed = self.scopes.get("GET" if request.method == "HEAD" else request.method or "")
        if needed is None:
            raise exceptions.MethodNotAllowed(request.method or "")
        if not isinstance(request.auth, ApiKey) and not (request.user and request.user.is_authenticated):
            raise exceptions.NotAuthenticated
        self.count(request, tenant=request.auth.tenant if isinstance(request.auth, ApiKey) else None)
        if isinstance(request.auth, ApiKey) and needed not in request.auth.scopes:
            raise Refused(
                _("This key lacks the scope “%(scope)s”.") % {"scope": needed},
                code="scope_missing",
                status=403,
            )
        self.answer_once(request, tenant=None)

    @extend_schema(
        operation_id="tenants_list",
        summary="List the restaurants you work for",
        responses=TenantOut(many=True),
        tags=["Tenants"],
    )
    def get(self, request: Request) -> Response:
        tenants = Tenant.objects.filter(closed_at=None)
        key = request.auth
        if not isinstance(key, ApiKey):
            tenants = tenants.filter(memberships__user=request.user.pk)
        elif key.partner_id:
            tenants = tenants.filter(partners=key.partner_id)
        else:
            tenants = tenants.filter(pk=key.tenant_id)
        pages = self.pagination_class()
        rows = pages.paginate_queryset(tenants, request, self)
        return pages.get_paginated_response(TenantOut(rows, many=True).data)

    @extend_schema(
        operation_id="tenants_create",
        summary="Open a restaurant",
        description="With a partner's key of scope `manage`. Its tables are ready when the answer arrives.",
        request=TenantIn,
        responses={201: TenantOut},
        examples=[EXAMPLE],
        tags=["Tenants"],
    )
    def post(self, request: Request) -> Response:
        given = TenantIn(data=request.data)
        given.is_valid(raise_exception=True)
        key = request.auth
        who: dict[str, Any]
        if isinstance(key, ApiKey):
            if key.partner is None:
                raise Refused(
                    _("This key belongs to one restaurant. Opening another one needs a partner's key."),
                    code="partner_key_needed",
                    status=403,
                )
            who = {"partner": key.partner, "by": Actor.key(key)}
        else:
            who = {"owner": request.user, "by": Actor.of(request.user)}
            if given.validated_data["plan"] != Plan.BASIC:
                raise Refused(
                    _("A restaurant starts on the basic plan. Write to us to change it."),
                    code="plan_not_yours",
                    field="plan",
                    status=403,
                )
        tenant = services.open_restaurant(**given.validated_data, **who, now=timezone.now())
        location = f"/api/v1/tenants/{tenant.pk}"
        return Response(TenantOut(tenant).data, status=201, headers={"Location": location})


class TenantDetail(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="tenants_get", summary="Read one restaurant", responses=TenantOut, tags=["Tenants"]
    )
    def get(self, request: Request, tenant_id: Any) -> Response:
        return Response(TenantOut(self.tenant).data)


class KeyOut(serializers.ModelSerializer):
    partner = serializers.CharField(source="partner.name", default=None, allow_null=True)
    tenant_id = serializers.UUIDField(allow_null=True, help_text="Null: a partner's key for several.")
    restaurants = serializers.SerializerMethodField(help_text="How many it works for.")
    restaurants_max = serializers.IntegerField(source="partner.restaurants_max", default=1)
    scopes = serializers.ListField(child=serializers.CharField())
    allowed = serializers.ListField(
        child=serializers.CharField(), help_text="Networks it may be used from; empty: from anywhere."
    )

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "name",
            "prefix",
            "live",
            "scopes",
            "allowed",
            "tenant_id",
            "partner",
            "restaurants",
            "restaurants_max",
            "created_at",
            "expires_at",
            "last_used_at",
        )

    def get_restaurants(self, key: ApiKey) -> int:
        return key.partner.tenants.filter(closed_at=None).count() if key.partner else 1


class OwnKey(MannerlyAPIView):
    """About the key that asks, so that a program can say at its start what it may do and until when."""

    open_because = "tells a key about itself, and nobody about anything else"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not isinstance(request.auth, ApiKey):
            raise exceptions.NotAuthenticated
        self.count(request, tenant=request.auth.tenant)
        self.answer_once(request, tenant=request.auth.tenant)

    @extend_schema(operation_id="key_read", summary="What this key may do", responses=KeyOut, tags=["Keys"])
    def get(self, request: Request) -> Response:
        return Response(KeyOut(request.auth).data)


urlpatterns = [
    path("key", OwnKey.as_view(), name="api_key"),
    path("tenants", Tenants.as_view(), name="api_tenants"),
    path("tenants/<uuid:tenant_id>", TenantDetail.as_view(), name="api_tenant"),
]
