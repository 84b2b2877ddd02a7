"""What a key may, from where, until when; how many restaurants a partner opens."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import services
from tenants.access import Actor, Can
from tenants.errors import Refused
from tenants.models import ApiKey, Partner, Tenant
from tenants.services.keys import clean_networks, may_come_from
from tests.tenants.conftest import Api


def test_a_key_works_only_from_the_networks_it_names(cast, make_key, settings):
    api = Api(make_key(tenant=cast.cafe, allowed=["203.0.113.0/24", "2001:db8::/32"]))
    refused = api.get("key")
    assert (refused.status_code, refused.json()["code"]) == (403, "address_not_allowed")
    assert "127.0.0.1" in refused.json()["detail"]
    ApiKey.objects.update(allowed=["127.0.0.1/32"])
    assert api.get("key").json()["allowed"] == ["127.0.0.1/32"]


def test_an_address_behind_a_proxy_is_believed_only_from_a_known_proxy(cast, make_key, settings):
    api = Api(make_key(tenant=cast.cafe, allowed=["203.0.113.7"]), **{"X-Forwarded-For": "203.0.113.7"})
    assert api.get("key").status_code == 403
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert api.get("key").status_code == 200


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("203.0.113.9", True),
        ("203.0.114.9", False),
        ("::ffff:203.0.113.9", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("", False),
        (None, False),
        ("nonsense", False),
    ],
)
def test_networks_of_both_families(address, inside):
    key = ApiKey(allowed=["203.0.113.0/24", "2001:db8::/32"])
    assert may_come_from(key=key, address=address) is inside


def test_networks_are_stored_in_one_form_and_nonsense_is_refused():
    assert clean_networks(["203.0.113.7 ", "203.0.113.9/24", "203.0.113.0/24"]) == [
        "203.0.113.7/32",
        "203.0.113.0/24",
    ]
    for wrong in ("localhost", "1.2.3", "1.2.3.4/33", ""):
        with pytest.raises(Refused, match="no address or network"):
            clean_networks([wrong])


def test_a_replaced_key_keeps_its_networks_and_both_work_for_a_day(cast, make_key):
    old = make_key(tenant=cast.cafe, allowed=["127.0.0.1"])
    now = timezone.now()
    row, text = services.rotate_key(key=ApiKey.objects.get(), by=Actor.system("test"), now=now)
    assert row.allowed == ["127.0.0.1/32"]
    assert Api(old).get("key").status_code == Api(text).get("key").status_code == 200
    ApiKey.objects.exclude(pk=row.pk).update(expires_at=now - timedelta(seconds=1))
    assert (Api(old).get("key").status_code, Api(text).get("key").status_code) == (401, 200)


def test_a_key_learns_what_it_is(pat, till, cast):
    own = pat.get("key").json()
    assert (own["partner"], own["tenant_id"], own["restaurants"], own["restaurants_max"]) == (
        cast.pat.name,
        None,
        2,
        100,
    )
    mine = till.get("key").json()
    assert (mine["scopes"], mine["tenant_id"], mine["partner"]) == (["view"], str(cast.cafe.pk), None)
    assert Api().get("key").status_code == 401
    assert Api(client=cast.client(cast.alice)).get("key").status_code == 401


def test_a_partner_opens_no_more_restaurants_than_agreed(pat, cast):
    Partner.objects.update(restaurants_max=3)
    assert pat.post("tenants", {"name": "Third"}).status_code == 201
    refused = pat.post("tenants", {"name": "Fourth"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_restaurants")
    assert "3 restaurants" in refused.json()["detail"]
    Tenant.objects.filter(name="Third").update(closed_at=timezone.now())
    assert pat.post("tenants", {"name": "Fourth"}).status_code == 201


def test_an_owner_limits_a_key_on_the_page(cast):
    client = cast.client(cast.alice)
    form = {
        "name": "Till",
        "scopes": [Can.VIEW],
        "live": "live",
        "ends": "",
        "allowed": "203.0.113.7 10.0.0.0/8",
    }
    made = client.post("/r/cafe/settings/keys/", form)
    assert made.status_code == 200
    assert ApiKey.objects.get().allowed == ["203.0.113.7/32", "10.0.0.0/8"]
    wrong = client.post("/r/cafe/settings/keys/", form | {"allowed": "everywhere"})
    assert wrong.status_code == 422 and b"is no address or network" in wrong.content
    assert b"Only from 203.0.113.7/32" in client.get("/r/cafe/settings/keys/").content
