"""ETag, If-None-Match and If-Match (RFC 9110): a reader learns that nothing changed, a writer that it did.

The tag of a thing is its version. Where an edit demands If-Match, an edit without is a 428 and one that was
made from an older reading is a 412; `*` says "whatever is there". Compare inside the transaction that edits,
with the row locked, or in its UPDATE.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.errors import Refused


def etag(*parts: Any) -> str:
    """A strong tag of the parts that change whenever the answer does."""
    return '"' + "-".join(str(part) for part in parts) + '"'


def tagged(request: Request, data: Any, tag: str, *, status: int = 200) -> Response:
    """The answer with its tag; 304 without a body when the reader has it already."""
    if request.method in ("GET", "HEAD") and tag in _tags(request.headers.get("If-None-Match", "")):
        return Response(status=304, headers={"ETag": tag})
    return Response(data, status=status, headers={"ETag": tag})


def must_match(request: Request, tag: str, *, demanded: bool = True) -> None:
    """Refuse an edit that was not made from `tag`: 428 without a condition (when demanded), 412 else."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        if demanded:
            raise Refused(
                _("Say what you read: send the ETag of your last GET as If-Match, or * to overwrite."),
                code="if_match_required",
                status=428,
            )
        return
    if given != "*" and tag not in _tags(given):
        raise changed_meanwhile()


def changed_meanwhile() -> Refused:
    return Refused(
        _("This was changed since you read it. Read it again, then repeat your change."),
        code="changed_meanwhile",
        status=412,
    )


def _tags(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}
