import json
import re

import pytest

from config.services import frontend
from config.services.errors import Stop
from config.services.frontend import Frontend, fingerprint
from config.services.local import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "local"))
    root = tmp_path / "project"
    (root / "static" / "src").mkdir(parents=True)
    (root / "static" / "src" / "build.mjs").write_text(
        "import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';\n"
        "mkdirSync('static/dist', { recursive: true });\n"
        "writeFileSync(`static/dist/${readdirSync('static/dist').length}.css`, 'x');\n"
    )
    package = {"name": "x", "version": "1.0.0", "scripts": {"build": "node static/src/build.mjs"}}
    (root / "package.json").write_text(json.dumps(package))
    lock = {
        "name": "x",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {"": {"name": "x", "version": "1.0.0"}},
    }
    (root / "package-lock.json").write_text(json.dumps(lock))
    (root / "node_modules").mkdir()
    return root


def builds(root) -> int:
    return len(list((root / "static" / "dist").glob("*.css")))


def test_it_is_built_once_and_again_when_a_source_or_the_result_is_gone(project, monkeypatch):
    said: list[str] = []
    built = Frontend(project, said.append)
    monkeypatch.setattr(
        built, "install", lambda: built._write_stamps(installed="x")
    )  # the tools need the network
    built.build()
    built.build()
    assert builds(project) == 1
    (project / "templates").mkdir()
    (project / "templates" / "page.html").write_text("<p class='mt-4'>")
    assert not built.is_current()
    built.build()
    assert builds(project) == 2
    built.build(force=True)
    assert builds(project) == 3
    for path in (project / "static" / "dist").iterdir():
        path.unlink()
    assert not built.is_current()


def test_a_failing_build_shows_its_last_words(project, monkeypatch):
    (project / "static" / "src" / "build.mjs").write_text("console.error('no such class'); process.exit(2);")
    broken = Frontend(project, lambda _: None)
    monkeypatch.setattr(broken, "install", lambda: broken._write_stamps(installed="x"))
    with pytest.raises(Stop, match=r"npm run[\s\S]*no such class"):
        broken.build()
    assert not broken.is_current()


def test_every_source_that_the_style_sheet_names_makes_it_build_anew():
    named = re.findall(r'@source "(?:\.\./)+([^"]+)"', (ROOT / "static/src/css/app.css").read_text())
    watched = {
        *frontend.SOURCES,
        "js",
        *(pattern.removesuffix("/*.py") for pattern in frontend.PYTHON_SOURCES),
    }
    assert set(named) <= watched  # js lies in static/src


def test_the_fingerprint_sees_content_and_names(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_text("1")
    first = fingerprint(tmp_path, ["a", "missing"])
    (tmp_path / "a" / "one").rename(tmp_path / "a" / "two")
    assert fingerprint(tmp_path, ["a", "missing"]) != first


def test_without_any_node_there_is_a_sentence(monkeypatch):
    monkeypatch.setattr(frontend, "node", lambda: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Stop, match="Install Node"):
        frontend.npm("ci")
