"""A repeated Idempotency-Key has one effect and one answer."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tenants import idempotency, provisioning
from tenants.errors import Refused
from tenants.models import IdempotentRequest, Tenant
from tests.tenants.conftest import Api

BODY = {"name": "Krusty Pizza"}


def request_with(key=None, body='{"a": 1}', path="/api/v1/things"):
    headers = {"Idempotency-Key": key} if key is not None else {}
    raw = RequestFactory().post(path, body, content_type="application/json", headers=headers)
    return Request(raw, parsers=[JSONParser()])


def run(key, work, *, body='{"a": 1}', owner="key:1", tenant_id="t", now=None):
    request = request_with(key, body)
    return idempotency.run(request, owner=owner, tenant_id=tenant_id, now=now or timezone.now(), work=work)


def counting():
    calls = []

    def work():
        calls.append(1)
        return Response({"number": len(calls)}, status=201, headers={"Location": f"/things/{len(calls)}"})

    return calls, work


def test_a_repeat_gets_the_first_answer_and_has_no_effect(db):
    calls, work = counting()
    run("k", work)
    again = run("k", work)
    assert len(calls) == 1
    assert (again.status_code, again.content) == (201, b'{"number":1}')
    assert (again["Location"], again["Idempotency-Replayed"]) == ("/things/1", "true")


def test_without_a_key_each_request_counts(db):
    calls, work = counting()
    run(None, work)
    run(None, work)
    assert len(calls) == 2 and not IdempotentRequest.objects.exists()


@pytest.mark.parametrize("other", [{"owner": "key:2"}, {"key": "other"}])
def test_keys_of_different_callers_never_meet(db, other):
    calls, work = counting()
    run("k", work)
    run(other.get("key", "k"), work, owner=other.get("owner", "key:1"))
    assert len(calls) == 2


@pytest.mark.parametrize("other", [{"body": '{"a": 2}'}, {"tenant_id": "another"}])
def test_one_key_for_two_requests_is_refused(db, other):
    calls, work = counting()
    run("k", work)
    with pytest.raises(Refused) as refused:
        run("k", work, **other)
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")
    assert len(calls) == 1


def test_while_the_first_works_the_second_is_told_to_wait(db):
    def work():
        with pytest.raises(Refused) as refused:
            run("k", lambda: Response({}))
        assert (refused.value.status, refused.value.retry_after) == (409, 1)
        return Response({}, status=201)

    assert run("k", work).status_code == 201


def test_a_refusal_is_forgotten_so_that_a_mended_body_may_use_the_key(db):
    def refuse():
        raise ValidationError({"name": "missing"})

    with pytest.raises(ValidationError):
        run("k", refuse, body="{}")
    _calls, work = counting()
    assert run("k", work).status_code == 201


def test_an_error_answer_undoes_what_was_begun(db):
    def half():
        Tenant.objects.create(slug="half", name="Half")
        return Response({}, status=400)

    run("k", half)
    assert not Tenant.objects.filter(slug="half").exists()
    assert not IdempotentRequest.objects.exists()


def test_after_a_crash_the_lease_ends_and_a_repeat_takes_over(db):
    _calls, work = counting()
    now = timezone.now()
    idempotency._claim(owner="key:1", key="k", fingerprint_=fingerprint_of('{"a": 1}'), now=now)
    with pytest.raises(Refused):
        run("k", work, now=now + timedelta(seconds=119))
    assert run("k", work, now=now + timedelta(seconds=120)).status_code == 201


def test_the_slow_first_worker_undoes_itself_when_it_was_taken_over(db):
    now = timezone.now()
    calls, work = counting()

    def slow():
        Tenant.objects.create(slug="slow", name="Slow")
        run(
            "k", work, now=now + timedelta(seconds=121)
        )  # meanwhile the lease ended and a repeat did the work
        return Response({}, status=201)

    with pytest.raises(Refused) as refused:
        run("k", slow, now=now)
    assert refused.value.status == 409
    assert not Tenant.objects.filter(slug="slow").exists()
    assert len(calls) == 1


def test_a_day_later_the_key_is_free(db):
    calls, work = counting()
    now = timezone.now()
    run("k", work, now=now)
    run("k", work, now=now + timedelta(hours=23, minutes=59))
    assert len(calls) == 1
    run("k", work, body='{"another": 1}', now=now + timedelta(hours=24))
    assert len(calls) == 2


def test_old_answers_are_swept(db):
    _, work = counting()
    now = timezone.now()
    run("old", work, now=now - timedelta(hours=25))
    run("new", work, now=now)
    assert idempotency.forget_expired(now=now) == 1
    assert IdempotentRequest.objects.get().key == "new"


@pytest.mark.parametrize("key", ["", "   ", "x" * 256, "é", "a\tb"])
def test_a_key_that_cannot_be_is_refused(key):
    with pytest.raises(Refused, match="visible ASCII"):
        idempotency.key_of(request_with(key))


def test_the_drafts_quoted_form_is_the_same_key():
    assert idempotency.key_of(request_with('"abc"')) == idempotency.key_of(request_with("abc")) == "abc"


def fingerprint_of(body):
    return idempotency.fingerprint(request_with("k", body), tenant_id="t")


def multipart(content, *, boundary):
    factory = RequestFactory()
    from django.test.client import encode_multipart

    data = {"folder": "a", "file": SimpleUploadedFile("pizza.jpg", content)}
    raw = factory.post(
        "/x", encode_multipart(boundary, data), content_type=f"multipart/form-data; boundary={boundary}"
    )
    raw.user = AnonymousUser()
    return Request(raw, parsers=[MultiPartParser()])


def test_an_upload_is_compared_by_its_parts_not_its_boundary():
    prints = [
        idempotency.fingerprint(multipart(content, boundary=boundary), tenant_id="t")
        for content, boundary in ((b"one", "aaa"), (b"one", "bbb"), (b"two", "aaa"))
    ]
    assert prints[0] == prints[1] != prints[2]


def test_fifty_parallel_repeats_open_one_restaurant(committed_cast, make_key):
    key, once = make_key(partner=committed_cast.pat), str(uuid.uuid4())
    gate = threading.Barrier(10)

    def client(_):
        try:
            gate.wait()
            api = Api(key)
            return [api.post("tenants", BODY, Idempotency_Key=once) for _ in range(5)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        answers = [answer for found in pool.map(client, range(10)) for answer in found]
    opened = list(Tenant.objects.filter(name="Krusty Pizza"))
    try:
        assert len(opened) == 1
        assert {answer.status_code for answer in answers} <= {201, 409}
        ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
        assert ids == {str(opened[0].pk)}
        fresh = [a for a in answers if a.status_code == 201 and "Idempotency-Replayed" not in a.headers]
        assert len(fresh) == 1
    finally:
        for tenant in opened:
            provisioning.drop_schema(tenant)


def test_an_upload_repeated_with_its_key_is_one_photo(cast, make_key):
    import io

    from django.test import Client
    from django_tenants.utils import tenant_context
    from PIL import Image

    from assets.models import Asset

    key = make_key(tenant=cast.cafe)
    folder = Api(key).post("folders", {"name": "Pizza"}).json()["id"]
    photo = io.BytesIO()
    Image.effect_noise((900, 900), 60).convert("RGB").save(photo, "JPEG")

    def upload(content, once):
        file = SimpleUploadedFile("pizza.jpg", content, content_type="image/jpeg")
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": once}
        return Client().post(
            f"/api/v1/folders/{folder}/assets", {"file": file, "tags": "pizza"}, headers=headers
        )

    first, again = upload(photo.getvalue(), "one"), upload(photo.getvalue(), "one")
    assert first.status_code < 300, first.content
    assert again["Idempotency-Replayed"] == "true" and again.json() == first.json()
    assert upload(photo.getvalue() + b"\0", "one").status_code == 422
    with tenant_context(cast.cafe):
        assert Asset.objects.count() == 1
