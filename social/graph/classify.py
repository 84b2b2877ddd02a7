"""From an HTTP status and Graph's error object to what it proves. Pure, and decided by the table in
rules.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from social.graph.rules import UNEXPLAINED as UNEXPLAINED
from social.graph.rules import Kind, Retry, Rule, Scope, find, in_doubt


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """Graph's error object with everything in its expected type; whatever is odd becomes None or ""."""

    code: int | None = None
    subcode: int | None = None
    message: str = ""
    type: str = ""
    is_transient: bool = False
    user_title: str = ""
    user_message: str = ""
    fbtrace_id: str = ""

    @classmethod
    def read(cls, error: Any) -> ErrorInfo:
        """From the value of "error". Never raises: simulators and proxies send strings, lists and numbers
        there.
        """
        if not isinstance(error, Mapping):
            return cls(message=str(error)[:500] if error else "")
        return cls(
            code=_integer(error.get("code")),
            # debug_token's inner error calls it "subcode".
            subcode=_integer(error.get("error_subcode", error.get("subcode"))),
            message=_text(error.get("message")),
            type=_text(error.get("type")),
            is_transient=error.get("is_transient") is True,
            user_title=_text(error.get("error_user_title")),
            user_message=_text(error.get("error_user_msg")),
            fbtrace_id=_text(error.get("fbtrace_id"))[:64],
        )


def judge(http_status: int | None, error: Any) -> tuple[Kind, Rule]:
    """What an answer proves, and the rule with the owner's sentence.

    `http_status` None means that no answer came. `error` is the "error" object of the body, None when there
    was none. An answer is accepted only as 2xx without an error; what it must contain is checked by the
    call.
    """
    if http_status is None:
        return Kind.UNKNOWN, UNEXPLAINED
    if error is None:
        if 200 <= http_status < 300:
            return Kind.ACCEPTED, UNEXPLAINED
        if http_status == 429:  # not Graph's way, but some gateway's: still a request to slow down
            return Kind.THROTTLED, Rule(
                Kind.THROTTLED, find(4, None).sentence, retry=Retry.LATER, scope=Scope.CHANNEL
            )
        return Kind.UNKNOWN, UNEXPLAINED  # a proxy's page, a redirect, an empty 5xx
    info = error if isinstance(error, ErrorInfo) else ErrorInfo.read(error)
    rule = find(info.code, info.subcode, info.message)
    # Seven "HTTP 500, retry later" answers were seven live photos (koala#699): a server error never refuses.
    # is_transient beside a definite code contradicts it. A 2xx or 3xx with an error contradicts itself.
    contradicts = info.is_transient and rule.kind in (Kind.REFUSED, Kind.TOKEN)
    if rule.kind is not Kind.THROTTLED and (not 400 <= http_status < 500 or contradicts):
        rule = in_doubt(rule)
    return rule.kind, rule


def classify(http_status: int | None, error: Any) -> str:
    """One of "accepted", "refused", "unknown", "throttled", "token"."""
    return judge(http_status, error)[0].value


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    return value[:1000] if isinstance(value, str) else ""
