"""Webhooks out: the handshake, signatures over raw bytes, retries; deauthorization and data deletion."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Hits, World, app_graph
from tests.sandbox_process import ALICE, APP_ID, APP_SECRET, KRUSTY, KRUSTY_IG


@pytest.fixture
def hooked(world: World, web: Hits) -> World:
    """Our app listens to the Page's feed and to Instagram."""
    for kind, fields in (("page", "feed"), ("instagram", "comments,mentions")):
        app_graph(world.box).post(f"{APP_ID}/subscriptions", object=kind, callback_url=f"{web.url}/hook", fields=fields,
                                  verify_token="right", include_values=True)  # fmt: skip
    world.page.post(f"{KRUSTY}/subscribed_apps", subscribed_fields="feed,mention")
    return world


def sent(world: World, web: Hits) -> list[tuple[dict[str, str], bytes]]:
    """What was delivered so far, after everything due was sent."""
    world.box.control("tick", {})
    while any(d["tries"] == 0 for d in world.box.control("deliveries")["deliveries"]):
        web.arrived.wait(0.05)
    return [(headers, body) for method, _, headers, body in web.seen if method == "POST"]


def values(world: World, web: Hits) -> list[dict[str, Any]]:
    return [json.loads(body)["entry"][0]["changes"][0]["value"] for _, body in sent(world, web)]


def test_the_handshake_happens_during_the_subscription(world: World, web: Hits) -> None:
    app = app_graph(world.box)
    ask = {"object": "page", "callback_url": f"{web.url}/hook", "fields": "feed"}
    assert app.error("POST", f"{APP_ID}/subscriptions", **ask, verify_token="wrong")["code"] == 2200
    assert app.post(f"{APP_ID}/subscriptions", **ask, verify_token="right") == {"success": True}
    asked = [path for method, path, *_ in web.seen if method == "GET"][-1]
    assert "hub.mode=subscribe" in asked and "hub.challenge=" in asked
    (row,) = app.get(f"{APP_ID}/subscriptions")["data"]
    assert (row["object"], row["active"], row["fields"][0]["name"]) == ("page", True, "feed")
    app.delete(f"{APP_ID}/subscriptions", object="page")
    assert app.get(f"{APP_ID}/subscriptions") == {"data": []}
    assert world.page.error("GET", f"{APP_ID}/subscriptions")["code"] == 15


def test_a_published_post_is_announced_with_a_signature_over_the_raw_bytes(hooked: World, web: Hits) -> None:
    post = hooked.hidden_post("Crème brûlée 🍮")
    assert sent(hooked, web) == []  # nothing of what is not visible
    hooked.page.post(post, is_published=True)
    ((headers, body),) = sent(hooked, web)
    assert (
        headers["X-Hub-Signature-256"]
        == "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    )
    assert rb"Cr\u00e8me" in body and body.isascii()
    event = json.loads(body)
    assert event["object"] == "page" and event["entry"][0]["id"] == KRUSTY
    value = event["entry"][0]["changes"][0]["value"]
    assert (value["item"], value["verb"], value["post_id"], value["published"]) == ("status", "add", post, 1)
    assert value["message"] == "Crème brûlée 🍮"


def test_comments_reactions_edits_and_removals_are_announced(hooked: World, web: Hits) -> None:
    post = hooked.page.post(f"{KRUSTY}/feed", message="Talk")["id"]
    hooked.box.control("engage", {"id": post, "likes": 1, "comments": ["Yum"]})
    hooked.page.post(post, message="Talk!")
    hooked.page.delete(post)
    told = [(v["item"], v["verb"]) for v in values(hooked, web)]
    assert told == [
        ("status", "add"),
        ("reaction", "add"),
        ("comment", "add"),
        ("status", "edited"),
        ("status", "remove"),
    ]


def test_instagram_comments_are_announced_and_publications_are_not(
    hooked: World, web: Hits, picture: str
) -> None:
    media = hooked.page.post(f"{KRUSTY_IG}/media_publish", creation_id=hooked.container(picture))["id"]
    assert sent(hooked, web) == []
    hooked.box.control("engage", {"id": media, "comments": ["Where?"]})
    ((_, body),) = sent(hooked, web)
    event = json.loads(body)
    assert event["object"] == "instagram" and event["entry"][0]["id"] == KRUSTY_IG
    assert event["entry"][0]["changes"][0]["value"]["media"]["id"] == media


def test_a_page_that_is_not_subscribed_is_silent(hooked: World, web: Hits) -> None:
    assert hooked.page.get(f"{KRUSTY}/subscribed_apps")["data"][0]["subscribed_fields"] == ["feed", "mention"]
    hooked.page.delete(f"{KRUSTY}/subscribed_apps")
    hooked.page.post(f"{KRUSTY}/feed", message="Quiet")
    assert sent(hooked, web) == []
    assert hooked.page.error("POST", f"{KRUSTY}/subscribed_apps", subscribed_fields="nonsense")["code"] == 100


def test_a_failed_delivery_is_sent_again_and_given_up_after_36_hours(hooked: World, web: Hits) -> None:
    hooked.box.control("config", {"webhook_retry_seconds": [1000]})
    web.statuses = [500] * 2
    hooked.page.post(f"{KRUSTY}/feed", message="Again")
    assert len(sent(hooked, web)) == 1
    hooked.box.control("clock", {"advance": 1001})
    hooked.box.control("tick", {})
    hooked.box.control("clock", {"advance": 1001})
    hooked.box.control("tick", {})
    delivery = hooked.box.control("deliveries")["deliveries"][0]
    bodies = {body for _, body in sent(hooked, web)}
    assert (delivery["tries"], delivery["status"], delivery["next_at"], len(bodies)) == (3, 200, None, 1)
    web.statuses = [500] * 9
    hooked.page.post(f"{KRUSTY}/feed", message="Never")
    sent(hooked, web)
    hooked.box.control("clock", {"advance": 37 * 3600})
    hooked.box.control("tick", {})
    assert hooked.box.control("deliveries")["deliveries"][1]["next_at"] is None


def test_duplicates_and_wrong_signatures_on_demand(hooked: World, web: Hits) -> None:
    hooked.box.control("config", {"webhook_duplicates": True, "webhook_wrong_signature": True})
    hooked.page.post(f"{KRUSTY}/feed", message="Twice")
    (first, body), (_, again) = sent(hooked, web)
    assert body == again
    assert (
        first["X-Hub-Signature-256"]
        != "sha256=" + hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    )
    assert hooked.box.control("deliveries/1", {})["status"] == 200


def read_signed(text: str) -> dict[str, Any]:
    signature, _, payload = text.partition(".")
    wanted = hmac.new(APP_SECRET.encode(), payload.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)) == wanted
    data: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return data


def test_removing_the_app_on_facebook_tells_it_and_kills_the_tokens(world: World, web: Hits) -> None:
    world.box.control("apps", {"id": APP_ID, "deauthorize_url": f"{web.url}/bye"})
    world.box.control("deauthorize", {"person": ALICE})
    ((_, body),) = sent(world, web)
    assert body.startswith(b"signed_request=")
    data = read_signed(body.decode().partition("=")[2])
    assert data["user_id"] == ALICE and data["algorithm"] == "HMAC-SHA256"
    assert world.page.error("GET", KRUSTY)["error_subcode"] == 458


def test_a_data_deletion_request_brings_the_apps_answer_back(world: World, web: Hits) -> None:
    answer = world.box.control("data-deletion", {"person": ALICE, "url": f"{web.url}/delete"})
    assert answer["status"] == 200 and json.loads(answer["body"])["confirmation_code"] == "c"
    assert read_signed(answer["signed_request"])["user_id"] == ALICE
