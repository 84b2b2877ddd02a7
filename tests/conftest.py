"""The cast and the database: two restaurants that stand in every test database, rolled back after each test.

Alice owns the cafe, Bob edits it, Vera only looks; Charlie owns the bakery and must see nothing of the
cafe; Dana is staff; Pat is a partner with a key for both.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, TransactionTestCase
from django_tenants.utils import tenant_context

from tenants import provisioning, throttles
from tenants.access import Role
from tenants.models import Membership, Partner, Tenant, User

RESTAURANTS = (
    ("cafe", "Krusty Cafe", "America/Chicago"),
    ("bakery", "Corner Bakery", "Europe/Berlin"),
)
PASSWORD = "correct horse battery"


@dataclass
class Cast:
    cafe: Tenant
    bakery: Tenant
    alice: User
    bob: User
    vera: User
    charlie: User
    dana: User
    pat: Partner

    def client(self, user: User | None = None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client


def _build_cast() -> None:
    """Idempotent: a transactional test truncates the public tables, the schemas stay."""
    if Partner.objects.filter(name="Pat's Agency").exists():  # made last: everybody is there
        return
    for slug, name, zone in RESTAURANTS:
        if not Tenant.objects.filter(slug=slug).exists():
            tenant = Tenant.objects.create(slug=slug, name=name, timezone=zone, schema_name=f"t_{slug}")
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [tenant.schema_name])
                exists = cursor.fetchone()
            if exists:
                _empty([tenant.schema_name])
            else:
                provisioning.create_schema(tenant)
    people = (
        ("alice", "cafe", Role.OWNER),
        ("bob", "cafe", Role.EDITOR),
        ("vera", "cafe", Role.VIEWER),
        ("charlie", "bakery", Role.OWNER),
        ("dana", None, None),
    )
    for name, slug, role in people:
        user = User.objects.filter(email=f"{name}@example.com").first()
        if user is None:
            user = User.objects.create_user(
                f"{name}@example.com",
                PASSWORD,
                first_name=name.title(),
                is_staff=name == "dana",
                is_superuser=name == "dana",
            )
        if slug:
            tenant = Tenant.objects.get(slug=slug)
            Membership.objects.get_or_create(user=user, tenant=tenant, defaults={"role": role})
    partner, _ = Partner.objects.get_or_create(name="Pat's Agency", contact_email="pat@example.com")
    partner.tenants.set(Tenant.objects.filter(slug__in=["cafe", "bakery"]))


# The compiled schema of an empty restaurant is named by its migrations, and takes ten seconds to make anew.
_STANDING = (
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "django_site",
    "tenants_templatescript",
)


def _empty(schemas: list[str]) -> None:
    """Every row of these schemas. Most tables are empty already, and then DELETE costs nothing, while TRUNCATE
    makes new files of all of them (a second for two restaurants). Foreign keys are checked at the commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY.format(schemas=_quoted(schemas), standing=_quoted(_STANDING)))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


_EMPTY = """
DO $$
DECLARE one record; full_table boolean;
BEGIN
    SET LOCAL posting.erase = 'on';
    FOR one IN SELECT n.nspname AS place, c.relname AS name FROM pg_class c JOIN pg_namespace n
                   ON n.oid = c.relnamespace
                WHERE n.nspname IN ({schemas}) AND c.relkind = 'r' AND c.relname NOT IN ({standing})
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', one.place, one.name) INTO full_table;
        IF full_table THEN
            BEGIN
                EXECUTE format('DELETE FROM %I.%I', one.place, one.name);
            EXCEPTION WHEN OTHERS THEN  -- append-only: its trigger forbids it
                EXECUTE format('TRUNCATE %I.%I CASCADE', one.place, one.name);
            END;
        END IF;
    END LOOP;
END $$
"""


def _forget_everything(self: TransactionTestCase) -> None:
    """Instead of Django's flush, which truncates all tables and makes content types and permissions anew."""
    connection.set_schema_to_public()
    _empty(["public"])


def read_cast() -> Cast:
    people = {user.email.split("@")[0]: user for user in User.objects.all()}
    names = ("alice", "bob", "vera", "charlie", "dana")
    return Cast(
        cafe=Tenant.objects.get(slug="cafe"),
        bakery=Tenant.objects.get(slug="bakery"),
        pat=Partner.objects.get(name="Pat's Agency"),
        **{name: people[name] for name in names},
    )


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    TransactionTestCase._fixture_teardown = _forget_everything  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        _build_cast()
        _rebuild_outdated()


def _rebuild_outdated() -> None:
    """A reused database gets new public migrations from Django, but its restaurants' schemas only from here."""
    mark = provisioning.fingerprint()
    for tenant in Tenant.objects.exclude(fingerprint=mark):
        provisioning.compile_script()
        provisioning.drop_schema(tenant)
        provisioning.create_schema(tenant)


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast, inside the test's transaction; rebuilt after a transactional test emptied the tables."""
    _build_cast()
    return read_cast()


@pytest.fixture
def cafe(cast: Cast) -> Iterator[Tenant]:
    """The cafe, with its schema entered."""
    with tenant_context(cast.cafe):
        yield cast.cafe


@pytest.fixture
def committed_cast(transactional_db: None) -> Iterator[Cast]:
    """For tests that need commits (threads, processes): real rows, both restaurants emptied afterwards."""
    _build_cast()
    cast = read_cast()
    schemas = [cast.cafe.schema_name, cast.bakery.schema_name]
    _empty(schemas)
    yield cast
    connection.set_schema_to_public()
    _empty(schemas)


@pytest.fixture(autouse=True)
def _leave_no_tenant() -> Iterator[None]:
    """A test that forgot to leave a restaurant must not lend it to the next."""
    yield
    connection.set_schema_to_public()


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: Any) -> throttles.Limiter:
    """A limiter on the real Redis whose keys no other test and no other run uses; they expire by themselves.

    For every test: the cast's keys are the same ones all the time, and their hour would be used up.
    """
    mine = throttles.Limiter(throttles.connect(settings.REDIS_URL))
    prefix, take = uuid.uuid4().hex, mine.take
    monkeypatch.setattr(mine, "take", lambda key, limit, **kw: take(f"{prefix}:{key}", limit, **kw))
    monkeypatch.setattr(throttles, "limiter", lambda: mine)
    return mine
