"""/api/v1: repeating posts."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from content.models import Post
from posting.partner import find_channels
from posting.recurring import services
from posting.recurring.models import Recurrence
from posting.recurring.rules import Every
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.errors import Refused
from tenants.paging import CursorPages


class RecurrenceOut(serializers.ModelSerializer):
    """A post that comes back. Each time is a publication of its own, planned two weeks ahead."""

    post_id = serializers.UUIDField()
    account_ids = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=["running", "paused", "over"])
    time = serializers.TimeField(source="at", format="%H:%M", help_text="On the restaurant's clock.")
    max_times = serializers.IntegerField(source="times", allow_null=True)
    description = serializers.CharField(source="words")

    class Meta:
        model = Recurrence
        fields = (
            "id",
            "post_id",
            "account_ids",
            "status",
            "every",
            "days",
            "time",
            "starts_on",
            "ends_on",
            "max_times",
            "description",
            "created_at",
        )

    def get_account_ids(self, recurrence: Recurrence) -> list[str]:
        return sorted(str(channel.pk) for channel in recurrence.channels.all())


class RecurrenceRuleIn(serializers.Serializer):
    """When and where it comes back."""

    account_ids = serializers.ListField(child=serializers.UUIDField(), max_length=50)
    every = serializers.ChoiceField(choices=Every.choices)
    days = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=31),
        max_length=31,
        help_text="week: 0 Monday to 6 Sunday. month: 1 to 31, where a short month uses its last day.",
    )
    time = serializers.TimeField(help_text="On the restaurant's clock, e.g. 18:00.")
    ends_on = serializers.DateField(required=False, allow_null=True)
    max_times = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=500)


class RecurrenceIn(RecurrenceRuleIn):
    tenant_id = serializers.UUIDField(required=False)
    post_id = serializers.UUIDField()
    starts_on = serializers.DateField(required=False)


EXAMPLE = OpenApiExample(
    "Every Tuesday and Thursday at six",
    request_only=True,
    value={
        "post_id": "2b0f3f1e-4d66-4d5a-8a40-77c0d7f7b2aa",
        "account_ids": ["7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60"],
        "every": "week",
        "days": [1, 3],
        "time": "18:00",
        "ends_on": "2027-03-31",
    },
)


class Make(TenantAPIView):
    can: ClassVar = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="posts_repeat",
        summary="Let a post come back",
        description="On days and at a time of the restaurant's clock; clock changes are taken care of.",
        request=RecurrenceIn,
        responses={201: RecurrenceOut},
        examples=[EXAMPLE],
        tags=["Posts"],
    )
    def post(self, request: Request) -> Response:
        given = RecurrenceIn(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = given.validated_data
        post = Post.objects.filter(pk=data["post_id"]).first()
        if post is None:
            raise Refused(
                "There is no such post in this restaurant.", code="post_unknown", field="post_id", status=404
            )
        made = services.repeat(
            post=post,
            channels=find_channels(account_ids=data["account_ids"]),
            every=data["every"],
            days=data["days"],
            at=data["time"],
            starts_on=data.get("starts_on"),
            ends_on=data.get("ends_on"),
            times=data.get("max_times"),
            by=self.actor,
            now=timezone.now(),
        )
        return Response(RecurrenceOut(made).data, status=201)


class Pages(CursorPages):
    field = "created_at"


class Listed(TenantAPIView):
    can: ClassVar = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="posts_repeating",
        summary="Repeating posts",
        responses=RecurrenceOut(many=True),
        tags=["Posts"],
    )
    def get(self, request: Request, tenant_id: UUID) -> Response:
        pages = Pages()
        found = pages.paginate_queryset(Recurrence.objects.prefetch_related("channels"), request, self)
        return pages.get_paginated_response(RecurrenceOut(found, many=True).data)  # type: ignore[arg-type]


class One(TenantAPIView):
    can: ClassVar = {"GET": Can.VIEW, "PUT": Can.PUBLISH}

    @extend_schema(
        operation_id="posts_repeating_read",
        summary="One repeating post",
        responses=RecurrenceOut,
        tags=["Posts"],
    )
    def get(self, request: Request, recurrence_id: UUID) -> Response:
        return Response(RecurrenceOut(get_object_or_404(Recurrence, pk=recurrence_id)).data)

    @extend_schema(
        operation_id="posts_repeating_change",
        summary="Change when and where a post comes back",
        description="From now on: what is planned ahead is taken back and planned anew; what went out stays."
        " One that is over cannot be changed (409).",
        request=RecurrenceRuleIn,
        responses=RecurrenceOut,
        tags=["Posts"],
    )
    def put(self, request: Request, recurrence_id: UUID) -> Response:
        recurrence = get_object_or_404(Recurrence, pk=recurrence_id)
        given = RecurrenceRuleIn(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = given.validated_data
        changed = services.change(
            recurrence=recurrence,
            channels=find_channels(account_ids=data["account_ids"]),
            every=data["every"],
            days=data["days"],
            at=data["time"],
            ends_on=data.get("ends_on"),
            times=data.get("max_times"),
            by=self.actor,
            now=timezone.now(),
        )
        return Response(RecurrenceOut(changed).data)


class _Act(TenantAPIView):
    can: ClassVar = {"POST": Can.PUBLISH}
    verb: ClassVar[Any]

    def _do(self, recurrence_id: UUID) -> Response:
        recurrence = get_object_or_404(Recurrence, pk=recurrence_id)
        type(self).verb(recurrence=recurrence, by=self.actor, now=timezone.now())
        recurrence.refresh_from_db()
        return Response(RecurrenceOut(recurrence).data)


class Pause(_Act):
    verb = staticmethod(services.pause)

    @extend_schema(
        operation_id="posts_repeating_pause",
        summary="Pause a repeating post",
        description="What is planned ahead is taken back.",
        request=None,
        responses=RecurrenceOut,
        tags=["Posts"],
    )
    def post(self, request: Request, recurrence_id: UUID) -> Response:
        return self._do(recurrence_id)


class Resume(_Act):
    verb = staticmethod(services.resume)

    @extend_schema(
        operation_id="posts_repeating_resume",
        summary="Resume a repeating post",
        request=None,
        responses=RecurrenceOut,
        tags=["Posts"],
    )
    def post(self, request: Request, recurrence_id: UUID) -> Response:
        return self._do(recurrence_id)


class End(_Act):
    verb = staticmethod(services.end)

    @extend_schema(
        operation_id="posts_repeating_end",
        summary="End a repeating post",
        request=None,
        responses=RecurrenceOut,
        tags=["Posts"],
    )
    def post(self, request: Request, recurrence_id: UUID) -> Response:
        return self._do(recurrence_id)


urlpatterns = [
    path("posts/recurring", Make.as_view(), name="api_recurring_make"),
    path("tenants/<uuid:tenant_id>/recurring", Listed.as_view(), name="api_recurring"),
    path("recurring/<uuid:recurrence_id>", One.as_view(), name="api_recurring_one"),
    path("recurring/<uuid:recurrence_id>/pause", Pause.as_view(), name="api_recurring_pause"),
    path("recurring/<uuid:recurrence_id>/resume", Resume.as_view(), name="api_recurring_resume"),
    path("recurring/<uuid:recurrence_id>/end", End.as_view(), name="api_recurring_end"),
]
