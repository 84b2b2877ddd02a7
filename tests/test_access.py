"""Policy is a table: every address x every person. An address that is not in tests/access.txt, or whose view
declares no door, fails here; so does a changed door, until somebody changes the table on purpose.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from tenants import services
from tenants.access import Actor, Can
from tenants.services.keys import SCOPES
from tests.conftest import Cast
from tests.routes import Route, every_route

TABLE_FILE = Path(__file__).with_name("access.txt")
ROUTES = [route for route in every_route() if route.where != "admin"]

# "in": let through (also to a 404 of the sample object, a 405 of the method, a refusal of the empty form).
PAGES = {
    #            anonymous  alice  bob    vera   charlie dana     pat's key
    "view": ("login", "in", "in", "in", "404", "404", "login"),
    "compose": ("login", "in", "in", "403", "404", "404", "login"),
    "publish": ("login", "in", "in", "403", "404", "404", "login"),
    "connect": ("login", "in", "403", "403", "404", "404", "login"),
    "manage": ("login", "in", "403", "403", "404", "404", "login"),
    "own": ("login", "in", "403", "403", "404", "404", "login"),
    "signed_in": ("login", "in", "in", "in", "in", "in", "login"),
    # Of the people here nobody is with the sample's partner: tests/tenants/test_partners.py lets them in.
    "partner": ("login", "404", "404", "404", "404", "404", "login"),
    "public": ("in", "in", "in", "in", "in", "in", "in"),
    "staff": ("login", "404", "404", "404", "404", "setup", "login"),
}
PEOPLE = ("anonymous", "alice", "bob", "vera", "charlie", "dana", "pat")
# Keys: pat's (a partner of both, every scope), the bakery's own, one of the cafe that may only look, a
# revoked one.
API = {
    #            anonymous  alice  bob   vera   charlie dana   pat    bakery reader revoked
    "view": ("401", "in", "in", "in", "404", "404", "in", "404", "in", "401"),
    "compose": ("401", "in", "in", "403", "404", "404", "in", "404", "403", "401"),
    "publish": ("401", "in", "in", "403", "404", "404", "in", "404", "403", "401"),
    "connect": ("401", "in", "403", "403", "404", "404", "in", "404", "403", "401"),
    "manage": ("401", "in", "403", "403", "404", "404", "in", "404", "403", "401"),
    "own": ("401", "in", "403", "403", "404", "404", "403", "404", "403", "401"),
}
CALLERS = (*PEOPLE, "bakery", "reader", "revoked")
# Open to be called, but they ask a question of their own, tested where they live.
ASK_THEMSELVES = {"api api/v1/tenants"}
WITHOUT_CSRF = {
    "public webhooks/meta": "Meta signs the bytes",
    "public webhooks/meta/deauthorize": "Meta signs the request",
    "public webhooks/meta/data-deletion": "Meta signs the request",
}


def table() -> dict[str, str]:
    """access.txt: `where address | door`, one a line."""
    lines = [line for line in TABLE_FILE.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {address.strip(): door.strip() for address, _, door in (line.rpartition("|") for line in lines)}


def test_every_view_declares_a_door():
    assert [route.key for route in every_route() if not route.door] == []


def test_the_table_says_what_the_views_say():
    said = {route.key: route.door for route in ROUTES}
    wanted = table()
    missing = [f"{key} | {door}" for key, door in said.items() if key not in wanted]
    assert missing == [], "decide who may, then add these lines to tests/access.txt"
    assert {key: door for key, door in said.items() if wanted[key] != door} == {}
    assert sorted(set(wanted) - set(said)) == [], "these addresses are gone: remove their lines"


@dataclass
class Caller:
    client: Client
    headers: dict[str, str]

    def send(self, method: str, path: str, *, api: bool = False) -> Any:
        if method == "GET" or api:
            body = "" if method in ("GET", "DELETE") else json.dumps({})
            return self.client.generic(
                method, path, body, content_type="application/json", headers=self.headers
            )
        return self.client.post(path, {}, headers=self.headers)


@pytest.fixture
def callers(cast: Cast) -> Iterator[dict[str, Caller]]:
    def with_key(**wanted: Any) -> tuple[Any, Caller]:
        fields = {"name": "k", "scopes": SCOPES, "by": Actor.system("test"), "now": timezone.now()} | wanted
        key, text = services.create_key(**fields)
        return key, Caller(cast.client(), {"Authorization": f"Bearer {text}"})

    people = {name: Caller(cast.client(getattr(cast, name)), {}) for name in PEOPLE[1:-1]}
    people["anonymous"] = Caller(cast.client(), {})
    people["pat"] = with_key(partner=cast.pat)[1]
    people["bakery"] = with_key(tenant=cast.bakery)[1]
    people["reader"] = with_key(tenant=cast.cafe, scopes=[Can.VIEW])[1]
    key, people["revoked"] = with_key(tenant=cast.cafe)
    services.revoke_key(key=key, by=Actor.system("test"), now=timezone.now())
    for caller in people.values():
        caller.client.raise_request_exception = False
    return people


def judge(answer: Any) -> str:
    """An answer as one word of the tables."""
    if (
        answer.status_code >= 500 and answer.status_code != 503
    ):  # 503: not configured here, said in a sentence
        return "500"
    if answer.status_code == 302:
        where = answer.headers["Location"]
        if where.startswith("/accounts/login/"):
            return "login"
        if where.startswith("/accounts/2fa/"):
            return "setup"
    return str(answer.status_code) if answer.status_code in (401, 403, 404) else "in"


def fits(found: str, wanted: str, route: Route) -> bool:
    if wanted != "in":
        return found == wanted
    if route.door == "public":  # signatures and tokens of a sample are wrong, and may be refused as such
        return found not in ("login", "500")
    return found == "in" or (found == "404" and ("<" in route.pattern or "^" in route.pattern))


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.where in ("tenant", "public")], ids=lambda route: route.key
)
def test_pages_let_in_exactly_whom_the_table_names(route: Route, cast: Cast, callers: dict[str, Caller]):
    door = table().get(route.key, "")
    path = ("/r/cafe/" if route.where == "tenant" else "/") + route.path()
    if door == "library":
        assert judge(callers["anonymous"].send("GET", path)) != "500"
        return
    wrong = []
    for person, wanted in zip(PEOPLE, PAGES[door], strict=True):
        for method in route.methods:
            answer = callers[person].send(method, path)
            if not fits(judge(answer), wanted, route):
                wrong.append(f"{method} {path} as {person}: {answer.status_code}, wanted {wanted}")
    assert wrong == []


@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.where == "api"], ids=lambda route: route.key
)
def test_the_api_lets_in_exactly_whom_the_table_names(route: Route, cast: Cast, callers: dict[str, Caller]):
    if route.key in ASK_THEMSELVES:
        return
    door = table().get(route.key, "")
    path = "/" + route.path(tenant_id=str(cast.cafe.pk))
    doors = dict(part.split(" ") for part in door.split(", ")) if " " in door else {}
    wrong = []
    for number, name in enumerate(CALLERS):
        caller = callers[name]
        caller.headers["X-Tenant-Id"] = str(cast.cafe.pk)
        for method in route.methods:
            if doors:
                wanted = API[doors[method]][number]
            elif name in PEOPLE:
                wanted = PAGES[door][number]
            else:
                continue
            answer = caller.send(method, path, api=True)
            if not fits(judge(answer), wanted, route):
                wrong.append(f"{method} {path} as {name}: {answer.status_code}, wanted {wanted}")
            if doors and answer.status_code >= 400 and "problem+json" not in answer.headers["Content-Type"]:
                wrong.append(f"{method} {path} as {name}: {answer.status_code} is not problem+json")
    assert wrong == []


def test_no_address_betrays_that_a_restaurant_exists(cast: Cast, callers: dict[str, Caller]):
    answers = [callers["charlie"].send("GET", f"/r/{slug}/") for slug in ("cafe", "no-such-place")]
    same = [
        (answer.status_code, re.sub(rb'"X-CSRFToken": "\w+"|value="\w{64}"', b"", answer.content))
        for answer in answers
    ]
    assert same[0] == same[1] and same[0][0] == 404


def test_the_office_is_closed_to_everybody_but_staff_with_two_factors(cast: Cast, callers: dict[str, Caller]):
    office = [route for route in every_route() if route.where == "admin"]
    assert len(office) > 30
    wrong = []
    for route in office:
        path = "/" + route.path(object_id="1", app_label="tenants", url="nothing", content_type_id="1")
        if route.name in ("logout", "password_change", "password_change_done"):
            continue  # lead to the same pages outside, for whoever asks
        for person, wanted in zip(PEOPLE, PAGES["staff"], strict=True):
            answer = callers[person].send("GET", path)
            if judge(answer) != wanted:
                wrong.append(f"{path} as {person}: {answer.status_code}, wanted {wanted}")
    TOTP.activate(cast.dana, generate_totp_secret())
    for route in office:
        answer = callers["dana"].send(
            "GET", "/" + route.path(object_id="1", app_label="tenants", url="nothing")
        )
        if route.door == "staff" and judge(answer) == "in" and answer.status_code == 200:
            wrong.append(f"{route.key}: opened without a code in this session")
    assert wrong == []


def test_no_page_is_changed_without_the_csrf_token(cast: Cast):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(cast.alice)
    wrong = []
    for route in ROUTES:
        if route.where not in ("tenant", "public") or route.key in WITHOUT_CSRF:
            continue
        path = ("/r/cafe/" if route.where == "tenant" else "/") + route.path()
        answer = client.post(path, {})
        if answer.status_code not in (403, 404, 405):
            wrong.append(f"{path}: {answer.status_code}")
    assert wrong == []


def test_a_signed_in_browser_needs_the_token_for_the_api_too(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    answer = client.post("/api/v1/tenants", {"name": "x"}, content_type="application/json")
    assert answer.status_code == 403
