"""Which restaurant is meant, and the one function that keeps its keys apart from all others'."""

from typing import TYPE_CHECKING, cast

from django.db import connection

from tenants.errors import NoTenant

if TYPE_CHECKING:
    from tenants.models import Tenant

PUBLIC = "public"


def current_schema() -> str:
    return cast(str, connection.schema_name)  # type: ignore[attr-defined]


def current_tenant() -> "Tenant":
    """The restaurant whose schema is set; NoTenant in public."""
    tenant = getattr(connection, "tenant", None)
    if tenant is None or current_schema() == PUBLIC or getattr(tenant, "pk", None) is None:
        raise NoTenant("No restaurant is set here; enter tenant_context(tenant) first.")
    return cast("Tenant", tenant)


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """Every cache key carries its schema: what one restaurant caches no other can read."""
    return f"{current_schema()}:{key_prefix}:{version}:{key}"
