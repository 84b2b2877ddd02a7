"""Two at once: a state is consumed once, a Page goes to one restaurant, the first key is made once, rotation hurts
nobody who is reading.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.utils import timezone
from django_tenants.utils import tenant_context

from social.management.commands.rotate_keys import reseal
from social.models import Channel, Connection
from social.registry.models import ChannelClaim, OAuthState, TenantDataKey
from social.services import ConnectFailed, connect_channels
from social.services.connecting import consume_state, start_connect
from social.tokens import mirror, open_token, put_token
from social.vault import Secret, rewrap, seal
from social.vault.store import open_keys
from tenants.access import Actor
from tests.social.loopback import Script
from tests.social.owner import state_of

NOW = timezone.now()


def together(*works):
    """Run all at the same moment, each with its own database connection. Returns results or exceptions."""
    gate = threading.Barrier(len(works))

    def run(work):
        try:
            gate.wait(10)
            return work()
        except Exception as error:
            return error
        finally:
            database.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.fixture
def app(settings, server):
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = "1000000000000001", "s"
    settings.FACEBOOK_GRAPH_URL = f"{server.url}/graph"
    yield server
    open_keys.clear()


def test_one_state_shown_eight_times_at_once_is_accepted_once(committed_cast, app):
    alice = committed_cast.alice
    state = state_of(
        start_connect(tenant=committed_cast.cafe, user=alice, session_key="s", now=timezone.now())
    )

    def take():
        return consume_state(state=state, session_key="s", user=alice, now=timezone.now())

    results = together(*[take] * 8)
    assert sum(isinstance(result, OAuthState) for result in results) == 1
    assert {result.code for result in results if isinstance(result, ConnectFailed)} == {"state_unknown"}


def login_of(tenant, person):
    connection = Connection(
        facebook_user_id=person,
        connected_by="x",
        connected_at=NOW,
        scopes=["pages_show_list", "pages_read_engagement", "pages_manage_posts"],
    )
    put_token(connection, Secret(f"EAA{person}"))
    connection.save()
    mirror(connection)
    return connection


def test_two_restaurants_that_claim_one_page_at_once_get_it_once(committed_cast, app):
    cast = committed_cast
    app.answer = lambda seen: Script({"data": [{"id": "77", "name": "Page", "access_token": "EAApage"}]})
    logins = {}
    for tenant in (cast.cafe, cast.bakery):
        with tenant_context(tenant):
            logins[tenant] = login_of(tenant, tenant.slug)

    def claim(tenant):
        def work():
            with tenant_context(tenant):
                by = Actor.system("x")
                return connect_channels(connection=logins[tenant], keys=["facebook:77"], by=by, now=NOW)

        return work

    results = together(claim(cast.cafe), claim(cast.bakery))
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 1 and "Another restaurant" in str(refused[0])
    assert ChannelClaim.objects.count() == 1
    counts = []
    for tenant in (cast.cafe, cast.bakery):
        with tenant_context(tenant):
            counts.append(Channel.objects.count())
    assert sorted(counts) == [0, 1]


def test_the_first_data_key_of_a_restaurant_is_made_once(committed_cast, app):
    tenant = committed_cast.cafe

    def first():
        return seal(Secret("x"), tenant=tenant, table="t", row="1", field="f")

    assert not [result for result in together(*[first] * 6) if isinstance(result, Exception)]
    assert TenantDataKey.objects.filter(tenant=tenant).count() == 1


def test_keys_are_changed_under_readers_and_no_read_fails(committed_cast, app, settings):
    """What rotate_keys does, while others open tokens without pause."""
    tenant = committed_cast.cafe
    number = 100
    with tenant_context(tenant):
        connection = login_of(tenant, "1")
        rows = [
            Channel(
                connection=connection,
                platform="facebook",
                remote_id=str(index),
                name="P",
                page_remote_id=str(index),
                connected_at=NOW,
            )
            for index in range(number)
        ]
        for row in rows:
            put_token(row, Secret(f"EAA{row.remote_id}"))
        Channel.objects.bulk_create(rows)
    stop = threading.Event()

    def read():
        reads = 0
        with tenant_context(tenant):
            while not stop.is_set():
                for row in Channel.objects.all().iterator():
                    assert open_token(row).reveal() == f"EAA{row.remote_id}"
                    reads += 1
                open_keys.clear()
        return reads

    def rotate():
        try:
            with tenant_context(tenant):
                moved = reseal(tenant, now=NOW)
                for data_key in TenantDataKey.objects.all():
                    assert rewrap(data_key)
            return moved
        finally:
            stop.set()

    results = together(read, read, rotate)
    assert results[2] == (number + 1, 0), results
    assert all(isinstance(reads, int) and reads >= number for reads in results[:2]), results
