"""The environment of the product's processes: what is given wins over `.env`, that over what we make up."""

import base64
import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.env import load_dotenv
from config.services.errors import Stop
from config.services.local import ROOT, Local

# The addresses that the sandbox stands in for; with all of them given it need not start.
SANDBOX_STANDS_FOR = (
    "FACEBOOK_GRAPH_URL",
    "FACEBOOK_DIALOG_URL",
    "FACEBOOK_VIDEO_URL",
    "FACEBOOK_RUPLOAD_URL",
    "OPENAI_BASE_URL",
)


def load(path: Path = ROOT / ".env") -> None:
    """Put `.env` into our environment where it is silent; a bad line stops us with its number."""
    try:
        load_dotenv(path)
    except ImproperlyConfigured as error:
        raise Stop(str(error)) from None
    except PermissionError:
        raise Stop(f"{path} cannot be read by this user.") from None


def given(name: str, env: Mapping[str, str] | None = None) -> str:
    """The value of a variable; empty counts as not given."""
    return (os.environ if env is None else env).get(name, "").strip()


def needs_sandbox(env: Mapping[str, str] | None = None) -> bool:
    """Does anything still need the sandbox that we start?"""
    return not given("SANDBOX_URL", env) and not all(given(name, env) for name in SANDBOX_STANDS_FOR)


def wants_demo() -> bool:
    """Are the demo restaurants wanted? DEMO=false leaves them out."""
    return given("DEMO").lower() not in ("0", "false", "no", "off")


def development_secrets(local: Local) -> dict[str, str]:
    """Secrets of this checkout, made once, readable by its user alone (`.local/dev.env`)."""
    made = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEY": "dev:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_hex(20),
        "REDIS_PASSWORD": secrets.token_hex(20),
    }
    try:
        lines = local.secrets.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        lines = []
    except PermissionError:
        raise Stop(f"{local.secrets} belongs to another user; start it as that user again.") from None
    kept = {name: value for name, _, value in (line.partition("=") for line in lines) if value}
    if not made.keys() <= kept.keys():  # new, cut short, or from an older version
        scratch = local.secrets.with_suffix(".new")
        scratch.unlink(missing_ok=True)
        with os.fdopen(
            os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write("".join(f"{name}={value}\n" for name, value in (made | kept).items()))
        scratch.replace(local.secrets)
    return made | kept


def remember_addresses(local: Local, env: Mapping[str, str]) -> None:
    """Write down where the running product is, for commands typed by hand."""
    lines = [f"{name}={env[name]}\n" for name in ("PORT", "SANDBOX_URL") if env.get(name)]
    (local.run / "addresses.env").write_text("".join(lines), encoding="utf-8")


def remembered_addresses(local: Local) -> dict[str, str]:
    """PORT and SANDBOX_URL of the `make up` that runs, or ran last."""
    path = local.run / "addresses.env"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def exports(env: Mapping[str, str]) -> str:
    """Lines for `eval "$(...)"` in a shell."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in env.items())
