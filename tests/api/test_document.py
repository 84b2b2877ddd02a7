"""The document, what is made from it, and the guide: all of it runs."""

import ast
import copy
import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import tenant_context
from drf_spectacular.drainage import GENERATOR_STATS
from openapi_spec_validator import validate
from rest_framework.test import APIRequestFactory

from assets.models import Folder
from assets.services import init_folders
from content.calendar import working
from tenants import api_clients, api_compat
from tenants.access import Actor
from tenants.api_manners import Deprecation
from tenants.hooks import events
from tenants.management.commands.openapi import published
from tenants.openapi_more import operations
from tests.content.conftest import add_dish
from tests.posting.conftest import make_channel
from tests.posting.kitchen import jpeg

ROOT = Path(settings.BASE_DIR)
GUIDE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
REGENERATE = "If it is meant and nobody depends on it yet: `make api` and commit docs/openapi.json."


@pytest.fixture(scope="module")
def document():
    return published()


@pytest.fixture(scope="module")
def snapshot():
    return json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))


def test_no_published_promise_is_broken(document, snapshot):
    assert api_compat.breaking(snapshot, document) == [], REGENERATE


def test_the_document_is_valid_and_tells_everything(document):
    validate(document)
    silent = [
        f"{method} {path}"
        for path, method, operation in operations(document)
        if not (operation.get("summary") and operation.get("tags"))
    ]
    assert silent == []
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert set(document["webhooks"]) == {*events.KINDS, events.TEST}


def test_every_answer_and_every_body_has_an_example(document):
    bare = []
    for path, method, operation in operations(document):
        holders = [("body", operation.get("requestBody", {})), *operation["responses"].items()]
        for name, holder in holders:
            for media, content in holder.get("content", {}).items():
                if "json" in media and not ("example" in content or "examples" in content):
                    bare.append(f"{method} {path} {name}")
    assert bare == []


def test_drf_spectacular_has_no_warnings():
    GENERATOR_STATS.reset()
    published()
    said = {**GENERATOR_STATS._warn_cache, **GENERATOR_STATS._error_cache}
    assert list(said) == []


def _without(document, change):
    other = copy.deepcopy(document)
    change(other)
    return api_compat.breaking(document, other)


def _body(document):
    return document["components"]["schemas"]["CreateInRequest"]


BREAKS = {
    "an endpoint": (lambda d: d["paths"].pop("/api/v1/brand"), "GET /api/v1/brand is gone"),
    "a method": (lambda d: d["paths"]["/api/v1/brand"].pop("patch"), "PATCH /api/v1/brand is gone"),
    "an answer's field": (
        lambda d: d["components"]["schemas"]["TenantOut"]["properties"].pop("slug"),
        "/slug is gone from the answer 200",
    ),
    "an input": (lambda d: _body(d)["properties"].pop("link"), "the input /link is gone"),
    "a new demand": (lambda d: _body(d).update(required=["link"]), "the input /link is demanded"),
    "a type": (
        lambda d: _body(d)["properties"]["caption"].update(type="integer"),
        "the input /caption was string and is integer",
    ),
    "null in an answer": (
        lambda d: d["components"]["schemas"]["TenantOut"]["properties"]["slug"].update(
            type=["string", "null"]
        ),
        "may be null or string",
    ),
    "a value": (
        lambda d: d["components"]["schemas"]["ToneEnum"]["enum"].pop(0),
        "no longer takes",
    ),
    "an event": (lambda d: d["webhooks"].pop(events.FAILED), "The event publication.failed is gone"),
    "a status": (
        lambda d: d["paths"]["/api/v1/brand"]["get"]["responses"].pop("200"),
        "the answer 200 is gone",
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_break_is_named(document, what):
    change, sentence = BREAKS[what]
    assert any(sentence in found for found in _without(document, change))


def test_growing_breaks_nothing(document):
    def grow(other):
        other["paths"]["/api/v1/new"] = other["paths"]["/api/v1/brand"]
        other["components"]["schemas"]["TenantOut"]["properties"]["more"] = {"type": "string"}
        _body(other)["properties"]["more"] = {"type": "string"}

    assert _without(document, grow) == []


def test_an_endpoint_that_will_go_says_so(db):
    from tenants.api import OwnKey

    class Old(OwnKey):
        deprecation = Deprecation(
            since=datetime(2027, 1, 1, tzinfo=UTC),
            sunset=datetime(2028, 1, 1, tzinfo=UTC),
            successor="/api/v1/key",
        )

    answer = Old.as_view()(APIRequestFactory().get("/"))
    assert answer["Deprecation"] == "@1798761600"
    assert answer["Sunset"] == "Sat, 01 Jan 2028 00:00:00 GMT"
    assert 'rel="successor-version"' in answer["Link"]


# --- what is made from it ------------------------------------------------------------------------


def test_the_client_and_the_collection_are_made_from_the_document(document):
    text = api_clients.python_client(document)
    methods = {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    wanted = {op["operationId"] for path, _, op in operations(document) if "/oauth/" not in path}
    assert wanted <= methods
    collection = api_clients.postman(document)
    assert sum(len(folder["item"]) for folder in collection["item"]) == len(wanted)


@pytest.fixture
def served(committed_cast, make_key, live_server, settings):
    """(environment, key's header) of a running server with a restaurant that has folders and a Page."""
    settings.API_URL = settings.PUBLIC_URL = live_server.url
    cafe = committed_cast.cafe
    with tenant_context(cafe):
        init_folders(by=Actor.system("test"), now=datetime.now(UTC))
        channel = make_channel()
        folder = Folder.objects.filter(parent=None).first()
    return {
        "API": f"{live_server.url}/api/v1",
        "KEY": make_key(tenant=cafe),
        "TENANT": str(cafe.pk),
        "FOLDER": str(folder.pk),
        "ACCOUNT": str(channel.pk),
    }


def test_the_two_minutes_run_as_they_stand(served):
    program = re.search(r"## Two minutes.*?```python\n(.*?)```", GUIDE, re.S)[1]
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "clients/python",
        env=os.environ | served,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Till [")
    assert lines[1] == "facebook Krusty on facebook active"
    assert lines[2].startswith("412 changed_meanwhile")
    assert lines[3].startswith("scheduled ")


def _curl(line, known):
    """(method, path, Client arguments) of a curl line; only what the guide uses."""
    words = iter(shlex.split(re.sub(r"\$(\w+)", lambda m: known[m[1]], line))[1:])
    method, url, headers, data, form = None, "", {}, None, {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words)
        elif word == "-F":
            name, _, value = next(words).partition("=")
            form[name] = SimpleUploadedFile("pizza.jpg", jpeg()) if value[0] == "@" else value
        else:
            url = word
    return method or ("GET" if data is None else "POST"), url.removeprefix(known["HOST"]), headers, data, form


def curl(line, known):
    """The answer to a curl line, its $NAMES filled in from `known`."""
    method, path, headers, data, form = _curl(line, known)
    if form:
        return Client().post(path, form, headers=headers)
    kind = headers.pop("Content-Type", "application/json")
    return Client().generic(method, path, data or "", content_type=kind, headers=headers)


def curl_lines(title):
    section = re.search(rf"## {title}\n(.*?)\n## ", GUIDE, re.S)[1].replace("\\\n", " ")
    return [line.split("   #")[0].rstrip() for line in re.findall(r"^curl .*$", section, re.M)]


def test_every_curl_line_of_the_guide_works(cast, make_key):
    with tenant_context(cast.cafe):
        init_folders(by=Actor.system("test"), now=datetime.now(UTC))
        folder = Folder.objects.filter(parent=None).first()
    known = {
        "HOST": "http://host",
        "API": "http://host/api/v1",
        "KEY": make_key(tenant=cast.cafe),
        "TENANT": str(cast.cafe.pk),
        "FOLDER": str(folder.pk),
    }
    assert len(curl_lines("With curl")) >= 10
    for line in curl_lines("With curl"):
        answer = curl(line, known)
        assert answer.status_code in (200, 201, 202), (line, answer.content)


def test_the_guides_month_is_planned_read_and_approved_and_another_stopped(cast, make_key):
    """The lines name a month; the clock stands in the one before."""
    plan, read, approve, cancel = curl_lines("A month of posts")
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=UTC)):
        with tenant_context(cast.cafe):
            make_channel()
            add_dish("Margherita")
        known = {"HOST": "http://host", "URL": "http://host", "KEY": make_key(tenant=cast.cafe)}
        made = curl(plan, known)
        assert made.status_code == 202, made.content
        known["ID"] = made.json()["id"]
        with tenant_context(cast.cafe):
            while working.advance(calendar_id=known["ID"], at_once=1):
                pass
        shown = curl(read, known).json()
        assert (shown["finished"], shown["progress"]["total"]) == (True, 12)
        assert "2026-12-25" not in {post["publish_at"][:10] for post in shown["posts"]}
        done = curl(approve, known)
        assert (done.status_code, done.json()["scheduled"]) == (200, 12), done.content
        again = plan.replace("december", "january").replace("2026-12", "2027-01")
        known["ID"] = curl(again, known).json()["id"]
        stopped = curl(cancel, known)
        assert (stopped.status_code, stopped.json()["status"]) == (200, "cancelled"), stopped.content
