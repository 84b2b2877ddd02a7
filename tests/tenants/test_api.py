"""The first endpoints, and the shape of everything the API says."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from openapi_spec_validator import validate
from rest_framework.exceptions import ErrorDetail, ValidationError

from tenants import api_base, paging, problems
from tenants.access import Can
from tenants.errors import Refused
from tenants.models import Tenant
from tests.tenants.conftest import Api

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_partner_opens_a_restaurant_and_reads_it(pat, cast):
    made = pat.post("tenants", {"name": "Krusty Pizza", "timezone": "America/Denver", "plan": "pro"})
    assert made.status_code == 201
    body = made.json()
    assert made["Location"] == f"/api/v1/tenants/{body['id']}"
    assert body["limits"]["posts_per_day"] == settings.POST_LIMITS["pro"]
    read = pat.get(f"tenants/{body['id']}")
    assert read.json() == body
    assert body["id"] in [row["id"] for row in pat.get("tenants").json()["data"]]


def test_a_signed_in_person_opens_one_on_the_basic_plan(cast):
    api = Api(client=cast.client(cast.alice))
    assert api.post("tenants", {"name": "Second", "plan": "enterprise"}).json()["code"] == "plan_not_yours"
    made = api.post("tenants", {"name": "Second"})
    assert (made.status_code, made.json()["plan"]) == (201, "basic")


def test_a_restaurants_own_key_opens_no_others(cast, make_key):
    answer = Api(make_key(tenant=cast.cafe)).post("tenants", {"name": "Second"})
    assert (answer.status_code, answer.json()["code"]) == (403, "partner_key_needed")


def test_a_foreign_and_an_unknown_restaurant_look_the_same(cast, make_key):
    api = Api(make_key(tenant=cast.cafe))
    foreign, unknown = api.get(f"tenants/{cast.bakery.pk}"), api.get(f"tenants/{uuid.uuid4()}")
    same = [
        (answer.status_code, {k: v for k, v in answer.json().items() if k != "request_id"})
        for answer in (foreign, unknown)
    ]
    assert same[0] == same[1] and same[0][0] == 404


def test_a_key_for_several_restaurants_must_say_which(pat, cast):
    class Probe(api_base.TenantAPIView):
        can = {"GET": Can.VIEW}

    from rest_framework.test import APIRequestFactory

    view = Probe.as_view()
    answer = view(APIRequestFactory().get("/", headers=pat.headers))
    assert (answer.status_code, answer.data["code"]) == (400, "tenant_required")
    assert answer.data["errors"][0]["pointer"] == "/tenant_id"


def test_a_closed_restaurant_is_gone(cast, make_key):
    api = Api(make_key(tenant=cast.cafe))
    Tenant.objects.filter(pk=cast.cafe.pk).update(closed_at=NOW)
    assert api.get(f"tenants/{cast.cafe.pk}").status_code == 404


def test_a_missing_scope_is_named(till, cast):
    answer = till.post("tenants", {"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert "manage" in answer.json()["detail"]


def test_every_problem_has_the_same_members(pat):
    answer = pat.post("tenants", {"timezone": "UTC"})
    body = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.status_code == body["status"] == 400
    assert set(body) == {"type", "title", "status", "detail", "code", "request_id", "retryable", "errors"}
    assert body["errors"] == [{"pointer": "/name", "detail": "This field is required.", "code": "required"}]
    assert answer["X-Request-Id"] == body["request_id"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "tenants", None, 401, "not_authenticated"),
        ("GET", "nothing/here", None, 404, "not_found"),
        ("GET", "tenants/not-a-uuid", None, 404, "not_found"),
    ],
)
def test_problems_before_the_door_are_problems_too(db, method, path, body, status, code):
    answer = Api().call(method, path, body)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code


def test_without_a_key_the_answer_says_how_to_send_one(db):
    assert "Authorization: Bearer sk_live_" in Api().get("tenants").json()["detail"]


@pytest.mark.parametrize(
    ("method", "kwargs", "status", "code"),
    [
        ("DELETE", {}, 405, "method_not_allowed"),
        ("POST", {"content_type": "text/plain", "data": "x"}, 415, "unsupported_media_type"),
        ("POST", {"content_type": "application/json", "data": "{"}, 400, "parse_error"),
        ("POST", {"content_type": "application/json", "data": "[]"}, 400, "invalid"),
        ("POST", {"content_type": "application/json", "data": '"\\u0000"'}, 400, "invalid"),
    ],
)
def test_wrong_requests_get_a_problem(pat, method, kwargs, status, code):
    answer = Client().generic(method, "/api/v1/tenants", headers=pat.headers, **kwargs)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_body_that_is_too_large_is_a_problem_and_not_read(pat, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    for headers in ({}, {"Idempotency_Key": "k"}):
        answer = pat.post("tenants", {"name": "x" * 200}, **headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_defect_is_a_problem_without_its_text(cast, make_key, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("tenants.services.open_restaurant", broken)
    client = Client(raise_request_exception=False)
    answer = Api(make_key(partner=cast.pat), client=client).post("tenants", {"name": "x"})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal" and answer.json()["retryable"]
    assert b"hunter2" not in answer.content


def test_nested_errors_point_at_their_place():
    error = ValidationError(
        {
            "captions": {"facebook": [ErrorDetail("Too long.", "max_length")]},
            "tags": {0: ["x"]},
            "a/b": ["y"],
            "non_field_errors": ["z"],
        }
    )
    body, _ = problems.describe(error)
    assert [item["pointer"] for item in body["errors"]] == ["/captions/facebook", "/tags/0", "/a~1b", ""]


def test_a_service_refusal_keeps_code_field_and_fix():
    body, _ = problems.describe(Refused("Too late.", code="past", field="publish_at", status=409, fix="/x"))
    assert (body["status"], body["code"], body["fix"]) == (409, "past", "/x")
    assert body["errors"][0]["pointer"] == "/publish_at"


def test_head_is_answered_like_get(pat, cast):
    assert pat.call("HEAD", "tenants").status_code == 200
    assert pat.call("HEAD", f"tenants/{cast.cafe.pk}").status_code == 200


def pages_of(api, path, limit):
    seen, cursor = [], ""
    while True:
        answer = api.get(f"{path}?limit={limit}&cursor={cursor}")
        body = answer.json()
        seen += [row["id"] for row in body["data"]]
        if not body["next_cursor"]:
            return seen
        assert f"cursor={body['next_cursor']}" in answer["Link"]
        cursor = body["next_cursor"]


def many(cast, count, *, same_moment):
    for number in range(count):
        tenant = Tenant.objects.create(slug=f"p{number}", name=f"P {number}")
        moment = NOW if same_moment else NOW + timedelta(minutes=number)
        Tenant.objects.filter(pk=tenant.pk).update(created_at=moment)
        cast.pat.tenants.add(tenant)


@pytest.mark.parametrize("same_moment", [True, False])
def test_pages_show_every_row_once(pat, cast, same_moment):
    many(cast, 7, same_moment=same_moment)
    seen = pages_of(pat, "tenants", 2)
    assert len(seen) == len(set(seen)) == 9


def test_a_row_added_meanwhile_neither_repeats_nor_hides_another(pat, cast):
    many(cast, 6, same_moment=False)
    first = pat.get("tenants?limit=3").json()
    late = Tenant.objects.create(slug="late", name="Late")
    Tenant.objects.filter(pk=late.pk).update(created_at=NOW + timedelta(days=1))
    cast.pat.tenants.add(late)
    second = pat.get(f"tenants?limit=10&cursor={first['next_cursor']}").json()
    ids = [row["id"] for row in first["data"] + second["data"]]
    assert len(ids) == len(set(ids)) == 8


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=²",
        "limit=-1",
        "cursor=%21%21",
        "cursor=bnVsbA",
        "cursor=WyIyMDI2LTAxLTAxIiwieCJd",
    ],
)
def test_a_wrong_page_is_refused_with_a_sentence(pat, query):
    answer = pat.get(f"tenants?{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] in ("bad_limit", "bad_cursor")


def test_a_cursor_of_another_list_is_refused(pat):
    answer = pat.get(f"tenants?cursor={paging.encode_cursor(NOW, 'not-a-uuid')}")
    assert answer.json()["code"] == "bad_cursor"


def test_the_document_is_valid_openapi_31_and_public(db):
    answer = Client().get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    validate(document)
    tenants = document["paths"]["/api/v1/tenants"]["post"]
    assert {"400", "401", "403", "409", "422", "429", "201"} <= set(tenants["responses"])
    assert any(parameter["name"] == "Idempotency-Key" for parameter in tenants["parameters"])
    assert {"apiKey": []} in tenants["security"]


def test_every_operation_of_the_document_has_a_unique_name_and_summary(db):
    document = Client().get("/openapi.json").json()
    operations = [
        op for path in document["paths"].values() for name, op in path.items() if name != "parameters"
    ]
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names))
    assert [op["operationId"] for op in operations if not op.get("summary")] == []


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs?script="])
def test_the_readers_of_the_document_load_nothing_from_elsewhere(db, path):
    answer = Client().get(path)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "https://" not in text.replace("https://github.com", "")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert "unsafe" not in policy["script-src"]


def test_partners_browsers_may_call_only_from_named_origins(pat, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://pos.example"]
    path = "/api/v1/tenants"
    ask = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    good = Client().options(path, headers={"Origin": "https://pos.example"} | ask)
    bad = Client().options(path, headers={"Origin": "https://evil.example"} | ask)
    assert good["Access-Control-Allow-Origin"] == "https://pos.example"
    assert "idempotency-key" in good["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in bad.headers
    answer = Client().get(path, headers=pat.headers | {"Origin": "https://pos.example"})
    assert "RateLimit" in answer["Access-Control-Expose-Headers"]
