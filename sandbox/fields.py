"""Graph's ``fields=`` language: ``id,comments.limit(0).summary(true),attachments{target{id}}``.

:func:`parse` reads it, :func:`project` answers it for a node from the views that the room modules register,
:func:`pick` trims a plain value to the wanted sub-fields. A field that the node's type does not have is
refused with Graph's own sentence, as is a syntax error (code 2500).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.errors import GraphError, invalid
from sandbox.params import known_fields
from sandbox.store import Node

if TYPE_CHECKING:
    from sandbox.call import Call


@dataclass
class Want:
    """One asked field with its modifiers (``limit``, ``summary``, ...) and sub-fields."""

    name: str
    mods: dict[str, str] = field(default_factory=dict)
    sub: list[Want] | None = None

    def limit(self, default: int) -> int:
        return int(self.mods["limit"]) if self.mods.get("limit", "").isdigit() else default


View = Callable[[Node, Want, "Call"], Any]
VIEWS: dict[str, dict[str, View]] = {}
TYPE_NAMES = {
    "user": "User",
    "page": "Page",
    "post": "PagePost",
    "photo": "Photo",
    "video": "Video",
    "ig_user": "IGUser",
    "ig_media": "IGMedia",
    "container": "ShadowIGMediaBuilder",
    "comment": "Comment",
    "ig_comment": "IGComment",
    "app": "Application",
    "business": "Business",
}
_TOKEN = re.compile(r"\s*([A-Za-z_][\w]*|[{}(),.])")


def view(kind: str, *names: str) -> Callable[[View], View]:
    """Register the function that answers these fields of this kind; returning None leaves the field out."""

    def register(function: View) -> View:
        for name in names:
            VIEWS.setdefault(kind, {})[name] = function
        return function

    return register


def parse(text: str) -> list[Want]:
    wants, end = _list(text, 0)
    if end != len(text):
        raise _syntax(text, end)
    return wants


def _list(text: str, at: int) -> tuple[list[Want], int]:
    wants: list[Want] = []
    while True:
        match = re.compile(r"\s*([A-Za-z_]\w*)\s*").match(text, at)
        if match is None:
            raise _syntax(text, at)
        want, at = Want(match.group(1)), match.end()
        while at < len(text) and text[at] == ".":
            mod = re.compile(r"\.\s*(\w+)\s*\(").match(text, at)
            if mod is None:
                raise _syntax(text, at)
            close = _closing(text, mod.end())
            value, at = text[mod.end() : close], close + 1
            if mod.group(1) == "fields":
                want.sub = parse(value)
            else:
                want.mods[mod.group(1)] = value.strip()
        if at < len(text) and text[at] == "{":
            want.sub, at = _list(text, at + 1)
            if at >= len(text) or text[at] != "}":
                raise _syntax(text, at)
            at += 1
        wants.append(want)
        while at < len(text) and text[at].isspace():
            at += 1
        if at < len(text) and text[at] == ",":
            at += 1
            continue
        return wants, at


def _closing(text: str, at: int) -> int:
    depth = 1
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise _syntax(text, at)


def _syntax(text: str, at: int) -> GraphError:
    got = f'"{text[at]}"' if at < len(text) else "end of string"
    return GraphError(
        2500, f'Syntax error "Expected name or end of string instead of {got}." at character {at}: {text}'
    )


def project(node: Node, wants: list[Want], call: Call) -> dict[str, Any]:
    """The node as Graph would print it: the wanted fields that have a value, and always ``id``."""
    allowed, views = known_fields(node.kind), VIEWS.get(node.kind, {})
    answer: dict[str, Any] = {}
    for want in wants:
        if want.name not in allowed and want.name not in views:
            raise invalid(
                f"Tried accessing nonexisting field ({want.name}) on node type "
                f"({TYPE_NAMES.get(node.kind, node.kind)})"
            )
        answer_one = views.get(want.name)
        value = node.id if want.name == "id" else answer_one(node, want, call) if answer_one else None
        if value is not None:
            answer[want.mods.get("as", want.name)] = value
    answer["id"] = node.id
    return answer


def pick(value: Any, sub: list[Want] | None) -> Any:
    """Trim plain JSON to the wanted sub-fields; lists and ``{"data": [...]}`` are trimmed item by item."""
    if sub is None or value is None:
        return value
    if isinstance(value, list):
        return [pick(item, sub) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("data"), list) and not any(want.name == "data" for want in sub):
        return {**value, "data": pick(value["data"], sub)}
    kept: dict[str, Any] = {}
    for want in sub:
        if want.name not in value:
            continue
        inner = value[want.name]
        if "limit" in want.mods and isinstance(inner, dict) and isinstance(inner.get("data"), list):
            inner = {**inner, "data": inner["data"][: want.limit(25)]}
        kept[want.name] = pick(inner, want.sub)
    if "id" in value:
        kept.setdefault("id", value["id"])
    return kept
