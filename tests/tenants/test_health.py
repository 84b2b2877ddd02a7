"""Health tells the truth quickly and gives nothing away."""

import pytest
from django.test import Client

from tenants import health


@pytest.fixture(autouse=True)
def fresh_probes(monkeypatch):
    monkeypatch.setattr(health, "database", health.Probe(health.check_database))
    monkeypatch.setattr(health, "queue", health.Probe(health.check_redis))


def broken():
    raise ConnectionError("postgres://user:hunter2@db.internal")


def test_all_is_well(db, django_assert_num_queries):
    with django_assert_num_queries(0):  # neither session nor restaurant is asked
        answers = {path: Client().get(path) for path in ("/health", "/health/db", "/health/redis")}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert answers["/health"].json()["status"] == "ok"
    assert "no-store" in answers["/health"]["Cache-Control"]


def test_a_database_that_is_down_is_503(db, monkeypatch):
    monkeypatch.setattr(health, "database", health.Probe(broken))
    whole, part = Client().get("/health"), Client().get("/health/db")
    assert (whole.status_code, part.status_code) == (503, 503)
    assert whole.json()["status"] == part.json()["status"] == "down"
    assert b"hunter2" not in whole.content + part.content and part.json()["error"] == "ConnectionError"


def test_without_redis_the_whole_is_degraded_but_serves(db, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    whole, part = Client().get("/health"), Client().get("/health/redis")
    assert (whole.status_code, whole.json()["status"]) == (200, "degraded")
    assert part.status_code == 503


def test_a_flood_of_probes_asks_once_a_second():
    asked, clock = [], [0.0]
    probe = health.Probe(lambda: asked.append(1), clock=lambda: clock[0])
    for _ in range(10):
        assert probe().ok
    assert len(asked) == 1
    clock[0] = 1.0
    probe()
    assert len(asked) == 2


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reading_is_allowed(db, method):
    assert getattr(Client(), method)("/health").status_code == 405
