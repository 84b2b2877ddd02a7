"""Webhooks out: rows in SQLite, signed over the exact bytes that are sent, delivered by one background
thread.

Meta escapes non-ASCII as lower-case ``\\u00e4`` before signing; so does this. A delivery that is not answered
200 is retried with growing pauses and dropped after 36 hours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import logging
import secrets
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from sandbox import clock, tokens
from sandbox.store import the_store

log = logging.getLogger("sandbox.webhooks")
GIVE_UP = 36 * 3600
_wake = threading.Event()
_one_sender = threading.Lock()  # the background thread and a control call must not send one row twice
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def feed_event(page_id: str, value: dict[str, Any]) -> None:
    """Queue a ``feed`` change for every app subscribed to this Page (inside the caller's transaction)."""
    page = the_store().get(page_id, "page")
    for app_id, fields in ((page["subscribed"] or {}) if page else {}).items():
        if "feed" in fields:
            queue(app_id, "page", {"id": page_id, "changes": [{"field": "feed", "value": value}]}, "feed")


def instagram_event(ig_id: str, field: str, value: dict[str, Any]) -> None:
    """Queue an Instagram change for apps subscribed to it and to any field of the linked Page."""
    account = the_store().get(ig_id, "ig_user")
    page = the_store().get(str(account["page"]), "page") if account else None
    for app_id in (page["subscribed"] or {}) if page else {}:
        queue(app_id, "instagram", {"id": ig_id, "changes": [{"field": field, "value": value}]}, field)


def subscription(app_id: str, kind: str) -> dict[str, Any] | None:
    app = tokens.find_app(app_id)
    found: dict[str, Any] | None = ((app["subscriptions"] or {}) if app else {}).get(kind)
    return found


def queue(app_id: str, kind: str, entry: dict[str, Any], field: str) -> None:
    wanted = subscription(app_id, kind)
    if wanted is None or field not in wanted["fields"]:
        return
    body = json.dumps(
        {"object": kind, "entry": [{**entry, "time": int(clock.now())}]}, separators=(",", ":")
    ).encode()
    copies = 2 if clock.conf("webhook_duplicates") else 1
    for _ in range(copies):
        _store(wanted["callback_url"], body, signatures(app_id, body))


def signatures(app_id: str, body: bytes) -> dict[str, str]:
    app = tokens.find_app(app_id)
    key = str(app["secret"]).encode() if app else b""
    if clock.conf("webhook_wrong_signature"):
        key = b"not the app secret"
    return {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
    }


def _store(url: str, body: bytes, headers: dict[str, str]) -> None:
    now = clock.now()
    with the_store().tx() as db:
        db.execute(
            "INSERT INTO deliveries (url, body, headers, created, next_at) VALUES (?,?,?,?,?)",
            (url, body, json.dumps(headers), now, now),
        )
    _wake.set()


def signed_request(app_id: str, person_id: str) -> str:
    """``base64url(hmac).base64url(json)`` without padding, as the deauthorize and deletion callbacks carry
    it.
    """
    app = tokens.find_app(app_id)
    now = int(clock.now())
    payload = {"algorithm": "HMAC-SHA256", "issued_at": now, "expires": now + 3600, "user_id": person_id}
    encoded = base64.urlsafe_b64encode(json.dumps(payload).encode()).rstrip(b"=")
    digest = hmac.new(str(app["secret"]).encode() if app else b"", encoded, hashlib.sha256).digest()
    return (base64.urlsafe_b64encode(digest).rstrip(b"=") + b"." + encoded).decode()


def send_signed_request(app_id: str, person_id: str, address: str) -> bool:
    """Queue the POST to the app's ``deauthorize_url`` or ``deletion_url``; False when the app has none."""
    app = tokens.find_app(app_id)
    url = app[address] if app else None
    if not url:
        return False
    body = urllib.parse.urlencode({"signed_request": signed_request(app_id, person_id)}).encode()
    _store(url, body, {"Content-Type": "application/x-www-form-urlencoded"})
    return True


def post(url: str, body: bytes, headers: dict[str, str], timeout: float = 10) -> tuple[int, str]:
    """One delivery; (0, reason) when nobody answered."""
    try:
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")
        with _opener.open(request, timeout=timeout) as answer:
            return int(answer.status), answer.read(4000).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(500).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return 0, f"{type(error).__name__}: {error}"


def deliver_due(limit: int = 50) -> int:
    """Send what is due, oldest first; returns how many were tried."""
    with _one_sender:
        return _deliver(limit)


def _deliver(limit: int) -> int:
    now = clock.now()
    rows = the_store().rows(
        "SELECT * FROM deliveries WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY n LIMIT ?", now, limit
    )
    for row in rows:
        status, text = post(row["url"], row["body"], json.loads(row["headers"]))
        tries, pauses = row["tries"] + 1, clock.conf("webhook_retry_seconds")
        next_at: float | None = clock.now() + float(pauses[min(tries - 1, len(pauses) - 1)])
        if status == 200 or clock.now() - row["created"] > GIVE_UP:
            next_at = None
        with the_store().tx() as db:
            db.execute(
                "UPDATE deliveries SET tries=?, status=?, error=?, next_at=? WHERE n=?",
                (tries, status, None if status == 200 else text[:300], next_at, row["n"]),
            )
    return len(rows)


def wait(seconds: float) -> None:
    """Sleep until something is queued, at most this long."""
    _wake.wait(seconds)
    _wake.clear()


def new_verify_challenge() -> str:
    return str(secrets.randbelow(10**10))
