"""The text of an API key: minting, checking, hashing. No database here.

`sk_live_` or `sk_test_`, 30 random base62 characters (178 bits), 6 characters of CRC-32. The checksum lets a
typing error or a cut paste be refused without a query, and lets secret scanners tell a real key from a
look-alike. At rest there is only HMAC-SHA256(pepper, key): a copied database does not contain a usable or
guessable key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass

from django.conf import settings

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
RANDOM_LENGTH, CHECKSUM_LENGTH = 30, 6
SHOWN_LENGTH = 8  # of the random part, kept in clear to recognise a key by; 130 bits stay unknown
_SHAPE = re.compile(rf"sk_(live|test)_[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}")


@dataclass(frozen=True, repr=False)
class MintedKey:
    """A new key; `text` is shown once and never stored."""

    text: str
    digest: str
    prefix: str

    def __repr__(self) -> str:
        return f"<MintedKey {self.prefix}…>"


def mint(*, live: bool = True) -> MintedKey:
    """A fresh random key for live use or for tests (test keys never reach Meta)."""
    prefix = "sk_live_" if live else "sk_test_"
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    text = prefix + body + checksum(prefix + body)
    return MintedKey(text=text, digest=digest(text), prefix=text[: len(prefix) + SHOWN_LENGTH])


def checksum(text: str) -> str:
    """CRC-32 of the text in six base62 characters."""
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters = ALPHABET[rest] + letters
    return letters


def well_formed(text: str) -> bool:
    """Shape and checksum are right; says nothing about whether such a key was ever given out."""
    if not _SHAPE.fullmatch(text):
        return False
    return hmac.compare_digest(checksum(text[:-CHECKSUM_LENGTH]), text[-CHECKSUM_LENGTH:])


def digest(text: str, *, secret: str | None = None) -> str:
    """What is stored and looked up: HMAC-SHA256 under the pepper, 64 hexadecimal digits."""
    return hmac.new(_pepper(secret), text.encode(), hashlib.sha256).hexdigest()


def candidate_digests(text: str) -> list[str]:
    """The digest under today's pepper and under each older one, so that a SECRET_KEY can be rotated."""
    if settings.API_KEY_PEPPER:
        return [digest(text)]
    return [digest(text), *(digest(text, secret=old) for old in settings.SECRET_KEY_FALLBACKS)]


def _pepper(secret: str | None) -> bytes:
    """API_KEY_PEPPER when the operator set one, else a key derived from SECRET_KEY for this one purpose."""
    own = settings.API_KEY_PEPPER
    source = own if own and secret is None else (secret or settings.SECRET_KEY)
    return hmac.new(source.encode(), b"tenants.api_keys.pepper.v1", hashlib.sha256).digest()
