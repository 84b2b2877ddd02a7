"""One sealed value: bytes that open only with the right data key, for the right restaurant, table, row and
field.

record = version (1 byte) | data key id (16 bytes) | nonce (12 bytes) | ciphertext and tag
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from social.vault.keyring import NONCE_BYTES, Tampered
from social.vault.secret import Secret

VERSION = 1
_HEAD = 1 + 16 + NONCE_BYTES
_TAG = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lives. It is authenticated, so a record copied to another place does not open there."""

    tenant: str
    table: str
    row: str
    field: str

    def aad(self, key_id: uuid.UUID) -> bytes:
        """Each part carries its length, so no two places ("a|b","c" and "a","b|c") share one encoding."""
        parts = (str(VERSION), self.tenant, self.table, self.row, self.field, str(key_id))
        encoded = [part.encode() for part in parts]
        return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def encrypt(value: Secret, *, key: bytes, key_id: uuid.UUID, place: Place) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, value.reveal().encode(), place.aad(key_id))
    return bytes([VERSION]) + key_id.bytes + nonce + sealed


def key_id_of(record: bytes) -> uuid.UUID:
    """Which data key opens this record. Raises Tampered for anything that is not a record."""
    if len(record) < _HEAD + _TAG or record[0] != VERSION:
        raise Tampered("This is not a sealed value of a version we know.")
    return uuid.UUID(bytes=record[1:17])


def decrypt(record: bytes, *, key: bytes, place: Place) -> Secret:
    key_id = key_id_of(record)
    try:
        clear = AESGCM(key).decrypt(record[17:_HEAD], record[_HEAD:], place.aad(key_id))
    except InvalidTag:
        raise Tampered(f"A sealed value of {place.table}.{place.field} does not open.") from None
    return Secret(clear.decode())
