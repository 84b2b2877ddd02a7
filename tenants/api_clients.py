"""From the OpenAPI document: a typed Python client without dependencies, and a Postman collection.

Pure text work; `manage.py openapi` writes the files. A generator library would bring a runtime of its own
to every partner; this client is one file of the standard library that they can read.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator
from typing import Any

from tenants.openapi_more import example_of, operations, resolve

Json = dict[str, Any]
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}

_HEAD = '''"""Client of the Social Automation API, version {version}. Made by `manage.py openapi`; do not edit.

    from social_automation import Client

    api = Client("https://social.example/api/v1", "sk_live_...")
    for account in api.all(api.accounts_list_own):
        print(account["name"])

Only the standard library is used. A POST without an `idempotency_key` gets a random one, so that a repeat after
a cut line has one effect; 429 and 503 are waited for and repeated up to `retries` times.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NotRequired, TypedDict

__all__ = ["Client", "Problem", "verify_webhook"]


class Problem(Exception):
    """What the API refused (RFC 9457). Decide by `code`; `detail` says what to do."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("detail", ""))
        self.status = status
        self.code: str = body.get("code", "")
        self.detail: str = body.get("detail", "")
        self.request_id: str = body.get("request_id", "")
        self.retryable: bool = bool(body.get("retryable", False))
        self.errors: list[dict[str, str]] = body.get("errors", [])


def verify_webhook(body: bytes, headers: Mapping[str, str], secret: str, *, tolerance: int = 300) -> Any:
    """The event of a webhook that is ours and fresh (Standard Webhooks); ValueError otherwise."""
    given = {{name.lower(): value for name, value in headers.items()}}
    stamp = given["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > tolerance:
        raise ValueError("too old")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{{given['webhook-id']}}.{{stamp}}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    if not any(hmac.compare_digest(wanted, one) for one in given["webhook-signature"].split(" ")):
        raise ValueError("not signed with this secret")
    return json.loads(body)


'''

_CLIENT = '''
class Client:
    """One key. `tenant_id` is sent with every call when a partner's key works for several restaurants."""

    def __init__(
        self, base_url: str, key: str, *, tenant_id: str = "", timeout: float = 60.0, retries: int = 2
    ) -> None:
        self.base_url = base_url.rstrip("/").removesuffix("/api/v1")
        self.key = key
        self.tenant_id = tenant_id
        self.timeout = timeout
        self.retries = retries
        self.etag = ""  # of the last answer: what the next edit's if_match wants
        self.rate_limit = ""  # of the last answer

    def all(self, method: Callable[..., Any], *args: Any, **filters: Any) -> Iterator[Any]:
        """Every row of a list, page by page: api.all(api.posts_history, tenant_id)."""
        cursor = None
        while True:
            page = method(*args, **filters, **({"cursor": cursor} if cursor else {}))
            yield from page["data"]
            cursor = page["next_cursor"]
            if not cursor:
                return

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Any:
        """One call; the JSON of the answer, or None. Raises Problem."""
        sent = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if self.tenant_id:
            sent["X-Tenant-Id"] = self.tenant_id
        sent |= {name: value for name, value in (headers or {}).items() if value is not None}
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        data = None
        if files is not None:
            data, sent["Content-Type"] = _multipart(body or {}, files)
        elif isinstance(body, bytes):
            data, sent["Content-Type"] = body, "application/octet-stream"
        elif body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        address = self.base_url + path + ("?" + urllib.parse.urlencode(wanted, doseq=True) if wanted else "")
        for attempt in range(self.retries + 1):
            asked = urllib.request.Request(address, data=data, headers=sent, method=method)  # noqa: S310
            try:
                with urllib.request.urlopen(asked, timeout=self.timeout) as answer:  # noqa: S310
                    self.etag = answer.headers.get("ETag", "")
                    self.rate_limit = answer.headers.get("RateLimit", "")
                    raw = answer.read()
                    return json.loads(raw) if raw else None
            except urllib.error.HTTPError as error:
                pause = error.headers.get("Retry-After", "")
                if error.code in (429, 503) and attempt < self.retries and pause.isdigit() and int(pause) <= 60:
                    time.sleep(int(pause))
                    continue
                raise Problem(error.code, _problem(error.read())) from None
        raise AssertionError("unreachable")

'''

_TAIL = """

def _problem(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"detail": raw[:200].decode("utf-8", "replace")}


def _multipart(fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    edge = uuid.uuid4().hex
    parts = []
    for name, value in fields.items():
        parts.append(f'--{edge}\\r\\nContent-Disposition: form-data; name="{name}"\\r\\n\\r\\n{value}\\r\\n'.encode())
    for name, (filename, content) in files.items():
        head = f'--{edge}\\r\\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\\r\\n'
        parts.append(f"{head}Content-Type: application/octet-stream\\r\\n\\r\\n".encode() + content + b"\\r\\n")
    return b"".join(parts) + f"--{edge}--\\r\\n".encode(), f"multipart/form-data; boundary={edge}"
"""


def python_client(document: Json) -> str:
    """The text of social_automation.py."""
    types = "\n\n".join(
        _type(name, schema)
        for name, schema in sorted(document["components"]["schemas"].items())
        if name != "Problem"  # the exception above
    )
    methods = "\n".join(
        _method(*operation, document) for operation in operations(document) if _callable(operation)
    )
    return _HEAD.format(version=document["info"]["version"]) + types + "\n\n" + _CLIENT + methods + _TAIL


def postman(document: Json) -> Json:
    """A Postman collection (v2.1), which Bruno, Insomnia and Hoppscotch import as well."""
    folders: dict[str, list[Json]] = {}
    for path, method, operation in operations(document):
        if not _callable((path, method, operation)):
            continue
        headers = [
            {"key": one["name"], "value": "*" if one["name"] == "If-Match" else "{{$guid}}"}
            for one in operation.get("parameters", [])
            if one["in"] == "header" and one["name"] in ("If-Match", "Idempotency-Key")
        ]
        steps = [
            f"{{{{{part[1:-1]}}}}}" if part.startswith("{") else part for part in path.strip("/").split("/")
        ]
        asked: Json = {
            "method": method.upper(),
            "header": headers,
            "url": {"raw": "{{base_url}}/" + "/".join(steps), "host": ["{{base_url}}"], "path": steps},
            "description": operation.get("description", ""),
        }
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            asked["header"].append({"key": "Content-Type", "value": "application/json"})
            body = _body_example(content["application/json"], document)
            asked["body"] = {"mode": "raw", "raw": json.dumps(body, indent=2, ensure_ascii=False)}
        elif "multipart/form-data" in content:
            asked["body"] = {"mode": "formdata", "formdata": [{"key": "file", "type": "file", "src": ""}]}
        tag = operation.get("tags", ["Other"])[0]
        folders.setdefault(tag, []).append({"name": operation["summary"], "request": asked})
    return {
        "info": {
            "name": document["info"]["title"],
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{key}}", "type": "string"}]},
        "variable": [
            {"key": "base_url", "value": "http://127.0.0.1:8000"},
            {"key": "key", "value": ""},
            {"key": "tenant_id", "value": ""},
        ],
        "item": [{"name": name, "item": items} for name, items in sorted(folders.items())],
    }


def _callable(operation: tuple[str, str, Json]) -> bool:
    return not operation[0].startswith("/api/v1/oauth/")  # a browser's addresses


def _body_example(content: Json, document: Json) -> Any:
    for example in content.get("examples", {}).values():
        return example["value"]
    return content.get("example", example_of(content["schema"], document))


def _type(name: str, schema: Json) -> str:
    if schema.get("enum"):
        return f"{name} = Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    if schema.get("type") != "object" and "properties" not in schema:
        return f"{name} = Any"
    required = set(schema.get("required", []))
    lines = [
        f"    {key}: " + (text if key in required else f"NotRequired[{text}]")
        for key, inner in schema.get("properties", {}).items()
        for text in [_annotation(inner)]
    ]
    safe = all(key.isidentifier() and not keyword.iskeyword(key) for key in schema.get("properties", {}))
    if not lines or not safe:
        return f"{name} = dict[str, Any]"
    return f"class {name}(TypedDict):\n" + "\n".join(lines) + "\n"


def _annotation(schema: Json) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    for key in ("allOf", "oneOf", "anyOf"):
        if schema.get(key):
            kinds = dict.fromkeys(
                "None" if one.get("enum") == [None] else _annotation(one)
                for one in schema[key]
                if one.get("$ref", "").rsplit("/", 1)[-1] not in ("NullEnum", "BlankEnum")
            )
            nulls = [one for one in schema[key] if one.get("$ref", "").endswith("/NullEnum")]
            blanks = [one for one in schema[key] if one.get("$ref", "").endswith("/BlankEnum")]
            return " | ".join([*kinds, *(["Literal['']"] if blanks else []), *(["None"] if nulls else [])])
    if schema.get("enum"):
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    kind = schema.get("type")
    kinds_ = kind if isinstance(kind, list) else [kind]
    return " | ".join(dict.fromkeys(_one_type(one, schema) for one in kinds_))


def _one_type(kind: Any, schema: Json) -> str:
    if kind == "array":
        return f"list[{_annotation(schema.get('items', {}))}]"
    if kind == "object":
        more = schema.get("additionalProperties")
        return f"dict[str, {_annotation(more)}]" if isinstance(more, dict) and more else "dict[str, Any]"
    return _PLAIN.get(kind, "Any")


def _method(path: str, method: str, operation: Json, document: Json) -> str:
    given = operation.get("parameters", [])
    in_path = [one["name"] for one in given if one["in"] == "path"]
    query = [one for one in given if one["in"] == "query" and one["name"] not in in_path]
    headers = [one["name"] for one in given if one["in"] == "header" and one["name"] != "X-Tenant-Id"]
    content = operation.get("requestBody", {}).get("content", {})
    arguments = ["self", *(f"{name}: str" for name in in_path)]
    named: list[str] = []
    passed: list[str] = []
    if "multipart/form-data" in content:
        arguments += ["filename: str", "file: bytes"]
        schema = resolve(content["multipart/form-data"]["schema"], document)
        fields = [name for name in schema.get("properties", {}) if name != "file"]
        named += [f"{name}: str | None = None" for name in fields]
        values = ", ".join(f'"{name}": {name}' for name in fields)
        if fields:
            passed.append(f"body={{k: v for k, v in {{{values}}}.items() if v is not None}}")
        passed.append('files={"file": (filename, file)}')
    elif "application/json" in content:
        arguments.append(f"body: {_annotation(content['application/json']['schema'])}")
        passed.append("body=body")
    elif content:
        arguments.append("body: bytes")
        passed.append("body=body")
    for one in query:
        named.append(f"{_name(one['name'])}: {_annotation(one.get('schema', {}))} | None = None")
    if query:
        passed.append("query={" + ", ".join(f'"{one["name"]}": {_name(one["name"])}' for one in query) + "}")
    for name in headers:
        named.append(f"{_name(name)}: str | None = None" if name != "If-Match" else "if_match: str")
    if headers:
        passed.append("headers={" + ", ".join(f'"{name}": {_name(name)}' for name in headers) + "}")
    signature = ", ".join([*arguments, *(["*", *sorted(named, key=_optional)] if named else [])])
    where = f'f"{path}"' if in_path else f'"{path}"'
    call = ", ".join([f'"{method.upper()}"', where, *passed])
    text = f'        """{operation["summary"].rstrip(".")}."""\n'
    return (
        f"    def {operation['operationId']}({signature}) -> {_answer(operation)}:\n{text}"
        f"        return self.request({call})\n"
    )


def _optional(text: str) -> bool:
    return text.endswith("= None")


def _name(text: str) -> str:
    name = re.sub(r"\W", "_", text).lower()
    return f"{name}_" if keyword.iskeyword(name) else name


def _answer(operation: Json) -> str:
    kinds = list(dict.fromkeys(_answers(operation)))
    return " | ".join(kinds) if kinds else "None"


def _answers(operation: Json) -> Iterator[str]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            content = response.get("content", {}).get("application/json")
            yield _annotation(content["schema"]) if content else "None"
