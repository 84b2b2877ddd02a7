"""Sealed values open only where they belong, and keys can be changed while everything goes on."""

import base64
import io
import os
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone
from django_tenants.utils import tenant_context
from hypothesis import given
from hypothesis import strategies as st

from config import env
from social.graph import GraphUnknown
from social.management.commands.rotate_keys import reseal
from social.models import Channel, Connection
from social.registry.models import TenantDataKey
from social.services import check_connection
from social.tokens import open_token, put_token
from social.vault import KeyRing, Secret, Tampered, UnknownKey, seal, shred, unseal
from social.vault.envelope import Place, decrypt, encrypt, key_id_of
from social.vault.store import open_keys

KEY, KEY_ID = os.urandom(32), uuid.uuid4()
PLACE = Place("tenant", "social_channel", "row", "token_sealed")
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _no_remembered_keys():
    open_keys.clear()
    yield
    open_keys.clear()


@given(st.text(min_size=1, max_size=500).filter(lambda text: text.encode("utf-8", "ignore").decode() == text))
def test_what_is_sealed_opens_unchanged(text):
    record = encrypt(Secret(text), key=KEY, key_id=KEY_ID, place=PLACE)
    assert decrypt(record, key=KEY, place=PLACE).reveal() == text
    assert text.encode() not in record or len(text) < 4


def test_no_two_records_are_alike():
    records = {encrypt(Secret("same"), key=KEY, key_id=KEY_ID, place=PLACE) for _ in range(50)}
    assert len(records) == 50
    assert len({record[17:29] for record in records}) == 50  # the nonces


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("other", "social_channel", "row", "token_sealed"),
        Place("tenant", "social_connection", "row", "token_sealed"),
        Place("tenant", "social_channel", "other", "token_sealed"),
        Place("tenant", "social_channel", "row", "note"),
        Place("tenantsocial_channel", "", "row", "token_sealed"),
    ],
)
def test_a_record_moved_elsewhere_does_not_open(elsewhere):
    record = encrypt(Secret("token"), key=KEY, key_id=KEY_ID, place=PLACE)
    with pytest.raises(Tampered):
        decrypt(record, key=KEY, place=elsewhere)


def test_a_record_with_any_changed_bit_does_not_open():
    record = encrypt(Secret("token"), key=KEY, key_id=KEY_ID, place=PLACE)
    for index in range(len(record)):
        changed = bytearray(record)
        changed[index] ^= 1
        with pytest.raises(Tampered):
            decrypt(bytes(changed), key=KEY, place=PLACE)


@pytest.mark.parametrize("record", [b"", b"\x01", b"plain text token EAAB", b"\x02" + bytes(60), bytes(60)])
def test_what_is_no_record_is_refused(record):
    with pytest.raises(Tampered):
        key_id_of(record)


def ring(*ids):
    return [(key_id, base64.b64decode(base64.b64encode(key_id.encode().ljust(32, b"#")))) for key_id in ids]


def test_the_first_key_wraps_and_every_key_unwraps():
    old, both = KeyRing(ring("a")), KeyRing(ring("b", "a"))
    wrapped = old.wrap(KEY, b"context")
    assert both.unwrap("a", wrapped, b"context") == KEY
    assert both.current_id == "b"
    with pytest.raises(UnknownKey) as caught:
        KeyRing(ring("b")).unwrap("a", wrapped, b"context")
    assert "'a'" in str(caught.value)
    with pytest.raises(Tampered):
        both.unwrap("a", wrapped, b"another context")


def test_a_bad_ring_is_refused_without_repeating_the_key(monkeypatch):
    from django.core.exceptions import ImproperlyConfigured

    for text in ("a:short", "nocolon", "a:" + base64.b64encode(b"x" * 31).decode(), ",,,"):
        monkeypatch.setenv("ENCRYPTION_KEY", text)
        with pytest.raises(ImproperlyConfigured) as caught:
            env.keyring("ENCRYPTION_KEY", "")
        assert text not in str(caught.value)


def test_each_restaurant_has_its_own_key_and_cannot_open_the_others(cast):
    place = {"table": "social_channel", "row": "1", "field": "token_sealed"}
    mine = seal(Secret("mine"), tenant=cast.cafe, **place)
    seal(Secret("theirs"), tenant=cast.bakery, **place)
    assert TenantDataKey.objects.count() == 2
    assert unseal(mine, tenant=cast.cafe, **place).reveal() == "mine"
    for _remembered in range(2):
        with pytest.raises(UnknownKey):
            unseal(mine, tenant=cast.bakery, **place)


def test_shredding_the_key_shreds_the_tokens(cast):
    place = {"table": "t", "row": "1", "field": "f"}
    record = seal(Secret("gone"), tenant=cast.cafe, **place)
    assert shred(cast.cafe) == 1
    with pytest.raises(UnknownKey):
        unseal(record, tenant=cast.cafe, **place)


def make_tokens(number):
    """A connection and channels with known tokens in the current restaurant."""
    connection = Connection(facebook_user_id="1", connected_by="Alice", connected_at=NOW)
    put_token(connection, Secret("EAAcanary-person"))
    connection.save()
    for index in range(number):
        channel = Channel(
            connection=connection,
            platform="facebook",
            remote_id=str(index),
            name=f"Page {index}",
            page_remote_id=str(index),
            connected_at=NOW,
        )
        put_token(channel, Secret(f"EAAcanary-{index}"))
        channel.save()
    return connection


def all_open():
    rows = [*Connection.objects.all(), *Channel.objects.order_by("remote_id")]
    return [open_token(row).reveal() for row in rows]


def rotate(*arguments):
    out = io.StringIO()
    call_command("rotate_keys", *arguments, stdout=out, stderr=out)
    open_keys.clear()
    return out.getvalue()


def test_the_ring_is_rotated_while_every_token_stays_readable(cast, settings):
    settings.ENCRYPTION_KEY = ring("old")
    with tenant_context(cast.cafe):
        make_tokens(5)
        before = all_open()
    settings.ENCRYPTION_KEY = ring("new", "old")
    open_keys.clear()
    with tenant_context(cast.cafe):
        assert all_open() == before
    assert "Data keys under older ones: 1." in rotate("--dry-run")
    told = rotate()
    assert "Data keys moved: 1." in told and "may be taken out of ENCRYPTION_KEY: old." in told
    settings.ENCRYPTION_KEY = ring("new")
    open_keys.clear()
    with tenant_context(cast.cafe):
        assert all_open() == before
    assert "Data keys moved: 0." in rotate()


def test_a_key_that_left_the_ring_too_early_is_named_and_nothing_is_lost(cast, settings):
    settings.ENCRYPTION_KEY = ring("old")
    with tenant_context(cast.cafe):
        make_tokens(1)
    settings.ENCRYPTION_KEY = ring("new")
    open_keys.clear()
    with pytest.raises(SystemExit):
        rotate()
    with tenant_context(cast.cafe):
        # The operator's slip stops no channel and mails nobody: it is no answer about the token.
        with pytest.raises(GraphUnknown) as caught:
            open_token(Channel.objects.get())
        assert caught.value.never_left
        assert check_connection(connection=Connection.objects.get(), now=NOW).state == "healthy"
        assert Channel.objects.publishable().count() == 1
    settings.ENCRYPTION_KEY = ring("new", "old")
    rotate()
    with tenant_context(cast.cafe):
        assert all_open() == ["EAAcanary-person", "EAAcanary-0"]


def test_tokens_are_sealed_anew_and_older_data_keys_go_after_an_hour(cast):
    with tenant_context(cast.cafe):
        make_tokens(3)
        before, values = [bytes(row.token_sealed) for row in Channel.objects.all()], all_open()
        assert reseal(cast.cafe, now=NOW) == (4, 0)
        assert all_open() == values
        assert not set(before) & {bytes(row.token_sealed) for row in Channel.objects.all()}
        assert TenantDataKey.objects.count() == 2
        assert reseal(cast.cafe, now=NOW + timedelta(minutes=5)) == (0, 0)  # goes on with the key it made
        assert reseal(cast.cafe, now=NOW + timedelta(hours=2))[0] == 4
        assert TenantDataKey.objects.count() == 2
        assert all_open() == values


def test_a_token_stored_while_sealing_anew_is_not_overwritten(cast, monkeypatch):
    from social.management.commands import rotate_keys

    with tenant_context(cast.cafe):
        make_tokens(1)
        real = rotate_keys.seal

        def race(secret, **place):
            if place["table"] == "social_channel":  # somebody reconnects between our reading and writing
                channel = Channel.objects.get()
                put_token(channel, Secret("EAAcanary-fresh"))
                channel.save()
            return real(secret, **place)

        monkeypatch.setattr(rotate_keys, "seal", race)
        reseal(cast.cafe, now=NOW)
        assert open_token(Channel.objects.get()).reveal() == "EAAcanary-fresh"


def test_no_token_stands_in_clear_in_any_table(cast):
    with tenant_context(cast.cafe):
        make_tokens(2)
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', %s)",
            [cast.cafe.schema_name],
        )
        for schema, table in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
            for (row,) in cursor.fetchall():
                assert "EAAcanary" not in row
                assert b"EAAcanary".hex() not in row
