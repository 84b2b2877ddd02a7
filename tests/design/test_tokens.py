"""The colours are judged by computing, in both themes, for every pair the components put together."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "static/src/css/tokens.css").read_text()
THEMES = ("light", "dark")
TONES = ("neutral", "blue", "green", "plum", "orange", "red")

TEXT = [  # (what is written, on what)
    *[
        (ink, ground)
        for ink in ("ink", "ink-2", "ink-3")
        for ground in ("ground", "surface", "raised", "sunken")
    ],
    *[("accent", ground) for ground in ("ground", "surface", "raised", "accent-soft", "sunken")],
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-red", "red"),
    ("ink", "selected"),
    *[(tone, f"{tone}-soft") for tone in TONES],
    *[("ink", f"{tone}-soft") for tone in TONES],
    *[(tone, "surface") for tone in ("red", "orange", "green")],
    *[(tone, "ground") for tone in ("red", "orange")],
    ("ground", "ink"),  # a toast
]
SHAPES = [  # edges a person must see to find a field or the focus
    ("line-strong", "surface"),
    ("line-strong", "ground"),
    ("focus", "ground"),
    ("focus", "surface"),
    ("accent", "sunken"),  # a progress bar
]


def colour(token: str, theme: str) -> tuple[float, float, float]:
    found = re.search(rf"--{token}: light-dark\((#[0-9a-f]{{6}}), (#[0-9a-f]{{6}})\)", TOKENS)
    assert found, f"--{token} is not a light-dark() pair"
    value = found.group(1 + THEMES.index(theme))
    return tuple(int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str, theme: str) -> float:
    bright, dark = sorted((luminance(colour(one, theme)), luminance(colour(other, theme))), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(ink: str, ground: str, theme: str) -> None:
    assert contrast(ink, ground, theme) >= 4.5, f"{ink} on {ground}, {theme}"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), SHAPES)
def test_edges_of_controls_can_be_seen(edge: str, ground: str, theme: str) -> None:
    assert contrast(edge, ground, theme) >= 3, f"{edge} on {ground}, {theme}"


def test_only_the_tokens_decide_sizes() -> None:
    theme = TOKENS[TOKENS.index("@theme {") : TOKENS.index("@theme inline")]
    assert len(re.findall(r"^  --text-(?!\*)[a-z0-9]+:", theme, re.M)) == 5
    assert len(re.findall(r"^  --radius-(?!\*)[a-z0-9]+:", theme, re.M)) == 2
    assert len(re.findall(r"^  --shadow-(?!\*)[a-z0-9]+:", theme, re.M)) == 2


def test_the_theme_can_be_chosen_without_a_script() -> None:
    assert '[data-theme="dark"] { color-scheme: dark; }' in TOKENS
    assert "data-theme=" in (ROOT / "templates/base.html").read_text()
