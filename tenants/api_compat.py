"""What would break somebody's program between two versions of the OpenAPI document. Pure; used by a test.

Growing is allowed: new endpoints, optional inputs, more in an answer. Taking away or narrowing is not: for
that there is /api/v2, or the deprecation of docs/api.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tenants.openapi_more import operations, resolve

Json = dict[str, Any]
_DEPTH = 6


def breaking(old: Json, new: Json) -> list[str]:
    """Sentences, one a breaking change; [] when every program written for `old` works with `new`."""
    found: list[str] = []
    now = {(path, method): operation for path, method, operation in operations(new)}
    for path, method, before in operations(old):
        name = f"{method.upper()} {path}"
        after = now.get((path, method))
        if after is None:
            found.append(f"{name} is gone.")
            continue
        if before["operationId"] != after["operationId"]:
            found.append(f"{name} is called {after['operationId']} now: generated clients lose a method.")
        found += [f"{name}: {text}" for text in _parameters(before, after)]
        found += [f"{name}: {text}" for text in _body(before, after, old, new)]
        found += [f"{name}: {text}" for text in _answers(before, after, old, new)]
    gone = set(old.get("webhooks", {})) - set(new.get("webhooks", {}))
    return found + [f"The event {name} is gone." for name in sorted(gone)]


def _parameters(before: Json, after: Json) -> Iterator[str]:
    then = {(one["in"], one["name"]): one for one in before.get("parameters", [])}
    now = {(one["in"], one["name"]): one for one in after.get("parameters", [])}
    for key in then:
        if key not in now:
            yield f"the parameter {key[1]} is gone."
    for key, parameter in now.items():
        if parameter.get("required") and not then.get(key, {}).get("required"):
            yield f"the parameter {key[1]} is demanded now."


def _body(before: Json, after: Json, old: Json, new: Json) -> Iterator[str]:
    for media, content in before.get("requestBody", {}).get("content", {}).items():
        later = after.get("requestBody", {}).get("content", {}).get(media)
        if later is None:
            yield f"a body of {media} is no longer taken."
            continue
        then = dict(_fields(content.get("schema", {}), old))
        now = dict(_fields(later.get("schema", {}), new))
        for pointer, field in then.items():
            if pointer not in now:
                yield f"the input {pointer} is gone."
            else:
                lost = field["values"] - now[pointer]["values"] if now[pointer]["values"] else set()
                if lost:
                    yield f"the input {pointer} no longer takes {', '.join(sorted(lost))}."
                if field["type"] - now[pointer]["type"]:
                    yield f"the input {pointer} was {_said(field)} and is {_said(now[pointer])}."
        for pointer, field in now.items():
            if field["required"] and not then.get(pointer, {}).get("required"):
                yield f"the input {pointer} is demanded now."


def _answers(before: Json, after: Json, old: Json, new: Json) -> Iterator[str]:
    for status, response in before["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in after["responses"]:
            yield f"the answer {status} is gone."
            continue
        for media, content in response.get("content", {}).items():
            later = after["responses"][status].get("content", {}).get(media)
            if later is None:
                yield f"the answer {status} is no longer {media}."
                continue
            now = dict(_fields(later.get("schema", {}), new))
            for pointer, field in _fields(content.get("schema", {}), old):
                if pointer not in now:
                    yield f"{pointer} is gone from the answer {status}."
                elif now[pointer]["type"] - field["type"]:
                    yield (
                        f"{pointer} of the answer {status} was {_said(field)} and may be"
                        f" {_said(now[pointer])}."
                    )


def _said(field: Json) -> str:
    return " or ".join(sorted(field["type"]))


def _fields(schema: Json, document: Json, pointer: str = "", depth: int = 0) -> Iterator[tuple[str, Json]]:
    """(pointer, {"type", "values", "required"}) of every property below a schema."""
    schema = resolve(schema, document)
    if depth > _DEPTH:
        return
    for part in schema.get("allOf", []):
        yield from _fields(part, document, pointer, depth)
    if "items" in schema:
        yield from _fields(schema["items"], document, f"{pointer}/*", depth + 1)
    required = set(schema.get("required", []))
    for name, inner in schema.get("properties", {}).items():
        place = f"{pointer}/{name}"
        types, values = _kinds(inner, document)
        yield place, {"type": types, "values": values, "required": name in required}
        yield from _fields(inner, document, place, depth + 1)


def _kinds(schema: Json, document: Json) -> tuple[set[str], set[str]]:
    """The JSON types a schema allows and, when it lists them, its values."""
    schema = resolve(schema, document)
    types: set[str] = set()
    values = {str(one) for one in schema.get("enum", [])}
    kind = schema.get("type")
    types |= set(kind) if isinstance(kind, list) else ({kind} if kind else set())
    for part in (*schema.get("allOf", []), *schema.get("oneOf", []), *schema.get("anyOf", [])):
        more_types, more_values = _kinds(part, document)
        types |= more_types
        values |= more_values
    return types, values
