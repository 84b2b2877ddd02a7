"""One Graph call while it is being answered, and the table of endpoints that can answer it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox import clock
from sandbox.errors import GraphError, invalid
from sandbox.params import FALSE, TRUE
from sandbox.store import Node, Store, the_store

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from sandbox.faults import Fault
    from sandbox.tokens import Grant, Token

REVIEW = "https://developers.facebook.com/docs/apps/review"
INDEXED = re.compile(r"(\w+)\[(\d*)\](?:\[(\w+)\])?")


@dataclass
class Call:
    """``params`` holds text as sent, or JSON values from a JSON body; the readers check and convert."""

    method: str
    path: str
    version: str
    params: dict[str, Any]
    files: dict[str, UploadedFile]
    now: float
    token: Token | None = None
    grant: Grant | None = None
    node: Node | None = None
    fault: Fault | None = None
    label: str = ""
    owner: str | None = None  # the Page or Instagram account this call is about
    object_id: str | None = None  # what it made or changed

    @property
    def store(self) -> Store:
        return the_store()

    @property
    def target(self) -> Node:
        assert self.node is not None
        return self.node

    @property
    def bearer(self) -> Token:
        assert self.token is not None
        return self.token

    @property
    def allowed(self) -> Grant:
        assert self.grant is not None
        return self.grant

    # -- readers ---------------------------------------------------------------------------------------------
    def has(self, name: str) -> bool:
        return self.params.get(name) not in (None, "")

    def text(self, name: str) -> str | None:
        """The parameter as text; None when absent or empty."""
        value = self.params.get(name)
        if value is None or value == "":
            return None
        return value if isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise invalid(f"The parameter {name} is required")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.params.get(name)
        if value is None:
            return default
        text = str(value).strip().lower()
        if text not in TRUE | FALSE:
            raise invalid(f"Param {name} must be a boolean")
        return text in TRUE

    def number(self, name: str) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        try:
            return int(text)
        except ValueError:
            raise invalid(f"Param {name} must be an integer") from None

    def instant(self, name: str) -> float | None:
        """Unix seconds from unix seconds or ISO 8601 text."""
        text = self.text(name)
        if text is None:
            return None
        text = text.strip('"')
        try:
            return float(text)
        except ValueError:
            pass
        try:
            return datetime.fromisoformat(text.replace("Z", "+00:00").replace("+0000", "+00:00")).timestamp()
        except ValueError:
            raise invalid(f"Param {name} must be a valid unix timestamp or ISO 8601 time") from None

    def listed(self, name: str) -> list[Any] | None:
        """A list, from JSON, from ``name[0]=...`` keys or from comma-separated text; None when absent.

        A JSON object inside an indexed key (``attached_media[0]={"media_fbid":"1"}``) and the PHP style
        ``attached_media[0][media_fbid]=1`` both become dictionaries.
        """
        indexed: dict[str, Any] = {}
        for key, value in self.params.items():
            match = INDEXED.fullmatch(key)
            if match and match.group(1) == name:
                slot = match.group(2) or str(len(indexed))
                if match.group(3):
                    indexed.setdefault(slot, {})[match.group(3)] = value
                else:
                    indexed[slot] = _loaded(value)
        if indexed:
            return [indexed[key] for key in sorted(indexed, key=lambda k: int(k) if k.isdigit() else 0)]
        raw = self.params.get(name)
        if raw is None or raw == "":
            return None
        value = _loaded(raw)
        if isinstance(value, list):
            return value
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, dict):
            keys = sorted(value, key=lambda k: int(k) if str(k).isdigit() else 0)
            return [value[key] for key in keys] if all(str(k).isdigit() for k in value) else [value]
        return [value]

    def lag(self, mode: str) -> float:
        """Seconds of the lag fault matched by this call, else 0."""
        return self.fault.seconds if self.fault is not None and self.fault.mode == mode else 0.0

    def require(self, *scopes: str, code: int = 10, sentence: str | None = None) -> None:
        """Refuse (403) unless the person granted these permissions."""
        for scope in scopes:
            if not self.allowed.has(scope):
                raise GraphError(
                    code,
                    sentence
                    or f"(#{code}) This endpoint requires the '{scope}' permission or the 'Page Public "
                    f"Content Access' feature. Refer to {REVIEW}/login-permissions#manage-pages and "
                    f"{REVIEW}/feature#reference-PAGES_ACCESS for details.",
                    http=403,
                )


def _loaded(value: Any) -> Any:
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            raise invalid(f"Invalid JSON: {value[:80]}") from None
    return value


Answer = dict[str, Any]
Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Endpoint:
    kind: str
    method: str
    edge: str
    handler: Handler
    label: str
    access: str
    scopes: tuple[str, ...]
    task: str | None
    extra: dict[str, str]


ENDPOINTS: dict[tuple[str, str, str], Endpoint] = {}


def endpoint(
    kind: str,
    method: str,
    edge: str = "",
    *,
    label: str,
    access: str = "page",
    scopes: tuple[str, ...] = (),
    task: str | None = None,
    extra: dict[str, str] | None = None,
) -> Callable[[Handler], Handler]:
    """Register a handler for ``METHOD /{kind-id}/{edge}``.

    ``access``: ``page`` (Page token of that Page), ``page_read`` (or a user token that may see it), ``ig``,
    ``user``, ``app`` or ``any``. ``scopes``: permissions to have been granted. ``task``: the Page task the
    person needs. ``extra``: parameters beyond the table in sandbox.params.
    """

    def register(handler: Handler) -> Handler:
        ENDPOINTS[kind, method, edge] = Endpoint(
            kind, method, edge, handler, label, access, scopes, task, extra or {}
        )
        return handler

    return register


def at_text(at: float | None) -> str | None:
    return clock.graph_time(at)
