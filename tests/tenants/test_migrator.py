"""What `migrate_all` does beside migrating."""

import time

import pytest
from django.db import connection

from tenants import migrator, provisioning

pytestmark = pytest.mark.django_db


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, 't_template_')")
        return {row[0] for row in cursor.fetchall()}


def test_what_a_killed_compilation_left_is_dropped_and_one_at_work_is_not():
    old, young = f"t_template_{int(time.time()) - 7200}_aa", f"t_template_{int(time.time())}_bb"
    with connection.cursor() as cursor:
        for name in (old, "t_template_0123456789ab", young):
            cursor.execute(f'CREATE SCHEMA "{name}"')
    assert provisioning.sweep_templates() == 2
    assert schemas() == {young}


def test_a_login_that_may_do_anything_is_noticed():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE oid = 10")  # who made the server
        (founder,) = cursor.fetchone()
    assert migrator.all_powerful(founder)
    assert not migrator.all_powerful("pg_monitor")
