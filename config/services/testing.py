"""`make test`: its own servers (which may forget), a browser, every test; and `make prod-check`."""

import base64
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from config.services import env, processes
from config.services.frontend import Frontend
from config.services.local import ROOT, Local, only_one
from config.services.servers import Servers

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_BROWSERS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# What a test run takes from its caller; the product's other settings must not change what is tested.
KEPT = ("DATABASE_URL", "REDIS_URL", "TEST_DATABASE_NAME", "CHROMIUM")
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
AGAIN_MOST = 8


def browser() -> str | None:
    """The path of a Chromium on this machine."""
    if given := env.given("CHROMIUM"):
        return given
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    return next((path for path in MAC_BROWSERS if Path(path).exists()), None)


def install_browser(say: Callable[[str], None]) -> None:
    """As root on a Debian, install Chromium; elsewhere the browser's tests will say what is missing."""
    if browser() or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say("Installing Chromium for the browser tests (once) ...")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (
        ["update", "-q"],
        ["install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        done = subprocess.run(
            ["apt-get", *words], env=quiet, capture_output=True, text=True, errors="replace"
        )
        if done.returncode:
            say(
                "Chromium could not be installed; the browser tests are going to fail:\n"
                + done.stderr[-1500:]
            )
            return


def product_names(path: Path = ROOT / ".env.example") -> set[str]:
    """The names in a .env file, those in comments too; .env.example has every variable the product reads."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    words = (
        line.lstrip("# ").removeprefix("export ").partition("=")[0].strip() for line in lines if "=" in line
    )
    return {word for word in words if word.isidentifier() and word.isupper()}


def isolated(given: Mapping[str, str], dotenv: Path = ROOT / ".env") -> dict[str, str]:
    """The caller's environment without the product's settings.

    Those that `.env` would bring back are given as empty, which settings.py reads as "not given".
    """
    clean = {name: value for name, value in given.items() if name not in product_names()}
    return clean | dict.fromkeys(product_names(dotenv), "")


def test_environment(given: Mapping[str, str], servers: Mapping[str, str], local: Local) -> dict[str, str]:
    """What pytest runs with: the test servers' addresses, or the caller's own, and no other setting."""
    kept = {name: given[name] for name in KEPT if given.get(name)}
    found = {"CHROMIUM": path} if (path := browser()) else {}
    own = {"LOCAL_DIR": str(local.dir), "ENVIRONMENT": "test", "DEBUG": "false"}
    own["PYTHONHASHSEED"] = (
        given.get("PYTHONHASHSEED") or "0"
    )  # parallel workers must list tests in one order
    return isolated(given) | found | kept | own | dict(servers)


def settings_for(words: list[str]) -> str:
    """Tests have settings of their own; what is measured is the product with its real cache and limits.

    Said here and not left to pyproject.toml: importing `config` names the product's settings in the environment,
    which comes first there.
    """
    measures = any(word.startswith(("tests/bench/", "tests/crash/chaos")) for word in words)
    return "config.settings" if measures else "config.settings_test"


def defaults(words: list[str]) -> list[str]:
    """A fresh database; pytest-xdist with at most four, none for a debugger or when the caller chose.

    One worker more than processors, because many tests wait for others; an idle one takes work from the rest.
    """
    chosen = any(word == "--pdb" or word.startswith(("-n", "--numprocesses")) for word in words)
    # pyproject.toml reuses the test database, for people who run pytest again and again by hand.
    fresh = [] if "--reuse-db" in words else ["--create-db"]
    return fresh if chosen else [*fresh, "--dist", "worksteal", "-n", str(min(4, (os.cpu_count() or 2) + 1))]


def _pytest(words: list[str], environment: Mapping[str, str]) -> int:
    us = os.getpid()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        env=environment,
        preexec_fn=lambda: processes.die_with_parent(signal.SIGTERM, us),
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # it reaches pytest too, being in our group: wait for its own good-bye
            continue


def worth_another_look(failed: Path = FAILED) -> list[str]:
    """The tests of a complete run that are run once more, alone: a few that failed while three others ran
    beside them may have met a machine that stood still. Many are a defect, and so is any that proves
    exactly-once (tests/crash): it has no second chance.
    """
    try:
        names = sorted(json.loads(failed.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return []
    proofs = [name for name in names if name.startswith("tests/crash/") or "::" not in name]
    return [] if proofs or len(names) > AGAIN_MOST else names


def test(local: Local, words: list[str]) -> int:
    """Run pytest with these words; its exit code is ours."""

    def say(sentence: str) -> None:
        print(sentence, flush=True)

    local = Local(local.dir / "test").open()
    with only_one(local.dir / "test.lock", "The tests are already running here ({holder}); wait for them."):
        install_browser(say)
        Frontend(say=say).build()
        servers = Servers(local, say, durable=False)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # through `finally`, not past it
        try:
            addresses = servers.start()
            environment = test_environment(os.environ, addresses, local)
            environment["DJANGO_SETTINGS_MODULE"] = settings_for(words)
            FAILED.unlink(missing_ok=True)
            code = _pytest([*defaults(words), *words], environment)
            if code == 1 and not words and (names := worth_another_look()):
                listed = "\n".join(f"  {name}" for name in names)
                say(f"\nFailed beside other tests; once more, alone:\n{listed}")
                code = _pytest(["--create-db", *names], environment)
                if code == 0:
                    say(f"They pass alone. They still want a look: a test must not depend on load.\n{listed}")
            return code
        finally:
            servers.stop()


def production_like() -> dict[str, str]:
    """Settings a production could have, with secrets made for this one check."""
    return isolated(os.environ) | {
        "ENVIRONMENT": "production",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ENCRYPTION_KEY": "check:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": "postgres://check:check@127.0.0.1:5432/check",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
        "PUBLIC_URL": "https://social.example",
        "FACEBOOK_APP_ID": "1",
        "FACEBOOK_APP_SECRET": secrets.token_hex(16),
        "AWS_S3_BUCKET": "check",
    }


def prod_check() -> int:
    """Django's deploy check with production settings; a warning is a failure. Needs no database."""
    argv = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(argv, cwd=ROOT, env=production_like()).returncode
