"""The keys that wrap each restaurant's data key: a ring from the environment today, a KMS tomorrow.

The first key of the ring encrypts, all of them decrypt; a key may be removed once `manage.py rotate_keys`
says that nothing is wrapped by it any more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# 96 bit, random: NIST SP 800-38D, section 8.2.2, allows 2^32 messages per key; a data key sees far fewer.
NONCE_BYTES = 12
KEY_BYTES = 32


class VaultError(Exception):
    """Something sealed cannot be opened. The message names key ids, never contents."""


class UnknownKey(VaultError):
    """The key this record was made with is gone, or not this restaurant's."""


class KeyUnavailable(UnknownKey):
    """The wrapping key is not at hand: it left the ring too early, or the KMS does not answer. Nothing is lost;
    it opens again as soon as the key is back, so nobody must be asked to connect anew for it.
    """


class Tampered(VaultError):
    """The record was changed, cut, or moved to another restaurant, table, row or field."""


class KeyWrapper(Protocol):
    """What the vault needs of whatever guards the data keys. A KMS client with these three names fits here.

    `context` is authenticated and not encrypted (AWS KMS calls it the encryption context).
    """

    @property
    def current_id(self) -> str:
        """The id of the key that wraps new data keys."""

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """Wrap with the current key. The answer needs no other hint than `key_id` to be unwrapped."""

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        """Raises KeyUnavailable or Tampered."""


class KeyRing:
    """AES-256-GCM keys by id, in the order of settings.ENCRYPTION_KEY; the first encrypts."""

    def __init__(self, keys: Iterable[tuple[str, bytes]]) -> None:
        self._keys: dict[str, AESGCM] = {}
        for key_id, key in keys:
            if len(key) != KEY_BYTES:
                raise ValueError(f"Key {key_id!r} has {len(key)} bytes; a key has {KEY_BYTES}.")
            if key_id in self._keys:
                raise ValueError(f"Key id {key_id!r} is given twice.")
            self._keys[key_id] = AESGCM(key)
        if not self._keys:
            raise ValueError("The key ring is empty.")

    def __repr__(self) -> str:
        return f"<KeyRing {', '.join(self._keys)}>"

    @property
    def current_id(self) -> str:
        return next(iter(self._keys))

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._keys[self.current_id].encrypt(
            nonce, data_key, _wrap_aad(self.current_id, context)
        )

    def unwrap(self, key_id: str, wrapped: bytes, context: bytes) -> bytes:
        key = self._keys.get(key_id)
        if key is None:
            raise KeyUnavailable(f"ENCRYPTION_KEY does not hold the key {key_id!r} that is still in use.")
        try:
            return key.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _wrap_aad(key_id, context))
        except (InvalidTag, ValueError):
            raise Tampered(f"A data key wrapped by {key_id!r} does not open.") from None


def _wrap_aad(key_id: str, context: bytes) -> bytes:
    return b"sa-data-key-1|" + key_id.encode() + b"|" + context
