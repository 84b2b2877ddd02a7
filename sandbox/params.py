"""Which parameters and fields Meta's endpoints know, as data (``data/params.json``).

The table was cut from Meta's public SDK specifications (facebook-business-sdk-codegen, 2026-04-15); EXTRA
adds what Meta's reference documents and the specification leaves out. Real Graph ignores most unknown
parameters, which hides typing errors for months: the sandbox refuses them (code 100).
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.errors import invalid

SPEC_OF = {
    "user": "User",
    "page": "Page",
    "post": "PagePost",
    "photo": "Photo",
    "video": "AdVideo",
    "ig_user": "IGUser",
    "ig_media": "IGMedia",
    "container": "ShadowIGMediaBuilder",
    "comment": "Comment",
    "ig_comment": "IGComment",
    "app": "Application",
    "business": "Business",
}
COMMON = {
    "access_token",
    "appsecret_proof",
    "appsecret_time",
    "locale",
    "format",
    "method",
    "suppress_http_code",
}
LEGACY = {"pretty", "debug", "date_format", "ids"}
READ = {
    "fields",
    "limit",
    "after",
    "before",
    "offset",
    "since",
    "until",
    "summary",
    "metadata",
    "__paging_token",
}
WRITE = {"fields"}
EXTRA: dict[str, dict[str, str]] = {
    "page POST feed": {"picture": "string", "source": "file"},
    "page POST photos": {"source": "file"},
    "page POST photo_stories": {},
    "page POST videos": {"thumb": "file", "fbuploader_video_file_chunk": "string"},
    "page GET photos": {"type": "enum:profile|tagged|uploaded"},
    "page GET posts": {},
    "ig_user POST media": {
        "is_ai_generated": "bool",
        "is_paid_partnership": "bool",
        "branded_content_sponsor_ids": "list<string>",
        "disclosure_state": "string",
    },
    "ig_user POST media_publish": {"creation_id": "string"},
    "ig_media GET insights": {"metric_type": "string"},
    "ig_media POST comments": {"message": "string"},
    "post POST comments": {"message": "string"},
    "post DELETE likes": {},
    "user DELETE permissions": {"permission": "string"},
    "app GET #get": {},
}
EXTRA_FIELDS = {
    "page": {"picture", "tasks", "instagram_business_account", "perms"},
    "user": {"picture", "accounts", "permissions"},
    "post": {"attachments", "comments", "reactions", "likes", "insights", "shares"},
    "video": {"post_id", "comments", "likes", "thumbnails", "video_insights"},
    "photo": {"comments", "likes", "reactions", "insights"},
    "ig_user": {"media", "stories", "insights", "content_publishing_limit"},
    "ig_media": {"children", "comments", "insights"},
    "ig_comment": {"replies"},
    "comment": {"attachment", "can_hide", "reactions"},
}
NUMBER = re.compile(r"-?\d+")
TRUE, FALSE = {"true", "1", "yes"}, {"false", "0", "no", ""}


@cache
def _table() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "params.json").read_text())
    return loaded


@cache
def known_fields(kind: str) -> frozenset[str]:
    spec = _table().get(SPEC_OF.get(kind, ""), {})
    return frozenset({"id", *spec.get("fields", ()), *EXTRA_FIELDS.get(kind, ())})


@cache
def known_params(kind: str, method: str, edge: str) -> dict[str, str]:
    """Name -> type for one endpoint; an empty edge is the node itself."""
    verb = edge or {"GET": "#get", "POST": "#update", "DELETE": "#delete"}[method]
    spec = _table().get(SPEC_OF.get(kind, ""), {})
    found = dict(spec.get("edges", {}).get(f"{method} {verb}", {}))
    found.update(EXTRA.get(f"{kind} {method} {verb}", {}))
    return found


def check(
    params: dict[str, Any], files: set[str], *, kind: str, method: str, edge: str, extra: dict[str, str]
) -> None:
    """Refuse unknown names and values of the wrong type (code 100)."""
    known = {**known_params(kind, method, edge), **extra}
    free = COMMON | LEGACY | (READ if method == "GET" else WRITE)
    for name in [*params, *files]:
        base = name.split("[", 1)[0]
        if base in known:
            if name in params:
                _check_type(name, params[name], known[base])
        elif base not in free:
            raise invalid(
                f"Unexpected parameter '{name}' for {method} /{{{SPEC_OF.get(kind, kind)}}}/{edge}".rstrip(
                    "/"
                ),
                title="Unknown parameter",
                user_msg=f"The parameter '{name}' does not exist on this endpoint.",
            )


def _check_type(name: str, value: Any, wanted: str) -> None:
    text = str(value).strip()
    if wanted == "bool" and not isinstance(value, bool) and text.lower() not in TRUE | FALSE:
        raise invalid(f"Param {name} must be a boolean")
    if wanted in ("int", "unsigned int") and not isinstance(value, bool) and not NUMBER.fullmatch(text):
        raise invalid(f'Param {name} must be an integer - got "{text[:60]}"')
    if wanted == "unsigned int" and text.startswith("-"):
        raise invalid(f'Param {name} must be an unsigned integer - got "{text[:60]}"')
    if wanted.startswith("enum:"):
        allowed = wanted[5:].split("|")
        if text.lower() not in {a.lower() for a in allowed}:
            raise invalid(f'Param {name} must be one of {{{", ".join(allowed)}}} - got "{text[:60]}".')
