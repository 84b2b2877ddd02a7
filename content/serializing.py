"""A generation as JSON: one shape for the download and the API."""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from content.models import Exchange, Generation
from content.words import Why


def generation_data(row: Generation, *, money: bool, exchanges: bool) -> dict[str, Any]:
    """`money` adds the cost in US dollars, `exchanges` what was sent and received, as stored (key masked)."""
    first = row.variants[0] if row.variants else {}
    data: dict[str, Any] = {
        "id": str(row.pk),
        "status": row.state,
        "kind": row.kind,
        "platform": row.platform,
        "tone": row.tone,
        "caption": first.get("text") or None,
        "hashtags": first.get("hashtags", []),
        "variants": [variant_data(v) for v in row.variants],
        "source": row.source or None,
        "reason": {"code": row.reason, "text": str(Why(row.reason).label)}
        if row.reason in Why.values
        else None,
        "outcome": row.outcome or None,
        "model": row.model or None,
        "prompt_version": row.prompt_version,
        "tokens_in": row.tokens_in,
        "tokens_out": row.tokens_out,
        "latency_ms": row.latency_ms,
        "attempts": row.attempts,
        "menu_item_id": str(row.menu_item_id) if row.menu_item_id else None,
        "used_by_post_id": str(row.used_by_id) if row.used_by_id else None,
        "created_by": row.created_by,
        "created_at": row.created_at.isoformat(),
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
    }
    if money:
        data["cost_usd"] = str(row.cost)
    if exchanges:
        data["brief"] = row.brief
        data["exchanges"] = [exchange_data(e, money=money) for e in row.exchanges.all()]
    return data


def variant_data(variant: dict[str, Any]) -> dict[str, Any]:
    return {
        "caption": variant.get("text", ""),
        "text": variant.get("caption", ""),
        "hashtags": variant.get("hashtags", []),
        "angle": variant.get("angle", ""),
        "similarity": variant.get("likeness", 0),
        "nearest_id": variant.get("nearest_id") or None,
    }


def exchange_data(row: Exchange, *, money: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "number": row.number,
        "purpose": row.purpose,
        "sent_at": row.sent_at.isoformat(),
        "received_at": row.received_at.isoformat() if row.received_at else None,
        "model": row.model,
        "request": row.request,
        "response": row.response,
        "error": row.error or None,
        "error_text": row.error_text or None,
        "tokens_in": row.tokens_in,
        "tokens_out": row.tokens_out,
        "latency_ms": row.latency_ms,
    }
    return data | ({"cost_usd": str(row.cost)} if money else {})


# --- for reading on a page --------------------------------------------------------------------------

_ORDER = ("method", "url", "status", "headers", "body")  # the database keeps keys in its own order


def pretty_exchange(exchange: dict[str, Any] | None) -> str:
    """The stored text, JSON bodies indented for reading; the download has them byte for byte."""
    if not exchange:
        return ""
    shown = {name: exchange[name] for name in _ORDER if name in exchange}
    body = str(shown.get("body", ""))
    try:
        shown["body"] = json.loads(body)
    except ValueError:
        shown["body"] = body.split("\n") if "\n" in body else body  # a stream: a line each
    # A picture inside a request is thousands of letters that nobody reads.
    text = json.dumps(shown, indent=2, ensure_ascii=False)
    return re.sub(r"(data:image/[a-z]+;base64,)[A-Za-z0-9+/=]{100,}", r"\1…", text)


def prompt_of(exchange: Exchange) -> list[tuple[str, str]]:
    """(role, text) of what the model was told; empty where nothing was sent or it is not kept any longer."""
    try:
        messages = json.loads(str(exchange.request.get("body", "")))["messages"]
        return [(str(m["role"]), _spoken(m["content"])) for m in messages]
    except (ValueError, KeyError, TypeError):
        return []


def _spoken(content: Any) -> str:
    """The words of a message; a picture in it is only named."""
    if not isinstance(content, list):
        return str(content)
    return "\n\n".join(str(p.get("text") or _("[the photo]")) for p in content if isinstance(p, dict))
