"""Opening, changing and pausing a restaurant."""

import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, connections
from django_tenants.utils import tenant_context

from tenants import provisioning, services, signals
from tenants.access import Actor, Role
from tenants.errors import Refused
from tenants.models import Audit, Membership, Tenant

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def open_one(owner, **wanted):
    fields = {"name": "Krusty Pizza", "timezone": "America/Chicago", "country": "US"} | wanted
    return services.open_restaurant(**fields, owner=owner, by=Actor.of(owner), now=NOW)


def tables(schema: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema])
        return {name for (name,) in cursor.fetchall()}


def test_a_restaurant_opens_with_its_tables_owner_and_audit(cast):
    tenant = open_one(cast.alice)
    assert tenant.slug == "krusty-pizza"
    assert tenant.schema_name.startswith("t_") and "krusty" not in tenant.schema_name
    assert tables(tenant.schema_name) == tables(cast.cafe.schema_name)
    assert tenant.fingerprint == provisioning.fingerprint()
    assert Membership.objects.get(tenant=tenant).role == Role.OWNER
    note = Audit.objects.get(tenant_id=tenant.pk)
    assert (note.action, note.actor_label) == ("restaurant.opened", "Alice")


def test_opening_is_announced_inside_the_new_schema(cast):
    seen = []

    def listen(tenant, **_):
        seen.append((tenant.pk, connection.schema_name))

    signals.restaurant_opened.connect(listen)
    try:
        tenant = open_one(cast.alice)
    finally:
        signals.restaurant_opened.disconnect(listen)
    assert seen == [(tenant.pk, tenant.schema_name)]
    assert connection.schema_name == "public"


def test_opening_leaves_nothing_behind_when_a_listener_fails(cast):
    def fail(**_):
        raise RuntimeError("the shelf is broken")

    before = Tenant.objects.count()
    signals.restaurant_opened.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            open_one(cast.alice)
    finally:
        signals.restaurant_opened.disconnect(fail)
    assert Tenant.objects.count() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^t_[0-9a-f]{12}$'")
        assert cursor.fetchone()[0] == before - 2


def test_opening_stays_under_a_second(cast):
    # The compiled script takes about 0.1 s; migrations took 1.7 s. CPU time, so a busy machine does not
    # matter.
    started = time.process_time()
    open_one(cast.alice)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Café Olé", "cafe-ole"), ("北京饭店", "restaurant"), ("--", "restaurant"), ("a" * 100, "a" * 40)],
)
def test_the_address_is_readable_whatever_the_name(cast, name, slug):
    assert open_one(cast.alice, name=name).slug == slug


def test_two_restaurants_of_one_name_get_two_addresses(cast):
    first, second = open_one(cast.alice), open_one(cast.charlie)
    assert first.slug != second.slug and second.slug.startswith("krusty-pizza-")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": "  "}, "name_missing"),
        ({"name": "x" * 101}, "name_too_long"),
        ({"timezone": "Mars/Olympus"}, "timezone_unknown"),
        ({"timezone": "../../etc/passwd"}, "timezone_unknown"),
        ({"timezone": "EST5EDT"}, "timezone_unknown"),
        ({"country": "XX"}, "country_unknown"),
        ({"language": "e"}, "language_unknown"),
        ({"plan": "gold"}, "plan_unknown"),
    ],
)
def test_what_cannot_be_is_refused_by_name_of_the_field(cast, wanted, code):
    before = Tenant.objects.count()
    with pytest.raises(Refused) as refused:
        open_one(cast.alice, **wanted)
    assert refused.value.code == code
    assert refused.value.field == next(iter(wanted))
    assert Tenant.objects.count() == before


def test_changes_are_audited_with_before_and_after(cast):
    services.update_restaurant(
        tenant=cast.cafe, name="Krusty Café", timezone="America/Denver", by=Actor.of(cast.alice), now=NOW
    )
    cast.cafe.refresh_from_db()
    assert (cast.cafe.name, cast.cafe.timezone) == ("Krusty Café", "America/Denver")
    assert Audit.objects.get(action="restaurant.changed").detail == {
        "name": ["Krusty Cafe", "Krusty Café"],
        "timezone": ["America/Chicago", "America/Denver"],
    }


def test_saving_the_same_again_writes_nothing(cast):
    services.update_restaurant(tenant=cast.cafe, name="Krusty Cafe", by=Actor.of(cast.alice), now=NOW)
    assert not Audit.objects.exists()


def test_pausing_twice_is_one_pause(cast):
    heard = []

    def listen(paused, **_):
        heard.append(paused)

    signals.restaurant_paused.connect(listen)
    try:
        for act in (services.pause_restaurant, services.pause_restaurant, services.resume_restaurant):
            act(tenant=cast.cafe, by=Actor.of(cast.alice), now=NOW)
    finally:
        signals.restaurant_paused.disconnect(listen)
    assert heard == [True, False]


def test_a_plan_is_changed_by_staff_and_noted(cast):
    services.change_plan(tenant=cast.cafe, plan="pro", by=Actor.staff(cast.dana), now=NOW)
    cast.cafe.refresh_from_db()
    assert cast.cafe.plan == "pro"
    assert Audit.objects.get().actor_kind == "staff"


def test_the_audit_only_grows(cast):
    open_one(cast.alice)
    from django.db import DatabaseError, transaction

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Audit.objects.update(actor_label="nobody")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Audit.objects.all().delete()


def test_two_people_opening_the_same_name_at_once_both_succeed(committed_cast):
    opened, problems = [], []
    gate = threading.Barrier(2)

    def work(owner):
        try:
            gate.wait()
            opened.append(open_one(owner))
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=(person,))
        for person in (committed_cast.alice, committed_cast.charlie)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert problems == []
        assert len({tenant.slug for tenant in opened}) == 2
        for tenant in opened:
            with tenant_context(tenant), connection.cursor() as cursor:
                cursor.execute("SELECT current_schema()")
                assert cursor.fetchone()[0] == tenant.schema_name
    finally:
        for tenant in opened:
            provisioning.drop_schema(tenant)
