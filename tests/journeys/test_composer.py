"""The composer in a real browser, on a phone: two windows, a lost line, undo, the next free time."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_one_photo import PASSWORD, connect, photo, sign_up
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
EMAIL = "cook@composer.example"
CHOSEN = {"facebook:100200000000003"}


@pytest.fixture(scope="module")
def home(stack: Stack, chromium) -> str:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    sign_up(page, stack, EMAIL, "Composer Kitchen")
    base = page.url
    connect(page, stack, base, CHOSEN)
    context.close()
    return base


@pytest.fixture
def cook(phone: Page, home: str, stack: Stack) -> Page:
    phone.goto(f"{stack.url}/accounts/login/")
    phone.fill("input[name=login]", EMAIL)
    phone.fill("input[name=password]", PASSWORD)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/r/**")
    return phone


def write(page: Page, words: str) -> None:
    page.locator("#caption").fill(words)
    expect(page.locator(".save-state")).to_have_text("Saved")


def test_two_windows_of_one_post_are_told_and_nothing_is_lost(cook: Page, home: str):
    cook.goto(f"{home}compose/")
    write(cook, "From the first window")
    expect(cook).to_have_url(re.compile(r"/compose/[0-9a-f-]{36}/$"))
    other = cook.context.new_page()
    other.goto(cook.url)
    write(other, "From the second window")
    cook.locator("#caption").fill("From the first window, longer")
    expect(cook.get_by_text("Changed in another window")).to_be_visible()
    cook.get_by_role("button", name="Keep mine").click()
    expect(cook.locator(".save-state")).to_have_text("Saved")
    other.reload()
    expect(other.locator("#caption")).to_have_value("From the first window, longer")
    other.close()


def test_words_typed_while_the_line_is_down_come_back(cook: Page, home: str):
    cook.goto(f"{home}compose/")
    write(cook, "Before the tunnel")
    address = cook.url
    cook.route("**/save/", lambda route: route.abort())
    cook.locator("#caption").fill("Typed in the tunnel")
    expect(cook.locator(".save-state")).to_contain_text("Offline")
    cook.goto(home)
    cook.unroute("**/save/")
    cook.goto(address)
    expect(cook.locator("#caption")).to_have_value("Before the tunnel")
    cook.get_by_role("button", name="Restore it").click()
    expect(cook.locator("#caption")).to_have_value("Typed in the tunnel")
    expect(cook.locator(".save-state")).to_have_text("Saved")


def test_photo_comment_and_next_free_time_in_a_few_taps(cook: Page, home: str):
    cook.goto(f"{home}settings/times/")
    cook.get_by_text("Friday", exact=True).click()
    cook.get_by_role("button", name="Add").click()
    cook.goto(f"{home}compose/")
    cook.get_by_role("button", name="Choose photos").click()
    cook.set_input_files(
        "#picker input[type=file][multiple]",
        {"name": "soup.jpg", "mimeType": "image/jpeg", "buffer": photo("seagreen")},
    )
    cook.locator("input[name=asset]").first.wait_for(state="attached")
    cook.keyboard.press("Escape")
    # taken out by mistake, and back
    cook.locator(".photo-hero-button").click()
    cook.get_by_role("button", name="Take out").click()
    expect(cook.locator("input[name=asset]")).to_have_count(0)
    cook.get_by_role("button", name="Undo").click()
    expect(cook.locator("input[name=asset]")).to_have_count(1)
    cook.locator("#caption").fill("Soup of the day")
    cook.locator(".composer-more summary").click()
    cook.locator("#first_comment").fill("#soup")
    cook.get_by_text("Next free", exact=True).click()
    expect(cook.locator("#when-next")).to_contain_text("Fri")
    cook.get_by_role("button", name="Preview").click()
    expect(cook.locator("#preview-dialog .mock-comment").first).to_contain_text("#soup")
    cook.locator("#preview-dialog [data-closes]").click()
    assert cook.evaluate("document.documentElement.scrollWidth") <= 390
    cook.get_by_role("button", name="Schedule").click()
    cook.wait_for_url("**/posts/**")
    expect(cook.get_by_text("Scheduled. Goes out Fri")).to_be_visible()
    assert cook.complaints == []  # type: ignore[attr-defined]
