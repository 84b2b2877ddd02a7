"""Faults before and after the effect, throttles, lags, and the findings that follow from careless callers."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import httpx2
import pytest

from tests.sandbox.conftest import World, http
from tests.sandbox_process import KRUSTY, KRUSTY_IG, Sandbox


def rules(box: Sandbox) -> list[str]:
    return [f["rule"] for f in box.control("findings")["findings"]]


def cut(world: World, method: str, path: str, **params: Any) -> None:
    with pytest.raises(httpx2.TransportError):
        world.page.send(method, path, **params)


@pytest.mark.parametrize(
    ("label", "make"),
    [
        ("page.photos.create", lambda w, p: w.page.send("POST", f"{KRUSTY}/photos", url=p, published=False)),
        (
            "page.feed.create",
            lambda w, p: w.page.send("POST", f"{KRUSTY}/feed", message="x", published=False),
        ),
        ("ig.media.create", lambda w, p: w.page.send("POST", f"{KRUSTY_IG}/media", image_url=p)),
    ],
)
def test_a_lost_answer_after_commit_leaves_an_invisible_object(
    world: World, picture: str, label: str, make: Any
) -> None:
    before = count(world)
    world.box.fault("lost_after_commit", label)
    with pytest.raises(httpx2.TransportError):
        make(world, picture)
    assert count(world) == before + 1 and world.box.ledger() == []
    world.box.fault("lost_before", label)
    with pytest.raises(httpx2.TransportError):
        make(world, picture)
    assert count(world) == before + 1
    assert make(world, picture).status_code == 200  # each struck once
    struck = [c["fault"] for c in world.box.control(f"calls?label={label}")["calls"]]
    assert struck == ["lost_after_commit", "lost_before (no effect)", None]


def count(world: World) -> int:
    calls = world.box.control("calls")["calls"]
    return len(
        {
            c["object_id"]
            for c in calls
            if c["method"] == "POST" and c["object_id"] not in (KRUSTY, KRUSTY_IG, None)
        }
    )


@pytest.mark.parametrize(
    "mode", ["lost_after_commit", "http500_after", "html502_after", "malformed", "cut_stream"]
)
def test_the_flip_happens_whatever_the_answer_says(world: World, mode: str) -> None:
    post = world.hidden_post()
    world.box.fault(mode, "post.publish")
    try:
        answer = world.page.send("POST", post, is_published=True)
        assert not (answer.status_code == 200 and answer.text == '{"success":true}')
    except httpx2.TransportError:
        pass
    assert world.page.get(post, fields="is_published")["is_published"] is True
    assert len(world.box.ledger()) == 1


@pytest.mark.parametrize("mode", ["lost_before", "http500_before", "html502_before"])
def test_the_flip_does_not_happen_when_the_fault_comes_first(world: World, mode: str) -> None:
    post = world.hidden_post()
    world.box.fault(mode, "post.publish")
    with contextlib.suppress(httpx2.TransportError):
        assert world.page.send("POST", post, is_published=True).status_code >= 500
    assert world.page.get(post, fields="is_published")["is_published"] is False
    assert world.box.ledger() == []


def test_action_blocked_may_be_a_lie(world: World, picture: str) -> None:
    box = world.container(picture)
    world.box.fault("code", "ig.media_publish", code=4, subcode=2207051, after_commit=True)
    error = world.page.error("POST", f"{KRUSTY_IG}/media_publish", creation_id=box)
    assert (error["code"], error["error_subcode"]) == (4, 2207051)
    assert world.state(box) == "PUBLISHED" and len(world.box.ledger()) == 1


def test_code_2_is_http_500_and_its_shape_is_graphs(world: World) -> None:
    world.box.fault("http500_before", "page.get")
    answer = world.page.send("GET", KRUSTY)
    assert answer.status_code == 500
    assert (
        answer.json()["error"].items() >= {"code": 2, "type": "OAuthException", "is_transient": True}.items()
    )


@pytest.mark.parametrize(
    ("code", "header"),
    [
        (4, "x-app-usage"),
        (17, "x-app-usage"),
        (32, "x-business-use-case-usage"),
        (80001, "x-business-use-case-usage"),
        (80002, "x-business-use-case-usage"),
    ],
)
def test_throttles_are_http_400_with_minutes_that_grow_while_one_goes_on_calling(
    world: World, code: int, header: str
) -> None:
    world.box.fault("throttle", "page.get", code=code, minutes=3, times=2)
    first, second = world.page.send("GET", KRUSTY), world.page.send("GET", KRUSTY)
    assert first.status_code == 400 and first.json()["error"]["code"] == code
    usage = json.loads(first.headers[header])
    if header == "x-app-usage":
        assert usage["call_count"] == 100
    else:
        assert usage[KRUSTY][0]["estimated_time_to_regain_access"] == 3
        assert json.loads(second.headers[header])[KRUSTY][0]["estimated_time_to_regain_access"] == 8
    assert world.page.send("GET", KRUSTY).status_code == 200


def test_a_token_can_die_in_the_middle_of_the_work(world: World) -> None:
    world.box.fault("token_dead", "page.feed.create", subcode=460)
    assert world.page.error("POST", f"{KRUSTY}/feed", message="x")["error_subcode"] == 460
    assert world.page.error("GET", KRUSTY)["error_subcode"] == 460


def test_a_status_may_lag_behind_the_publication(world: World, picture: str) -> None:
    box = world.container(picture)
    world.box.fault("status_lag", "ig.media_publish", seconds=30)
    world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=box)
    assert world.state(box) == "FINISHED" and len(world.box.ledger()) == 1
    world.box.control("clock", {"advance": 31})
    assert world.state(box) == "PUBLISHED"


def test_lists_may_lag_behind_the_publication(world: World, picture: str) -> None:
    world.box.fault("listing_lag", "ig.media_publish", seconds=30)
    world.box.fault("listing_lag", "post.publish", seconds=30)
    world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=world.container(picture))
    world.page.post(world.hidden_post(), is_published=True)
    paths = (f"{KRUSTY_IG}/media", f"{KRUSTY}/published_posts")
    assert [len(world.page.get(path)["data"]) for path in paths] == [0, 0] and len(world.box.ledger()) == 2
    world.box.control("clock", {"advance": 31})
    assert [len(world.page.get(path)["data"]) for path in paths] == [1, 1]


def test_a_new_object_may_be_missing_for_some_seconds(world: World) -> None:
    world.box.fault("read_lag", "page.feed.create", seconds=5)
    post = world.hidden_post()
    assert world.page.error("GET", post)["error_subcode"] == 33
    world.box.control("clock", {"advance": 6})
    assert world.page.get(post)["id"] == post


def test_a_container_may_process_for_a_while_or_fail(world: World, picture: str) -> None:
    world.box.fault("processing", "ig.media.create", seconds=20)
    slow = world.container(picture)
    world.box.fault("container_error", "ig.media.create", subcode=2207053)
    broken = world.container(picture)
    assert (world.state(slow), world.state(broken)) == ("IN_PROGRESS", "ERROR")
    assert "2207053" in world.page.get(broken, fields="status")["status"]
    world.box.control("clock", {"advance": 21})
    assert world.state(slow) == "FINISHED"


def test_a_carousel_may_silently_lose_a_child(world: World, picture: str) -> None:
    children = [world.container(picture, is_carousel_item=True) for _ in range(3)]
    parent = world.page.post(f"{KRUSTY_IG}/media", media_type="CAROUSEL", children=children)["id"]
    world.box.fault("drop_carousel_child", "ig.media_publish")
    media = world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=parent)["id"]
    assert len(world.page.get(f"{media}/children")["data"]) == 2


def test_faults_match_by_path_owner_text_and_order(world: World) -> None:
    box = world.box
    box.fault("http500_before", "page.feed.create", match={"contains": "unlucky"}, times=None)
    assert world.page.send("POST", f"{KRUSTY}/feed", message="lucky", published=False).status_code == 200
    assert world.page.send("POST", f"{KRUSTY}/feed", message="unlucky", published=False).status_code == 500
    box.control("faults", method="DELETE")
    box.fault("http500_before", "*", match={"owner": KRUSTY_IG, "method": "GET", "path": r"/media$"}, after=1)
    assert [
        world.page.send("GET", p).status_code for p in (KRUSTY, f"{KRUSTY_IG}/media", f"{KRUSTY_IG}/media")
    ] == [200, 200, 500]
    assert box.control("faults")["faults"][0]["used"] == 1


def test_chance_is_the_same_for_the_same_seed(world: World) -> None:
    def run() -> list[int]:
        world.box.control("faults", method="DELETE")
        world.box.fault("http500_before", "page.get", probability=0.4, seed=7)
        return [world.page.send("GET", KRUSTY).status_code for _ in range(30)]

    first = run()
    assert first == run() and 3 < first.count(500) < 22


def test_a_fault_nobody_understands_is_refused(box: Sandbox) -> None:
    for bad in (
        {"mode": "explode"},
        {"mode": "lost_before", "match": "x"},
        {"mode": "lost_before", "match": {"path": "("}},
    ):
        with pytest.raises(RuntimeError, match="400"):
            box.control("faults", bad)
    with pytest.raises(RuntimeError, match="no switch"):
        box.control("config", {"latency": 3})
    with pytest.raises(RuntimeError, match="wants"):
        box.control("config", {"latency_ms": "slow"})


def test_a_token_exchange_can_be_lost_after_it_was_made(box: Sandbox) -> None:
    short = box.connect()["user_token"]
    box.fault("lost_after_commit", "oauth.exchange")
    ask = {"grant_type": "fb_exchange_token", "client_id": "1000000000000001", "client_secret": "sandbox-app-secret",
           "fb_exchange_token": short}  # fmt: skip
    with pytest.raises(httpx2.TransportError):
        http.get(f"{box.graph}/v26.0/oauth/access_token", params=ask)
    assert http.get(f"{box.graph}/v26.0/oauth/access_token", params=ask).status_code == 200


# -- findings --------------------------------------------------------------------------------------
def test_repeating_an_unclear_flip_without_a_read_is_a_finding(world: World) -> None:
    post = world.hidden_post()
    world.box.fault("lost_before", "post.publish")
    cut(world, "POST", post, is_published=True)
    world.page.post(post, is_published=True)
    assert rules(world.box) == ["blind_repeat"]


def test_reading_before_repeating_is_no_finding(world: World, picture: str) -> None:
    post, box = world.hidden_post(), world.container(picture)
    world.box.fault("lost_before", "post.publish")
    world.box.fault("http500_before", "ig.media_publish")
    cut(world, "POST", post, is_published=True)
    world.page.error("POST", f"{KRUSTY_IG}/media_publish", creation_id=box)
    world.page.get(post, fields="is_published")
    world.page.get(box, fields="status_code")
    world.page.post(post, is_published=True)
    world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=box)
    assert rules(world.box) == []


def test_a_new_container_for_a_post_in_doubt_is_a_finding(world: World, picture: str) -> None:
    first, second, other = (world.container(picture, caption=c) for c in ("Same", "Same", "Other"))
    world.box.fault("lost_after_commit", "ig.media_publish")
    cut(world, "POST", f"{KRUSTY_IG}/media_publish", creation_id=first)
    world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=other)
    assert rules(world.box) == []
    world.page.post(f"{KRUSTY_IG}/media_publish", creation_id=second)
    assert rules(world.box) == ["new_container_in_doubt"]


def test_repeating_an_unclear_one_shot_post_is_a_finding(world: World) -> None:
    world.box.fault("lost_after_commit", "page.feed.create")
    cut(world, "POST", f"{KRUSTY}/feed", message="Once")
    world.page.post(f"{KRUSTY}/feed", message="Once")
    assert "blind_repeat" in rules(world.box) and len(world.box.ledger()) == 2


def test_an_etag_is_a_finding(world: World) -> None:
    http.get(
        f"{world.box.graph}/v26.0/{KRUSTY}",
        params={"access_token": world.page.token},
        headers={"If-None-Match": '"x"'},
    )
    assert "etag" in rules(world.box)


def test_calls_are_logged_without_any_token(world: World) -> None:
    world.hidden_post("Secret menu")
    calls = world.box.control("calls?label=page.*&method=POST")["calls"]
    assert calls[0]["params"]["message"] == "Secret menu" and calls[0]["status"] == 200
    assert world.page.token not in json.dumps(world.box.control("calls"))
