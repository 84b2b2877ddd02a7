"""An owner fills the library from a phone and finds everything again, over a line that breaks."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.assets import corpus
from tests.journeys.test_one_photo import sign_up
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
PATIENT = 60_000  # ms: a busy worker on a busy machine


@pytest.fixture
def library(phone: Page, stack: Stack, request: pytest.FixtureRequest) -> str:
    """The library's address of a restaurant that was opened a moment ago."""
    sign_up(phone, stack, f"{request.node.name[:40]}@shelf.example", "Shelf and Sons")
    return re.sub(r"(/r/[^/]+/).*", r"\1library/", phone.url)


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    payload = [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files]
    page.locator("[data-upload-input][multiple]").set_input_files(payload)


def tile(page: Page, title: str):
    return page.locator(".shelf-item", has_text=title)


def accessible(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]}).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['target']}" for each in found]


def test_everything_a_phone_makes_is_taken_and_the_rest_says_why(phone: Page, library: str, shots: Path):
    phone.goto(library)
    expect(phone.get_by_text("Put your food on the shelf")).to_be_visible()
    phone.get_by_role("button", name="Make starter folders").click()
    expect(phone.get_by_role("link", name=re.compile("Appetizers"))).to_be_visible()
    choose(
        phone,
        ("Berry tart.jpg", corpus.jpeg(4000, 3000, seed=5, orientation=6, gps=True)),
        ("IMG_2211.HEIC", corpus.heic()),
        ("Oven.mov", corpus.video("libx265", "mov")),
        ("Menu.pdf", corpus.PDF),
        ("Half.jpg", corpus.jpeg(seed=6)[:40_000]),
    )
    expect(phone.get_by_text("This is a PDF")).to_be_visible(timeout=PATIENT)
    for title in ("Berry tart", "Photo from", "Oven"):
        expect(tile(phone, title).locator("img")).to_be_visible(timeout=PATIENT)
    expect(tile(phone, "Half").get_by_text("Not accepted")).to_be_visible(timeout=PATIENT)
    phone.screenshot(path=shots / "library-phone.png")
    assert accessible(phone) == []
    tile(phone, "Half").locator("a").click()
    expect(phone.get_by_text("damaged or incomplete")).to_be_visible()
    bad = [text for text in phone.complaints if "400" not in text]  # type: ignore[attr-defined]
    assert bad == []


def test_a_large_file_survives_a_line_that_breaks(phone: Page, library: str):
    """One piece is lost on the way; one arrives, but its answer is lost."""
    phone.goto(library)
    pieces: list[str] = []

    def line(route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        pieces.append(route.request.headers["upload-offset"])
        if len(pieces) == 2:
            return route.abort()
        if len(pieces) == 4:
            route.fetch()
            return route.abort()
        return route.continue_()

    phone.route("**/transfers/**", line)
    choose(phone, ("Wedding table.jpg", corpus.jpeg(3000, 2000, seed=9) + bytes(9_000_000)))
    expect(phone.get_by_text(re.compile("Received|Ready to post"))).to_be_visible(timeout=PATIENT)
    expect(tile(phone, "Wedding table").locator("img")).to_be_visible(timeout=PATIENT)
    assert len(pieces) > len(set(pieces))  # the lost one was sent again


def test_photos_are_chosen_tagged_thrown_away_and_brought_back(phone: Page, library: str):
    phone.goto(library)
    choose(phone, *((f"Dish {n}.jpg", corpus.jpeg(600, 600, seed=n)) for n in range(3)))
    for n in range(3):
        expect(tile(phone, f"Dish {n}").locator("img")).to_be_visible(timeout=PATIENT)
    phone.reload()
    phone.locator("[data-select-start]").click()
    for n in (2, 0):
        tile(phone, f"Dish {n}").locator(".shelf-pick").click()
    expect(phone.locator("[data-bulk-count]")).to_have_text("2")
    expect(tile(phone, "Dish 2").locator(".tile-mark")).to_have_text("1")
    assert accessible(phone) == []
    phone.locator(".bulk summary", has_text="Tag").click()
    phone.fill("#bulk-tags", "Special, hot")
    phone.get_by_role("button", name="Add tags").click()
    expect(phone.get_by_text("2 photos tagged")).to_be_visible()
    phone.locator(".chip", has_text="special").click()
    expect(phone.locator(".shelf-item")).to_have_count(2)
    phone.goto(library)
    phone.locator("[data-select-start]").click()
    tile(phone, "Dish 1").locator(".shelf-pick").click()
    phone.locator(".bulk button[value=trash]").click()
    expect(phone.locator(".shelf-item")).to_have_count(2)
    phone.get_by_role("button", name="Undo").click()
    expect(phone.locator(".shelf-item")).to_have_count(3)


def test_the_cut_an_owner_sees_is_the_file_that_would_be_published(phone: Page, library: str, shots: Path):
    phone.goto(library)
    choose(phone, ("Long table.jpg", corpus.jpeg(1800, 600, seed=3)))  # red at its left end
    expect(tile(phone, "Long table").locator("img")).to_be_visible(timeout=PATIENT)
    tile(phone, "Long table").locator("a").click()
    expect(phone.get_by_text("How it will be cut")).to_be_visible()
    assert accessible(phone) == []
    phone.locator("[data-focal]").click(position={"x": 3, "y": 50})
    square = phone.locator(".crop-ig_1x1 img")
    assert square.evaluate("image => image.style.objectPosition").startswith("0%")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("Saved.")).to_be_visible()
    exact = phone.locator(".crop-ig_1x1 img[data-exact]")
    for _look in range(60):  # the worker makes the new cuts
        if exact.count():
            break
        phone.wait_for_timeout(500)
        phone.reload()
    answer = phone.request.get(phone.url.split("/r/")[0] + str(exact.get_attribute("src")))
    red, green, _blue = Image.open(io.BytesIO(answer.body())).convert("RGB").getpixel((30, 30))
    assert red > 150 > green
    phone.screenshot(path=shots / "photo-phone.png", full_page=True)


def test_a_photo_gets_a_better_file_and_the_earlier_one_back(phone: Page, library: str, shots: Path):
    phone.goto(library)
    choose(phone, ("Carbonara.jpg", corpus.jpeg(900, 900, seed=1)))
    expect(tile(phone, "Carbonara").locator("img")).to_be_visible(timeout=PATIENT)
    tile(phone, "Carbonara").locator("a").click()
    expect(phone.get_by_text("Its file")).to_be_visible()

    def replace(name: str, data: bytes) -> None:
        phone.locator("[data-replace] input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/jpeg", "buffer": data}
        )

    replace("same.jpg", corpus.jpeg(900, 900, seed=1))
    expect(phone.get_by_text("This is the file it has already")).to_be_visible(timeout=PATIENT)
    replace("brighter.jpg", corpus.jpeg(1000, 800, seed=2))
    expect(phone.get_by_text("Earlier file")).to_be_visible(timeout=PATIENT)
    expect(phone.get_by_text("1000 × 800")).to_be_visible(timeout=PATIENT)
    expect(phone.get_by_role("heading", name="Carbonara")).to_be_visible()
    assert accessible(phone) == []
    phone.screenshot(path=shots / "versions-phone.png", full_page=True)
    phone.get_by_role("button", name="Bring back").click()
    expect(phone.get_by_text("The earlier file is back")).to_be_visible()
    expect(phone.get_by_text("900 × 900")).to_be_visible()


def test_the_library_is_worked_with_the_keyboard_alone(phone: Page, library: str):
    phone.goto(library)
    choose(phone, *((f"Dish {n}.jpg", corpus.jpeg(500, 500, seed=n)) for n in range(3)))
    for n in range(3):
        expect(tile(phone, f"Dish {n}").locator("img")).to_be_visible(timeout=PATIENT)
    phone.reload()
    phone.locator("[data-select-start]").focus()
    phone.keyboard.press("Enter")
    box = phone.locator(".shelf-pick input").first
    expect(box).to_be_focused()
    assert box.evaluate("box => box.labels[0].innerText.trim().length > 6")  # says which photo
    phone.keyboard.press("Space")
    expect(phone.locator("[data-bulk-count]")).to_have_text("1")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Space")
    expect(phone.locator("[data-bulk-count]")).to_have_text("2")
    phone.keyboard.press("Escape")
    expect(phone.locator("[data-bulk-count]")).to_have_text("0")
    first = phone.locator(".shelf-item .tile").first
    first.focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("How it will be cut")).to_be_visible()
    phone.locator("summary", has_text="Move the point with sliders").focus()
    phone.keyboard.press("Enter")
    phone.locator('[name="focal_x"]').focus()
    phone.keyboard.press("Home")
    assert phone.locator(".crop-ig_1x1 img").evaluate("image => image.style.objectPosition").startswith("50%")
