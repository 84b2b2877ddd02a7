"""The front-end as it is built: nothing missing, nothing too heavy. Skipped where it has not been built."""

import gzip
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "static/dist"
BUDGET = 120 * 1024  # gzipped script a page

needs_build = pytest.mark.skipif(not (DIST / "app.js").exists(), reason="the front-end is not built here")


def pages_scripts() -> list[tuple[str, set[str]]]:
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        names = set(re.findall(r"static [\"']([a-z-]+\.js)[\"']", path.read_text()))
        if names:
            found.append((path.name, names | {"app.js"}))
    return found


@needs_build
def test_no_page_is_heavier_than_its_budget() -> None:
    for page, names in pages_scripts():
        size = sum(len(gzip.compress((DIST / name).read_bytes(), 9)) for name in names)
        assert size <= BUDGET, f"{page}: {size} bytes"


@needs_build
def test_scripts_need_no_eval() -> None:
    for script in DIST.glob("*.js"):
        text = script.read_text()
        found = set(re.findall(r"(?:new Function|\beval)\(", text))
        # htmx carries both behind allowEval, which base.html switches off
        assert script.name == "app.js" or not found, script.name
    assert '"allowEval": false' in (ROOT / "templates/base.html").read_text()


@needs_build
def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (DIST / "sprite.svg").read_text()))
    for path in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r'<c-icon\b[^>]*?\sname="([a-z0-9-]+)"', path.read_text()):
            assert name in sprite, f"{path.name}: {name} (build the front-end again)"


def test_the_lock_names_no_download_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert lock["packages"]["node_modules/@tailwindcss/cli"]["version"] == "4.3.3"
    assert lock["packages"]["node_modules/htmx.org"]["version"].startswith("2.0.")
