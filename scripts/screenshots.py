"""The README's pictures, taken from the running demo (`make up` in another window).

Usage: .venv/bin/python scripts/screenshots.py [address]
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "img"
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
POSTS = 15
PLACE = "/r/krusty-pizza/"
# What the README shows: (file, page, size, colours).
SHOTS = [
    ("home-desktop", "", "desktop", "light"),
    ("home-phone", "", "phone", "light"),
    ("home-phone-dark", "", "phone", "dark"),
    ("compose-phone", "compose/", "phone", "light"),
    ("calendar-desktop", "calendar/?at={next_month}", "desktop", "light"),
    ("library-desktop-dark", "library/", "desktop", "dark"),
]


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.locator("form.auth-form input[name=login]").fill("alice@krusty.example")
    page.locator("form.auth-form input[name=password]").fill("demo-demo-demo")
    page.locator("form.auth-form button[type=submit]").click()
    page.wait_for_url("**/r/krusty-pizza/**")


def plan_a_month(page: Page, address: str) -> str:
    """The demo has no month yet: write the next one as an owner would, once. Returns it as "2026-12"."""
    page.goto(f"{address}{PLACE}calendar/plan/")
    month = page.locator("#plan-month option").nth(1).get_attribute("value") or ""
    page.goto(f"{address}{PLACE}calendar/?at={month}")
    if page.locator(".board-items li").count() >= POSTS:
        return month
    page.goto(f"{address}{PLACE}calendar/plan/")
    page.locator("#plan-month").select_option(month)
    page.locator("#plan-count").fill(str(POSTS))
    page.wait_for_load_state("networkidle")
    page.locator("#plan-form .action-main").click()
    page.locator("#review-bar").wait_for(timeout=180_000)
    return month


def main(address: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not browser_path:
        sys.exit("No Chromium found: install one, or name it with CHROMIUM=/path.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        month = ""
        for name, path, size, scheme in SHOTS:
            context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            sign_in(page, address)
            if "{next_month}" in path:
                month = month or plan_a_month(page, address)
            page.goto(f"{address}{PLACE}{path.format(next_month=month)}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / f"{name}.png")
            context.close()
        browser.close()
    sys.stdout.write(f"Wrote {len(SHOTS)} pictures to {IMAGES}\n")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
