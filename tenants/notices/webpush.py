"""One push message to one browser: encrypted for it (RFC 8291, aes128gcm of RFC 8188) and signed as ours (VAPID,
RFC 8292). Pure but for `post`. Nothing of it may be logged: an endpoint is a secret address.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from tenants.errors import Refused
from tenants.hooks import wire

__all__ = ["Keys", "Outcome", "encrypt", "is_on", "public_key", "push"]

MOST = 3_000  # bytes of a message; push services take 4,096 with the wrapping
KEPT = timedelta(hours=12)  # a phone that is off that long need not hear of it any more
_RECORD = 4_096
_POINT = Encoding.X962, PublicFormat.UncompressedPoint


class Outcome:
    SENT, GONE, LATER, REFUSED = "sent", "gone", "later", "refused"


@dataclass(frozen=True, slots=True)
class Keys:
    """A browser's own: its public point (65 bytes) and its secret (16 bytes)."""

    point: bytes
    secret: bytes

    @classmethod
    def read(cls, p256dh: str, auth: str) -> Keys:
        """From what a browser sends. Raises ValueError."""
        keys = cls(unb64(p256dh), unb64(auth))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.point)
        if len(keys.point) != 65 or len(keys.secret) != 16:
            raise ValueError("not the keys of a push subscription")
        return keys


def is_on() -> bool:
    """Web push needs a key of ours; without one nothing of it is offered."""
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What a browser subscribes with (base64url of the point)."""
    return b64(_signer(settings.VAPID_PRIVATE_KEY).public_key().public_bytes(*_POINT))


def push(endpoint: str, keys: Keys, message: dict[str, str], *, now: datetime, topic: str) -> str:
    """Send once. An Outcome: SENT; GONE (the browser has unsubscribed); LATER (try again); REFUSED (give up).

    The address is met as tenants.outgoing says: https, resolved once, public addresses only, no redirects.
    """
    body = encrypt(json.dumps(message, ensure_ascii=False).encode()[:MOST], keys)
    headers: dict[bytes | str, bytes | str] = {
        "Authorization": _vapid(endpoint, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT.total_seconds())),
        "Urgency": "high",
        "Topic": hashlib.sha256(topic.encode()).hexdigest()[:32],  # a newer message of it replaces this one
    }
    try:
        answer = wire.post(endpoint, body=body, headers=headers)
    except wire.NoAnswer:
        return Outcome.LATER
    except Refused:  # it leads somewhere we do not go
        return Outcome.GONE
    if answer.status in (200, 201, 202, 204):
        return Outcome.SENT
    if answer.status in (404, 410):
        return Outcome.GONE
    return Outcome.LATER if answer.status in (408, 425, 429) or answer.status >= 500 else Outcome.REFUSED


def encrypt(
    message: bytes, keys: Keys, *, ours: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """The body of the request. `ours` and `salt` are fresh for every message; only the test of the RFC names them."""
    ours = ours or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    point = ours.public_key().public_bytes(*_POINT)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.point)
    shared = ours.exchange(ec.ECDH(), theirs)
    secret = _derive(keys.secret, shared, b"WebPush: info\0" + keys.point + point, 32)
    key = _derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, message + b"\x02", None)
    return salt + _RECORD.to_bytes(4) + bytes([len(point)]) + point + sealed


def _derive(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    """HKDF with SHA-256 (RFC 5869) of at most one block."""
    extracted = hmac.digest(salt, material, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:length]


def _vapid(endpoint: str, now: datetime) -> str:
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + timedelta(hours=12)).timestamp()),
        "sub": settings.VAPID_SUBJECT,
    }
    signed = ".".join(b64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    made = _signer(settings.VAPID_PRIVATE_KEY).sign(signed.encode(), ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(made)
    return f"vapid t={signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}, k={public_key()}"


@lru_cache(maxsize=2)
def _signer(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unb64(text)), ec.SECP256R1())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Raises ValueError for what is none."""
    if not text.isascii() or len(text) > 200:
        raise ValueError("not base64url")
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
