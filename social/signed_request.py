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
from typing import Any

MOST = 8_192  # characters; a real one has a few hundred
ALGORITHM = "HMAC-SHA256"


class Forged(ValueError):
    """Not signed by this app's secret, or not a signed request at all."""


def read(signed_request: str, secret: str) -> dict[str, Any]:
    """The payload of a genuine signed request. Raises Forged.

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
    return data


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
