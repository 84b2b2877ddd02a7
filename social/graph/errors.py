"""Everything a call to Graph can raise. Each error knows what it proves and whether trying again helps."""

from __future__ import annotations

from typing import Any

from social.graph.classify import ErrorInfo
from social.graph.rules import UNEXPLAINED, Fix, Kind, Retry, Rule, Scope
from social.graph.usage import NO_USAGE, Usage


class GraphError(Exception):
    """One call that was not accepted.

    `sentence` is for the owner, `message` is Meta's own (tokens already removed) for the staff's log.
    """

    kind = Kind.UNKNOWN

    def __init__(
        self,
        *,
        info: ErrorInfo | None = None,
        rule: Rule = UNEXPLAINED,
        http_status: int | None = None,
        usage: Usage = NO_USAGE,
        call: str = "",
        cause: str = "",
    ) -> None:
        info = info or ErrorInfo()
        self.http_status = http_status
        self.code = info.code
        self.subcode = info.subcode
        self.message = info.message or cause
        self.type = info.type
        self.user_title = info.user_title
        self.user_message = info.user_message
        self.fbtrace_id = info.fbtrace_id
        self.usage = usage
        self.call = call
        self.cause = (
            cause  # of an answer that did not come: "timeout", "connect", "cut", "redirect", "not json" ...
        )
        self.rule = rule
        super().__init__(self._line())

    def _line(self) -> str:
        number = "/".join(str(part) for part in (self.code, self.subcode) if part is not None)
        parts = [
            self.call,
            f"HTTP {self.http_status}" if self.http_status else "no answer",
            number,
            self.message,
        ]
        return ": ".join(part for part in parts if part)

    @property
    def sentence(self) -> str:
        return str(self.rule.sentence)

    @property
    def fix(self) -> Fix:
        return self.rule.fix

    @property
    def retry(self) -> Retry:
        return self.rule.retry

    @property
    def reason(self) -> str:
        """Why a connection must be connected anew: a key of social.health.REASONS, or ""."""
        return self.rule.reason

    def as_dict(self) -> dict[str, Any]:
        """For an Attempt row or a log line."""
        return {
            "kind": self.kind.value,
            "http": self.http_status,
            "code": self.code,
            "subcode": self.subcode,
            "message": self.message,
            "fbtrace_id": self.fbtrace_id,
            "call": self.call,
            "cause": self.cause,
        }


class GraphRefused(GraphError):
    """Definite: Meta refused before doing anything."""

    kind = Kind.REFUSED


class GraphUnknown(GraphError):
    """It may have been done: timeout, cut connection, 5xx, code 1 or 2, an unreadable answer. Only a read
    may follow.
    """

    kind = Kind.UNKNOWN

    @property
    def never_left(self) -> bool:
        """True when no connection was made at all, so that nothing can have been done."""
        return self.cause in ("connect", "locked")  # "locked": our own vault did not open (social.tokens)


class GraphThrottled(GraphError):
    """Too many calls. Nothing proves that it was not done."""

    kind = Kind.THROTTLED

    @property
    def scope(self) -> Scope:
        return self.rule.scope

    @property
    def regain_minutes(self) -> int:
        return self.usage.regain_minutes


class GraphTokenDead(GraphError):
    """Definite: the token is not accepted; `reason` says why."""

    kind = Kind.TOKEN


BY_KIND: dict[Kind, type[GraphError]] = {
    Kind.REFUSED: GraphRefused,
    Kind.UNKNOWN: GraphUnknown,
    Kind.THROTTLED: GraphThrottled,
    Kind.TOKEN: GraphTokenDead,
}
