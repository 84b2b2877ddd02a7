"""What every endpoint shares in the OpenAPI document: the key, the restaurant's header, problems, limits.

Imported when the app is ready, so that drf-spectacular knows the authentication.
"""

from __future__ import annotations

import inspect
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from tenants.problems import MEDIA_TYPE


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.api_auth.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "sk_live_…",
            "description": "A key from Settings, Keys. `sk_test_` keys never reach Meta.",
        }


class ProblemError(serializers.Serializer):
    pointer = serializers.CharField(
        help_text="JSON pointer to the field, e.g. /captions/facebook.", allow_blank=True
    )
    detail = serializers.CharField()
    code = serializers.CharField()


class Problem(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong and what to do about it.")
    code = serializers.CharField(help_text="Stable; decide by this.")
    request_id = serializers.CharField(help_text="Quote it when you write to us.")
    retryable = serializers.BooleanField(help_text="True when the same request may succeed later.")
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]
    fix = serializers.CharField(required=False, help_text="Where the person can solve it.")


_PROBLEMS = {
    "400": "Something in the request cannot be; see `detail` and `errors`.",
    "401": "No key, or one that does not work.",
    "403": "The key lacks the scope, or the person the role.",
    "404": "Nothing here for this key.",
    "409": "In conflict with what is, or the first request with this `Idempotency-Key` still runs.",
    "415": "The body is of another kind than this endpoint takes.",
    "422": "This `Idempotency-Key` was used for another request.",
    "429": "The hour's requests of the plan are used up; see `Retry-After`.",
}
_TENANT = OpenApiParameter(
    "X-Tenant-Id",
    str,
    OpenApiParameter.HEADER,
    description="Which restaurant is meant. Needed only with a key that works for several.",
)
_ONCE = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
    OpenApiParameter.HEADER,
    description="Any text of up to 255 characters, e.g. a UUID. Repeats within 24 hours have one effect and"
    " get the first answer, marked `Idempotency-Replayed: true`.",
)


class Schema(AutoSchema):
    """Adds to each operation what its author need not repeat."""

    def get_description(self) -> str:  # type: ignore[override]
        """What the endpoint itself says; the base class's explanation is for its subclasses' authors."""
        own = getattr(self.view, (self.method or "").lower(), None)
        return inspect.cleandoc(own.__doc__) if own is not None and own.__doc__ else ""

    def is_deprecated(self) -> bool:
        return super().is_deprecated() or getattr(self.view, "deprecation", None) is not None

    def get_override_parameters(self) -> list[Any]:
        found = list(super().get_override_parameters())
        if "{tenant_id}" not in self.path and getattr(self.view, "can", None):
            found.append(_TENANT)
        if self.method == "POST":
            found.append(_ONCE)
        return found

    def _possible(self, status: str) -> bool:
        """Reads are in conflict with nothing; only a POST carries an Idempotency-Key, only writes a body."""
        if status == "422":
            return self.method == "POST"
        if status == "415":
            return self.method in ("POST", "PUT", "PATCH")
        return status != "409" or self.method != "GET"

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found = super()._get_response_bodies(*args, **kwargs)
        for status, meaning in _PROBLEMS.items():
            if status in found or not self._possible(status):
                continue
            response = OpenApiResponse(Problem, description=meaning)
            found[status] = self._get_response_for_code(response, status, [MEDIA_TYPE])
        return found
