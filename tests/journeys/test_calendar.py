"""An owner plans a month, watches it appear, reviews it on a phone, and moves posts on a desk by mouse and keyboard."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import DESKTOP
from tests.journeys.test_one_photo import connect, sign_up
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys"), pytest.mark.timeout(300)]
PATIENT = 90_000  # ms: a busy worker on a busy machine
PAGE_OF_ITS_OWN = {"facebook:100200000000002"}  # one restaurant a Page; the other journeys use others


def latency(stack: Stack, milliseconds: int) -> None:
    body = json.dumps({"openai_latency_ms": milliseconds}).encode()
    request = urllib.request.Request(
        f"{stack.sandbox_url}/control/config", data=body, headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()


def accessible(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['target']}" for each in found]


def day_of(page: Page, caption_of: str) -> str:
    item = page.locator(f'.board-item[data-move$="{caption_of}/"]')
    return item.locator("xpath=ancestor::ul").get_attribute("data-day") or ""


def test_from_one_button_to_an_approved_month_and_a_moved_post(
    phone: Page, chromium: Browser, stack: Stack, shots: Path
):
    sign_up(phone, stack, "planner@journey.example", "Month Pizza")
    home = re.match(r".*/r/[^/]+/", phone.url)[0]
    connect(phone, stack, home, PAGE_OF_ITS_OWN)
    latency(stack, 700)

    # one button, and a month appears
    phone.goto(f"{home}calendar/")
    expect(phone.get_by_text("is still empty")).to_be_visible()
    phone.get_by_role("main").get_by_role("link", name="Plan a month").last.click()
    expect(phone.get_by_text("Use AI for all posts")).to_be_visible()
    assert accessible(phone) == []
    month = phone.locator("#plan-month option").nth(1).get_attribute("value")
    phone.select_option("#plan-month", month)
    expect(phone.locator(f"#plan-parts input[name=shown][value='{month}']")).to_be_attached()
    phone.locator("input[name=off][value='15']").check()  # closed on the 15th
    phone.get_by_role("button", name="Plan it").click()
    expect(phone.get_by_text("of 8 posts")).to_be_visible()
    expect(phone.locator(".making-day")).to_have_count(8)
    plan = phone.url
    phone.goto("about:blank")  # the phone is put away; the work goes on
    phone.goto(plan)
    expect(phone.locator(".review-card")).to_have_count(8, timeout=PATIENT)
    latency(stack, 0)

    # the review, on the phone
    expect(phone.get_by_text("8 posts wait for your OK")).to_be_visible()
    assert accessible(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    first = phone.locator(".review-card").first
    first.locator(".review-acts").scroll_into_view_if_needed()
    expect(first.get_by_text("Ready to go out.")).to_be_visible()
    phone.screenshot(path=shots / "calendar-review-phone.png")
    words = first.locator(".review-caption").inner_text()
    first.get_by_label("More for this post").click()
    first.get_by_role("button", name="Other words").click()
    expect(first.locator(".review-caption")).not_to_have_text(words, timeout=PATIENT)
    second = phone.locator(".review-card").nth(1)
    second.get_by_role("button", name="Skip").click()
    expect(second.locator(".pill")).to_have_text("Skipped")
    phone.get_by_role("button", name="Undo").click()
    expect(second.locator(".pill")).to_have_text("Needs approval")
    first.get_by_role("button", name="Approve", exact=True).click()
    expect(first.locator(".pill")).to_have_text("Scheduled")
    expect(phone.get_by_text("7 posts wait for your OK")).to_be_visible()
    phone.get_by_role("button", name="Approve all 7").click()
    expect(phone.locator("#toasts").get_by_text("7 posts are scheduled")).to_be_visible()

    # the board, on a desk
    context = chromium.new_context(
        viewport=DESKTOP, locale="en-US", storage_state=phone.context.storage_state()
    )
    desk = context.new_page()
    complaints: list[str] = []
    desk.on("pageerror", lambda error: complaints.append(str(error)))
    desk.goto(f"{home}calendar/?at={month}")
    expect(desk.locator(".board-item")).to_have_count(8)
    assert accessible(desk) == []
    desk.screenshot(path=shots / "calendar-board-desktop.png", full_page=True)
    assert desk.locator(f'[data-day="{month}-15"] .board-item').count() == 0
    item = desk.locator(".board-item").first
    key = (item.get_attribute("data-move") or "").strip("/").split("/")[-1]
    source = day_of(desk, key)
    target = next(
        day
        for n in (9, 11, 13, 17)
        if desk.locator(f'[data-day="{(day := f"{month}-{n:02d}")}"] .board-item').count() == 0
    )
    box, goal = item.bounding_box(), desk.locator(f'[data-day="{target}"]').bounding_box()
    desk.mouse.move(box["x"] + 40, box["y"] + 20)
    desk.mouse.down()
    desk.mouse.move(box["x"] + 60, box["y"] + 40, steps=5)
    desk.mouse.move(goal["x"] + 40, goal["y"] + 15, steps=15)
    desk.mouse.up()
    expect(desk.locator(f'[data-day="{target}"] .board-item')).to_have_count(1)
    expect(desk.get_by_text("Moved to")).to_be_visible()
    desk.reload()
    assert day_of(desk, key) == target
    assert source != target

    # the same by keyboard, and undone
    link = desk.locator(f'.board-item[data-move$="{key}/"] .board-move')
    link.focus()
    desk.keyboard.press("Enter")
    field = desk.locator("#move-at")
    expect(field).to_be_focused()
    field.fill(f"{month}-26T11:45")
    desk.keyboard.press("Enter")
    expect(desk.locator(f'[data-day="{month}-26"]')).to_contain_text("11:45 am")
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator(f'[data-day="{target}"] .board-item')).to_have_count(1)
    assert complaints == []
    context.close()
