"""Addresses across the border: from a tenant page to a public one and back."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import get_script_prefix, reverse, set_script_prefix

if TYPE_CHECKING:
    from tenants.models import Tenant


def _reverse(prefix: str, urlconf: str, name: str, args: tuple, kwargs: dict) -> str:
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        return reverse(name, urlconf=urlconf, args=args or None, kwargs=kwargs or None)
    finally:
        set_script_prefix(before)


def public_url(name: str, *args: Any, **kwargs: Any) -> str:
    """Path of a page outside restaurants, e.g. public_url("account_logout") -> /accounts/logout/."""
    return _reverse("/", settings.ROOT_URLCONF, name, args, kwargs)


def tenant_url(tenant: "Tenant", name: str, *args: Any, **kwargs: Any) -> str:
    """Path of a page inside a restaurant, e.g. tenant_url(cafe, "home") -> /r/cafe/."""
    return _reverse(f"/r/{tenant.slug}/", settings.TENANT_URLCONF, name, args, kwargs)


def absolute(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
