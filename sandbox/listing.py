"""Paged edges: cursors, ``limit`` (25 unless told, at most 100), ``since``/``until``, ``paging``."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from sandbox import fields
from sandbox.call import Answer, Call
from sandbox.errors import GraphError, invalid
from sandbox.fields import Want
from sandbox.store import Node, the_store

DEFAULT_LIMIT, MAX_LIMIT = 25, 100


def wants(call: Call, default: str) -> list[Want]:
    """The fields asked for by this call, or the edge's default ones."""
    return fields.parse(call.text("fields") or default)


def limit_of(call: Call) -> int:
    number = call.number("limit")
    if number is None:
        return DEFAULT_LIMIT
    if number > MAX_LIMIT:
        raise GraphError(
            100,
            f"(#100) For field: limit - The maximum number of items that can be requested is {MAX_LIMIT}",
            subcode=1,
        )
    if number < 0:
        raise invalid("Param limit must be an unsigned integer")
    return number


def cursor(node: Node, key: str) -> str:
    mark = node.seq if key == "seq" else getattr(node, key)
    return base64.urlsafe_b64encode(f"{mark!r}:{node.seq}".encode()).decode().rstrip("=")


def _opened(text: str) -> tuple[float, int]:
    try:
        mark, _, seq = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
        return float(mark), int(seq)
    except ValueError:
        raise invalid("Invalid cursors values", type="OAuthException") from None


def edge(
    call: Call,
    where: str,
    *args: Any,
    default: str,
    key: str = "seq",
    descending: bool = True,
    timed: bool = True,
    keep: Callable[[Node], bool] | None = None,
) -> Answer:
    """Answer an edge: nodes matching ``where``, newest first, projected onto the wanted fields.

    ``key`` is the column that orders (``visible_at``, ``created`` or ``seq``); ``keep`` drops nodes after the
    query (listing lag), which may leave a page short, as Graph's pages may be.
    """
    limit, asked = limit_of(call), wants(call, default)
    found, more = query(call, where, list(args), key, descending, limit, timed)
    if keep is not None:
        found = [node for node in found if keep(node)]
    data = [fields.project(node, asked, call) for node in found]
    answer: Answer = {"data": data}
    if found:
        before, after = cursor(found[0], key), cursor(found[-1], key)
        answer["paging"] = {"cursors": {"before": before, "after": after}}
        if more:
            answer["paging"]["next"] = next_url(call, after)
        if call.has("after"):
            answer["paging"]["previous"] = next_url(call, before, "before")
    return answer


def query(
    call: Call, where: str, args: list[Any], key: str, descending: bool, limit: int, timed: bool
) -> tuple[list[Node], bool]:
    direction, after_sign = ("DESC", "<") if descending else ("ASC", ">")
    order = f"{key} {direction}, seq {direction}"
    flip = False
    if timed and key != "seq":
        since, until = call.instant("since"), call.instant("until")
        if since is not None:
            where, args = f"{where} AND {key} >= ?", [*args, since]
        if until is not None:
            where, args = f"{where} AND {key} <= ?", [*args, until]
    for name, sign in (("after", after_sign), ("before", ">" if descending else "<")):
        text = call.text(name)
        if text is not None:
            mark, seq = _opened(text)
            where, args = f"{where} AND ({key}, seq) {sign} (?, ?)", [*args, mark, seq]
            flip = name == "before"
    if flip:
        opposite = "ASC" if descending else "DESC"
        order = f"{key} {opposite}, seq {opposite}"
    found = the_store().find(where, *args, order=order, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    return (list(reversed(found)) if flip else found), more


def next_url(call: Call, mark: str, name: str = "after") -> str:
    """Graph's ``paging.next`` is a complete address with the access token in it."""
    kept = {k: v for k, v in call.params.items() if k not in ("after", "before", "appsecret_proof")}
    if call.token is not None:
        kept["access_token"] = call.token.token
    kept[name] = mark
    return f"{settings.PUBLIC_URL}/graph/{call.version}{call.path}?{urlencode(kept)}"


def plain(items: list[dict[str, Any]], want: Want, default_limit: int = DEFAULT_LIMIT) -> dict[str, Any]:
    """A small embedded edge (``children{...}``, ``attachments{...}``) from ready values."""
    limit = want.limit(default_limit)
    return {"data": [fields.pick(item, want.sub) for item in items[:limit]]}
