"""/api/v1/tenants/{id}/insights: sums of a range, and the numbers of whole channels by day."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from posting.analytics import ranges, totals
from posting.analytics.best import best_times
from posting.analytics.groups import groups
from posting.analytics.ranges import Range
from posting.analytics.totals import Amount
from posting.surfaces import SURFACES, Kind
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.errors import Refused


class AmountOut(serializers.Serializer):
    value = serializers.IntegerField(allow_null=True, help_text="null: not yet known, which is not zero.")
    before = serializers.IntegerField(allow_null=True, help_text="The same number of the days before.")
    change_percent = serializers.IntegerField(allow_null=True, source="change")
    known = serializers.IntegerField(help_text="Of so many posts it is made so far.")
    posts = serializers.IntegerField()


class DayOut(serializers.Serializer):
    day = serializers.DateField()
    posts = serializers.IntegerField()
    reach = serializers.IntegerField(allow_null=True)
    engagement = serializers.IntegerField(allow_null=True)


class KindOut(serializers.Serializer):
    platform = serializers.CharField()
    kind = serializers.CharField()
    posts = serializers.IntegerField()
    reach = serializers.IntegerField(allow_null=True)
    reach_of_one_post = serializers.IntegerField(allow_null=True)


class ChannelDayOut(serializers.Serializer):
    day = serializers.DateField(help_text="A day in California, where Meta counts.")
    followers = serializers.IntegerField(allow_null=True)
    reach = serializers.IntegerField(allow_null=True)
    views = serializers.IntegerField(allow_null=True)


class BestTimeOut(serializers.Serializer):
    weekday = serializers.IntegerField(help_text="1 is Monday.")
    hour = serializers.IntegerField(help_text="On the restaurant's clock.")
    hours = serializers.IntegerField()
    posts = serializers.IntegerField(help_text="The sample behind it.")
    reach = serializers.IntegerField()
    percent = serializers.IntegerField(help_text="More than usual.")


class SummaryOut(serializers.Serializer):
    first = serializers.DateField()
    last = serializers.DateField()
    timezone = serializers.CharField()
    account_id = serializers.UUIDField(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)
    totals = serializers.DictField(child=AmountOut(), help_text="posts, reach, views, likes, comments ...")
    days = DayOut(many=True, help_text="Days on which posts went out.")
    kinds = KindOut(many=True)
    channel_days = ChannelDayOut(many=True)
    best_times = BestTimeOut(many=True, help_text="Empty while the sample is too small to say anything.")
    best_times_sample = serializers.IntegerField()


class Summary(TenantAPIView):
    can: ClassVar = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="insights_summary",
        summary="Numbers of a range, with the days before",
        description=(
            "Days are the restaurant's; both ends belong to the range. Without `first` and `last` it is the"
            " last 28 days. A number that nobody has measured yet is null, never 0."
        ),
        parameters=[
            OpenApiParameter("first", OpenApiTypes.DATE),
            OpenApiParameter("last", OpenApiTypes.DATE),
            OpenApiParameter("account_id", OpenApiTypes.UUID, description="Only this account."),
        ],
        responses=SummaryOut,
        tags=["Insights"],
    )
    def get(self, request: Request, tenant_id: UUID) -> Response:
        now = timezone.now()
        account = request.query_params.get("account_id")
        channel_id = serializers.UUIDField().run_validation(account) if account is not None else None
        given = [request.query_params.get(name) for name in ("first", "last")]
        if any(day is not None for day in given):
            first, last = (day or "" for day in given)
            span = ranges.asked_for({"from": first, "to": last}, tenant=self.tenant, now=now)
            if span.key != "own" or "" in given:
                raise Refused(
                    _("first and last are two days like 2026-10-01, in order, at most %(n)s days.")
                    % {"n": ranges.LONGEST},
                    code="bad_range",
                    field="first",
                )
        else:
            span = ranges.last_days(ranges.DEFAULT, tenant=self.tenant, now=now)
        return Response(SummaryOut(_summary(span, channel_id, now)).data)


def _summary(span: Range, channel_id: UUID | None, now: Any) -> dict[str, Any]:
    sums = totals.totals(span, channel_id=channel_id)
    parts = groups(span, channel_id=channel_id)
    whole = totals.channel_days(span, channel_id=channel_id)
    times = best_times(channel_id=channel_id, zone=span.zone, now=now)
    amounts: dict[str, Amount] = {"posts": sums.posts, **sums.amounts}
    found_days = sorted({*whole.followers, *whole.reach, *whole.views})
    return {
        "first": span.first,
        "last": span.last,
        "timezone": span.zone,
        "account_id": channel_id,
        "updated_at": max((at for at in (sums.measured_at, whole.measured_at) if at), default=None),
        "totals": amounts,
        "days": [
            {"day": day, "posts": group.posts, "reach": group.reach, "engagement": group.engagement}
            for day, group in sorted(parts.days.items())
        ],
        "kinds": [
            {
                "platform": SURFACES[Kind(group.key)].platform,
                "kind": group.key,
                "posts": group.posts,
                "reach": group.reach,
                "reach_of_one_post": group.each,
            }
            for group in parts.kinds
        ],
        "channel_days": [
            {
                "day": day,
                "followers": whole.followers.get(day),
                "reach": whole.reach.get(day),
                "views": whole.views.get(day),
            }
            for day in found_days
        ],
        "best_times": times.times,
        "best_times_sample": times.sample,
    }


urlpatterns = [
    path("tenants/<uuid:tenant_id>/insights", Summary.as_view(), name="api_insights_summary"),
]
