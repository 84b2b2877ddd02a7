"""Connecting, as owners live it: several Pages from a phone, a permission left out, a personal Instagram, a Page
that is somebody else's, a password that was changed, and a goodbye.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PHONE
from tests.journeys.test_library import accessible
from tests.journeys.test_one_photo import PASSWORD, sign_up
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
OWNER = "rosa@connect.example"


@dataclass
class World:
    """Rosa at the pretend Facebook: four Pages, one with a professional Instagram, one with a personal one."""

    stack: Stack
    person: str = ""
    diner: str = ""
    truck: str = ""
    bar: str = ""

    def control(self, path: str, body: dict[str, Any]) -> Any:
        request = urllib.request.Request(
            f"{self.stack.sandbox_url}/control/{path}",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def build(self) -> World:
        self.person = self.control("persons", {"name": "Rosa Vega"})["id"]
        more = {"person": self.person}
        self.diner = self.control("pages", {"name": "Rosa Diner", "ig": "rosadiner", **more})["id"]
        self.truck = self.control("pages", {"name": "Rosa Truck", "personal_ig": True, **more})["id"]
        self.bar = self.control("pages", {"name": "Rosa Bar", **more})["id"]
        return self


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack).build()


@pytest.fixture(scope="module")
def first(stack: Stack, world: World, chromium: Browser) -> Iterator[Page]:
    """Rosa's restaurant on her phone, with nothing connected yet."""
    context = chromium.new_context(viewport=PHONE, device_scale_factor=2, has_touch=True, locale="en-US")
    page = context.new_page()
    sign_up(page, stack, OWNER, "Rosa's Kitchen")
    yield page
    context.close()


def base(page: Page) -> str:
    return re.sub(r"(/r/[^/]+/).*", r"\1", page.url)


def to_facebook(page: Page) -> None:
    page.get_by_role("button", name="Continue with Facebook").click()
    page.wait_for_url("**/dialog/**")
    if page.get_by_role("button", name="Continue as Rosa Vega").count() == 0:
        page.get_by_role("link", name="Rosa Vega").click()


def say_yes(page: Page) -> None:
    page.get_by_role("button", name="Continue as Rosa Vega").click()


def choose(page: Page, *wanted: str) -> None:
    for box in page.locator("input[name=channels]:not([disabled])").all():
        box.set_checked(box.get_attribute("value") in wanted)
    page.get_by_role("button", name="Connect these").click()
    page.wait_for_url(re.compile(r"/channels/(#.*)?$"))


def connected(stack: Stack, world: World) -> dict[str, str]:
    """remote id -> our id of every channel of Rosa's."""
    names = f"({world.diner!r}, {world.truck!r}, {world.bar!r})"
    rows = stack.sql(
        f"SELECT remote_id, channel::text FROM social_registry_channelclaim WHERE remote_id IN {names}"
    )
    return dict(rows)


def test_an_owner_connects_several_pages_from_a_phone_and_never_loses_them(
    first: Page, world: World, stack: Stack, shots: Path
):
    page, home = first, base(first)
    page.goto(f"{home}channels/connect/")
    assert accessible(page) == []
    page.screenshot(path=shots / "connect-phone.png", full_page=True)

    # No at first, and one permission too few then.
    to_facebook(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("You said no at Facebook, so nothing was connected")).to_be_visible()
    page.screenshot(path=shots / "connect-no-phone.png", full_page=True)
    page.get_by_role("link", name="Try again").click()
    to_facebook(page)
    page.locator("input[name=scope][value=pages_manage_posts]").uncheck()
    say_yes(page)
    expect(page.get_by_text("Facebook left something out")).to_be_visible()
    expect(page.get_by_text("We cannot post on Facebook.").first).to_be_visible()
    assert page.locator("input[name=channels]:not([disabled])").count() == 1  # Instagram needs it not
    assert accessible(page) == []
    page.screenshot(path=shots / "connect-declined-phone.png", full_page=True)
    page.get_by_role("button", name="Ask Facebook again").click()
    page.wait_for_url("**/dialog/**auth_type=rerequest**")
    say_yes(page)

    # Everything is there; the personal Instagram says what to do.
    expect(page.locator("label", has_text="Rosa Truck")).to_be_visible()
    expect(page.get_by_text("Facebook left something out")).to_have_count(0)
    expect(page.get_by_text("A personal Instagram account is linked to this Page")).to_be_visible()
    assert accessible(page) == []
    page.screenshot(path=shots / "choose-phone.png", full_page=True)
    account = page.locator("input[value^='instagram:']").get_attribute("value") or ""
    choose(page, f"facebook:{world.diner}", f"facebook:{world.truck}", f"facebook:{world.bar}", account)
    expect(page.get_by_text("4 channels are connected.")).to_be_visible()
    expect(page.get_by_text("All is well.")).to_be_visible()
    assert accessible(page) == []
    page.screenshot(path=shots / "channels-phone.png", full_page=True)
    before = connected(stack, world)
    assert len(before) == 3

    # The password is changed; the owner finds out, and one button brings everything back.
    world.control("tokens/invalidate", {"person": world.person, "subcode": 460})
    card = page.locator("article", has_text="Rosa Diner").first
    card.locator("summary").click()
    card.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("The Facebook password was changed").first).to_be_visible()
    expect(page.get_by_text("4 channels need you.")).to_be_visible()
    expect(page.get_by_role("link", name="Reconnect all")).to_have_count(1)  # one login, one way back
    assert accessible(page) == []
    page.screenshot(path=shots / "channels-dead-phone.png", full_page=True)
    page.goto(f"{home}notices/")
    expect(page.get_by_text("The Facebook password was changed").first).to_be_visible()
    page.screenshot(path=shots / "notices-phone.png", full_page=True)
    page.goto(f"{home}channels/")
    page.get_by_role("link", name="Reconnect all").click()
    to_facebook(page)
    say_yes(page)
    page.wait_for_url(re.compile(r"/channels/(#.*)?$"))
    expect(page.get_by_text("Works again:")).to_be_visible()
    expect(page.get_by_text("All is well.")).to_be_visible()
    assert connected(stack, world) == before  # the very same channels, so their history and posts stay
    page.goto(f"{home}notices/")
    expect(page.locator("li", has_text="The Facebook password was changed")).to_contain_text("Solved")


def test_a_page_that_is_taken_is_refused_and_a_goodbye_says_what_it_stops(
    first: Page, desktop: Page, world: World, stack: Stack, shots: Path
):
    """After the journey above. A second restaurant, at a desk, may not have Rosa's Pages."""
    sign_up(desktop, stack, "other@connect.example", "Other Place")
    desktop.goto(f"{base(desktop)}channels/connect/")
    to_facebook(desktop)
    say_yes(desktop)
    expect(desktop.get_by_text("Another restaurant here uses it already.").first).to_be_visible()
    assert desktop.locator("input[name=channels]:not([disabled])").count() == 0
    assert desktop.get_by_role("button", name="Connect these").count() == 0
    assert "Rosa's Kitchen" not in desktop.content()
    assert accessible(desktop) == []
    desktop.screenshot(path=shots / "choose-taken-desktop.png", full_page=True)

    # Rosa plans a post for the bar at a desk, then lets the bar go.
    desktop.context.clear_cookies()
    desktop.goto(f"{stack.url}/accounts/login/")
    desktop.fill("input[name=login]", OWNER)
    desktop.fill("input[name=password]", PASSWORD)
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/r/**")
    home = base(desktop)
    desktop.goto(f"{home}compose/")
    desktop.locator("textarea[name=caption]").fill("Happy hour on Friday.")
    for box in desktop.locator("input[name=channel]").all():
        box.set_checked("Rosa Bar" in box.locator("xpath=ancestor::label").inner_text())
    day = (datetime.now(UTC) + timedelta(days=20)).date()
    desktop.locator("input[name=publish_at]").fill(f"{day}T17:00")
    desktop.get_by_role("button", name="Schedule").click()
    desktop.wait_for_url("**/posts/**")
    desktop.goto(f"{home}channels/")
    desktop.screenshot(path=shots / "channels-desktop.png", full_page=True)
    card = desktop.locator("article", has_text="Rosa Bar")
    card.locator("summary").click()
    card.get_by_role("button", name="Disconnect").click()
    dialog = desktop.locator("dialog[open]")
    expect(dialog.get_by_text("Disconnect Rosa Bar?")).to_be_visible()
    expect(dialog.get_by_text("1 scheduled post will wait until you decide.")).to_be_visible()
    desktop.screenshot(path=shots / "disconnect-desktop.png")
    dialog.get_by_role("button", name="Disconnect").click()
    expect(desktop.get_by_text("Rosa Bar (Facebook) is disconnected. Its history stays.")).to_be_visible()
    assert world.bar not in connected(stack, world)
    assert desktop.complaints == []  # type: ignore[attr-defined]
