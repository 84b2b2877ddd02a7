"""What the strict Content-Security-Policy would block, or what loads from elsewhere, in the templates."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# E-mails have no stylesheet of ours; the back office and the API's documents keep a policy of their own.
SKIPPED = ("emails", "mail", "admin", "unfold", "redoc.html", "swagger.html")
TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if not any(part in SKIPPED for part in path.relative_to(ROOT / "templates").parts)
]


def lines_of(path: Path, pattern: str) -> list[str]:
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.S)
    return re.findall(pattern, text)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_inline_script_or_style(path: Path) -> None:
    assert not lines_of(path, r"<style\b")
    assert not lines_of(path, r"\sstyle=[\"']")
    assert not lines_of(path, r"\son(?:click|load|change|input|submit|error|key\w+|focus|blur)=")
    assert not lines_of(path, r"javascript:")
    for attributes in lines_of(path, r"<script\b([^>]*)>"):
        assert "src=" in attributes or "application/json" in attributes, "an inline script"


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_nothing_loads_from_another_host(path: Path) -> None:
    assert not lines_of(path, r"<(?:script|link|img|source|iframe)\b[^>]*(?:src|href)=[\"'](?:https?:)?//")


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_htmx_link_is_a_link_without_it(path: Path) -> None:
    for tag in lines_of(path, r"<(?:a|c-link-button)\b[^>]*hx-get=[^>]*>"):
        assert re.search(r"\shref=", tag), tag


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_every_picture_says_what_it_shows_or_that_it_is_decoration(path: Path) -> None:
    for tag in lines_of(path, r"<img\b[^>]*>"):
        assert re.search(r"\salt(?:=|\s|>)", tag), tag
