"""The consent dialog, codes, tokens, permissions and what a person shares."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from tests.sandbox.conftest import Graph, World, app_graph, http, proof
from tests.sandbox_process import (
    ALICE,
    APP_ID,
    APP_SECRET,
    BAKERY,
    CHARLIE,
    KRUSTY,
    KRUSTY_CATERING,
    KRUSTY_IG,
    KRUSTY_TRUCK,
    Sandbox,
)  # fmt: skip

BACK = "https://app.example/callback?next=1"
SCOPES = "pages_show_list,pages_read_engagement,pages_manage_posts,instagram_basic"


def dialog(box: Sandbox, **more: str) -> str:
    sent = {"client_id": APP_ID, "redirect_uri": BACK, "state": "st&te", "scope": SCOPES, **more}
    return f"{box.dialog}/v26.0/dialog/oauth?{urlencode(sent)}"


def agree(
    box: Sandbox, *, drop: tuple[str, ...] = (), person: str = ALICE, **more: str
) -> dict[str, list[str]]:
    """Tick everything on the page but ``drop``, press Continue; the parameters of the redirect."""
    with httpx2.Client(trust_env=False) as browser:
        address = dialog(box, person=person, **more)
        page = browser.get(address).text
        ticks = re.findall(r'type="checkbox" name="(\w+)" value="([^"]+)"', page)
        data: dict[str, Any] = {"person": person, "continue": "1"}
        for name, value in ticks:
            if value not in drop:
                data.setdefault(name, []).append(value)
        answer = browser.post(address, data=data)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(BACK + "&")
    return parse_qs(urlsplit(answer.headers["location"]).query)


def exchange(box: Sandbox, code: str, **more: str) -> httpx2.Response:
    sent = {"client_id": APP_ID, "client_secret": APP_SECRET, "redirect_uri": BACK, "code": code, **more}
    return http.get(f"{box.graph}/v26.0/oauth/access_token", params=sent)


def test_the_dialog_says_who_asks_and_what_for(box: Sandbox) -> None:
    page = http.get(dialog(box)).text
    assert "Social Automation asks Alice Romano" in page
    assert "Krusty Pizza" in page and "@krustypizza" in page and "Krusty Pizza Truck" in page
    assert "Create, edit and delete posts on your Pages" in page
    assert "Krusty Catering" not in page  # a portfolio's Page needs business_management
    assert "Krusty Catering" in http.get(dialog(box, scope="business_management")).text


def test_continue_returns_code_and_state_and_the_code_buys_a_short_token(box: Sandbox) -> None:
    sent = agree(box)
    assert sent["state"] == ["st&te"] and sent["next"] == ["1"]
    bought = exchange(box, sent["code"][0]).json()
    assert bought["token_type"] == "bearer" and bought["expires_in"] == 5000
    me = Graph(box, bought["access_token"]).get("me", fields="id,name")
    assert me == {"id": ALICE, "name": "Alice Romano"}


def test_cancel_returns_the_documented_error(box: Sandbox) -> None:
    answer = http.post(dialog(box), data={"cancel": "1"})
    sent = parse_qs(urlsplit(answer.headers["location"]).query)
    assert sent["error"] == ["access_denied"] and sent["error_reason"] == ["user_denied"]
    assert (
        sent["error_description"] == ["Permissions error"]
        and sent["state"] == ["st&te"]
        and "code" not in sent
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"client_id": "12"}, "Invalid App ID"),
        ({"redirect_uri": "/relative"}, "must be absolute"),
        ({"scope": "instagram_business_basic"}, "Invalid Scopes: instagram_business_basic"),
    ],
)
def test_a_dialog_that_cannot_be_shown_does_not_redirect(
    box: Sandbox, change: dict[str, str], sentence: str
) -> None:
    answer = http.get(dialog(box, **change))
    assert answer.status_code == 400 and sentence in answer.text


def test_an_app_with_registered_addresses_redirects_to_no_other(box: Sandbox) -> None:
    box.control("apps", {"id": APP_ID, "redirect_uris": ["https://app.example/only"]})
    answer = http.get(dialog(box))
    assert answer.status_code == 400 and "URL Blocked" in answer.text


def test_unticked_permissions_and_pages_are_not_shared_and_the_flow_still_succeeds(box: Sandbox) -> None:
    code = agree(box, drop=("pages_manage_posts", KRUSTY_TRUCK, KRUSTY_IG))["code"][0]
    user = Graph(box, exchange(box, code).json()["access_token"])
    status = {row["permission"]: row["status"] for row in user.get("me/permissions")["data"]}
    assert status["pages_manage_posts"] == "declined" and status["pages_show_list"] == "granted"
    pages = user.get("me/accounts", fields="id,instagram_business_account,access_token")["data"]
    assert [page["id"] for page in pages] == [KRUSTY]
    assert "instagram_business_account" not in pages[0]
    page = Graph(box, pages[0]["access_token"])
    assert page.error("POST", f"{KRUSTY}/feed", message="hi")["code"] == 200


def test_declined_permissions_are_asked_again_only_on_rerequest(box: Sandbox) -> None:
    agree(box, drop=("pages_manage_posts",))
    assert 'value="pages_manage_posts"' not in http.get(dialog(box)).text
    assert 'value="pages_manage_posts"' in http.get(dialog(box, auth_type="rerequest")).text
    code = agree(box, auth_type="rerequest")["code"][0]
    user = Graph(box, exchange(box, code).json()["access_token"])
    assert {r["status"] for r in user.get("me/permissions")["data"]} == {"granted"}


def test_a_code_works_once_with_the_same_redirect_uri_and_the_right_secret(box: Sandbox) -> None:
    code = agree(box)["code"][0]
    wrong = exchange(box, code, redirect_uri=BACK + "/")
    assert (wrong.status_code, wrong.json()["error"]["code"], wrong.json()["error"]["error_subcode"]) == (
        400,
        100,
        36008,
    )
    assert "client secret" in exchange(box, code, client_secret="no").json()["error"]["message"]
    assert exchange(box, code).status_code == 200
    again = exchange(box, code).json()["error"]
    assert again["error_subcode"] == 36009 and "has been used" in again["message"]


def test_a_code_expires_after_ten_minutes(box: Sandbox) -> None:
    code = agree(box)["code"][0]
    box.control("clock", {"advance": 601})
    assert exchange(box, code).json()["error"]["code"] == 100


def test_a_long_token_is_a_new_string_and_an_expired_one_cannot_be_exchanged(box: Sandbox) -> None:
    short = box.connect()["user_token"]
    ask = {
        "grant_type": "fb_exchange_token",
        "client_id": APP_ID,
        "client_secret": APP_SECRET,
        "fb_exchange_token": short,
    }
    long = http.post(f"{box.graph}/v26.0/oauth/access_token", data=ask).json()
    assert long["access_token"] != short and long["expires_in"] == 5_183_944
    box.control("clock", {"advance": 5_001})
    dead = http.get(f"{box.graph}/v26.0/oauth/access_token", params=ask).json()["error"]
    assert (dead["code"], dead["error_subcode"]) == (190, 463)
    assert Graph(box, long["access_token"]).get("me")["id"] == ALICE


def test_page_tokens_last_as_long_as_the_user_token_they_came_from(box: Sandbox) -> None:
    login = box.connect()
    app = app_graph(box)

    def life(token: str) -> dict[str, Any]:
        page = Graph(box, token).get("me/accounts")["data"][0]["access_token"]
        assert Graph(box, token).get("me/accounts")["data"][0]["access_token"] == page  # the same each time
        data: dict[str, Any] = app.get("debug_token", input_token=page)["data"]
        return data

    assert life(login["long_lived_token"])["expires_at"] == 0
    short = life(login["user_token"])
    assert short["expires_at"] > 0 and short["type"] == "PAGE" and short["profile_id"] == KRUSTY
    assert {g["scope"]: g.get("target_ids") for g in short["granular_scopes"]}["pages_manage_posts"]


def test_debug_token_reports_a_dead_token_with_200(box: Sandbox) -> None:
    login = box.connect()
    box.control("tokens/invalidate", {"token": login["user_token"], "subcode": 460})
    data = app_graph(box).get("debug_token", input_token=login["user_token"])["data"]
    assert data["is_valid"] is False and data["error"]["subcode"] == 460
    assert app_graph(box).get("debug_token", input_token="nonsense")["data"]["is_valid"] is False


@pytest.mark.parametrize("subcode", [456, 457, 458, 459, 460, 461, 462, 463, 464, 465, 466, 467, 468, 492])
def test_every_way_a_token_dies_has_its_subcode(world: World, subcode: int) -> None:
    world.box.control("tokens/invalidate", {"token": world.page.token, "subcode": subcode})
    error = world.page.error("GET", world.page_id)
    assert (error["code"], error["error_subcode"], error["type"]) == (190, subcode, "OAuthException")
    assert error["fbtrace_id"] and world.user.get("me")["id"] == ALICE


def test_losing_the_role_kills_the_page_token_only(world: World) -> None:
    world.box.control(f"pages/{KRUSTY}/roles/{ALICE}", method="DELETE")
    assert world.page.error("GET", KRUSTY)["error_subcode"] == 492
    assert world.user.get("me")["id"] == ALICE


def test_revoking_everything_kills_every_token(world: World) -> None:
    assert world.user.delete("me/permissions") == {"success": True}
    for graph in (world.user, world.page):
        assert graph.error("GET", "me")["error_subcode"] == 458


def test_revoking_one_permission_leaves_the_others(world: World) -> None:
    world.user.delete("me/permissions/pages_manage_posts")
    assert world.page.error("POST", f"{KRUSTY}/feed", message="x")["code"] == 200
    assert world.page.get(f"{KRUSTY}/feed") == {"data": []}


def test_a_wrong_proof_is_code_100_not_190_and_a_missing_one_only_when_required(world: World) -> None:
    wrong = world.page.error("GET", KRUSTY, appsecret_proof=proof(world.user.token))
    assert wrong["code"] == 100 and "Invalid appsecret_proof" in wrong["message"]
    bare = Graph(world.box, world.page.token, proves=False)
    assert bare.get(KRUSTY)["id"] == KRUSTY
    assert world.box.control("findings")["findings"][-1]["rule"] == "missing_appsecret_proof"
    world.box.control("config", {"require_appsecret_proof": True})
    assert "require an appsecret_proof" in bare.error("GET", KRUSTY)["message"]


def test_portfolio_pages_are_silently_missing_without_business_management(box: Sandbox) -> None:
    box.connect(ALICE, scopes=["pages_show_list", "pages_read_engagement"])
    login = box.connect(ALICE, scopes=["pages_show_list"], pages=[KRUSTY, KRUSTY_TRUCK, KRUSTY_CATERING])
    user = Graph(box, login["long_lived_token"])
    assert KRUSTY_CATERING not in [p["id"] for p in user.get("me/accounts")["data"]]
    box.control("grants", {"person": ALICE, "scopes": {"business_management": "granted"}})
    assert KRUSTY_CATERING in [p["id"] for p in user.get("me/accounts")["data"]]
    portfolio = user.get("me/businesses")["data"][0]["id"]
    assert [p["id"] for p in user.get(f"{portfolio}/owned_pages")["data"]] == [KRUSTY_CATERING]
    assert user.get(f"{portfolio}/client_pages") == {"data": []}


def test_accounts_come_in_pages_of_25_with_cursors(box: Sandbox) -> None:
    box.control("pages", {"name": "Chain", "person": ALICE, "count": 30})
    user = Graph(box, box.connect(ALICE)["long_lived_token"])
    first = user.get("me/accounts", fields="id")
    assert len(first["data"]) == 25
    follow = http.get(first["paging"]["next"]).json()
    assert len(follow["data"]) == 8 and "next" not in follow["paging"]
    both = {row["id"] for row in first["data"] + follow["data"]}
    assert len(both) == 33 and BAKERY not in both
    assert len(user.get("me/accounts", limit=40)["data"]) == 33


def test_nobody_sees_the_pages_of_another_person(box: Sandbox) -> None:
    charlie = Graph(box, box.connect(CHARLIE)["long_lived_token"])
    assert [p["name"] for p in charlie.get("me/accounts")["data"]] == ["Corner Bakery"]
    assert charlie.error("GET", KRUSTY)["error_subcode"] == 33


def test_app_tokens_are_bought_or_written_down(box: Sandbox) -> None:
    ask = {"grant_type": "client_credentials", "client_id": APP_ID, "client_secret": APP_SECRET}
    bought = http.get(f"{box.graph}/v26.0/oauth/access_token", params=ask).json()["access_token"]
    for token in (bought, f"{APP_ID}|{APP_SECRET}"):
        assert Graph(box, token, proves=False).get(f"{APP_ID}/subscriptions") == {"data": []}
    assert Graph(box, f"{APP_ID}|wrong", proves=False).error("GET", f"{APP_ID}/subscriptions")["code"] == 190


def test_without_a_token_me_is_code_2500(box: Sandbox) -> None:
    answer = http.get(f"{box.graph}/v26.0/me")
    assert answer.status_code == 400 and answer.json()["error"]["code"] == 2500
