"""/api/v1: an account's weekly times."""

from __future__ import annotations

from datetime import time
from typing import Any, ClassVar
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.response import Response

from posting.slots import services
from posting.slots.finding import next_free
from posting.slots.models import WeeklySlot
from social.models import Channel
from tenants.access import Can
from tenants.api_base import TenantAPIView


class ClockField(serializers.RegexField):
    """ "18:00" <-> a time of day. OpenAPI's own format "time" wants seconds and a zone, so it is a pattern here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^([01][0-9]|2[0-3]):[0-5][0-9]$", **kwargs)

    def to_internal_value(self, data: Any) -> time:  # type: ignore[override]
        text = super().to_internal_value(data)
        self.run_validators(text)
        return time.fromisoformat(text)

    def run_validation(self, data: Any = empty) -> Any:
        (is_empty, value) = self.validate_empty_values(data)
        return value if is_empty else self.to_internal_value(data)

    def to_representation(self, value: time) -> str:  # type: ignore[override]
        return f"{value:%H:%M}"


class SlotOut(serializers.Serializer):
    """One weekly time."""

    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 Monday to 6 Sunday.")
    time = ClockField(source="at", help_text="On the restaurant's clock, e.g. 18:00.")


class WeekOut(serializers.Serializer):
    """An account's weekly times, in the order of the week."""

    account_id = serializers.UUIDField()
    timezone = serializers.CharField(help_text="The restaurant's IANA zone, in which the times are meant.")
    slots = SlotOut(many=True)
    next_free_at = serializers.DateTimeField(
        allow_null=True,
        help_text='Where `"when": "next_slot"` would put a post now. Null: no times, or every one is taken.',
    )


class WeekIn(serializers.Serializer):
    slots = SlotOut(
        many=True, help_text="All of them: what is not in the list is removed. An empty list removes all."
    )


EXAMPLE = OpenApiExample(
    "Tuesday and Friday evening",
    request_only=True,
    value={"slots": [{"weekday": 1, "time": "18:00"}, {"weekday": 4, "time": "17:30"}]},
)


class Week(TenantAPIView):
    can: ClassVar = {"GET": Can.VIEW, "PUT": Can.PUBLISH}

    def rehearses(self, request: Request) -> bool:
        return True  # a timetable: nothing reaches Facebook or Instagram

    @extend_schema(
        operation_id="accounts_slots_read",
        summary="Weekly times of an account",
        responses=WeekOut,
        tags=["Accounts"],
    )
    def get(self, request: Request, account_id: UUID) -> Response:
        return self._week(_account(account_id))

    @extend_schema(
        operation_id="accounts_slots_replace",
        summary="Replace the weekly times of an account",
        description="What is planned at a time that is removed stays planned. Sending the same list again"
        " changes nothing.",
        request=WeekIn,
        responses=WeekOut,
        examples=[EXAMPLE],
        tags=["Accounts"],
    )
    def put(self, request: Request, account_id: UUID) -> Response:
        channel = _account(account_id)
        given = WeekIn(data=request.data)
        given.is_valid(raise_exception=True)
        data: dict[str, Any] = given.validated_data
        services.replace_slots(
            channel=channel,
            wanted=[(row["weekday"], row["at"]) for row in data["slots"]],
            by=self.actor,
            now=timezone.now(),
        )
        return self._week(channel)

    def _week(self, channel: Channel) -> Response:
        zone = self.tenant.timezone
        return Response(
            WeekOut(
                {
                    "account_id": channel.pk,
                    "timezone": zone,
                    "slots": WeeklySlot.objects.filter(channel=channel),
                    "next_free_at": next_free([channel.pk], zone=zone, now=timezone.now()).get(channel.pk),
                }
            ).data
        )


def _account(account_id: UUID) -> Channel:
    return get_object_or_404(Channel.objects.connected(), pk=account_id)


urlpatterns = [path("accounts/<uuid:account_id>/slots", Week.as_view(), name="api_account_slots")]
