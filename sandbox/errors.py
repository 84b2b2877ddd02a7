"""Graph's errors in Graph's exact shape: {"error": {message, type, code, error_subcode?, ..., fbtrace_id}}.

Texts come from Meta's reference where it prints them and from client reports elsewhere; the HTTP status is
400 unless known to differ (throttles are 400 as well, code 2 is 500).
"""

from __future__ import annotations

import secrets
from typing import Any

DOCS = "https://developers.facebook.com/docs/graph-api"


def trace_id() -> str:
    return "A" + secrets.token_urlsafe(17)[:22]


class GraphError(Exception):
    """A refusal (or a lie, when a fault asks for one) as Graph would word it."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        subcode: int | None = None,
        http: int = 400,
        type: str = "OAuthException",
        transient: bool | None = None,
        title: str | None = None,
        user_msg: str | None = None,
        data: Any = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.subcode, self.http, self.message, self.type = code, subcode, http, message, type
        self.transient, self.title, self.user_msg, self.data = transient, title, user_msg, data
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.transient is not None:
            error["is_transient"] = self.transient
        if self.title is not None:
            error["error_user_title"] = self.title
        if self.user_msg is not None:
            error["error_user_msg"] = self.user_msg
        if self.data is not None:
            error["error_data"] = self.data
        error["fbtrace_id"] = trace_id()
        return {"error": error}


def invalid(message: str, subcode: int | None = None, **more: Any) -> GraphError:
    """Code 100, invalid parameter."""
    return GraphError(
        100, message if message.startswith("(#") else f"(#100) {message}", subcode=subcode, **more
    )


def missing_object(object_id: str, method: str = "GET") -> GraphError:
    """Code 100/33: not there, not allowed and not supported are one and the same reply."""
    return GraphError(
        100,
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation. Please read the Graph API "
        f"documentation at {DOCS}",
        subcode=33,
        type="GraphMethodException",
    )


def permission(message: str, code: int = 10, http: int = 403) -> GraphError:
    return GraphError(code, f"(#{code}) {message}", http=http)


def ig(
    code: int,
    subcode: int,
    message: str,
    title: str | None = None,
    user_msg: str | None = None,
    transient: bool = False,
) -> GraphError:
    """An error of Meta's Instagram publishing table; HTTP 400 always."""
    return GraphError(
        code,
        message,
        subcode=subcode,
        transient=transient,
        title=title or message,
        user_msg=user_msg or message,
    )


def ig_no_builder(creation_id: str) -> GraphError:
    return ig(
        24,
        2207008,
        f"The media builder with creation id = {creation_id} does not exist or has been expired.",
        "Media builder expired",
        "The requested resource does not exist",
    )


def ig_not_ready() -> GraphError:
    return ig(
        9007,
        2207027,
        "Media ID is not available",
        "Media is not ready",
        "The media is not ready for publishing, please wait for a moment",
    )


TOKEN_PREFIX = "Error validating access token: "
TOKEN_DEAD = {
    456: "The access token is malformed.",
    457: "The session has an invalid origin.",
    458: "The user has not authorized application {app}.",
    459: "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    460: "The session has been invalidated because the user changed their password or Facebook has changed "
    "the session for security reasons.",
    461: "The user has reinstalled application {app}.",
    462: "The session is stale.",
    463: "Session has expired on {expired}. The current time is {now}.",
    464: "Sessions for the user are not allowed because the user is not a confirmed user.",
    465: "The user is invalid.",
    466: "The session is invalid because the user logged out.",
    467: "Invalid access token.",
    468: "The session has not been used for a long time.",
    492: "The user must be an administrator, editor, or moderator of the page in order to impersonate it.",
}


def token_dead(subcode: int, *, app: str = "", expired: str = "", now: str = "") -> GraphError:
    """Code 190 with one of its subcodes."""
    text = TOKEN_PREFIX + TOKEN_DEAD.get(subcode, "Invalid.").format(app=app, expired=expired, now=now)
    return GraphError(190, text, subcode=subcode, http=401 if subcode == 467 else 400)


TOO_MANY = (
    "(#{code}) There have been too many calls to this {what} account. Wait a bit and try again. For more "
    f"info, please refer to {DOCS}/overview/rate-limiting."
)
THROTTLES = {
    4: "(#4) Application request limit reached",
    17: "(#17) User request limit reached",
    32: "(#32) Page request limit reached",
    341: "(#341) The application has temporarily reached its limit",
    613: "(#613) Calls to this api have exceeded the rate limit.",
    368: "The action attempted has been deemed abusive or is otherwise disallowed",
    80001: TOO_MANY.format(code=80001, what="Page"),
    80002: TOO_MANY.format(code=80002, what="Instagram"),
}
COMMON = {
    1: "An unknown error occurred",
    2: "An unexpected error has occurred. Please retry your request later.",
    -1: "An unknown error occurred",
}


def by_code(
    code: int,
    subcode: int | None = None,
    http: int | None = None,
    message: str | None = None,
    transient: bool | None = None,
) -> GraphError:
    """The error for a bare code, as a fault asks for it."""
    if code == 190:
        found = token_dead(subcode or 467)
    elif code in THROTTLES:
        found = GraphError(code, THROTTLES[code], subcode=subcode, transient=True)
    else:
        known = code in COMMON
        found = GraphError(
            code,
            COMMON.get(code, f"(#{code}) Something went wrong"),
            subcode=subcode,
            http=500 if code == 2 else 400,
            transient=True if known else None,
        )
    if message is not None:
        found.message = message
    if http is not None:
        found.http = http
    if transient is not None:
        found.transient = transient
    return found
