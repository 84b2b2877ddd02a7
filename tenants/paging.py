"""Cursor paging for every list of the API: `?limit=50&cursor=...` -> `{"data": [...], "next_cursor": "..."}`.

Keyset, not offset: page 1,000 costs what page 1 costs, and a row added meanwhile neither repeats nor hides
another. The order is (created_at, id), newest first; an index on the pair serves it.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.errors import Refused

LIMIT_DEFAULT, LIMIT_MAX = 50, 200


def encode_cursor(moment: datetime, identity: Any) -> str:
    """An opaque place in a list: after this row."""
    text = json.dumps([moment.isoformat(), str(identity)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[datetime, str]:
    """The (created_at, id) inside a cursor; refuses anything that we did not write."""
    try:
        padded = text + "=" * (-len(text) % 4)
        moment_text, identity = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(moment_text)
        if moment.tzinfo is None or not isinstance(identity, str):
            raise ValueError
    except (binascii.Error, ValueError, TypeError):
        raise Refused(
            "This cursor is not one of ours. Start again without it, then use next_cursor of each answer.",
            code="bad_cursor",
            field="cursor",
        ) from None
    return moment, identity


class CursorPages(BasePagination):
    """DRF pagination: subclass with another `field` for lists ordered by another moment."""

    field = "created_at"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The page's rows, newest first, of a queryset whose model has `field`."""
        limit = self._limit(request)
        cursor = request.query_params.get("cursor", "")
        field = self.field
        queryset = queryset.order_by(f"-{field}", "-pk")
        if cursor:
            moment, identity = decode_cursor(cursor)
            try:
                pk = queryset.model._meta.pk.to_python(identity)
            except Exception:
                raise Refused(
                    "This cursor belongs to another list.", code="bad_cursor", field="cursor"
                ) from None
            # The first condition is implied by the second; it is what lets PostgreSQL start inside the index.
            queryset = queryset.filter(
                Q(**{f"{field}__lte": moment}),
                Q(**{f"{field}__lt": moment}) | Q(**{field: moment, "pk__lt": pk}),
            )
        rows = list(queryset[: limit + 1])
        self._more = len(rows) > limit
        rows = rows[:limit]
        self._next = encode_cursor(getattr(rows[-1], field), rows[-1].pk) if self._more else None
        self._request = request
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        response = Response({"data": data, "next_cursor": self._next})
        if self._next:
            query = {**self._request.query_params.dict(), "cursor": self._next}
            link = f"{settings.API_URL}{self._request.path}?{urlencode(query)}"
            response["Link"] = f'<{link}>; rel="next"'
        return response

    def get_paginated_response_schema(self, schema: dict) -> dict:
        return {
            "type": "object",
            "required": ["data", "next_cursor"],
            "properties": {
                "data": schema,
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Send it back as `cursor` for the next page; null on the last one.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict]:
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "How many rows a page holds.",
                "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "`next_cursor` of the page before.",
                "schema": {"type": "string"},
            },
        ]

    def _limit(self, request: Request) -> int:
        text = request.query_params.get("limit", str(LIMIT_DEFAULT))
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LIMIT_MAX and len(text) <= 6):
            raise Refused(f"limit must be a number from 1 to {LIMIT_MAX}.", code="bad_limit", field="limit")
        return int(text)
