"""/api/v1/calendars: ask for a month, follow its making, list, read, stop. Approving is the posting room's."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID, uuid5

from django.db.models import Prefetch, Sum
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from content.calendar import services
from content.calendar.facts import FEWEST, MOST, USUAL
from content.calendar.models import Calendar, CalendarSlot
from content.calendar.words import ApprovalMode, CalendarState, PlanMode, SlotKind, SlotState
from tenants.access import Can
from tenants.api_auth import caller_of
from tenants.api_base import TenantAPIView
from tenants.api_given import Given
from tenants.paging import CursorPages

_SAME_REQUEST = UUID("0f5a3c52-6f0c-4c7f-9d53-0a6f0c2b6d11")
_OVER = (CalendarState.READY, CalendarState.CANCELLED)


class WeekTimesIn(serializers.Serializer):
    weekday = serializers.IntegerField(min_value=0, max_value=6, help_text="0 Monday to 6 Sunday.")
    times = serializers.ListField(child=serializers.TimeField(), min_length=1, max_length=3)


class CalendarIn(Given):
    tenant_id = serializers.UUIDField(required=False)
    month = serializers.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$", help_text="The month to fill, such as 2026-12."
    )
    count = serializers.IntegerField(default=USUAL, help_text=f"{FEWEST} to {MOST} posts; 8 to 15 work best.")
    account_ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=50, help_text="Default: all."
    )
    weekly_times = WeekTimesIn(many=True, required=False, help_text="Default: the accounts' weekly times.")
    blackout_days = serializers.ListField(
        child=serializers.DateField(), required=False, default=list, max_length=62
    )
    campaign = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)
    campaign_days = serializers.ListField(
        child=serializers.DateField(), required=False, default=list, max_length=31
    )
    mix = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=100),
        required=False,
        help_text=f"Parts of each kind: {', '.join(SlotKind.values)}.",
    )
    mode = serializers.ChoiceField(choices=PlanMode.choices, default=PlanMode.AI)
    approval = serializers.ChoiceField(
        choices=[(ApprovalMode.REQUIRED, "required"), (ApprovalMode.OPTIONAL, "optional")],
        default=ApprovalMode.OPTIONAL,
    )

    def validate_mix(self, mix: dict[str, float]) -> dict[str, float]:
        unknown = sorted(set(mix) - set(SlotKind.values))
        if unknown:
            raise serializers.ValidationError(
                f"Unknown kind: {unknown[0]}. Use {', '.join(SlotKind.values)}."
            )
        return mix


class ProgressOut(serializers.Serializer):
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    failed = serializers.IntegerField()
    current = serializers.CharField(allow_null=True, help_text="What is being written this moment.")
    log = serializers.ListField(child=serializers.CharField(), help_text="The newest lines, oldest first.")


class CalendarOut(serializers.Serializer):
    """A job: `finished` says when to stop asking."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=CalendarState.choices)
    finished = serializers.BooleanField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    timezone = serializers.CharField()
    count = serializers.IntegerField()
    mode = serializers.ChoiceField(choices=PlanMode.choices)
    approval = serializers.ChoiceField(choices=ApprovalMode.choices)
    account_ids = serializers.ListField(child=serializers.UUIDField())
    notes = serializers.ListField(child=serializers.CharField(), help_text="What could not be done as asked.")
    estimate_usd = serializers.CharField(help_text="As stated before it began.")
    cost_usd = serializers.CharField(help_text="So far.")
    progress = ProgressOut()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class CalendarPostOut(serializers.Serializer):
    id = serializers.UUIDField()
    publish_at = serializers.DateTimeField()
    status = serializers.ChoiceField(choices=SlotState.choices)
    kind = serializers.ChoiceField(choices=SlotKind.choices)
    reason = serializers.CharField(help_text="Why it stands where it stands.")
    occasion = serializers.CharField(help_text="The special day; empty for none.")
    caption = serializers.CharField(allow_null=True)
    post_id = serializers.UUIDField(allow_null=True)
    menu_item_id = serializers.UUIDField(allow_null=True)
    asset_id = serializers.UUIDField(allow_null=True)
    photo_note = serializers.CharField(help_text="What to upload when no photo fits; empty otherwise.")
    generation_id = serializers.UUIDField(allow_null=True)
    error = serializers.CharField(help_text="What stopped it; empty when nothing did.")


class CalendarWholeOut(CalendarOut):
    posts = CalendarPostOut(many=True)


def calendar_data(calendar: Calendar) -> dict[str, Any]:
    slots = list(calendar.slots.all())  # type: ignore[attr-defined]
    current = next((slot for slot in slots if slot.state == SlotState.WRITING), None)
    lines = list(calendar.lines.order_by("-id").values_list("text", flat=True)[:8])  # type: ignore[attr-defined]
    cost = calendar.slots.aggregate(sum=Sum("generation__cost"))["sum"] or 0  # type: ignore[attr-defined]
    return {
        "id": calendar.pk,
        "status": calendar.state,
        "finished": calendar.state in _OVER,
        "first_day": calendar.first_day,
        "last_day": calendar.last_day,
        "timezone": calendar.zone,
        "count": calendar.count,
        "mode": calendar.mode,
        "approval": calendar.approval,
        "account_ids": calendar.channel_ids,
        "notes": calendar.notes,
        "estimate_usd": f"{calendar.estimate:.6f}",
        "cost_usd": f"{cost:.6f}",
        "progress": {
            "done": sum(1 for slot in slots if slot.state not in (SlotState.WAITING, SlotState.WRITING)),
            "total": len(slots),
            "failed": sum(1 for slot in slots if slot.state == SlotState.FAILED),
            "current": f"{slot_day(current)}: {current.get_kind_display()}" if current else None,
            "log": lines[::-1],
        },
        "created_at": calendar.created_at,
        "finished_at": calendar.finished_at,
    }


def slot_day(slot: CalendarSlot) -> str:
    return slot.local_at[:10]


def post_data(slot: CalendarSlot) -> dict[str, Any]:
    return {
        "id": slot.pk,
        "publish_at": slot.publish_at,
        "status": slot.state,
        "kind": slot.kind,
        "reason": slot.reason,
        "occasion": slot.occasion,
        "caption": slot.post.caption if slot.post else None,
        "post_id": slot.post_id,
        "menu_item_id": slot.menu_item_id,
        "asset_id": slot.asset_id,
        "photo_note": slot.photo_note,
        "generation_id": slot.generation_id,
        "error": slot.error,
    }


def whole_data(calendar: Calendar) -> dict[str, Any]:
    slots = calendar.slots.select_related("post").in_order()  # type: ignore[attr-defined]
    return calendar_data(calendar) | {"posts": [post_data(slot) for slot in slots]}


EXAMPLE = OpenApiExample(
    "Twelve posts in December, closed on Mondays",
    request_only=True,
    value={
        "month": "2026-12",
        "count": 12,
        "weekly_times": [{"weekday": 3, "times": ["17:30"]}, {"weekday": 4, "times": ["11:30", "17:30"]}],
        "blackout_days": ["2026-12-25", "2026-12-26"],
        "campaign": "Our winter menu begins on the 4th",
        "mode": "ai",
    },
)
ANSWER = OpenApiExample(
    "On its way",
    response_only=True,
    value={
        "id": "3b0d6b9e-0a3f-4c55-9a55-5a8e7f0c9d10",
        "status": "writing",
        "finished": False,
        "first_day": "2026-12-01",
        "last_day": "2026-12-31",
        "timezone": "America/Chicago",
        "count": 12,
        "mode": "ai",
        "approval": "optional",
        "account_ids": ["7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60"],
        "notes": [],
        "estimate_usd": "0.013400",
        "cost_usd": "0.002100",
        "progress": {
            "done": 2,
            "total": 12,
            "failed": 0,
            "current": "2026-12-08: Question to guests",
            "log": ["12 days are planned. AI writes the words.", "Day 3, Weekend driver: written by AI."],
        },
        "created_at": "2026-11-24T18:00:00Z",
        "finished_at": None,
    },
)


class Calendars(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW, "POST": Can.COMPOSE}

    @extend_schema(
        operation_id="calendars_create",
        summary="Plan and write a month",
        description="Answers 202 with a job at once; ask for it at `Location` until `finished` is true. Every post is a"
        " draft that waits for approval. The same `Idempotency-Key` finds the same calendar.",
        request=CalendarIn,
        responses={202: CalendarOut},
        examples=[EXAMPLE, ANSWER],
        tags=["Calendars"],
    )
    def post(self, request: Request) -> Response:
        given = CalendarIn(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        weekly = data.get("weekly_times")
        calendar = services.create_calendar(
            first=serializers.DateField().run_validation(f"{data['month']}-01"),
            count=data["count"],
            channel_ids=data["account_ids"],
            times={row["weekday"]: tuple(row["times"]) for row in weekly} if weekly else None,
            blackout=data["blackout_days"],
            campaign=data["campaign"],
            campaign_days=data["campaign_days"],
            mix=data.get("mix"),
            mode=data["mode"],
            approval=data["approval"],
            key=self._key(request),
            by=self.actor,
            now=timezone.now(),
        )
        headers = {"Location": f"/api/v1/calendars/{calendar.pk}", "Retry-After": "2"}
        return Response(CalendarOut(calendar_data(calendar)).data, status=202, headers=headers)

    def _key(self, request: Request) -> UUID | None:
        key = request.headers.get("Idempotency-Key")
        return uuid5(_SAME_REQUEST, repr((caller_of(request), self.tenant.pk, key))) if key else None

    @extend_schema(
        operation_id="calendars_list",
        summary="Planned months",
        responses=CalendarOut(many=True),
        tags=["Calendars"],
    )
    def get(self, request: Request) -> Response:
        pages = CursorPages()
        rows = pages.paginate_queryset(Calendar.objects.prefetch_related("slots"), request, self)
        return pages.get_paginated_response(CalendarOut([calendar_data(row) for row in rows], many=True).data)


class CalendarOne(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="calendars_read",
        summary="One planned month: progress and posts",
        description="The job that creating it answered with, and each post as far as it is.",
        responses=CalendarWholeOut,
        tags=["Calendars"],
    )
    def get(self, request: Request, calendar_id: UUID) -> Response:
        found = Calendar.objects.prefetch_related(Prefetch("slots"))
        calendar = get_object_or_404(found, pk=calendar_id)
        services.nudge(calendar=calendar, now=timezone.now())
        headers = {} if calendar.state in _OVER else {"Retry-After": "2"}
        return Response(CalendarWholeOut(whole_data(calendar)).data, headers=headers)


class CalendarCancel(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.COMPOSE}

    @extend_schema(
        operation_id="calendars_cancel",
        summary="Stop writing a month",
        description="What is written stays. Doing it twice changes nothing.",
        request=None,
        responses=CalendarOut,
        tags=["Calendars"],
    )
    def post(self, request: Request, calendar_id: UUID) -> Response:
        calendar = get_object_or_404(Calendar, pk=calendar_id)
        calendar = services.cancel_calendar(calendar=calendar, by=self.actor, now=timezone.now())
        return Response(CalendarOut(calendar_data(calendar)).data)


urlpatterns = [
    path("calendars", Calendars.as_view(), name="api_calendars"),
    path("calendars/<uuid:calendar_id>", CalendarOne.as_view(), name="api_calendar"),
    path("calendars/<uuid:calendar_id>/cancel", CalendarCancel.as_view(), name="api_calendar_cancel"),
]
