"""A query with a name nobody knows is told so; a filter that does not filter would say something false."""

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.services import compose_post
from posting import services
from posting.api import PublicationOut, StoryOut, _one
from posting.models import Publication
from tenants.access import Actor
from tests.posting.conftest import make_channel
from tests.tenants.conftest import Api

BY = Actor.system("test")


@pytest.fixture
def key(cast, make_key):
    return Api(make_key(tenant=cast.cafe))


def test_a_misspelt_filter_is_named_with_the_right_one(key, cast):
    path = f"tenants/{cast.cafe.pk}/posts"
    answer = key.get(f"{path}?stauts=published&limit=5")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/stauts", "unknown_parameter")
    assert "Did you mean status?" in error["detail"]
    far = key.get(f"{path}?verbose=1").json()["errors"][0]["detail"]
    assert "account_id, cursor, limit, sort, status, tenant_id" in far
    assert key.get(f"{path}?status=published&limit=5&cursor=").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "key?x=1", 400),
        ("GET", "key", 200),
        ("GET", "tenants?page=2", 400),
        ("GET", "tenants?limit=2", 200),
        ("GET", "brand?limit=2", 400),
        ("GET", "webhooks?state=on", 400),
        ("GET", "menu/items?available=true&limit=3", 200),
        ("POST", "menu/items?dry_run=1", 400),
        ("HEAD", "menu/items?available=true", 200),
    ],
)
def test_each_endpoint_knows_what_its_description_lists(key, method, path, status):
    assert key.call(method, path, {"name": "Soup"} if method == "POST" else None).status_code == status


def test_the_restaurant_may_be_named_in_any_query(pat, cast):
    assert pat.get(f"brand?tenant_id={cast.cafe.pk}").status_code == 200
    assert pat.get(f"brand?tenantid={cast.cafe.pk}").json()["code"] == "tenant_required"


def test_what_is_anothers_stays_unseen_whatever_the_query(key, cast):
    assert key.get(f"tenants/{cast.bakery.pk}/posts?stauts=1").status_code == 404


def test_a_publication_written_by_hand_holds_what_its_fields_promise(cast):
    now = timezone.now()
    with tenant_context(cast.cafe):
        post = compose_post(caption="Soup", by=BY, now=now)
        (made,) = services.schedule(post=post, channels=[make_channel()], publish_at=None, by=BY, now=now)
        row = Publication.objects.select_related("channel").get(pk=made.pk)
        for serializer in (PublicationOut, StoryOut):
            shown = serializer(row, context=_one([row], now))
            assert set(shown.data) == set(shown.fields)
            row.status = shown.data["status"]
            for name, field in shown.fields.items():
                if name not in ("engagement", "timeline", "account"):
                    assert shown.data[name] == (
                        field.to_representation(value)
                        if (value := field.get_attribute(row)) is not None
                        else None
                    )
