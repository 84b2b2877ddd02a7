"""One running product for all journeys of a worker, and a real headless Chromium."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.stack import Stack

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def redis_heard(stack: Stack) -> Iterator[list[str]]:
    """Every command that any process of the product sends to Redis, from the first journey on: what is deleted
    again (a message that was read) stands in no dump, but was written all the same.
    """
    heard: list[str] = []
    url = stack.env["REDIS_URL"]
    number = int(urlsplit(url).path.strip("/"))
    client = redis.Redis.from_url(url)

    def listen() -> None:
        with suppress(redis.ConnectionError, OSError, ValueError), client.monitor() as monitor:
            started.set()
            for command in monitor.listen():
                if command["db"] == number:
                    heard.append(command["command"])

    started = threading.Event()
    threading.Thread(target=listen, daemon=True).start()
    assert started.wait(10)
    yield heard
    client.connection_pool.disconnect()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Fails, never skips, when there is no Chromium: a journey nobody walked proves nothing.

    One for each module, not longer: while Playwright lives its loop counts as running in this process, and
    Django refuses every query of the tests that come after.
    """
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "No Chromium on this machine: `apt-get install chromium`, or name one with CHROMIUM=/path."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                  "--disable-background-networking", "--disable-component-update"],
        )  # fmt: skip
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True, locale="en-US")
    yield _watched(context)
    context.close()


@pytest.fixture
def desktop(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=DESKTOP, locale="en-US")
    yield _watched(context)
    context.close()


def _watched(context: BrowserContext) -> Page:
    """A page that keeps what its console complained about: a CSP violation or a script error is a defect."""
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on(
        "console", lambda message: page.complaints.append(message.text) if message.type == "error" else None
    )  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.complaints.append(str(error)))  # type: ignore[attr-defined]
    page.set_default_timeout(15_000)
    return page


@pytest.fixture
def shots() -> Path:
    """Where screenshots go that a person may look at; kept out of the repository."""
    folder = Path(os.environ.get("LOCAL_DIR", ".local")) / "shots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
