"""Faults on demand: what a call should suffer, how often, and whether before or after its effect.

A fault is JSON posted to ``/control/faults``::

    {"match": {"label": "ig.media_publish", "method": "POST", "path": "regex", "owner": "page or ig id",
               "contains": "text in any parameter"},
     "mode": "lost_after_commit", "times": 1}
    # or "probability": 0.1, "seed": 7; "after": 2 leaves the first two alone; "times": null never ends

Modes: lost_before, lost_after_commit (connection cut), http500_before, http500_after (code 2),
html502_before, html502_after, code (+code, subcode, http, message, transient, after_commit), delay (+seconds,
after_commit), throttle (+code, minutes), token_dead (+subcode), malformed (200 with half a JSON), cut_stream
(+bytes), listing_lag, status_lag, read_lag, processing (+seconds), container_error (+subcode),
drop_carousel_child; and openai_* for the chat endpoint. ``label`` may end in ``*``.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox import clock, tokens
from sandbox.call import Call
from sandbox.errors import GraphError, by_code
from sandbox.store import the_store

LAGS = {"listing_lag", "status_lag", "read_lag", "processing", "container_error", "drop_carousel_child"}
MODES = LAGS | {
    "lost_before",
    "lost_after_commit",
    "http500_before",
    "http500_after",
    "html502_before",
    "html502_after",
    "code",
    "delay",
    "throttle",
    "token_dead",
    "malformed",
    "cut_stream",
}
OPENAI_MODES = {
    "openai_429",
    "openai_500",
    "openai_timeout",
    "openai_cut_stream",
    "openai_malformed",
    "openai_schema_breaking",
    "openai_refusal",
    "openai_empty",
    "openai_overlong",
    "openai_401",
    "openai_length",
}


class Cut(Exception):
    """Close the connection; ``partial`` bytes of a response body may go out first."""

    def __init__(self, partial: bytes | None = None) -> None:
        super().__init__("connection cut")
        self.partial = partial


class Raw(Exception):
    """Answer with these bytes, whatever they are."""

    def __init__(self, status: int, body: bytes, content_type: str) -> None:
        super().__init__(f"raw {status}")
        self.status, self.body, self.content_type = status, body, content_type


@dataclass
class Fault:
    id: str
    mode: str
    match: dict[str, Any]
    times: int | None
    probability: float | None
    options: dict[str, Any] = field(default_factory=dict)
    used: int = 0
    seen: int = 0
    until: float = 0.0  # a throttle that is on: wall time when it ends

    @property
    def seconds(self) -> float:
        return float(self.options.get("seconds", 5))

    def fits(self, label: str, method: str, path: str, owner: str | None, params: dict[str, Any]) -> bool:
        want = self.match
        name = str(want.get("label") or "*")
        if not (label == name or (name.endswith("*") and label.startswith(name[:-1]))):
            return False
        if want.get("method") and want["method"].upper() != method:
            return False
        if want.get("path") and not re.search(str(want["path"]), path):
            return False
        if want.get("owner") and str(want["owner"]) != (owner or ""):
            return False
        return not want.get("contains") or any(
            str(want["contains"]) in str(value) for value in params.values()
        )

    def strikes(self) -> bool:
        """Whether this occasion is one to spoil; deterministic for a seed and the count of occasions."""
        self.seen += 1
        if self.seen <= int(self.options.get("after", 0)):
            return False
        if self.times is not None and self.used >= self.times:
            return False
        if self.probability is not None:
            roll = random.Random(f"{self.options.get('seed', 0)}:{self.seen}").random()
            if roll >= self.probability:
                return False
        self.used += 1
        return True

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "mode": self.mode,
            "match": self.match,
            "times": self.times,
            "probability": self.probability,
            "used": self.used,
            "seen": self.seen,
            "until": self.until,
            **self.options,
        }

    # -- what it does ------------------------------------------------------------------------------
    def before(self, call: Call) -> None:
        if self.mode == "delay" and not self.options.get("after_commit"):
            time.sleep(self.seconds)
        elif self.mode == "lost_before":
            raise Cut
        elif self.mode == "http500_before":
            raise by_code(2)
        elif self.mode == "html502_before":
            raise Raw(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html")
        elif self.mode == "code" and not self.options.get("after_commit"):
            raise self._coded()
        elif self.mode == "throttle":
            raise self._throttled(call)
        elif self.mode == "token_dead":
            subcode = int(self.options.get("subcode", 460))
            if call.token is not None and call.token.kind != "APP":
                tokens.kill(subcode, token=call.token.token)
            raise by_code(190, subcode)

    def after(self, call: Call, body: Any) -> None:
        if self.mode == "delay" and self.options.get("after_commit"):
            time.sleep(self.seconds)
        elif self.mode == "lost_after_commit":
            raise Cut
        elif self.mode == "http500_after":
            raise by_code(2)
        elif self.mode == "html502_after":
            raise Raw(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html")
        elif self.mode == "code" and self.options.get("after_commit"):
            raise self._coded()
        elif self.mode == "malformed":
            raise Raw(
                200, json.dumps(body).encode()[: max(len(json.dumps(body)) // 2, 1)], "application/json"
            )
        elif self.mode == "cut_stream":
            raise Cut(json.dumps(body).encode()[: int(self.options.get("bytes", 7))])

    def _coded(self) -> GraphError:
        o = self.options
        return by_code(
            int(o.get("code", 1)), o.get("subcode"), o.get("http"), o.get("message"), o.get("transient")
        )

    def _throttled(self, call: Call) -> GraphError:
        """Meta's throttles are HTTP 400 with usage at 100 %; calling on lengthens the wait (in minutes)."""
        code, minutes = int(self.options.get("code", 4)), int(self.options.get("minutes", 5))
        minutes += (self.used - 1) * int(clock.conf("throttle_penalty_minutes"))
        error = by_code(code, self.options.get("subcode"))
        full = {"call_count": 100, "total_cputime": 25, "total_time": 100}
        if code in (80001, 80002, 32):
            kind = "instagram" if code == 80002 else "pages"
            usage = {call.owner or "0": [{"type": kind, **full, "estimated_time_to_regain_access": minutes}]}
            error.headers["x-business-use-case-usage"] = json.dumps(usage)
        else:
            error.headers["x-app-usage"] = json.dumps(full)
        return error


_faults: list[Fault] | None = None
_lock = threading.Lock()


def _all() -> list[Fault]:
    global _faults
    if _faults is None:
        _faults = [
            _load(json.loads(row["data"])) for row in the_store().rows("SELECT data FROM faults ORDER BY n")
        ]
    return _faults


def _load(data: dict[str, Any]) -> Fault:
    known = {"id", "mode", "match", "times", "probability", "used", "seen", "until"}
    return Fault(
        id=data["id"],
        mode=data["mode"],
        match=data.get("match") or {},
        times=data.get("times"),
        probability=data.get("probability"),
        used=data.get("used", 0),
        seen=data.get("seen", 0),
        until=data.get("until", 0.0),
        options={k: v for k, v in data.items() if k not in known},
    )


def add(data: dict[str, Any]) -> Fault:
    """Switch a fault on; ValueError says what is wrong with it."""
    if data.get("mode") not in MODES | OPENAI_MODES:
        raise ValueError(f"mode must be one of {', '.join(sorted(MODES | OPENAI_MODES))}")
    if not isinstance(data.get("match", {}), dict):
        raise ValueError("match must be an object with label, method, path, owner or contains")
    if data.get("match", {}).get("path"):
        re.compile(str(data["match"]["path"]))
    times = data.get("times", None if data.get("probability") is not None else 1)
    with _lock:
        n = the_store().counter("fault")
        fault = _load({**data, "id": f"fault-{n}", "times": times, "used": 0, "seen": 0})
        _all().append(fault)
        _keep(fault, n)
    return fault


def _keep(fault: Fault, n: int) -> None:
    with the_store().tx() as db:
        db.execute("INSERT OR REPLACE INTO faults VALUES (?,?,?)", (fault.id, n, json.dumps(fault.as_json())))


def listed() -> list[dict[str, Any]]:
    return [fault.as_json() for fault in _all()]


def clear(fault_id: str | None = None) -> None:
    global _faults
    with _lock, the_store().tx() as db:
        if fault_id:
            db.execute("DELETE FROM faults WHERE id = ?", (fault_id,))
        else:
            db.execute("DELETE FROM faults")
        _faults = None


def forget() -> None:
    global _faults
    _faults = None


def take(
    label: str,
    method: str,
    path: str,
    owner: str | None,
    params: dict[str, Any],
    modes: set[str] | None = None,
) -> Fault | None:
    """The first fault that matches and strikes on this call (its count is used up at once)."""
    if not _all():
        return None
    with _lock:
        for fault in _all():
            if modes is not None and fault.mode not in modes:
                continue
            if fault.fits(label, method, path, owner, params):
                struck = fault.strikes()
                if fault.times is not None or struck:
                    _keep(fault, int(fault.id.rpartition("-")[2]))
                if struck:
                    return fault
    return None
