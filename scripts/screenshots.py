"""The README's pictures, taken from the running demo: `make screenshots` (needs `make up` in another window).

Usage: python scripts/screenshots.py [address]
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "img"
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
PAGES = {
    "home": "/r/krusty-pizza/",
    "compose": "/r/krusty-pizza/compose/",
    "library": "/r/krusty-pizza/library/",
    "posts": "/r/krusty-pizza/posts/",
    "channels": "/r/krusty-pizza/channels/",
    "menu": "/r/krusty-pizza/menu/",
    "writing": "/r/krusty-pizza/writing/",
}


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.locator("form.auth-form input[name=login]").fill("alice@krusty.example")
    page.locator("form.auth-form input[name=password]").fill("demo-demo-demo")
    page.locator("form.auth-form button[type=submit]").click()
    page.wait_for_url("**/r/krusty-pizza/**")


def main(address: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not browser_path:
        sys.exit("No Chromium found: install one, or name it with CHROMIUM=/path.")
    wanted = sys.argv[2:] or list(PAGES)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for size, viewport in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport=viewport, color_scheme=scheme, device_scale_factor=1)  # type: ignore[arg-type]
                page = context.new_page()
                sign_in(page, address)
                for name in wanted:
                    page.goto(f"{address}{PAGES[name]}")
                    page.wait_for_load_state("networkidle")
                    suffix = "" if scheme == "light" else "-dark"
                    page.screenshot(path=IMAGES / f"{name}-{size}{suffix}.png")
                context.close()
        browser.close()
    sys.stdout.write(f"Wrote {len(wanted) * 4} pictures to {IMAGES}\n")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000")
