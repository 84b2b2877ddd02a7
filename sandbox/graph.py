"""The door of the pretend Graph: every call to /graph and /graph-video passes here, in this order.

version -> parameters -> endpoint -> fault of this call -> token, proof, permissions -> the work -> fault
after the work -> call log -> headers. The work itself is in the modules that register endpoints (pages_*,
instagram_*, people).
"""

from __future__ import annotations

import json
import re
import socket
import time
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox import access, calls, clock, faults, fields, findings, oauth, params, tokens
from sandbox.call import ENDPOINTS, Call, Endpoint
from sandbox.errors import GraphError, invalid, missing_object, trace_id
from sandbox.store import the_store

VERSION = re.compile(r"v(\d+)\.(\d+)")
SECRET = {"access_token", "appsecret_proof", "client_secret", "code", "fb_exchange_token", "input_token"}
UNKNOWN_CODES = {1, 2, -1, -2, 4, 17, 32, 341, 368, 613, 80001, 80002}
ALLOWED_METHODS = {"GET", "POST", "DELETE"}


def view(request: HttpRequest, path: str) -> HttpResponse:
    """``/graph/{version}/...``: one call, or a batch when it is ``POST /`` with ``batch``."""
    started = time.perf_counter()
    latency = float(clock.conf("latency_ms")) / 1000
    if latency:
        time.sleep(latency)
    asked, rest = split_version(path)
    try:
        sent = read_params(request)
        version = served_version(asked)
        if not rest and request.method == "POST" and "batch" in sent:
            return _batch(request, version, asked, sent)
        method = str(sent.get("method") or request.method or "GET").upper()
        call = Call(
            method,
            f"/{rest}",
            version,
            sent,
            dict(request.FILES.items()),  # type: ignore[arg-type]
            clock.now(),
        )
        body, extra = perform(call, request.headers, asked, started)
    except GraphError as error:
        return reply(error.http, error.body(), asked or "v26.0", error.headers)
    except faults.Raw as raw:
        return HttpResponse(raw.body, status=raw.status, content_type=raw.content_type)
    except faults.Cut as cut:
        return cut_connection(request, cut.partial)
    return reply(200, body, version, extra)


def perform(call: Call, headers: Any, asked: str, started: float) -> tuple[Any, dict[str, str]]:
    """Run one call; its outcome is logged whatever it is. Raises GraphError, faults.Raw or faults.Cut."""
    status, code, subcode, done = 200, None, None, False
    try:
        body = _run(call, headers, asked)
        done = True
        if call.fault is not None:
            call.fault.after(call, body)
        return body, usage_headers(call)
    except GraphError as error:
        status, code, subcode = error.http, error.code, error.subcode
        error.headers = {**usage_headers(call), **error.headers}
        if call.fault is not None and (status >= 500 or code in UNKNOWN_CODES):
            findings.unknown(call)
        raise
    except faults.Raw as raw:
        status = raw.status
        findings.unknown(call)
        raise
    except faults.Cut:
        status = 0
        findings.unknown(call)
        raise
    finally:
        if clock.conf("log_calls"):
            _log(call, status, code, subcode, (time.perf_counter() - started) * 1000, done)


def _run(call: Call, headers: Any, asked: str) -> Any:
    special = oauth.SPECIAL.get((call.method, call.path.strip("/")))
    if special is not None:
        call.label = special.label(call)
        call.fault = faults.take(call.label, call.method, call.path, None, call.params)
        findings.legacy(call, asked, headers)
        if call.fault:
            call.fault.before(call)
        return special.handler(call)
    token_text = bearer(call, headers)
    call.token = tokens.find(token_text)
    if call.path == "/" and "ids" in call.params:
        call.label = "root.ids"
        findings.legacy(call, asked, headers)
        return _multi_get(call)
    end = resolve(call, token_text)
    findings.legacy(call, asked, headers)
    call.fault = faults.take(call.label, call.method, call.path, call.owner, call.params)
    if call.fault:
        call.fault.before(call)
    if call.token is None:
        raise tokens.unknown_token(token_text)
    tokens.check_alive(call.token)
    if not tokens.check_proof(call.token, call.params) and call.token.kind != "APP":
        findings.note(
            "missing_appsecret_proof", call.label, f"{call.method} {call.path} without appsecret_proof"
        )
    call.grant = tokens.find_grant(call.token.app_id, call.token.person_id)
    refuse_legacy(call)
    params.check(
        call.params, set(call.files), kind=end.kind, method=call.method, edge=end.edge, extra=end.extra
    )
    access.check(call, end)
    findings.before(call)
    _lagging(call)
    body = end.handler(call)
    if call.method == "POST" and call.has("fields") and isinstance(body, dict) and body.get("id"):
        made = the_store().get(str(body["id"]))
        if made is not None:
            body = {**body, **fields.project(made, fields.parse(call.required("fields")), call)}
    call.object_id = call.object_id or (
        str(body["id"]) if isinstance(body, dict) and body.get("id") else None
    )
    return body


def resolve(call: Call, token_text: str) -> Endpoint:
    """Find the node and the endpoint of ``/{node}[/{edge}]``; sets node, owner and label on the call."""
    parts = [part for part in call.path.split("/") if part]
    if not parts or len(parts) > 3:
        raise GraphError(2500, "Unknown path components: " + call.path)
    node_id, edge = parts[0], "/".join(parts[1:])
    if node_id == "me":
        if call.token is None:
            raise tokens.unknown_token(token_text)
        node_id = call.token.page_id or call.token.person_id or call.token.app_id
    elif node_id == "app" and call.token is not None:
        node_id = call.token.app_id
    if len(parts) == 3 and parts[1] == "permissions":
        call.params["permission"], edge = parts[2], "permissions"
    node = the_store().get(node_id)
    if node is None:
        _alias(node_id, call.method)
    assert node is not None
    call.node, call.owner = node, access.owner_of(node)
    end = ENDPOINTS.get((node.kind, call.method, edge))
    if end is None:
        call.label = f"{node.kind}.unknown"
        if any(key[0] == node.kind and key[2] == edge for key in ENDPOINTS):
            raise missing_object(node_id, call.method)
        raise GraphError(2500, f"Unknown path components: /{edge}")
    call.label = label_of(call, end)
    return end


def _alias(node_id: str, method: str) -> None:
    if node_id[:1].isdigit():
        raise missing_object(node_id, method)
    raise GraphError(803, f"(#803) Some of the aliases you requested do not exist: {node_id}", http=404)


def label_of(call: Call, end: Endpoint) -> str:
    """Faults and the log tell the flip from other updates and the three phases of a reel apart."""
    if end.label == "post.update" and str(call.params.get("is_published", "")).lower() in params.TRUE:
        return "post.publish"
    if end.label == "video.update" and str(call.params.get("published", "")).lower() in params.TRUE:
        return "video.publish"
    phase = str(call.params.get("upload_phase", "")).lower()
    return (
        f"{end.label}.{phase}"
        if end.label in ("page.video_reels", "page.video_stories") and phase
        else end.label
    )


def _lagging(call: Call) -> None:
    """Read-after-write lag: a just-made object answers 100/33 for some seconds (fault read_lag)."""
    hidden = float(call.target["hidden_until"] or 0)
    if call.method == "GET" and hidden > call.now:
        raise missing_object(call.target.id)


def _multi_get(call: Call) -> dict[str, Any]:
    """``GET /?ids=a,b``: removed on 2026-10-27; still answered unless the switch says refuse."""
    if call.token is None:
        raise tokens.unknown_token("")
    refuse_legacy(call)
    answer: dict[str, Any] = {}
    for one in str(call.params.pop("ids")).split(","):
        inner = Call(
            "GET", f"/{one.strip()}", call.version, dict(call.params), {}, call.now, token=call.token
        )
        answer[one.strip()] = _run(inner, {"Authorization": f"Bearer {call.token.token}"}, "")
    return answer


def refuse_legacy(call: Call) -> None:
    if clock.conf("legacy_params") != "refuse":
        return
    for name in ("ids", "pretty", "debug", "date_format"):
        if name in call.params:
            raise invalid(f"Parameter {name} is no longer supported")


# -- the wire --------------------------------------------------------------------------------------
def split_version(path: str) -> tuple[str, str]:
    head, _, rest = path.strip("/").partition("/")
    return (head, rest) if VERSION.fullmatch(head) else ("", path.strip("/"))


def served_version(asked: str) -> str:
    """Dead versions are served by the oldest live one, without a word; future ones are refused."""
    newest, oldest = clock.conf("newest_version"), clock.conf("oldest_live_version")
    if not asked:
        return f"v{newest}.0"
    match = VERSION.fullmatch(asked)
    assert match is not None
    major = int(match.group(1))
    if major > newest or (match.group(2) != "0" and major > 2):
        raise GraphError(
            2500, f"Unknown API version: {asked}. The latest version is v{newest}.0", type="OAuthException"
        )
    return f"v{max(major, oldest)}.0"


def read_params(request: HttpRequest) -> dict[str, Any]:
    """Query, form, multipart or JSON body; the body wins."""
    sent: dict[str, Any] = dict(request.GET.items())
    if request.method in ("POST", "DELETE", "PUT"):
        if request.content_type == "application/json":
            try:
                loaded = json.loads(request.body or b"{}")
            except ValueError:
                raise invalid("The request body is not valid JSON") from None
            sent.update(loaded if isinstance(loaded, dict) else {})
        elif request.method == "POST":
            sent.update(request.POST.items())
        else:
            sent.update(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if request.method not in ALLOWED_METHODS:
        raise GraphError(
            100, f"Unsupported {str(request.method).lower()} request.", type="GraphMethodException"
        )
    return sent


def bearer(call: Call, headers: Any) -> str:
    given = call.params.get("access_token")
    if given:
        return str(given)
    scheme, _, value = str(headers.get("Authorization", "")).partition(" ")
    return value.strip() if scheme.lower() in ("bearer", "oauth") else ""


def reply(status: int, body: Any, version: str, extra: dict[str, str]) -> HttpResponse:
    """Graph's headers; JSON with every non-ASCII character escaped, as Graph prints it."""
    response = HttpResponse(
        json.dumps(body, separators=(",", ":")), status=status, content_type="application/json; charset=UTF-8"
    )
    response["facebook-api-version"] = version
    response["x-fb-request-id"] = response["x-fb-trace-id"] = trace_id()
    response["x-fb-rev"] = "1031000000"
    response["cache-control"] = "private, no-cache, no-store, must-revalidate"
    for name, value in extra.items():
        response[name] = value
    if isinstance(body, dict) and "error" in body:
        response["www-authenticate"] = (
            f'OAuth "Facebook Platform" "invalid_request" "{body["error"]["code"]}"'
        )
    return response


def usage_headers(call: Call) -> dict[str, str]:
    """Meta's usage headers in percent of the limit: of the app always, of the Page or account with its token.

    The switches ``app_usage_percent`` and ``business_usage_percent`` set them; minutes to regain are 0 while
    nothing is throttled (a throttle is a fault).
    """

    def percents(value: int) -> dict[str, int]:
        return {"call_count": value, "total_cputime": 1, "total_time": 1}

    headers = {"x-app-usage": json.dumps(percents(int(clock.conf("app_usage_percent"))))}
    if call.token is not None and call.token.kind == "PAGE" and call.owner:
        kind = "instagram" if on_instagram(call) else "pages"
        usage = {"type": kind, **percents(int(clock.conf("business_usage_percent")))}
        headers["x-business-use-case-usage"] = json.dumps(
            {call.owner: [{**usage, "estimated_time_to_regain_access": 0}]}
        )
    return headers


def on_instagram(call: Call) -> bool:
    return call.node is not None and call.node.kind in ("ig_user", "ig_media", "ig_comment", "container")


def cut_connection(request: HttpRequest, partial: bytes | None) -> HttpResponse:
    """Close the socket under the server: the client sees no response, or the beginning of one."""
    sock: socket.socket | None = request.META.get("gunicorn.socket")
    if sock is None:
        return JsonResponse({"sandbox": "the connection would be cut here"}, status=599)
    try:
        if partial is not None:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
            sock.sendall(head + partial)
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    return HttpResponse(status=500)


def _log(call: Call, status: int, code: int | None, subcode: int | None, ms: float, done: bool) -> None:
    shown = {k: str(v)[:300] for k, v in call.params.items() if k not in SECRET}
    fault = None if call.fault is None else f"{call.fault.mode}{'' if done else ' (no effect)'}"
    touched = call.object_id or (call.node.id if call.node else None)
    outcome = (status, code, subcode, fault, round(ms, 1), json.dumps(shown))
    calls.add((call.now, call.label, call.method, call.path, call.owner, touched, *outcome))


def _batch(request: HttpRequest, version: str, asked: str, sent: dict[str, Any]) -> HttpResponse:
    """``POST /`` with ``batch=[{method, relative_url, body}]``: up to 50 calls, each with its own outcome."""
    parts = json.loads(str(sent["batch"])) if isinstance(sent["batch"], str) else sent["batch"]
    if not isinstance(parts, list) or len(parts) > 50:
        raise invalid("Too many requests in batch message. Maximum batch size is 50")
    shared: dict[str, Any] = {
        name: sent[name] for name in ("access_token", "appsecret_proof") if name in sent
    }
    answers: list[dict[str, Any] | None] = []
    for part in parts:
        address, _, query = str(part.get("relative_url", "")).lstrip("/").partition("?")
        inner_asked, rest = split_version(address)
        inner: dict[str, Any] = {**shared}
        for encoded in (query, str(part.get("body", ""))):
            inner.update(parse_qsl(encoded, keep_blank_values=True))
        call = Call(str(part.get("method", "GET")).upper(), f"/{rest}", version, inner, {}, clock.now())
        status, body = 200, None
        try:
            body, _ = perform(call, request.headers, inner_asked or asked, time.perf_counter())
        except GraphError as error:
            status, body = error.http, error.body()
        except (faults.Raw, faults.Cut):
            answers.append(None)  # Graph puts null for a part that timed out
            continue
        answers.append(
            {
                "code": status,
                "headers": [{"name": "Content-Type", "value": "application/json"}],
                "body": json.dumps(body),
            }
        )
    return reply(200, answers, version, {})
