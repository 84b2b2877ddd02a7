"""The life of an API key."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tenants import api_keys, services
from tenants.access import Actor, Can
from tenants.errors import Refused
from tenants.models import ApiKey, Audit
from tests.tenants.conftest import Api

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_a_minted_key_has_prefix_randomness_and_checksum():
    key = api_keys.mint()
    assert key.text.startswith("sk_live_") and len(key.text) == 8 + 30 + 6
    assert api_keys.well_formed(key.text)
    assert api_keys.mint(live=False).text.startswith("sk_test_")
    assert key.text not in repr(key)


@given(position=st.integers(0, 43), letter=st.sampled_from(api_keys.ALPHABET))
def test_every_single_wrong_letter_is_noticed_without_a_query(position, letter):
    text = "sk_live_" + "aB3" * 10
    text += api_keys.checksum(text)
    wrong = text[:position] + letter + text[position + 1 :]
    assert api_keys.well_formed(wrong) == (wrong == text)


@pytest.mark.parametrize(
    "text", ["", "sk_live_", "sk_live_é" + "a" * 35, "sk_prod_" + "a" * 36, "a" * 10_000, "sk_live_\x00"]
)
def test_what_is_no_key_is_refused(text):
    assert not api_keys.well_formed(text)


def test_the_database_holds_neither_key_nor_plain_hash(cast, make_key):
    import hashlib

    text = make_key(tenant=cast.cafe)
    row = ApiKey.objects.values().get()
    assert text not in str(row)
    assert hashlib.sha256(text.encode()).hexdigest() not in str(row)
    assert text.startswith(row["prefix"]) and len(row["prefix"]) == 16


def test_a_rotated_secret_key_keeps_keys_working(cast, make_key, settings):
    api = Api(make_key(tenant=cast.cafe))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of fifty characters or more, for this test only"
    assert api.get(f"tenants/{cast.cafe.pk}").status_code == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert api.get(f"tenants/{cast.cafe.pk}").status_code == 401


def test_both_headers_are_understood(cast, make_key):
    key = make_key(tenant=cast.cafe)
    path = f"tenants/{cast.cafe.pk}"
    assert Api(key).get(path).status_code == 200
    assert Api().get(path, X_Api_Key=key).status_code == 200
    assert Api().get(path, Authorization=f"bearer {key}").status_code == 200


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text[:-1], "key_malformed"),
        (lambda text: api_keys.mint().text, "key_unknown"),
        (lambda text: f"{text} {text}", "key_malformed"),
    ],
)
def test_a_key_that_does_not_work_says_why(cast, make_key, spoil, code):
    answer = Api(spoil(make_key(tenant=cast.cafe))).get("tenants")
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer["Content-Type"] == "application/problem+json"


def test_a_revoked_key_stops_with_the_next_request(cast, make_key):
    api = Api(make_key(tenant=cast.cafe))
    assert api.get("tenants").status_code == 200
    key = ApiKey.objects.get()
    for _ in range(2):
        services.revoke_key(key=key, by=Actor.of(cast.alice), now=NOW)
    answer = api.get("tenants")
    assert (answer.status_code, answer.json()["code"]) == (401, "key_revoked")
    assert Audit.objects.filter(action="key.revoked").count() == 1


def test_a_key_ends_on_time(cast, make_key, time_machine):
    time_machine.move_to(NOW, tick=False)
    api = Api(make_key(tenant=cast.cafe, now=NOW, expires_at=NOW + timedelta(days=1)))
    time_machine.move_to(NOW + timedelta(hours=23, minutes=59), tick=False)
    assert api.get("tenants").status_code == 200
    time_machine.move_to(NOW + timedelta(days=1), tick=False)
    assert api.get("tenants").json()["code"] == "key_expired"


def test_rotation_overlaps_and_then_only_the_new_key_works(cast, make_key, time_machine):
    time_machine.move_to(NOW, tick=False)
    old = Api(make_key(tenant=cast.cafe, scopes=[Can.VIEW], now=NOW))
    key, text = services.rotate_key(key=ApiKey.objects.get(), by=Actor.of(cast.alice), now=NOW)
    new = Api(text)
    assert key.scopes == ["view"] and key.name == "Till"
    assert (old.get("tenants").status_code, new.get("tenants").status_code) == (200, 200)
    time_machine.move_to(NOW + timedelta(hours=24), tick=False)
    assert (old.get("tenants").status_code, new.get("tenants").status_code) == (401, 200)


def test_rotation_does_not_lengthen_a_keys_life(cast, make_key):
    make_key(tenant=cast.cafe, now=NOW, expires_at=NOW + timedelta(hours=1))
    old = ApiKey.objects.get()
    new, _ = services.rotate_key(key=old, by=Actor.of(cast.alice), now=NOW)
    old.refresh_from_db()
    assert old.expires_at == new.expires_at == NOW + timedelta(hours=1)


def test_an_ended_key_is_not_rotated_back_to_life(cast, make_key):
    make_key(tenant=cast.cafe)
    key = ApiKey.objects.get()
    services.revoke_key(key=key, by=Actor.of(cast.alice), now=NOW)
    with pytest.raises(Refused, match="ended already"):
        services.rotate_key(key=key, by=Actor.of(cast.alice), now=NOW)


@pytest.mark.parametrize("scopes", [[], ["own"], ["view", "everything"]])
def test_a_key_gets_only_scopes_that_exist_for_keys(cast, make_key, scopes):
    with pytest.raises(Refused) as refused:
        make_key(tenant=cast.cafe, scopes=scopes)
    assert refused.value.field == "scopes"


def test_last_used_is_written_at_most_once_a_minute(cast, make_key, time_machine, django_assert_num_queries):
    time_machine.move_to(NOW, tick=False)
    api = Api(make_key(tenant=cast.cafe))
    for seconds, written in ((0, NOW), (30, NOW), (60, NOW + timedelta(seconds=60))):
        time_machine.move_to(NOW + timedelta(seconds=seconds), tick=False)
        api.get("tenants")
        assert ApiKey.objects.get().last_used_at == written


def test_unknown_keys_from_one_address_are_slowed_down(cast, make_key, fresh_limits, monkeypatch):
    monkeypatch.setattr("tenants.api_auth.UNKNOWN_KEYS_AN_HOUR", 3)
    codes = [Api(api_keys.mint().text).get("tenants").status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    assert Api(make_key(tenant=cast.cafe)).get("tenants").status_code == 200


def test_expiry_in_the_past_is_refused(cast, make_key):
    with pytest.raises(Refused, match="past"):
        make_key(tenant=cast.cafe, now=NOW, expires_at=NOW)


def test_a_key_has_exactly_one_owner(cast, make_key):
    with pytest.raises(ValueError, match="restaurant or to a partner"):
        make_key(tenant=cast.cafe, partner=cast.pat)
    with pytest.raises(ValueError, match="restaurant or to a partner"):
        make_key()


def test_a_fresh_key_works_now(cast, make_key):
    assert Api(make_key(tenant=cast.cafe, now=timezone.now())).get("tenants").status_code == 200


def test_an_own_pepper_makes_keys_independent_of_the_secret_key(cast, make_key, settings):
    settings.API_KEY_PEPPER = "pepper of the operator"
    api = Api(make_key(tenant=cast.cafe))
    settings.SECRET_KEY = "another secret of fifty characters or more, for this test only"
    assert api.get("tenants").status_code == 200
    settings.API_KEY_PEPPER = "another pepper"
    assert api.get("tenants").status_code == 401
