"""A misspelt name in a body is named, not dropped: dropped, it would publish now what was meant for Friday."""

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
def post(cast):
    _key, text = services.create_key(
        tenant=cast.cafe, name="Till", scopes=SCOPES, live=True, by=Actor.system("test"), now=timezone.now()
    )

    def call(path, **body):
        answer = Client().generic(
            "POST",
            f"/api/v1/{path}",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {text}"},
        )
        return answer.status_code, answer.json()

    return call


@pytest.mark.parametrize(
    ("path", "body", "pointer", "says"),
    [
        ("posts/create", {"publish_at": "2030-01-01T00:00:00Z"}, "/publish_at", "/api/v1/posts/schedule"),
        ("posts/create", {"scheduled_time": "2030-01-01T00:00:00Z"}, "/scheduled_time", "posts/schedule"),
        ("posts/create", {"captoin": "Hello"}, "/captoin", "Did you mean caption?"),
        ("posts/create", {"place": {"id": "1", "city": "Rome"}}, "/place/city", "no field of this name"),
        ("posts/schedule", {"scheduled_at": "2030-01-01T00:00:00Z"}, "/scheduled_at", "publish_at"),
        ("posts/generate", {"platform": "facebook", "tonne": "casual"}, "/tonne", "tone"),
        ("folders", {"title": "Drinks"}, "/title", "Known: name"),
    ],
)
def test_an_unknown_name_is_refused_and_nothing_happens(post, cast, path, body, pointer, says):
    status, problem = post(path, **{"caption": "Hello", **body} if path == "posts/create" else body)
    assert status == 400
    (error,) = [e for e in problem["errors"] if e["pointer"] == pointer]
    assert says in error["detail"]
    with tenant_context(cast.cafe):
        assert not Publication.objects.exists()


def test_the_restaurant_may_be_named_in_any_body(post, cast):
    status, folder = post("folders", name="Drinks", tenant_id=str(cast.cafe.pk))
    assert status == 201, folder
