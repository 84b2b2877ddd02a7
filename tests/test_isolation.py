"""What one restaurant does never touches another's tables. PostgreSQL's own counters of scans and writes are
the judge: they notice a view that merely counts rows elsewhere, which no look at answers would.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, connection, connections, transaction
from django.utils import timezone
from django_tenants.utils import schema_context, tenant_context

from assets.models import Folder
from content.models import MenuItem, Post
from tenants import services
from tenants.access import Actor
from tenants.context import current_tenant
from tenants.errors import NoTenant
from tenants.models import Tenant
from tenants.services.keys import SCOPES
from tests.conftest import Cast
from tests.routes import Route, every_route
from tests.test_access import Caller

CANARY = "Geheimrezept"  # stands in every row of the bakery
TENANT_LABELS = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}
TENANT_MODELS = [
    model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in TENANT_LABELS
]
Counters = dict[str, tuple[int, ...]]


def counters(schema: str) -> Counters:
    """{table: (scans, index scans, rows written)} of one schema, everything up to now included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT relname, seq_scan, coalesce(idx_scan, 0), n_tup_ins, n_tup_upd, n_tup_del"
            " FROM pg_stat_user_tables WHERE schemaname = %s",
            [schema],
        )
        return {name: tuple(numbers) for name, *numbers in cursor.fetchall()}


def moved(before: Counters, after: Counters) -> list[str]:
    return [
        f"{table}: {before[table]} -> {numbers}"
        for table, numbers in after.items()
        if before[table] != numbers
    ]


def furnish(tenant: Tenant) -> dict[str, str]:
    """Rows with the canary in one restaurant; their ids by the names that addresses use."""
    now = timezone.now()
    with tenant_context(tenant):
        folder = Folder.objects.create(name=CANARY, created_at=now)
        item = MenuItem.objects.create(name=CANARY, currency="EUR", created_at=now, updated_at=now)
        post = Post.objects.create(
            caption=CANARY, created_by=CANARY, updated_by=CANARY, created_at=now, updated_at=now
        )
    connection.set_schema_to_public()
    return {"folder_id": str(folder.pk), "item_id": str(item.pk), "post_id": str(post.pk)}


@pytest.fixture
def neighbours(committed_cast: Cast) -> Iterator[tuple[Cast, dict[str, str]]]:
    """The cast with rows in the bakery."""
    cache.clear()
    yield committed_cast, furnish(committed_cast.bakery)


def test_the_meter_notices_a_single_count_in_another_schema(neighbours):
    cast, _ids = neighbours
    before = counters(cast.bakery.schema_name)
    with tenant_context(cast.cafe), connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{cast.bakery.schema_name}"."content_post"')
    connection.set_schema_to_public()
    assert [line.split(":")[0] for line in moved(before, counters(cast.bakery.schema_name))] == [
        "content_post"
    ]


def test_walking_every_address_of_one_restaurant_leaves_the_others_tables_untouched(neighbours):
    cast, ids = neighbours
    now = timezone.now()
    key = services.create_key(tenant=cast.cafe, name="k", scopes=SCOPES, by=Actor.system("test"), now=now)[1]
    alice = Caller(cast.client(cast.alice), {})
    till = Caller(cast.client(), {"Authorization": f"Bearer {key}"})
    for caller in (alice, till):
        caller.client.raise_request_exception = False
    alice.send("GET", "/r/cafe/")
    before, seen = counters(cast.bakery.schema_name), []
    assert before
    routes = [route for route in every_route() if route.where in ("tenant", "api")]
    for route in routes:
        for method in route.methods:
            answer = _walk(route, method, alice, till, cast, ids)
            if CANARY.encode() in answer.getvalue():
                seen.append(f"{method} {route.key}")
    connection.set_schema_to_public()
    assert moved(before, counters(cast.bakery.schema_name)) == []
    assert seen == []
    assert len(routes) > 60


def _walk(route: Route, method: str, alice: Caller, till: Caller, cast: Cast, ids: dict[str, str]) -> Any:
    """One request with the neighbour's ids wherever the address takes one."""
    if route.where == "tenant":
        return alice.send(method, "/r/cafe/" + route.path(**ids))
    caller = till if " " in route.door else alice
    return caller.send(method, "/" + route.path(tenant_id=str(cast.cafe.pk), **ids), api=True)


def test_asking_for_the_other_restaurant_by_id_touches_nothing_there(neighbours):
    cast, ids = neighbours
    now = timezone.now()
    key = services.create_key(tenant=cast.cafe, name="k", scopes=SCOPES, by=Actor.system("test"), now=now)[1]
    alice = Caller(cast.client(cast.alice), {"X-Tenant-Id": str(cast.bakery.pk)})
    till = Caller(cast.client(), {"Authorization": f"Bearer {key}", "X-Tenant-Id": str(cast.bakery.pk)})
    before, wrong = counters(cast.bakery.schema_name), []
    for route in every_route():
        path = route.path(tenant_id=str(cast.bakery.pk), **ids)
        callers = [alice] if route.where == "tenant" else [alice, till]
        if route.where not in ("tenant", "api") or (route.where == "api" and " " not in route.door):
            continue
        for caller in callers:
            for method in route.methods:
                prefix = "/r/bakery/" if route.where == "tenant" else "/"
                answer = caller.send(method, prefix + path, api=route.where == "api")
                if answer.status_code != 404:
                    wrong.append(f"{method} {prefix}{path}: {answer.status_code}")
    connection.set_schema_to_public()
    assert wrong == []
    assert moved(before, counters(cast.bakery.schema_name)) == []


def test_a_viewer_changes_no_row_of_the_own_restaurant(committed_cast):
    cast, ids = committed_cast, furnish(committed_cast.cafe)
    vera = Caller(cast.client(cast.vera), {})
    vera.client.raise_request_exception = False
    for route in every_route():  # once before: pages may prepare themselves on their first visit
        if route.where == "tenant":
            vera.send("GET", "/r/cafe/" + route.path(**ids))
    before = counters(cast.cafe.schema_name)
    for route in every_route():
        for method in route.methods if route.where in ("tenant", "api") else []:
            if route.where == "tenant":
                vera.send(method, "/r/cafe/" + route.path(**ids))
            else:
                vera.send(method, "/" + route.path(tenant_id=str(cast.cafe.pk), **ids), api=True)
    connection.set_schema_to_public()
    after = counters(cast.cafe.schema_name)
    written = {table: numbers[2:] for table, numbers in after.items() if before[table][2:] != numbers[2:]}
    assert written == {}
    assert before != after  # she did read


# --- no restaurant, no tables --------------------------------------------------------------------


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_without_a_restaurant_no_tenant_table_can_be_reached(db, model):
    with (
        schema_context("public"),
        pytest.raises(ProgrammingError, match="does not exist"),
        transaction.atomic(),
    ):
        model._default_manager.first()


def test_asking_for_the_current_restaurant_in_public_is_a_defect(db):
    with schema_context("public"), pytest.raises(NoTenant):
        current_tenant()


def test_no_tenant_table_refers_to_another_schema(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint c
               JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
               JOIN pg_namespace tn ON tn.oid = t.relnamespace
               WHERE c.contype = 'f' AND tn.nspname LIKE 't\\_%%' AND t.relnamespace <> f.relnamespace"""
        )
        assert cursor.fetchall() == []


def test_every_tenant_model_has_its_table_in_each_restaurant_and_none_in_public(cast):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 't_cafe', 't_bakery')"
        )
        found = set(cursor.fetchall())
    for model in TENANT_MODELS:
        table = model._meta.db_table
        assert ("t_cafe", table) in found and ("t_bakery", table) in found
        assert ("public", table) not in found


def test_leaving_the_door_open_is_impossible(cast):
    with pytest.raises(RuntimeError), tenant_context(cast.cafe):
        raise RuntimeError
    assert connection.schema_name == "public"


# --- the search path cannot be led astray --------------------------------------------------------


def path_in_force() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return cursor.fetchone()[0]


def test_a_rolled_back_block_leaves_no_foreign_path(committed_cast):
    cast = committed_cast
    with tenant_context(cast.bakery):
        assert path_in_force() == "t_bakery"
    with tenant_context(cast.cafe):
        with pytest.raises(RuntimeError), transaction.atomic():
            assert path_in_force() == "t_cafe"  # SET inside the block is undone by its rollback
            raise RuntimeError
        assert path_in_force() == "t_cafe"
    assert path_in_force() == "public"


def test_a_rolled_back_savepoint_leaves_no_foreign_path(cast):
    with tenant_context(cast.bakery):
        path_in_force()
        with pytest.raises(RuntimeError), transaction.atomic(), tenant_context(cast.cafe):
            assert path_in_force() == "t_cafe"
            raise RuntimeError
        assert path_in_force() == "t_bakery"


def test_a_path_set_by_hand_does_not_outlive_its_statement(committed_cast):
    with tenant_context(committed_cast.cafe):
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = t_bakery")
        assert path_in_force() == "t_cafe"


def test_a_failed_switch_reaches_the_caller(db):
    ghost = Tenant(schema_name="t_x'; drop", slug="ghost")
    with pytest.raises(ValidationError), tenant_context(ghost):
        path_in_force()
    connection.set_schema_to_public()


def test_a_schema_that_is_gone_falls_to_public_tables_only(committed_cast):
    ghost = Tenant(schema_name="t_ghost", slug="ghost")
    with tenant_context(ghost), pytest.raises(ProgrammingError):
        Post.objects.count()


def test_a_thread_started_inside_a_restaurant_does_not_inherit_it(committed_cast):
    found = []

    def work() -> None:
        try:
            found.append(path_in_force())
        finally:
            connections.close_all()

    with tenant_context(committed_cast.cafe):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert found == ["public"]


def test_interleaved_threads_each_see_their_own_restaurant(committed_cast):
    cast = committed_cast
    for tenant in (cast.cafe, cast.bakery):
        with tenant_context(tenant):
            Folder.objects.create(name=tenant.slug, created_at=timezone.now())
    gate = threading.Barrier(6)

    def work(number: int) -> list[str]:
        wrong = []
        try:
            gate.wait()
            for turn in range(25):
                tenant = (cast.cafe, cast.bakery)[(number + turn) % 2]
                with tenant_context(tenant):
                    names = list(Folder.objects.values_list("name", flat=True))
                    if names != [tenant.slug] or path_in_force() != tenant.schema_name:
                        wrong.append(f"{tenant.slug} saw {names}")
                with schema_context("public"):
                    if path_in_force() != "public":
                        wrong.append("public was not public")
        finally:
            connections.close_all()
        return wrong

    with ThreadPoolExecutor(6) as pool:
        assert [line for lines in pool.map(work, range(6)) for line in lines] == []


def test_parallel_pages_of_two_restaurants_never_mix(neighbours):
    cast, _ids = neighbours
    gate = threading.Barrier(4)

    def work(number: int) -> list[bytes]:
        try:
            person, slug = ((cast.alice, "cafe"), (cast.charlie, "bakery"))[number % 2]
            client = cast.client(person)
            gate.wait()
            return [client.get(f"/r/{slug}/menu/").content for _ in range(6)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, range(4)))
    assert all(CANARY.encode() not in page for number in (0, 2) for page in answers[number])
    assert all(CANARY.encode() in page for number in (1, 3) for page in answers[number])


def test_what_one_restaurant_caches_another_cannot_read(cast):
    with tenant_context(cast.bakery):
        cache.set("recipe", CANARY)
    with tenant_context(cast.cafe):
        assert cache.get("recipe") is None
    with tenant_context(cast.bakery):
        assert cache.get("recipe") == CANARY


def test_raw_sql_in_a_restaurant_sees_its_own_rows(cast):
    now = timezone.now()
    with tenant_context(cast.bakery):
        Folder.objects.create(name=CANARY, created_at=now)
    with tenant_context(cast.cafe), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM assets_folder")
        assert cursor.fetchone()[0] == 0
