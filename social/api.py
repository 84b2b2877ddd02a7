"""/api/v1: a restaurant's accounts (our word: channels) and the health of their access; the OAuth
addresses.
"""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from social import queries, services, views_public
from social.models import Channel, ChannelState
from social.registry.models import Platform
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.paging import CursorPages


class AccountOut(serializers.ModelSerializer):
    """One Facebook Page or Instagram professional account."""

    page_id = serializers.UUIDField(
        allow_null=True,
        help_text="Of an Instagram account: the account id of its Facebook Page, if connected.",
    )
    platform_id = serializers.CharField(source="remote_id", help_text="Facebook's own id of it.")
    platform = serializers.ChoiceField(choices=Platform.choices)
    state = serializers.ChoiceField(choices=ChannelState.choices)
    reason = serializers.CharField(help_text="Why it is not active; empty when it is.")
    url = serializers.CharField(source="address")

    class Meta:
        model = Channel
        fields = (
            "id",
            "platform",
            "platform_id",
            "name",
            "username",
            "picture_url",
            "page_id",
            "state",
            "reason",
            "url",
            "connected_at",
        )
        read_only_fields = fields


class TokenHealthOut(serializers.Serializer):
    """How long this account's access will last, and what to do. Never a token."""

    account_id = serializers.UUIDField()
    state = serializers.ChoiceField(
        choices=["healthy", "expiring", "needs_reconnect", "revoked", "paused", "disconnected"]
    )
    reason = serializers.CharField(
        allow_blank=True, help_text="Stable word, e.g. password, expired, role_lost."
    )
    detail = serializers.CharField(allow_blank=True, help_text="The same in a sentence for the owner.")
    fix = serializers.ChoiceField(choices=["", "reconnect", "resume"])
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Null: the access does not end by date."
    )
    data_access_expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Instagram only: 90 days after the person last confirmed at Facebook."
    )
    checked_at = serializers.DateTimeField(allow_null=True)
    next_check_at = serializers.DateTimeField(allow_null=True)
    missing_permissions = serializers.ListField(child=serializers.CharField())
    affected_account_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="Accounts that live on the same login."
    )


HEALTH_EXAMPLE = OpenApiExample(
    "Password changed",
    value={
        "account_id": "6f1c7f0e-8f0c-4c3b-9a54-0c6a4a3f9d11",
        "state": "needs_reconnect",
        "reason": "password",
        "detail": "The Facebook password was changed, which ends all access. Reconnect with the new one.",
        "fix": "reconnect",
        "expires_at": "2027-01-20T09:00:00Z",
        "data_access_expires_at": None,
        "checked_at": "2026-11-23T09:00:00Z",
        "next_check_at": "2026-11-24T09:00:00Z",
        "missing_permissions": [],
        "affected_account_ids": ["6f1c7f0e-8f0c-4c3b-9a54-0c6a4a3f9d11"],
    },
    response_only=True,
)


class Accounts(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}
    pagination_class = CursorPages  # read by the OpenAPI document too

    @extend_schema(
        operation_id="accounts_list",
        summary="List a restaurant's connected accounts",
        responses=AccountOut(many=True),
        tags=["Accounts"],
    )
    def get(self, request: Request, tenant_id: UUID) -> Response:
        return self.page(request)

    def page(self, request: Request) -> Response:
        pages = self.pagination_class()
        rows = pages.paginate_queryset(Channel.objects.connected(), request, self)
        return pages.get_paginated_response(AccountOut(rows, many=True).data)


class OwnAccounts(Accounts):
    @extend_schema(
        operation_id="accounts_list_own",
        summary="List the connected accounts of your key's restaurant",
        responses=AccountOut(many=True),
        tags=["Accounts"],
    )
    def get(self, request: Request) -> Response:  # type: ignore[override]
        return self.page(request)


class DisconnectOut(serializers.Serializer):
    """What disconnecting would do. Nothing was changed."""

    account_id = serializers.UUIDField()
    waiting_posts = serializers.IntegerField(
        help_text="Posts that are to go out there; they will be held until somebody decides."
    )
    first_waiting_at = serializers.DateTimeField(allow_null=True, help_text="When the first of them is due.")
    last_of_login = serializers.BooleanField(
        help_text="Whether our access is also revoked at Facebook: no other account lives on this login."
    )
    consequences = serializers.ListField(
        child=serializers.CharField(), help_text="The same in sentences for the owner."
    )


class Account(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "DELETE": Can.CONNECT}

    @extend_schema(
        operation_id="accounts_read", summary="One account", responses=AccountOut, tags=["Accounts"]
    )
    def get(self, request: Request, account_id: UUID) -> Response:
        return Response(AccountOut(_account(account_id)).data)

    @extend_schema(
        operation_id="accounts_disconnect",
        summary="Disconnect an account",
        description="Deletes its token, holds its scheduled posts and keeps its history. With the last"
        " account of a Facebook login our access is also revoked at Facebook. Repeating it is a 404."
        " Ask first with `?dry_run=true`: that answers 200 with the posts that wait, and changes nothing.",
        parameters=[
            OpenApiParameter(
                "dry_run", bool, description="Only say what it would do.", required=False, default=False
            )
        ],
        responses={200: DisconnectOut, 204: None},
        tags=["Accounts"],
    )
    def delete(self, request: Request, account_id: UUID) -> Response:
        asked = request.query_params.get("dry_run", "").lower()
        if asked not in ("", "0", "1", "true", "false"):
            raise serializers.ValidationError({"dry_run": "Send true or false."})
        if asked in ("1", "true"):
            found = queries.disconnecting(_account(account_id), now=timezone.now())
            return Response(DisconnectOut(found).data)
        services.disconnect_channel(channel=_account(account_id), by=self.actor, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenHealth(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="accounts_token_health",
        summary="Will this account still work next week?",
        responses=TokenHealthOut,
        examples=[HEALTH_EXAMPLE],
        tags=["Accounts"],
    )
    def get(self, request: Request, account_id: UUID) -> Response:
        health: dict[str, Any] = queries.token_health(_account(account_id), now=timezone.now())
        return Response(TokenHealthOut(health).data)


def _account(account_id: UUID) -> Channel:
    return get_object_or_404(Channel.objects.connected().select_related("connection"), pk=account_id)


oauth_urlpatterns = [
    path(
        "oauth/facebook/authorize",
        views_public.authorize,
        {"platform": "facebook"},
        name="facebook_authorize",
    ),
    path(
        "oauth/instagram/authorize",
        views_public.authorize,
        {"platform": "instagram"},
        name="instagram_authorize",
    ),
    path("oauth/facebook/callback", views_public.callback, name="connect_callback"),
]
urlpatterns = [
    path("tenants/<uuid:tenant_id>/accounts", Accounts.as_view(), name="api_tenant_accounts"),
    path("accounts", OwnAccounts.as_view(), name="api_accounts"),
    path("accounts/<uuid:account_id>", Account.as_view(), name="api_account"),
    path("accounts/<uuid:account_id>/token-health", TokenHealth.as_view(), name="api_token_health"),
    *oauth_urlpatterns,
]
