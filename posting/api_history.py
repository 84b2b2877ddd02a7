"""/api/v1/tenants/{id}/posts: every publication with its numbers, by time or by one of them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import F, Q
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from posting import queries
from posting.api import PublicationOut, _one
from posting.models import Publication
from posting.states import State
from tenants.access import Can
from tenants.api_base import TenantAPIView
from tenants.api_given import one_of
from tenants.errors import Refused
from tenants.paging import CursorPages

#: The API's word -> the column of Figures.
SORTS = {"comments": "comments", "interactions": "engagement", "reach": "reach"}


class PublicationPages(CursorPages):
    field = "publish_at"


class NumberPages(CursorPages):
    """By a measured number, the highest first, ties by id. Keyset like all lists: an index serves every page."""

    def __init__(self, sort: str) -> None:
        self._sort = sort

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        limit = self._limit(request)
        found = list(self.ranked(queryset, request.query_params.get("cursor", ""))[: limit + 1])
        self._more, found = len(found) > limit, found[:limit]
        self._next = self._cursor(found[-1]) if self._more else None
        self._request = request
        return found

    def ranked(self, queryset: Any, cursor: str = "") -> Any:
        """The published ones whose number is known, the highest first, from behind the cursor's row on."""
        column = f"figures__{SORTS[self._sort]}"
        rows = queryset.filter(state=State.PUBLISHED, **{f"{column}__isnull": False})
        if cursor:
            value, pk = self._place(cursor)
            # As in CursorPages: the first condition lets PostgreSQL start inside the index.
            rows = rows.filter(
                Q(**{f"{column}__lte": value}),
                Q(**{f"{column}__lt": value}) | Q(**{column: value, "figures__publication_id__lt": pk}),
            )
        return rows.annotate(number=F(column)).order_by(f"-{column}", "-figures__publication_id")

    def _cursor(self, last: Any) -> str:
        text = json.dumps([self._sort, last.number, str(last.pk)], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _place(self, cursor: str) -> tuple[int, UUID]:
        """(number, id) of the last row; refuses what we did not write for this order."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            sort, value, pk = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if sort != self._sort or not isinstance(value, int) or not 0 <= value < 2**63:
                raise ValueError
            return value, UUID(pk)
        except (binascii.Error, ValueError, TypeError, AttributeError):
            raise Refused(
                _("This cursor belongs to another list or order. Start again without it."),
                code="bad_cursor",
                field="cursor",
            ) from None


class History(TenantAPIView):
    can: ClassVar = {"GET": Can.VIEW}

    @extend_schema(
        operation_id="posts_history",
        summary="History with engagement",
        description="Every publication of the restaurant, newest first; or, with `sort`, the published ones whose"
        " number is known, the highest first. Numbers go on changing: what overtakes a page that you have read"
        " is not shown again, so read a ranking in one go.",
        parameters=[
            OpenApiParameter("status", enum=sorted(queries.TABS), description="Only these."),
            OpenApiParameter("account_id", type={"type": "string", "format": "uuid"}),
            OpenApiParameter(
                "sort",
                enum=sorted(SORTS),
                description="By people reached, by interactions (likes, comments, shares and saves, as far as known),"
                " or by comments, instead of by time.",
            ),
        ],
        responses=PublicationOut(many=True),
        tags=["Posts"],
    )
    def get(self, request: Request, tenant_id: UUID) -> Response:
        now = timezone.now()
        status = one_of(request, "status", sorted(queries.TABS))
        sort = one_of(request, "sort", sorted(SORTS))
        rows = Publication.objects.filter(queries.TABS[status or "all"])
        account = request.query_params.get("account_id")
        if account is not None:
            rows = rows.filter(channel_id=serializers.UUIDField().run_validation(account))
        pages = NumberPages(sort) if sort else PublicationPages()
        found = pages.paginate_queryset(rows.select_related("channel"), request, self)
        return pages.get_paginated_response(PublicationOut(found, many=True, context=_one(found, now)).data)


urlpatterns = [path("tenants/<uuid:tenant_id>/posts", History.as_view(), name="api_posts_history")]
