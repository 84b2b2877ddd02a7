"""The walk of one photo (docs/architecture.md): from a new account to a live post, in a real browser."""

import base64
import io
import json
import re
import subprocess
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
import redis
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tenants.provisioning import pg_dump_binary
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
PASSWORD = "a-long-enough-phrase"
KRUSTY = {"facebook:100200000000001", "instagram:17841400000000001"}  # the sandbox's fixed ids


def photo(colour: str = "tomato") -> bytes:
    image = Image.new("RGB", (1600, 1200), "wheat")
    ImageDraw.Draw(image).ellipse((300, 100, 1300, 1100), fill=colour)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def ledger(stack: Stack) -> list[dict]:
    with urllib.request.urlopen(f"{stack.sandbox_url}/control/ledger", timeout=10) as answer:
        return json.load(answer)["ledger"]


def sign_up(page: Page, stack: Stack, email: str, restaurant: str) -> None:
    page.goto(f"{stack.url}/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url("**/restaurants/**")
    page.fill("input[name=name]", restaurant)
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url("**/r/**")


def connect(page: Page, stack: Stack, base: str, wanted: set[str]) -> None:
    page.goto(f"{base}channels/connect/")
    page.get_by_role("button", name="Continue with Facebook").click()
    page.wait_for_url(f"{stack.sandbox_url}/dialog/**")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    page.wait_for_url("**/channels/choose/**")
    for box in page.locator("input[name=channels]:not([disabled])").all():
        box.set_checked(box.get_attribute("value") in wanted)
    page.get_by_role("button", name="Connect these").click()
    page.wait_for_url(re.compile(r"/channels/(#.*)?$"))  # Facebook leaves "#_=_" behind


@pytest.fixture(scope="module")
def home(stack: Stack, chromium) -> str:
    """A restaurant of a person who just signed up, with Krusty Pizza's Page and Instagram connected."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    sign_up(page, stack, "owner@journey.example", "Journey Pizza")
    base = page.url
    connect(page, stack, base, KRUSTY)
    expect(page.get_by_text("Connected").first).to_be_visible()
    context.close()
    return base


@pytest.fixture
def owner(phone: Page, home: str, stack: Stack) -> Page:
    phone.goto(f"{stack.url}/accounts/login/")
    phone.fill("input[name=login]", "owner@journey.example")
    phone.fill("input[name=password]", PASSWORD)
    phone.keyboard.press("Enter")
    phone.wait_for_url("**/r/**")
    return phone


def test_a_photo_and_a_written_caption_become_a_live_post_on_both_networks(
    owner: Page, home: str, stack: Stack, shots
):
    before = len(ledger(stack))
    owner.goto(f"{home}compose/")
    owner.get_by_role("button", name="Choose photos").click()
    owner.set_input_files(
        "#picker input[type=file][multiple]",
        {"name": "pizza.jpg", "mimeType": "image/jpeg", "buffer": photo()},
    )
    owner.locator("input[name=asset]").first.wait_for(state="attached")
    owner.get_by_role("button", name="Write with AI").click()
    owner.get_by_role("button", name="Write three captions").click()
    owner.get_by_role("button", name="Use this").first.click(timeout=60_000)  # the first caption of a worker
    caption = owner.locator("textarea[name=caption]")
    expect(caption).not_to_have_value("")
    caption.press_sequentially(" See you at Journey Pizza.")
    words = caption.input_value()
    owner.screenshot(path=shots / "journey-compose.png", full_page=True)
    owner.get_by_text("Now", exact=True).click()
    owner.get_by_role("button", name="Publish now").click()
    owner.wait_for_url("**/posts/**")
    expect(owner.get_by_role("link", name="Open the live post")).to_have_count(2, timeout=60_000)
    owner.screenshot(path=shots / "journey-post.png", full_page=True)
    out = ledger(stack)[before:]
    assert sorted(item["platform"] for item in out) == ["facebook", "instagram"]
    assert all(item["message"].strip() == words.strip() for item in out)
    with owner.context.expect_page() as opened:
        owner.get_by_role("link", name="Open the live post").first.click()
    live = opened.value
    live.wait_for_load_state()
    assert live.url.startswith(stack.sandbox_url)
    expect(live.get_by_text("See you at Journey Pizza.").first).to_be_visible()
    assert owner.complaints == []


def test_a_post_is_scheduled_moved_and_taken_back(owner: Page, home: str, stack: Stack):
    before = len(ledger(stack))
    owner.goto(f"{home}compose/")
    owner.locator("textarea[name=caption]").fill("Sunday lunch, all day.")
    # Without a photo only the Facebook Page can take it.
    for box in owner.locator("input[name=channel]").all():
        label = box.locator("xpath=ancestor::label").inner_text()
        box.set_checked("Facebook" in label)
    day = (datetime.now(UTC) + timedelta(days=30)).date()
    owner.locator("input[name=publish_at]").fill(f"{day}T12:30")
    owner.get_by_role("button", name="Schedule").click()
    owner.wait_for_url("**/posts/**")
    expect(owner.get_by_text("Scheduled").first).to_be_visible()
    owner.get_by_text("Move or take back").click()
    owner.locator("input[name=publish_at]").fill(f"{day}T13:00")
    owner.get_by_role("button", name="Move", exact=True).click()
    expect(owner.get_by_text("1:00 pm").first).to_be_visible()
    owner.get_by_text("Move or take back").click()
    owner.get_by_role("button", name="Take back").click()
    expect(owner.get_by_text("Taken back. It will not go out.")).to_be_visible()
    assert len(ledger(stack)) == before


def test_wrong_input_gets_a_sentence_and_loses_nothing(owner: Page, home: str):
    owner.goto(f"{home}compose/")
    caption = owner.locator("textarea[name=caption]")
    caption.fill("Words I do not want to lose")
    for box in owner.locator("input[name=channel]").all():
        box.set_checked("Facebook" in box.locator("xpath=ancestor::label").inner_text())
    owner.locator("input[name=publish_at]").fill("2020-01-01T10:00")
    owner.get_by_role("button", name="Schedule").click()
    expect(owner.get_by_text(re.compile("past|later|passed", re.I)).first).to_be_visible()
    expect(caption).to_have_value("Words I do not want to lose")
    for box in owner.locator("input[name=channel]").all():
        box.set_checked(False)
    owner.get_by_text("Now", exact=True).click()
    owner.get_by_role("button", name="Publish now").click()
    expect(owner.get_by_text(re.compile("Choose where|at least one", re.I)).first).to_be_visible()
    expect(caption).to_have_value("Words I do not want to lose")


def test_no_token_stands_in_clear_in_the_database_in_redis_or_the_logs(
    home: str, stack: Stack, redis_heard: list[str]
):
    """Runs after the posts above: by now tokens were received, stored, used and refreshed."""
    dump = subprocess.run(
        [pg_dump_binary() or "pg_dump", "--data-only", stack.env["DATABASE_URL"]],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    cache = redis.Redis.from_url(stack.env["REDIS_URL"])
    kept = b"\n".join(key + b" " + (cache.dump(key) or b"") for key in cache.scan_iter())
    places = {
        "database": dump,
        "redis, as it stands": kept.decode("latin-1"),
        "redis, all that was ever said to it": "\n".join(redis_heard),
        "logs": "".join(stack.log(name) for name in ("web", "publisher", "worker")),
    }
    # It is the right database, the right Redis, and there are logs.
    assert "Krusty Pizza" in dump and "check_connection" in places["redis, all that was ever said to it"]
    assert kept and "/api/v1/oauth/facebook/callback" in places["logs"]
    token = re.compile(r"EAA[A-Za-z0-9]{20,}")
    for place, text in places.items():
        assert not token.search(text), place
        assert stack_secret(stack) not in text, place
        for word in re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text):  # Celery's bodies are base64
            assert not token.search(unpacked(word)), place


def stack_secret(stack: Stack) -> str:
    return stack.env.get("FACEBOOK_APP_SECRET", "sandbox-app-secret")


def unpacked(word: str) -> str:
    try:
        return base64.b64decode(word + "=" * (-len(word) % 4)).decode("latin-1")
    except ValueError:
        return ""
