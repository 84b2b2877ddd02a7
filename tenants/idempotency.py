"""`Idempotency-Key` on POST: the same request sent twice has one effect and one answer, for 24 hours.

The effect and the memory of its answer are committed in one transaction, so a crash leaves either both or
neither. A key still being worked on is leased: a repeat meanwhile is told 409, and after a crash the next
repeat takes the lease over. Should the first worker merely have been slow, its commit finds a foreign token
and undoes itself: of two workers with one key exactly one commits. Only answers that changed something (2xx)
are remembered; after a refusal the caller may mend the body and use the key again.

What takes long (fetching a picture, storing a file) is handed to `outside()`: it runs after the key was claimed
and before the transaction begins, so no database session stands open meanwhile, and what it notes down of its
own survives a crash.

Race: the INSERT ... ON CONFLICT below is the only door. PostgreSQL lets exactly one of any number of parallel
statements insert or take over the row; all others see a row that is not theirs.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.errors import Refused
from tenants.models import IdempotentRequest

KEPT = timedelta(hours=24)
# Longer than a keyed request takes: a fetch of 30 s and the storing of what was fetched. No server limit backs
# this (gunicorn's threads may run for ever); whoever is slower still finds a foreign token and undoes itself.
LEASE = timedelta(seconds=120)
KEY_LENGTH_MAX = 255
_KEPT_HEADERS = ("Location", "ETag")

_CLAIM = """
INSERT INTO public.tenants_idempotentrequest AS old
       (owner, key, fingerprint, token, state, lease_until, expires_at, created_at, status, body, headers)
VALUES (%(owner)s, %(key)s, %(fingerprint)s, %(token)s, 'running', %(lease)s, %(expires)s, %(now)s, NULL, '',
'{}') ON CONFLICT (owner, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, token = excluded.token, state = 'running', status = NULL,
       body = '', headers = '{}', lease_until = excluded.lease_until, expires_at = excluded.expires_at,
       created_at = excluded.created_at
 WHERE old.expires_at <= %(now)s
    OR (old.state = 'running' AND old.lease_until <= %(now)s AND old.fingerprint = excluded.fingerprint)
RETURNING token
"""


Result = TypeVar("Result")
_done: ContextVar[dict[str, Any] | None] = ContextVar("done_outside", default=None)


class _Outside(BaseException):
    """Thrown through the view, past every `except Exception`, so that its transaction ends first."""

    def __init__(self, name: str, do: Callable[[], Any]) -> None:
        self.name, self.do = name, do


def outside(name: str, do: Callable[[], Result]) -> Result:
    """The result of slow work, done once a request and in no transaction.

    With a key the view is undone, `do` carried out and the view begun anew, which then gets the result here; so
    call it before anything that is not undone by a rollback. After a crash a repeat calls `do` again: it must do
    no harm twice (the library knows a file by its bytes). Without a key it simply runs.
    """
    done = _done.get()
    if done is None:
        return do()
    if name not in done:
        raise _Outside(name, do)
    return done[name]


class InProgress(Refused):
    """The first request with this key has not answered yet."""

    retry_after = 1


@dataclass(frozen=True)
class Claim:
    owner: str
    key: str
    token: uuid.UUID

    def row(self) -> Any:
        return IdempotentRequest.objects.filter(
            owner=self.owner, key=self.key, token=self.token, state="running"
        )


def key_of(request: Request) -> str | None:
    """The caller's key, or None. Quotes of the header draft (a structured string) are accepted and
    dropped.
    """
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    key = text.strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not key or len(key) > KEY_LENGTH_MAX or not (key.isascii() and key.isprintable()):
        raise Refused(
            f"Idempotency-Key must be 1 to {KEY_LENGTH_MAX} visible ASCII characters, such as a random UUID.",
            code="idempotency_key_invalid",
        )
    return key


def fingerprint(request: Request, *, tenant_id: str) -> str:
    """What makes two requests the same: method, path, restaurant and body. Multipart is compared by its
    parts, as its boundary differs each time."""
    total = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            total.update(len(raw).to_bytes(8, "big"))  # lengths keep ("ab", "c") and ("a", "bc") apart
            total.update(raw)

    add(request.method or "", request.get_full_path(), tenant_id)
    django_request = request._request
    if (django_request.content_type or "").startswith("multipart/"):
        for name, values in sorted(request.POST.lists()):
            add("field", name, *values)
        for name, files in sorted(django_request.FILES.lists()):
            for file in files:
                add("file", name, file.name or "", _digest_of(file))
    else:
        add(django_request.body)
    return total.hexdigest()


def run(
    request: Request, *, owner: str, tenant_id: str, now: datetime, work: Callable[[], Response]
) -> Response | HttpResponse:
    """Do `work` once per (owner, key); repeats get the first answer with `Idempotency-Replayed: true`.

    `owner` names the caller ("key:<uuid>" or "user:<id>"): one caller cannot read another's answers.
    """
    key = key_of(request)
    if key is None:
        return work()
    print_ = fingerprint(request, tenant_id=tenant_id)
    claim = _claim(owner=owner, key=key, fingerprint_=print_, now=now)
    if claim is None:
        return _answer_of(owner=owner, key=key, fingerprint_=print_)
    try:
        response = _worked(claim, work)
    except BaseException:
        _release(claim)
        raise
    if not 200 <= response.status_code < 300:
        _release(claim)
    return response


def _worked(claim: Claim, work: Callable[[], Response]) -> Response:
    """The work's effect and the memory of its answer in one transaction; slow parts before it."""
    done: dict[str, Any] = {}
    while True:
        mark = _done.set(done)
        try:
            with transaction.atomic():
                response = work()
                if 200 <= response.status_code < 300:
                    _remember(claim, response)
                else:
                    transaction.set_rollback(True)
            return response
        except _Outside as wanted:
            slow = wanted
        finally:
            _done.reset(mark)
        done[slow.name] = slow.do()


def forget_expired(*, now: datetime, limit: int = 5000) -> int:
    """Delete answers older than 24 h; returns how many. Called by the sweep."""
    old = IdempotentRequest.objects.filter(expires_at__lte=now).values("pk")[:limit]
    return IdempotentRequest.objects.filter(pk__in=old).delete()[0]


def _claim(*, owner: str, key: str, fingerprint_: str, now: datetime) -> Claim | None:
    token = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            _CLAIM,
            {
                "owner": owner,
                "key": key,
                "fingerprint": fingerprint_,
                "token": token,
                "now": now,
                "lease": now + LEASE,
                "expires": now + KEPT,
            },
        )
        mine = cursor.fetchone() is not None
    return Claim(owner, key, token) if mine else None


def _answer_of(*, owner: str, key: str, fingerprint_: str) -> HttpResponse:
    row = IdempotentRequest.objects.filter(owner=owner, key=key).first()
    if row is not None and row.fingerprint != fingerprint_:
        raise Refused(
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
            code="idempotency_key_reused",
            status=422,
        )
    if row is None or row.state != "done":
        # A row that vanished was released by a refusal a moment ago: repeating is right in both cases.
        raise InProgress(
            "The first request with this Idempotency-Key is still being worked on. Ask again in a second.",
            code="idempotency_in_progress",
            status=409,
        )
    response = HttpResponse(bytes(row.body), status=row.status, content_type="application/json")
    for name, value in row.headers.items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response


def _remember(claim: Claim, response: Response) -> None:
    data = getattr(response, "data", None)
    body = JSONRenderer().render(data) if data is not None else getattr(response, "content", b"")
    headers = {name: response[name] for name in _KEPT_HEADERS if response.has_header(name)}
    kept = claim.row().update(state="done", status=response.status_code, body=body, headers=headers)
    if not kept:  # another worker took the lease over: its effect counts, ours is undone by this exception
        raise InProgress(
            "This request took too long and was taken over by its repeat. Ask again in a second.",
            code="idempotency_in_progress",
            status=409,
        )


def _release(claim: Claim) -> None:
    """Free the key; only while it is ours."""
    claim.row().delete()


def _digest_of(file: Any) -> str:
    total = hashlib.sha256()
    for chunk in file.chunks():
        total.update(chunk)
    file.seek(0)
    return total.hexdigest()
