"""Every refusal of the API in one shape: RFC 9457 `application/problem+json`.

{"type": ".../docs#caption_too_long", "title": "Bad request", "status": 400, "detail": "what to do",
 "code": "caption_too_long", "request_id": "...", "retryable": false,
 "errors": [{"pointer": "/caption", "detail": "...", "code": "..."}]}
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from tenants.access import public_view
from tenants.errors import Refused

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# Where the framework's own words say what is wrong and not what to do.
PLAIN = {
    "not_authenticated": "Send a key: Authorization: Bearer sk_live_… Make one under Settings, Keys.",
    "not_found": "There is nothing here for this key.",
}
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})


class ProblemRenderer(JSONRenderer):
    """JSON under the media type that says "this is a problem, not the thing you asked for"."""

    media_type = MEDIA_TYPE


def problem(
    status: int,
    detail: str,
    *,
    code: str,
    errors: list[dict[str, str]] | None = None,
    fix: Any = None,
    retryable: bool | None = None,
) -> dict[str, Any]:
    """The body of one problem."""
    body: dict[str, Any] = {
        "type": f"{settings.PUBLIC_URL}/docs#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id(),
        "retryable": status in RETRYABLE if retryable is None else retryable,
    }
    if errors:
        body["errors"] = errors
    if fix:
        body["fix"] = str(fix)
    return body


def request_id() -> str:
    """The id that the logs of this request carry."""
    return str(structlog.contextvars.get_contextvars().get("request_id") or uuid4())


def handler(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER. What nobody foresaw is a 500 in the same shape; Django's signal still reports
    it.
    """
    body, headers = describe(error)
    if body["status"] >= 500 and not isinstance(error, (Refused, exceptions.APIException)):
        logger.exception("an API request failed", exc_info=error)
        request = getattr(context.get("request"), "_request", None)
        got_request_exception.send(sender=context["view"].__class__, request=request)
    response = Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)
    response.exception = True
    return response


def describe(error: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    """(problem body, headers) of any exception."""
    headers: dict[str, str] = {}
    if isinstance(error, Refused):
        errors = (
            [{"pointer": pointer_of(error.field), "detail": str(error), "code": error.code}]
            if error.field
            else None
        )
        retry_after = getattr(error, "retry_after", None)
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        again = True if retry_after is not None else None
        found = problem(
            error.status, str(error), code=error.code, errors=errors, fix=error.fix, retryable=again
        )
        return found, headers
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, RequestDataTooBig):
        return problem(413, "This request is larger than we accept.", code="too_large"), headers
    if not isinstance(error, exceptions.APIException):
        detail = "Something went wrong on our side and was reported. Try again; quote request_id if it stays."
        return problem(500, detail, code="internal"), headers
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    if (wait := getattr(error, "wait", None)) is not None:  # Throttled
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, exceptions.ValidationError):
        errors = list(_errors_of(error.get_full_details(), ""))
        detail = errors[0]["detail"] if len(errors) == 1 else "Some fields need another value; see errors."
        return problem(error.status_code, detail, code="invalid", errors=errors), headers
    code = str(error.get_codes()) if isinstance(error.get_codes(), str) else error.default_code
    plain = str(error.detail) == str(error.default_detail)
    detail = PLAIN.get(code, str(error.detail)) if plain else str(error.detail)
    return problem(error.status_code, detail, code=code), headers


def pointer_of(field: str | None) -> str:
    """A dotted field name as a JSON pointer: "captions.facebook" -> "/captions/facebook"."""
    if not field:
        return ""
    return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in field.split("."))


def not_found(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """For API paths that do not exist: a client that speaks JSON must not be handed a page."""
    return JsonResponse(
        problem(404, "There is no such endpoint. See /docs.", code="not_found"),
        status=404,
        content_type=MEDIA_TYPE,
    )


no_such_endpoint = csrf_exempt(public_view(reason="says only that there is nothing")(not_found))


def _errors_of(details: Any, pointer: str) -> Iterator[dict[str, str]]:
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"pointer": pointer, "detail": str(details["message"]), "code": str(details["code"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            # Errors about the whole object stand under "non_field_errors": they point at the object itself.
            yield from _errors_of(
                inner, pointer if name == "non_field_errors" else f"{pointer}{pointer_of(str(name))}"
            )
    elif isinstance(details, list):
        leaves = all(isinstance(item, dict) and set(item) == {"message", "code"} for item in details)
        for position, item in enumerate(details):
            if item:
                yield from _errors_of(item, pointer if leaves else f"{pointer}/{position}")
