"""Bring public and every restaurant to today's migrations; a fingerprint makes the no-op instant."""

from collections.abc import Callable

from django.core.management import call_command
from django_tenants.utils import schema_context

from tenants import provisioning
from tenants.models import Tenant


def migrate_all(*, say: Callable[[str], None]) -> int:
    """Returns how many restaurants were changed. Repeatable: a stop half-way is continued by the next run."""
    call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
    with schema_context("public"):
        mark = provisioning.fingerprint()
        provisioning.compile_script()
        behind = list(Tenant.objects.exclude(fingerprint=mark).order_by("created_at"))
    for number, tenant in enumerate(behind, start=1):
        provisioning.run_migrations(tenant.schema_name)
        Tenant.objects.filter(pk=tenant.pk).update(fingerprint=mark)
        say(f"{number}/{len(behind)} {tenant.slug}")
    return len(behind)
