"""The control API: what a test or an operator tells the pretend world; ``GET /control/`` lists it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from sandbox import calls, clock, control_world, faults, findings, ledger, seed, webhooks, worker
from sandbox.store import the_store

Body = dict[str, Any]
Verb = Callable[[HttpRequest, Body, dict[str, str]], Any]
VERBS: list[tuple[str, re.Pattern[str], Verb, str]] = []


def verb(method: str, pattern: str) -> Callable[[Verb], Verb]:
    """Register ``METHOD /control/<pattern>``; the function's docstring is its line in the listing."""

    def register(function: Verb) -> Verb:
        VERBS.append((method, re.compile(pattern), function, pattern))
        return function

    return register


def health(request: HttpRequest) -> HttpResponse:
    """200 once the storage answers."""
    the_store().row("SELECT 1")
    return JsonResponse({"status": "ok", "service": "sandbox", "now": clock.now()})


def view(request: HttpRequest, path: str) -> HttpResponse:
    path = path.strip("/")
    try:
        body = json.loads(request.body) if request.body else {}
        if not isinstance(body, dict):
            raise ValueError("the body must be a JSON object")
        for method, pattern, function, _ in VERBS:
            match = pattern.fullmatch(path)
            if match and method == request.method:
                return JsonResponse(
                    function(request, body, match.groupdict()), safe=False, json_dumps_params={"indent": 1}
                )
    except (ValueError, TypeError, KeyError, re.error) as error:
        return JsonResponse({"error": f"{type(error).__name__}: {error}"}, status=400)
    except LookupError as error:
        return JsonResponse({"error": str(error)}, status=404)
    return JsonResponse(
        {"error": f"no such control verb: {request.method} /control/{path}; see GET /control/"}, status=404
    )


@verb("GET", "")
def _help(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """This list."""
    return {f"{m} /control/{p}": " ".join((f.__doc__ or "").split()) for m, _, f, p in VERBS}


# -- faults, switches, clock -----------------------------------------------------------------------
@verb("POST", "faults")
def _add_fault(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Switch a fault on: {match: {label, method, path, owner, contains}, mode, times | probability + seed,
    ...}.
    """
    return faults.add(body).as_json()


@verb("GET", "faults")
def _faults(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Faults that are on, with how often they struck."""
    return {"faults": faults.listed()}


@verb("DELETE", r"faults(?:/(?P<id>[\w-]+))?")
def _clear_faults(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Switch one fault, or all of them, off."""
    faults.clear(at.get("id"))
    return {"faults": faults.listed()}


@verb("GET", "config")
def _config(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """All switches and their values (their meaning: sandbox/clock.py)."""
    return clock.configure({})


@verb("POST", "config")
def _configure(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Set switches, e.g. {"latency_ms": 300}."""
    return clock.configure(body)


@verb("POST", "clock")
def _clock(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """{"advance": seconds} or {"offset": seconds}; what comes due is done before the answer."""
    offset = (
        float(body["offset"])
        if "offset" in body
        else float(clock.conf("clock_offset")) + float(body["advance"])
    )
    clock.configure({"clock_offset": offset})
    while worker.tick():
        pass
    return {"offset": offset, "now": clock.now()}


@verb("POST", "tick")
def _tick(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Do now whatever is due: scheduled posts, processing, decay, webhooks."""
    return {"handled": worker.tick(), "delivered": webhooks.deliver_due()}


@verb("DELETE", "state")
def _reset(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Forget everything and seed the pretend world anew."""
    calls.flush()
    the_store().clear()
    for module in (clock, faults, findings):
        module.forget()
    seed.seed()
    return {"reset": True}


# -- what was seen ---------------------------------------------------------------------------------
def _number(request: HttpRequest, name: str, default: int) -> int:
    return int(request.GET.get(name, default))


@verb("GET", "ledger")
def _ledger(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """?page=&since=: every object the public could see, with the time it first could."""
    return {"ledger": ledger.entries(request.GET.get("page"), _number(request, "since", 0))}


@verb("GET", "calls")
def _calls(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """?label=&owner=&method=&object=&since=&limit=: Graph calls, oldest first; label may end in *."""
    return {"calls": calls.listed(request.GET.dict())}


@verb("GET", "findings")
def _findings(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """What Meta lets pass today and a strict reviewer would not."""
    return {"findings": [dict(row) for row in the_store().rows("SELECT * FROM findings ORDER BY n")]}


@verb("DELETE", "(?P<table>findings|calls|prompts)")
def _forget(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Empty one of the logs."""
    calls.flush()
    with the_store().tx() as db:
        db.execute(f"DELETE FROM {at['table']}")  # the pattern allows these three names only
    return {at["table"]: []}


@verb("GET", "prompts")
def _prompts(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Every request to the chat endpoint with its answer and outcome."""
    rows = the_store().rows("SELECT * FROM prompts WHERE n > ? ORDER BY n", _number(request, "since", 0))
    return {"prompts": [{**dict(row), "body": json.loads(row["body"])} for row in rows]}


@verb("GET", "objects/(?P<id>[^/]+)")
def _object(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """One object with everything the sandbox knows about it (deleted ones too)."""
    row = the_store().row("SELECT * FROM nodes WHERE id = ?", at["id"])
    if row is None:
        raise LookupError(f"no object {at['id']}")
    return {**dict(row), "data": json.loads(row["data"])}


@verb("GET", "deliveries")
def _deliveries(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Webhooks sent or waiting, with tries and the last status."""
    rows = the_store().rows("SELECT * FROM deliveries WHERE n > ? ORDER BY n", _number(request, "since", 0))
    return {
        "deliveries": [
            {**dict(row), "body": bytes(row["body"]).decode(), "headers": json.loads(row["headers"])}
            for row in rows
        ]
    }


@verb("POST", "deliveries/(?P<n>\\d+)")
def _resend(request: HttpRequest, body: Body, at: dict[str, str]) -> Any:
    """Send one delivery again, byte for byte (a duplicate, or out of order)."""
    row = the_store().row("SELECT * FROM deliveries WHERE n = ?", int(at["n"]))
    if row is None:
        raise LookupError(f"no delivery {at['n']}")
    status, text = webhooks.post(
        row["url"], row["body"], {**json.loads(row["headers"]), **body.get("headers", {})}
    )
    return {"status": status, "body": text}


# -- the world -------------------------------------------------------------------------------------
for _method, _pattern, _function in control_world.VERBS:
    verb(_method, _pattern)(_function)
