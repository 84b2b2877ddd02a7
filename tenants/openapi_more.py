"""The last hand on the OpenAPI document: events, examples, headers, conditions, the OAuth addresses.

drf-spectacular writes what the views declare; what holds for all of them is added here once, so that no
endpoint can forget it. Runs after its own hooks (SPECTACULAR_SETTINGS).
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from tenants.hooks import events
from tenants.paging import LIMIT_DEFAULT, LIMIT_MAX
from tenants.problems import MEDIA_TYPE, PLAIN, RETRYABLE

Json = dict[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_NAMED: Json = {  # examples by the name of the field, where its type says too little
    "name": "Krusty Pizza",
    "slug": "krusty-pizza",
    "timezone": "America/Chicago",
    "country": "US",
    "language": "en",
    "caption": "Margherita night: two for 18.",
    "currency": "USD",
    "price": "12.50",
    "prefix": "sk_live_9fQ2mZx1",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "event_id": "evt_5a6b7c8d11114222833344445555666a",
    "next_cursor": None,
    "hashtags": ["KrustyPizza"],
    "platform": "facebook",
    "approval": "draft",
    "reason": "",
    "permalink": "https://www.facebook.com/100200300/posts/400500600",
    "platform_post_id": "100200300_400500600",
    "engagement": {"likes": 12, "reach": 340},
    "warnings": [
        {
            "code": "clash_close",
            "sentence": "Another post goes out on Krusty Pizza close to it: Thu 24 Dec, 11:15 am.",
            "field": "publish_at",
            "account_id": "7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60",
            "post_id": "5b6c7d8e-2f3a-4b4c-8d5e-6f7a8b9c0d1e",
            "publication_id": "9a8b7c6d-5e4f-4a3b-9c2d-1e0f2a3b4c5d",
        }
    ],
    "width": 1440,
    "height": 1440,
}
_FORMATS: Json = {
    "uuid": "7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60",
    "date-time": "2026-12-24T17:00:00.000000Z",
    "date": "2026-12-24",
    "uri": "https://www.example.com/",
    "binary": "",
    "decimal": "12.50",
    "email": "anna@example.com",
}
_PROBLEM_CODES = {
    400: ("invalid", "This field is required."),
    401: ("not_authenticated", PLAIN["not_authenticated"]),
    403: ("scope_missing", "This key lacks the scope “publish”. Make one that has it under Settings, Keys."),
    404: ("not_found", PLAIN["not_found"]),
    406: ("not_acceptable", "We answer in application/json."),
    409: ("idempotency_in_progress", "The first request with this Idempotency-Key is still being worked on."),
    410: ("gone", "This was deleted in the meantime."),
    412: ("changed_meanwhile", "This was changed since you read it. Read it again, then repeat your change."),
    413: ("too_large", "This request is larger than we accept."),
    415: ("unsupported_media_type", "Send application/json."),
    422: ("idempotency_key_reused", "This Idempotency-Key was used for another request."),
    428: ("if_match_required", "Say what you read: send the ETag of your last GET as If-Match, or *."),
    429: ("throttled", "This hour's 100 requests of the plan are used up. Retry-After says when to go on."),
    503: ("unavailable", "The AI does not answer. Try again in a minute."),
}
_TAGS = (
    ("Tenants", "Restaurants: open one, read it."),
    ("Accounts", "Facebook Pages and Instagram accounts, and the health of our access to them."),
    ("OAuth", "Where the owner's browser goes to connect an account."),
    ("Library", "Folders, photos, videos."),
    ("Brand and menu", "What captions may truthfully say."),
    ("Posts", "Write, publish, schedule, change."),
    ("Publications", "One post on one account at one time: follow, move, retry, measure."),
    ("Generations", "How every caption was written."),
    ("Webhooks", "Be told instead of asking."),
    ("Keys", "What the key that asks may do."),
)
_HEADERS: Json = {
    "RateLimit": ('What is left: `"hour";r=97;t=3540`.', '"hour";r=97;t=3540'),
    "RateLimit-Policy": ('The plan\'s limit: `"hour";q=100;w=3600`.', '"hour";q=100;w=3600'),
    "X-Request-Id": ("Quote it when you write to us.", "3f0e9a52-0a51-4d6f-9b0e-1f2c3d4e5f60"),
}


def complete(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """drf-spectacular's postprocessing hook."""
    components = result.setdefault("components", {})
    components["headers"] = {
        name: {"description": meaning, "schema": {"type": "string"}, "example": example}
        for name, (meaning, example) in _HEADERS.items()
    }
    result["paths"].update(_oauth())
    result["paths"] = dict(sorted(result["paths"].items()))
    for path, _method, operation in operations(result):
        _conditions(operation)
        _json_only(operation)
        _pages(operation, result)
        for status, response in operation.get("responses", {}).items():
            if not path.startswith("/api/v1/oauth/"):
                response.setdefault("headers", {}).update(
                    {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
                )
            _example(response, int(status), result)
        _example(operation.get("requestBody", {}), 0, result)
        _share_problems(operation, components.setdefault("responses", {}))
    result["webhooks"] = {kind.name: _webhook(kind) for kind in (*events.KINDS.values(), events.TEST_KIND)}
    used = {tag for _p, _m, operation in operations(result) for tag in operation.get("tags", [])}
    known = [{"name": name, "description": text} for name, text in _TAGS if name in used]
    result["tags"] = known + [{"name": name} for name in sorted(used - {name for name, _ in _TAGS})]
    return result


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """(path, method, operation) of a document."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def resolve(schema: Json, document: Json) -> Json:
    """A schema with its reference followed."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def example_of(schema: Json, document: Json, name: str = "", depth: int = 0) -> Any:
    """A plausible value of a schema; null where it nests deeper than anybody reads."""
    schema = resolve(schema, document)
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    for key in ("allOf", "oneOf", "anyOf"):
        if schema.get(key):
            return example_of(schema[key][0], document, name, depth)
    if schema.get("enum"):
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "string")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if name in _NAMED:
        return _NAMED[name]
    if kind == "object" or "properties" in schema:
        if depth > 5:
            return {}
        properties = schema.get("properties", {})
        return {key: example_of(inner, document, key, depth + 1) for key, inner in properties.items()}
    if kind == "array":
        return [example_of(schema["items"], document, name.removesuffix("s"), depth + 1)] if depth < 5 else []
    if kind == "boolean":
        return True
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return _FORMATS.get(schema.get("format", ""), "" if not name else name.replace("_", " "))


def _conditions(operation: Json) -> None:
    """Edits that name their reading may be refused for it."""
    if any(given.get("name") == "If-Match" for given in operation.get("parameters", [])):
        for status, meaning in (
            ("412", "Changed since it was read."),
            ("428", "`If-Match` is missing."),
        ):
            operation["responses"].setdefault(status, _problem(meaning))


_PAGED = (
    ("limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT}),
    ("cursor", {"type": "string"}),
)
_PAGED_MEANING = {"limit": "How many rows a page holds.", "cursor": "`next_cursor` of the page before."}


def _pages(operation: Json, document: Json) -> None:
    """Every list is {"data", "next_cursor"}, also where its view pages by hand."""
    for status, response in operation.get("responses", {}).items():
        content = response.get("content", {}).get("application/json")
        if not content or not status.startswith("2"):
            continue
        schema = content["schema"]
        rows = schema if schema.get("type") == "array" else schema.get("properties", {}).get("data")
        if rows is None or "$ref" not in rows.get("items", {}):
            continue
        item = rows["items"]["$ref"].rsplit("/", 1)[1]
        document["components"]["schemas"][f"{item}Page"] = {
            "type": "object",
            "required": ["data", "next_cursor"],
            "properties": {
                "data": {"type": "array", "items": rows["items"]},
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Send it back as `cursor` for the next page; null on the last one.",
                },
            },
        }
        content["schema"] = {"$ref": f"#/components/schemas/{item}Page"}
        content.pop("example", None)
        if "folders" in operation["operationId"]:
            continue  # a tree is answered whole
        given = operation.setdefault("parameters", [])
        known = {one["name"] for one in given}
        given += [
            {"in": "query", "name": name, "description": _PAGED_MEANING[name], "schema": schema_}
            for name, schema_ in _PAGED
            if name not in known
        ]


def _json_only(operation: Json) -> None:
    """Forms are understood as well, but one way of writing a body is enough to learn."""
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" in content:
        operation["requestBody"]["content"] = {"application/json": content["application/json"]}


def _share_problems(operation: Json, shared: Json) -> None:
    """One component for each status instead of the same words at each operation."""
    for status, response in operation.get("responses", {}).items():
        if set(response.get("content", {})) != {MEDIA_TYPE}:
            continue
        name = f"Problem{status}"
        if shared.setdefault(name, response) == response:
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}


def _problem(meaning: str) -> Json:
    return {
        "description": meaning,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def _example(holder: Json, status: int, document: Json) -> None:
    for media, content in holder.get("content", {}).items():
        if "examples" in content or "example" in content or "multipart" in media:
            continue
        if media == MEDIA_TYPE:
            content["example"] = _problem_example(status)
        elif "schema" in content and (status == 0 or 200 <= status < 300) and "json" in media:
            content["example"] = example_of(content["schema"], document)


def _problem_example(status: int) -> Json:
    code, detail = _PROBLEM_CODES.get(status, ("refused", HTTPStatus(status).phrase))
    return {
        "type": f"https://social.example/docs#{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": _HEADERS["X-Request-Id"][1],
        "retryable": status in RETRYABLE,
    }


def _webhook(kind: events.Kind) -> Json:
    body = {
        "id": _NAMED["event_id"],
        "type": kind.name,
        "timestamp": "2026-12-24T17:00:03Z",
        "tenant_id": _FORMATS["uuid"],
        "data": kind.example,
    }
    data = {name: {"type": _json_type(value)} for name, value in kind.example.items()}
    headers = [
        {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
        for name, text in (
            ("webhook-id", "The same for every repeat: drop what you have seen."),
            ("webhook-timestamp", "Seconds since 1970. Refuse what is older than five minutes."),
            ("webhook-signature", "One or more `v1,<base64>`; one must match (Standard Webhooks)."),
        )
    ]
    return {
        "post": {
            "operationId": "on_" + kind.name.replace(".", "_"),
            "summary": str(kind.meaning),
            "tags": ["Webhooks"],
            "parameters": headers,
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": list(body),
                            "properties": {
                                "id": {"type": "string"},
                                "type": {"type": "string", "const": kind.name},
                                "timestamp": {"type": "string", "format": "date-time"},
                                "tenant_id": {"type": ["string", "null"], "format": "uuid"},
                                "data": {"type": "object", "required": list(data), "properties": data},
                            },
                        },
                        "example": body,
                    }
                }
            },
            "responses": {
                "2XX": {"description": "Heard. Anything else is repeated for three days."},
                "410": {"description": "Never send here again."},
            },
        }
    }


def _json_type(value: Any) -> Any:
    if value is None:
        return ["string", "null"]
    if isinstance(value, bool):
        return "boolean"
    return "integer" if isinstance(value, int) else "string"


def _oauth() -> Json:
    """The browser's addresses; they answer with pages and redirects, and are no DRF views."""
    tenant = {
        "name": "tenant_id",
        "in": "query",
        "required": False,
        "description": "Which restaurant; needed when the person belongs to several.",
        "schema": {"type": "string", "format": "uuid"},
    }

    def start(platform: str) -> Json:
        return {
            "get": {
                "operationId": f"oauth_{platform}_authorize",
                "summary": f"Connect {'an Instagram' if platform == 'instagram' else 'a Facebook'} account",
                "description": "Send the owner's browser here. It signs in, agrees and comes back to Channels.",
                "tags": ["OAuth"],
                "security": [],
                "parameters": [tenant],
                "responses": {"302": {"description": "To Facebook's dialog, or to our sign-in first."}},
            }
        }

    def text(name: str) -> Json:
        return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}

    return {
        "/api/v1/oauth/facebook/authorize": start("facebook"),
        "/api/v1/oauth/instagram/authorize": start("instagram"),
        "/api/v1/oauth/facebook/callback": {
            "get": {
                "operationId": "oauth_facebook_callback",
                "summary": "Facebook sends the browser back here",
                "tags": ["OAuth"],
                "security": [],
                "parameters": [text("code"), text("state"), text("error")],
                "responses": {
                    "302": {"description": "To the choice of Pages."},
                    "400": {"description": "A page that says why it did not work and how to start again."},
                },
            }
        },
    }
