"""Fill a JSON schema with plausible values: names of properties hint at what belongs there."""

from __future__ import annotations

import re
from typing import Any

from sandbox.copywriter import Writer

MAX_DEPTH = 12


def strict_problem(schema: dict[str, Any], path: str = "()") -> str | None:
    """What OpenAI's strict mode would refuse: every object closed, every property required."""
    if schema.get("type") == "object" or "properties" in schema:
        if schema.get("additionalProperties") is not False:
            return f"In context={path}, 'additionalProperties' is required to be supplied and to be false."
        missing = sorted(set(schema.get("properties", {})) - set(schema.get("required", [])))
        if missing:
            return (
                f"In context={path}, 'required' is required to be supplied and to be an array including "
                f"every key in properties. Missing '{missing[0]}'."
            )
    for name, inner in schema.get("properties", {}).items():
        found = strict_problem(inner, f"('properties', '{name}')") if isinstance(inner, dict) else None
        if found:
            return found
    items = schema.get("items")
    return strict_problem(items, f"{path[:-1]}, 'items')") if isinstance(items, dict) else None


def fill(schema: dict[str, Any], voice: Writer, overlong: bool = False) -> Any:
    """A value that satisfies the schema; ``overlong`` makes free texts far longer than anyone wants."""
    return _fill(schema, schema, voice, [], 0, overlong)


def _fill(
    schema: Any, root: dict[str, Any], voice: Writer, names: list[str], depth: int, overlong: bool
) -> Any:
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        return None
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return voice.choose_enum(
            names[-1] if names else "", [v for v in schema["enum"] if v is not None] or schema["enum"]
        )
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    if kind == "object":
        return {
            name: _fill(inner, root, voice, [*names, name], depth + 1, overlong)
            for name, inner in schema.get("properties", {}).items()
        }
    if kind == "array":
        return _array(schema, root, voice, names, depth, overlong)
    if kind == "boolean":
        return voice.flag(names[-1] if names else "")
    if kind in ("integer", "number"):
        return _number(schema, voice, names, kind)
    return _string(schema, voice, names, overlong) if kind == "string" else None


def _resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    for _ in range(10):
        if "$ref" in schema:
            target: Any = root
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target.get(part, {}) if isinstance(target, dict) else {}
            schema = {**target, **{k: v for k, v in schema.items() if k != "$ref"}}
        elif schema.get("anyOf") or schema.get("oneOf"):
            options = schema.get("anyOf") or schema.get("oneOf") or []
            chosen = next((o for o in options if o.get("type") != "null"), options[0])
            schema = {**{k: v for k, v in schema.items() if k not in ("anyOf", "oneOf")}, **chosen}
        elif schema.get("allOf"):
            merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
            for part in schema["allOf"]:
                merged.update(part)
            schema = merged
        else:
            break
    return schema


def _array(
    schema: dict[str, Any], root: dict[str, Any], voice: Writer, names: list[str], depth: int, overlong: bool
) -> list[Any]:
    name = names[-1] if names else ""
    low, high = int(schema.get("minItems", 0)), int(schema.get("maxItems", 1000))
    count = min(max(voice.how_many(name), low), high)
    items = schema.get("items", {})
    inner = _resolved(items, root) if isinstance(items, dict) else {}
    if inner.get("type") == "string" and not inner.get("enum"):
        ready = voice.string_list(name, count)
        if ready is not None:
            return ready
    made: list[Any] = []
    outer = voice.position, voice.total
    for position in range(count):
        voice.position, voice.total = position, count
        made.append(_fill(items, root, voice, names, depth + 1, overlong))
    voice.position, voice.total = outer
    if schema.get("uniqueItems"):
        made = [item for i, item in enumerate(made) if item not in made[:i]]
    return made


def _number(schema: dict[str, Any], voice: Writer, names: list[str], kind: str) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if "exclusiveMinimum" in schema and low is not None:
        low = low + (1 if kind == "integer" else 0.01)
    if "exclusiveMaximum" in schema and high is not None:
        high = high - (1 if kind == "integer" else 0.01)
    return voice.number(names[-1] if names else "", low, high, kind == "integer")


def _string(schema: dict[str, Any], voice: Writer, names: list[str], overlong: bool) -> str:
    text = voice.string(names, str(schema.get("description", "")), schema.get("format"))
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, text):
        text = voice.matching(pattern)
    if overlong and not pattern and not schema.get("format"):
        return text + " Come and see for yourself." * 400
    low, high = int(schema.get("minLength", 0)), int(schema.get("maxLength", 100_000))
    while len(text) < low:
        text += " " + voice.filler()
    if len(text) > high:
        text = text[:high].rsplit(" ", 1)[0] if " " in text[:high] else text[:high]
    return text
