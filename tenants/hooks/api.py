"""/api/v1/webhooks: where a partner's program is told, what was sent, and sending it again."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.access import Can
from tenants.api_base import OwnerAPIView
from tenants.api_etags import etag, must_match, tagged
from tenants.api_given import Given, one_of
from tenants.hooks import events, services
from tenants.hooks.models import Delivery, DeliveryState, Endpoint
from tenants.paging import CursorPages

NAMES = [*events.KINDS, "*"]
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag you read, or `*`."
)


class WebhookOut(serializers.Serializer):
    id = serializers.UUIDField()
    tenant_id = serializers.UUIDField(allow_null=True, help_text="Null: all restaurants of the partner.")
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    events = serializers.ListField(child=serializers.ChoiceField(choices=NAMES))
    enabled = serializers.BooleanField()
    disabled_because = serializers.ChoiceField(
        choices=["", "owner", "failing", "gone"],
        help_text="“failing”: three days without a success. “gone”: it answered 410.",
    )
    failing_since = serializers.DateTimeField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WebhookMadeOut(WebhookOut):
    secret = serializers.CharField(help_text="Shown in this answer only. Verify signatures with it.")


class SecretOut(serializers.Serializer):
    secret = serializers.CharField(help_text="Shown in this answer only.")
    old_secret_ends_at = serializers.DateTimeField()


class WebhookIn(Given):
    url = serializers.URLField(max_length=500, help_text="https, on the public internet.")
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=NAMES), min_length=1, max_length=50, default=["*"]
    )
    description = serializers.CharField(required=False, allow_blank=True, default="", max_length=200)
    tenant_id = serializers.UUIDField(
        required=False, help_text="With a partner's key: only this restaurant. Else all of the partner's."
    )


class WebhookChange(Given):
    url = serializers.URLField(max_length=500, required=False)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=NAMES), min_length=1, max_length=50, required=False
    )
    description = serializers.CharField(required=False, allow_blank=True, max_length=200)
    enabled = serializers.BooleanField(required=False)


class AttemptOut(serializers.Serializer):
    at = serializers.DateTimeField()
    milliseconds = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="Null: no answer came.")
    outcome = serializers.ChoiceField(
        choices=["delivered", "refused", "unreachable", "timeout", "unsafe", "gone", "unsigned"]
    )
    answer = serializers.CharField(allow_blank=True, help_text="The beginning of what your program said.")


class DeliveryOut(serializers.Serializer):
    id = serializers.UUIDField()
    event_id = serializers.CharField(
        source="event.public_id", help_text="What the header `webhook-id` carries."
    )
    type = serializers.CharField(source="event.type")
    state = serializers.ChoiceField(choices=DeliveryState.choices)
    tries = serializers.IntegerField()
    last_status = serializers.IntegerField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class DeliveryWholeOut(DeliveryOut):
    body = serializers.CharField(source="event.body", help_text="Exactly what is sent.")
    attempts = AttemptOut(many=True)


class RecoverIn(Given):
    since = serializers.DateTimeField(help_text="Of the last 14 days.")


class RecoverOut(serializers.Serializer):
    queued = serializers.IntegerField()


EXAMPLE = OpenApiExample(
    "Published or stopped",
    request_only=True,
    value={
        "url": "https://pos.example/hooks/social",
        "events": ["publication.published", "publication.needs_owner"],
    },
)


class Webhooks(OwnerAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.MANAGE, "POST": Can.MANAGE}

    @extend_schema(
        operation_id="webhooks_list",
        summary="Addresses that are told",
        responses=WebhookOut(many=True),
        tags=["Webhooks"],
    )
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        rows = pages.paginate_queryset(services.endpoints_of(**self.owner), request, self)
        return pages.get_paginated_response(WebhookOut(rows, many=True).data)

    @extend_schema(
        operation_id="webhooks_create",
        summary="Be told",
        description="The answer holds the signing secret, once. Signatures follow the Standard Webhooks"
        " specification; a failed delivery is repeated over three days with the same `webhook-id`.",
        request=WebhookIn,
        responses={201: WebhookMadeOut},
        examples=[EXAMPLE],
        tags=["Webhooks"],
    )
    def post(self, request: Request) -> Response:
        given = WebhookIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        endpoint, secret = services.create_endpoint(
            url=data["url"],
            names=data["events"],
            description=data["description"],
            **self.owner,
            by=self.actor,
            now=timezone.now(),
        )
        body = {**WebhookOut(endpoint).data, "secret": secret}
        headers = {"Location": f"/api/v1/webhooks/{endpoint.pk}", "ETag": _tag(endpoint)}
        return Response(body, status=201, headers=headers)


class _OfOne(OwnerAPIView):
    def endpoint(self, webhook_id: UUID) -> Endpoint:
        return get_object_or_404(services.endpoints_of(**self.owner), pk=webhook_id)


class Webhook(_OfOne):
    can: ClassVar[dict[str, Can]] = {"GET": Can.MANAGE, "PATCH": Can.MANAGE, "DELETE": Can.MANAGE}

    @extend_schema(
        operation_id="webhooks_read", summary="One address", responses=WebhookOut, tags=["Webhooks"]
    )
    def get(self, request: Request, webhook_id: UUID) -> Response:
        endpoint = self.endpoint(webhook_id)
        return tagged(request, WebhookOut(endpoint).data, _tag(endpoint))

    @extend_schema(
        operation_id="webhooks_change",
        summary="Change it, switch it on or off",
        parameters=[IF_MATCH],
        request=WebhookChange,
        responses=WebhookOut,
        tags=["Webhooks"],
    )
    def patch(self, request: Request, webhook_id: UUID) -> Response:
        endpoint = self.endpoint(webhook_id)
        must_match(request, _tag(endpoint))
        given = WebhookChange(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        names = data.pop("events", None)
        changed = services.change_endpoint(
            endpoint=endpoint, names=names, **data, by=self.actor, now=timezone.now()
        )
        return tagged(request, WebhookOut(changed).data, _tag(changed))

    @extend_schema(
        operation_id="webhooks_delete",
        summary="Stop telling it",
        responses={204: None},
        tags=["Webhooks"],
    )
    def delete(self, request: Request, webhook_id: UUID) -> Response:
        services.delete_endpoint(endpoint=self.endpoint(webhook_id), by=self.actor, now=timezone.now())
        return Response(status=204)


class WebhookTest(_OfOne):
    can: ClassVar[dict[str, Can]] = {"POST": Can.MANAGE}

    @extend_schema(
        operation_id="webhooks_test",
        summary="Send a test event",
        request=None,
        responses={202: DeliveryOut},
        tags=["Webhooks"],
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        delivery = services.send_test(endpoint=self.endpoint(webhook_id), by=self.actor, now=timezone.now())
        return _accepted(delivery)


class WebhookSecret(_OfOne):
    can: ClassVar[dict[str, Can]] = {"POST": Can.MANAGE}

    @extend_schema(
        operation_id="webhooks_rotate_secret",
        summary="A new signing secret",
        description="For 24 hours every message carries a signature of each; then only of the new one.",
        request=None,
        responses={201: SecretOut},
        tags=["Webhooks"],
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        now = timezone.now()
        secret = services.rotate_secret(endpoint=self.endpoint(webhook_id), by=self.actor, now=now)
        body = SecretOut({"secret": secret, "old_secret_ends_at": now + services.OVERLAP}).data
        return Response(body, status=201)


class WebhookRecover(_OfOne):
    can: ClassVar[dict[str, Can]] = {"POST": Can.MANAGE}

    @extend_schema(
        operation_id="webhooks_recover",
        summary="Send again what was given up",
        request=RecoverIn,
        responses={202: RecoverOut},
        tags=["Webhooks"],
    )
    def post(self, request: Request, webhook_id: UUID) -> Response:
        endpoint = self.endpoint(webhook_id)
        given = RecoverIn(data=request.data)
        given.is_valid(raise_exception=True)
        queued = services.recover(
            endpoint=endpoint, since=given.validated_data["since"], by=self.actor, now=timezone.now()
        )
        return Response({"queued": queued}, status=202)


class Deliveries(_OfOne):
    can: ClassVar[dict[str, Can]] = {"GET": Can.MANAGE}

    @extend_schema(
        operation_id="webhook_deliveries_list",
        summary="What was sent there",
        description="Of the last 30 days, newest first.",
        parameters=[OpenApiParameter("state", str, enum=DeliveryState.values)],
        responses=DeliveryOut(many=True),
        tags=["Webhooks"],
    )
    def get(self, request: Request, webhook_id: UUID) -> Response:
        rows = _deliveries(self.endpoint(webhook_id))
        if state := one_of(request, "state", DeliveryState.values):
            rows = rows.filter(state=state)
        pages = CursorPages()
        found = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(DeliveryOut(found, many=True).data)


class DeliveryOne(_OfOne):
    can: ClassVar[dict[str, Can]] = {"GET": Can.MANAGE}

    @extend_schema(
        operation_id="webhook_deliveries_read",
        summary="One delivery with every try",
        responses=DeliveryWholeOut,
        tags=["Webhooks"],
    )
    def get(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        rows = _deliveries(self.endpoint(webhook_id)).prefetch_related("attempts")
        delivery: Any = get_object_or_404(rows, pk=delivery_id)
        return Response(DeliveryWholeOut(delivery).data)


class Replay(_OfOne):
    can: ClassVar[dict[str, Can]] = {"POST": Can.MANAGE}

    @extend_schema(
        operation_id="webhook_deliveries_replay",
        summary="Send it again now",
        description="With the same `webhook-id` and the same bytes.",
        request=None,
        responses={202: DeliveryOut},
        tags=["Webhooks"],
    )
    def post(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> Response:
        delivery = get_object_or_404(_deliveries(self.endpoint(webhook_id)), pk=delivery_id)
        again = services.replay(delivery=delivery, by=self.actor, now=timezone.now())
        return _accepted(again)


def _deliveries(endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint=endpoint).select_related("event")


def _accepted(delivery: Delivery) -> Response:
    address = f"/api/v1/webhooks/{delivery.endpoint_id}/deliveries/{delivery.pk}"
    return Response(DeliveryOut(delivery).data, status=202, headers={"Location": address})


def _tag(endpoint: Endpoint) -> str:
    return etag(endpoint.version)


urlpatterns = [
    path("webhooks", Webhooks.as_view(), name="api_webhooks"),
    path("webhooks/<uuid:webhook_id>", Webhook.as_view(), name="api_webhook"),
    path("webhooks/<uuid:webhook_id>/test", WebhookTest.as_view(), name="api_webhook_test"),
    path("webhooks/<uuid:webhook_id>/secret", WebhookSecret.as_view(), name="api_webhook_secret"),
    path("webhooks/<uuid:webhook_id>/recover", WebhookRecover.as_view(), name="api_webhook_recover"),
    path("webhooks/<uuid:webhook_id>/deliveries", Deliveries.as_view(), name="api_webhook_deliveries"),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>",
        DeliveryOne.as_view(),
        name="api_webhook_delivery",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay",
        Replay.as_view(),
        name="api_webhook_replay",
    ),
]
