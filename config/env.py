"""Tiny readers of the environment. Each stops the start with a sentence that says what to do.

The environment wins over `.env`, which wins over the defaults in settings.py.
"""

import base64
import binascii
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def load_dotenv(path: Path) -> None:
    """Read KEY=VALUE lines of `path` into os.environ without overriding what is there."""
    if not path.is_file():
        return
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.strip().isidentifier():
            raise ImproperlyConfigured(f"{path.name}, line {number}: write NAME=value.")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        os.environ.setdefault(name.strip(), value)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: write true or false.")


def number(name: str, default: int, *, low: int = 0, high: int = 10**9) -> int:
    value = text(name)
    if not value:
        return default
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number.") from None
    if not low <= result <= high:
        raise ImproperlyConfigured(f"{name} is {result}: write a number from {low} to {high}.")
    return result


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def url(name: str, default: str) -> str:
    """An absolute http(s) URL without a trailing slash."""
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a full URL such as https://example.com.")
    return value.rstrip("/")


def database(name: str, default: str) -> dict:
    """DATABASE_URL -> Django's settings, e.g. postgres://user:password@host:5432/name?sslmode=require."""
    value = text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} does not look like postgres://user:password@host:5432/name. Run `make up` to get a"
            " database without installing one, or write the address of yours."
        )
    query = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    return {
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A unix socket directory travels as ?host=/path because a URL's host cannot hold slashes.
        "HOST": unquote(query.pop("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "OPTIONS": {key: unquote(val) for key, val in query.items()},
    }


def keyring(name: str, default: str) -> list[tuple[str, bytes]]:
    """ENCRYPTION_KEY -> [(key id, 32 bytes)]; the first encrypts, all decrypt.

    Written as `id:base64`, several joined by commas: `2026b:9yR...=,2026a:k3V...=`.
    """
    ring: list[tuple[str, bytes]] = []
    for item in words(name, default):
        key_id, separator, encoded = item.partition(":")
        try:
            key = base64.b64decode(encoded.replace("-", "+").replace("_", "/"), validate=True)
        except (ValueError, binascii.Error):
            key = b""
        if not separator or not key_id.isalnum() or len(key) != 32:
            raise ImproperlyConfigured(
                f"{name}: write each key as id:base64-of-32-bytes, joined by commas, newest first."
                " A new one: python -c \"import base64,os; print('k1:'+base64.b64encode(os.urandom(32)).decode())\""
            )
        ring.append((key_id, key))
    if not ring:
        raise ImproperlyConfigured(f"{name} is empty: at least one key is needed to keep tokens safe.")
    if len({key_id for key_id, _ in ring}) != len(ring):
        raise ImproperlyConfigured(f"{name}: two keys share one id; give each its own.")
    return ring
