"""What Facebook posts when a person removes us or asks for deletion: base64url(signature).base64url(JSON).
Pure.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow (parsing the signed request)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

MOST = 8_192  # characters; a real one has a few hundred
ALGORITHM = "HMAC-SHA256"
# Meta signs at the moment it calls. A day leaves room for its repetitions and for clocks; it also ends the use
# of one that leaked: the cookie of Facebook's JavaScript SDK is signed with the same secret in the same form.
OLDEST = timedelta(days=1)


class Forged(ValueError):
    """Not signed by this app's secret, or not a signed request at all."""


class Stale(Forged):
    """Signed by this app's secret, and too long ago to be acted on."""


def read(signed_request: str, secret: str, *, now: datetime) -> dict[str, Any]:
    """The payload of a genuine signed request that was issued within a day. Raises Forged, Stale.

    The signature covers the encoded second part as text. It is compared before anything is decoded, in
    constant time; the algorithm is pinned, whatever the payload says about itself.
    """
    signature, dot, payload = signed_request.partition(".")
    if not dot or len(signed_request) > MOST or not secret:
        raise Forged("not a signed request")
    try:
        expected = hmac.new(secret.encode(), payload.encode("ascii"), hashlib.sha256).digest()
        given = _decode(signature)
    except (ValueError, UnicodeError):
        raise Forged("not a signed request") from None
    if not hmac.compare_digest(expected, given):
        raise Forged("wrong signature")
    try:
        data = json.loads(_decode(payload))
    except (ValueError, RecursionError):
        raise Forged("unreadable payload") from None
    if not isinstance(data, dict) or str(data.get("algorithm", "")).upper() != ALGORITHM:
        raise Forged("unexpected algorithm")
    if issued_at(data) < now - OLDEST:
        raise Stale("issued too long ago")
    return data


def issued_at(payload: dict[str, Any]) -> datetime:
    """When Meta signed it (whole seconds). Raises Stale when it does not say: its age cannot be judged then."""
    value = payload.get("issued_at")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 32_503_680_000:
        raise Stale("not dated")
    return datetime.fromtimestamp(int(value), UTC)


def make(payload: dict[str, Any], secret: str) -> str:
    """Sign as Facebook does; for tests and stand-ins."""
    encoded = _encode(json.dumps({"algorithm": ALGORITHM, **payload}).encode())
    return f"{_encode(hmac.new(secret.encode(), encoded.encode(), hashlib.sha256).digest())}.{encoded}"


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
