from typing import Any

from django import template

from tenants import urls_of

register = template.Library()


@register.simple_tag
def public_url(name: str, *args: Any, **kwargs: Any) -> str:
    return urls_of.public_url(name, *args, **kwargs)


@register.simple_tag
def tenant_url(tenant: Any, name: str, *args: Any, **kwargs: Any) -> str:
    return urls_of.tenant_url(tenant, name, *args, **kwargs)
