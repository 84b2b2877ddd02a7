"""Bring public and every restaurant to today's migrations; a fingerprint makes the no-op instant."""

from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context

from tenants import provisioning
from tenants.models import Tenant


def migrate_all(*, say: Callable[[str], None]) -> int:
    """Returns how many restaurants were changed. Repeatable: a stop half-way is continued by the next run."""
    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    with schema_context("public"):
        mark = provisioning.fingerprint()
        provisioning.sweep_templates()
        provisioning.compile_script()
        behind = list(Tenant.objects.exclude(fingerprint=mark).order_by("created_at"))
    for number, tenant in enumerate(behind, start=1):
        provisioning.run_migrations(tenant.schema_name)
        Tenant.objects.filter(pk=tenant.pk).update(fingerprint=mark)
        say(f"{number}/{len(behind)} {tenant.slug}")
    if settings.PRODUCTION and all_powerful():
        say(
            "The database login may do anything (superuser or BYPASSRLS). Give the product a login that only owns"
            " its own database: docs/operations.md."
        )
    return len(behind)


def all_powerful(login: str | None = None) -> bool:
    """Whether a hole in the product would open the whole server: no wall holds against such a login.

    Without a name: the product's own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = coalesce(%s, current_user)",
            [login],
        )
        row = cursor.fetchone()
    return bool(row and row[0])
