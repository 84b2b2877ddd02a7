"""The process itself: production, restarts, kill -9, its own seed and its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import Graph, http
from tests.sandbox_process import ALICE, KRUSTY, ROOT, Sandbox, start


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Sandbox]:
    """A process of this test alone, which may be ended."""
    running = start(data=tmp_path)
    yield running
    running.stop()


def test_it_does_not_start_in_production() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--port", "1"], cwd=ROOT, env={**os.environ, "ENVIRONMENT": "production"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and "does not start with ENVIRONMENT=production" in done.stderr


def test_everything_survives_a_kill(own: Sandbox) -> None:
    login = own.connect(ALICE)
    page = Graph(own, login["pages"][0]["access_token"])
    post = page.post(f"{KRUSTY}/feed", message="Remember me")["id"]
    hidden = page.post(f"{KRUSTY}/feed", message="And me", published=False)["id"]
    own.fault("http500_before", "page.get", times=2)
    assert page.send("GET", KRUSTY).status_code == 500
    own.control("config", {"second_flip": "refuse"})
    now = own.control("clock", {"advance": 5000})["now"]
    page.post(f"{KRUSTY}/feed", message="Soon", published=False, scheduled_publish_time=int(now) + 700)
    own.kill()
    own.run()
    assert own.control("clock", {"advance": 0})["now"] >= now
    assert page.get(post)["message"] == "Remember me"
    assert page.send("GET", KRUSTY).status_code == 500 and page.send("GET", KRUSTY).status_code == 200
    assert own.control("config")["second_flip"] == "refuse"
    page.post(hidden, is_published=True)
    own.control("clock", {"advance": 800})
    assert [row["message"] for row in own.ledger()] == ["Remember me", "And me", "Soon"]
    assert Graph(own, login["long_lived_token"]).get("me")["id"] == ALICE


def test_the_app_of_the_environment_is_known(tmp_path: Path) -> None:
    running = start(data=tmp_path, environment={"FACEBOOK_APP_ID": "77", "FACEBOOK_APP_SECRET": "s3"})
    try:
        assert [(a["id"], a["secret"]) for a in running.control("apps")["apps"]] == [("77", "s3")]
        running.control("apps", {"id": "88", "secret": "other"})
        assert Graph(running, "88|other", proves=False).get("app")["id"] == "88"
    finally:
        running.stop()


def test_health_and_reset(box: Sandbox) -> None:
    assert http.get(f"{box.url}/health").json()["status"] == "ok"
    box.control("persons", {"name": "New One"})
    box.reset()
    assert [p["name"] for p in box.control("persons")["persons"]] == ["Alice Romano", "Charlie Baker"]


def test_latency_is_a_switch(box: Sandbox) -> None:
    box.control("config", {"latency_ms": 60})
    answer = http.get(f"{box.graph}/v26.0/me")
    assert answer.elapsed.total_seconds() >= 0.06


def test_unknown_control_verbs_say_where_to_look(box: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="see GET /control/"):
        box.control("nonsense")
    assert "POST /control/faults" in box.control("")
