"""The library on S3, in a browser: large files go past us, straight into the bucket, also over a line that breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from playwright.sync_api import Browser, Page, Route, expect

from tests.assets import corpus
from tests.journeys.conftest import PHONE
from tests.journeys.test_library import PATIENT, choose, tile
from tests.journeys.test_one_photo import sign_up
from tests.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
BUCKET = "shelf"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def bucket_stack(s3: str, stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {
        "AWS_S3_BUCKET": BUCKET,
        "AWS_S3_ENDPOINT_URL": s3,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    boto3.client(
        "s3", endpoint_url=s3, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    ).create_bucket(Bucket=BUCKET)
    with stack.beside(tmp_path_factory.mktemp("bucket"), settings=settings) as running:
        yield running


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport=PHONE, has_touch=True)
    yield context.new_page()
    context.close()


def test_a_large_photo_goes_straight_into_the_bucket_over_a_line_that_breaks(
    page: Page, bucket_stack: Stack, s3: str, shots: Path
):
    sign_up(page, bucket_stack, "bucket@shelf.example", "Bucket and Sons")
    page.goto(re.sub(r"(/r/[^/]+/).*", r"\1library/", page.url))
    puts: list[str] = []
    ours: list[str] = []

    def line(route: Route) -> None:
        puts.append(route.request.url)
        if len(puts) == 2:
            return route.abort()
        return route.continue_()

    page.route(f"{s3}/**", line)
    page.on("request", lambda request: ours.append(request.url) if request.method == "PATCH" else None)
    choose(page, ("Wedding table.jpg", corpus.jpeg(3000, 2000, seed=9) + bytes(8_500_000)))
    expect(tile(page, "Wedding table").locator("img")).to_be_visible(timeout=PATIENT)
    assert ours == []  # no piece came through us
    numbers = [re.search(r"partNumber=(\d+)", url).group(1) for url in puts]  # type: ignore[union-attr]
    assert sorted(set(numbers)) == ["1", "2"] and len(numbers) == 3
    tile(page, "Wedding table").locator("a").click()
    expect(page.get_by_text("3000 × 2000")).to_be_visible()
