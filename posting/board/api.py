"""/api/v1/calendars/<id>/approve: reviewed posts become scheduled publications."""

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

from content.calendar.models import Calendar
from posting.board import queries, reviewing
from tenants.access import Can, has
from tenants.api_base import TenantAPIView
from tenants.api_given import Given
from tenants.errors import Refused
from tenants.models import ApiKey, Membership


class ApproveIn(Given):
    tenant_id = serializers.UUIDField(required=False)
    post_ids = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=31,
        help_text="`id`s of the calendar's posts; all that wait when absent.",
    )


class ApprovedOut(serializers.Serializer):
    id = serializers.UUIDField(help_text="The calendar's post.")
    publication_ids = serializers.ListField(child=serializers.UUIDField())
    refused = serializers.CharField(help_text="Why it was not scheduled; empty when it was.")
    code = serializers.CharField(help_text="The same as a word for programs.")


class ApproveOut(serializers.Serializer):
    scheduled = serializers.IntegerField()
    refused = serializers.IntegerField()
    posts = ApprovedOut(many=True)


class Approve(TenantAPIView):
    can: ClassVar[dict[str, Can]] = {"POST": Can.PUBLISH}

    @extend_schema(
        operation_id="calendars_approve",
        summary="Approve posts of a planned month",
        description="Each is checked and scheduled on the calendar's accounts at its time. What is refused stays for"
        " review and says why; the others are not held up.",
        request=ApproveIn,
        responses=ApproveOut,
        examples=[
            OpenApiExample("All that wait", request_only=True, value={}),
            OpenApiExample(
                "One is refused",
                response_only=True,
                value={
                    "scheduled": 11,
                    "refused": 1,
                    "posts": [
                        {
                            "id": "7f4f3f0e-58a5-4e0f-8f5b-6a4b1f0a9c01",
                            "publication_ids": [],
                            "refused": "Instagram needs a photo or a video. Add one, or leave Instagram out.",
                            "code": "instagram_needs_media",
                        }
                    ],
                },
            ),
        ],
        tags=["Calendars"],
    )
    def post(self, request: Request, calendar_id: UUID) -> Response:
        given = ApproveIn(data=request.data)
        given.is_valid(raise_exception=True)
        calendar = get_object_or_404(Calendar, pk=calendar_id)
        slots = queries.to_review().filter(calendar=calendar).select_related("calendar", "post")
        wanted = given.validated_data.get("post_ids")
        if wanted is not None:
            if unknown := set(wanted) - set(calendar.slots.values_list("pk", flat=True)):  # type: ignore[attr-defined]
                raise Refused(
                    f"{min(unknown)} is no post of this calendar.", code="unknown_post", field="post_ids"
                )
            slots = slots.filter(pk__in=wanted)
        verdicts = reviewing.approve(
            slots=list(slots), by=self.actor, manages=self._manages(request), now=timezone.now()
        )
        posts: list[dict[str, Any]] = [
            {
                "id": verdict.slot.pk,
                "publication_ids": [publication.pk for publication in verdict.publications],
                "refused": str(verdict.refused.sentence) if verdict.refused else "",
                "code": verdict.refused.code if verdict.refused else "",
            }
            for verdict in verdicts
        ]
        bad = sum(1 for verdict in verdicts if verdict.refused)
        return Response(ApproveOut({"scheduled": len(posts) - bad, "refused": bad, "posts": posts}).data)

    def _manages(self, request: Request) -> bool:
        if isinstance(request.auth, ApiKey):
            return Can.MANAGE in request.auth.scopes
        members = Membership.objects.filter(user_id=request.user.pk or 0, tenant=self.tenant)
        return has(members.values_list("role", flat=True).first(), Can.MANAGE)


urlpatterns = [path("calendars/<uuid:calendar_id>/approve", Approve.as_view(), name="api_calendar_approve")]
