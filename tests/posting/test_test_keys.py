"""A test key is promised never to reach Facebook or Instagram."""

import json

import pytest
from django.test import Client
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.models import Publication
from tenants import services
from tenants.access import Actor
from tenants.services.keys import SCOPES


@pytest.fixture
def send(cast):
    _key, text = services.create_key(
        tenant=cast.cafe, name="Till", scopes=SCOPES, live=False, by=Actor.system("test"), now=timezone.now()
    )

    def call(method, path, **body):
        return Client().generic(
            method,
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {text}"},
        )

    return call


UNKNOWN = "4a1c7a0e-3f0e-4d0c-9d55-7c1f6f0f0b11"  # fixed: parallel workers must agree on the names of tests


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "posts/create", {"caption": "Hello"}),
        ("POST", "posts/create", {"caption": "Hello", "draft": "true"}),
        ("POST", "posts/schedule", {"post_id": UNKNOWN, "draft": True}),
        ("POST", f"publications/{UNKNOWN}/cancel", {}),
        ("DELETE", f"accounts/{UNKNOWN}", {}),
    ],
)
def test_a_test_key_changes_nothing_that_the_public_sees(send, cast, method, path, body):
    answer = send(method, path, **body)
    assert (answer.status_code, answer.json()["code"]) == (403, "test_key")
    with tenant_context(cast.cafe):
        assert not Publication.objects.exists()


def test_a_test_key_drafts_and_reads(send, cast):
    assert send("POST", "posts/create", caption="Hello", draft=True).status_code == 201
    assert send("GET", f"tenants/{cast.cafe.pk}/posts").status_code == 200
