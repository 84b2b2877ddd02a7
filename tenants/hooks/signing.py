"""Signatures after the Standard Webhooks specification, and the secrets they are made with, sealed at rest.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

PREFIX = "whsec_"
SECRET_BYTES = 32
_NONCE = 12


class Unopenable(Exception):
    """A sealed secret does not open: its key left the ring, or the row was changed. Names no content."""


def new_secret() -> str:
    """`whsec_` and 256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, *, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,<base64>` for the webhook-signature header."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def seal(secret: str, *, endpoint: UUID, row: UUID) -> tuple[bytes, str]:
    """(sealed, id of the key that did it). Bound to its row: copied to another it does not open."""
    key_id, key = settings.ENCRYPTION_KEY[0]
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_own(key)).encrypt(nonce, secret.encode(), _place(endpoint, row)), key_id


def unseal(sealed: bytes | memoryview, sealed_by: str, *, endpoint: UUID, row: UUID) -> str:
    key = dict(settings.ENCRYPTION_KEY).get(sealed_by)
    if key is None:
        raise Unopenable(f"ENCRYPTION_KEY holds no key {sealed_by!r} any more.")
    raw = bytes(sealed)
    try:
        return AESGCM(_own(key)).decrypt(raw[:_NONCE], raw[_NONCE:], _place(endpoint, row)).decode()
    except InvalidTag:
        raise Unopenable(f"The signing secret {row} does not open.") from None


def _own(key: bytes) -> bytes:
    """A key for this one purpose, so that no two uses of a ring's key share nonces."""
    return hmac.new(key, b"tenants.hooks.signing-secret.v1", hashlib.sha256).digest()


def _place(endpoint: UUID, row: UUID) -> bytes:
    return b"hooks|" + endpoint.bytes + row.bytes


def current_key_id() -> str:
    return settings.ENCRYPTION_KEY[0][0]
