"""What every endpoint does besides its work: limits with headers, idempotent POST, the request's id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants import idempotency, problems, throttles
from tenants.api_auth import caller_of
from tenants.api_given import check_query
from tenants.models import ApiKey, Plan, Tenant

# Bodies that are held in memory whole. Uploads are streamed and limited where they are parsed.
_SMALL = frozenset({"", "application/json", "application/x-www-form-urlencoded"})


class TooMany(exceptions.Throttled):
    """The hour's requests of the plan are used up."""


@dataclass(frozen=True)
class Deprecation:
    """An endpoint that will go: since when it should not be used, when it ends, what replaces it."""

    since: datetime
    sunset: datetime  # at least twelve months later (docs/api.md)
    successor: str  # a path of ours

    def headers(self) -> dict[str, str]:
        """RFC 9745 and RFC 8594."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": http_date(self.sunset.timestamp()),
            "Link": f'<{settings.API_URL}{self.successor}>; rel="successor-version"',
        }


class MannerlyAPIView(APIView):
    """Subclasses call `self.count(...)` and `self.answer_once(...)` at the end of their `initial`."""

    deprecation: ClassVar[Deprecation | None] = None
    _verdict: throttles.Verdict | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS and request.content_type.split(";")[0] in _SMALL:
            # Read by Django, which stops at DATA_UPLOAD_MAX_MEMORY_SIZE (a parser would read on), and kept
            # for the idempotency fingerprint (whoever reads the stream first keeps the bytes).
            _raw = request._request.body

    def count(self, request: Request, *, tenant: Tenant | None) -> None:
        """One request of the restaurant's plan; without a restaurant, of the caller (a partner: the largest
        plan).
        """
        if tenant is not None:
            bucket, plan = f"tenant:{tenant.pk}", tenant.plan
        else:
            bucket = caller_of(request)
            plan = (
                Plan.ENTERPRISE
                if isinstance(request.auth, ApiKey) and request.auth.partner_id
                else Plan.BASIC
            )
        limit = throttles.plan_limit(plan)
        self._verdict = throttles.limiter().take(bucket, limit, strict=request.method not in SAFE_METHODS)
        if not self._verdict.allowed:
            raise TooMany(
                wait=None,
                detail=_(
                    "This hour's %(limit)d requests of the plan are used up. Retry-After says when to go on."
                )
                % {"limit": limit},
            )

    def answer_once(self, request: Request, *, tenant: Tenant | None) -> None:
        """Refuse a query nobody knows; wrap POST so that a repeated Idempotency-Key has one effect.

        DRF looks the handler up on the instance after `initial` returned: an attribute there goes before the
        method.
        """
        check_query(self, request)
        if request.method != "POST":
            return
        handler = getattr(self, "post")  # noqa: B009 - set below, so a checker cannot know it here
        owner, tenant_id = caller_of(request), str(tenant.pk) if tenant else ""

        def once(request: Request, *args: Any, **kwargs: Any) -> Response | HttpResponse:
            work = partial(handler, request, *args, **kwargs)
            return idempotency.run(request, owner=owner, tenant_id=tenant_id, now=timezone.now(), work=work)

        setattr(self, "post", once)  # noqa: B010

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self._verdict is not None:
            for name, value in self._verdict.headers().items():
                response[name] = value
        if self.deprecation is not None:
            for name, value in self.deprecation.headers().items():
                response[name] = value
        response["X-Request-Id"] = problems.request_id()
        response.setdefault("Cache-Control", "private, no-store")
        return response
