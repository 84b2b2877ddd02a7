"""Every address of the product with the door it declares: what the access and isolation tests walk over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from tenants.office.site import OfficeSite

NOBODY = "00000000-0000-4000-8000-000000000000"
SAMPLES = {"uuid": NOBODY, "int": "999999", "slug": "nothing", "str": "nothing", "path": "nothing"}
# For patterns written as regular expressions, by the name of the group.
NAMED = {
    "token": f"{'x' * 40}.{'y' * 40}",
    "suffix": "jpg",
    "rendition_id": NOBODY,
    "uidb36": "a",
    "key": "nothing",
}
API = "api/v1/"
LIBRARY = ("allauth.", "django.contrib.auth.", "django.views.", "drf_spectacular.")


@dataclass(frozen=True)
class Route:
    """One pattern. `where` is "public", "tenant", "api", "admin"; `door` is what the table of tests says
    about it.
    """

    where: str
    pattern: str
    name: str
    callback: Callable[..., Any] = field(compare=False)

    @property
    def key(self) -> str:
        return f"{self.where} {self.pattern}".strip()

    @property
    def methods(self) -> list[str]:
        """What to try: for the API what the class implements, for pages both ways in."""
        cls = view_class(self.callback)
        if cls is not None and self.where == "api":
            return [name for name in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(cls, name.lower())]
        return ["GET", "POST"]

    @property
    def door(self) -> str:
        """ "view", "manage", ... of a restaurant's page; "GET view, POST compose" of the API; "public",
        "signed_in", "staff", "library" elsewhere; "" when nothing is declared.
        """
        declared = getattr(self.callback, "door", None)
        if declared is not None:
            kind, what = declared
            return str(what) if kind == "tenant" else str(kind)
        cls = view_class(self.callback)
        if cls is not None:
            if getattr(cls, "can", None):
                return ", ".join(f"{method} {cls.can[method]}" for method in sorted(cls.can))
            if getattr(cls, "open_because", ""):
                return "public"
        if self.where == "admin" and isinstance(_office_of(self.callback), OfficeSite):
            return "staff"
        module = getattr(cls or self.callback, "__module__", "")
        return "library" if module.startswith(LIBRARY) else ""

    def path(self, **known: str) -> str:
        """A concrete address with samples for what is not `known`."""

        def fill(match: re.Match[str]) -> str:
            kind, _, name = match.group(1).rpartition(":")
            return known.get(name, SAMPLES[kind or "str"])

        text = re.sub(
            r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)",
            lambda m: known.get(m[1], NAMED.get(m[1], "nothing")),
            self.pattern,
        )
        text = re.sub(r"<([^>]+)>", fill, text)
        return re.sub(r"\^|/\?\$|\$|\\Z|\\(?=\.)", "", text)


def _office_of(callback: Callable[..., Any]) -> Any:
    """The back office site that wraps this view, if one does."""
    model_admin = getattr(callback, "model_admin", None)
    own = getattr(callback, "__self__", None)
    site = getattr(callback, "admin_site", None) or getattr(model_admin, "admin_site", None) or own
    return getattr(site, "_wrapped", site)  # admin.site is lazy


def view_class(callback: Callable[..., Any]) -> Any:
    return getattr(callback, "view_class", None) or getattr(callback, "cls", None)


def every_route() -> list[Route]:
    """Both urlconfs, flattened."""
    found = list(_walk(get_resolver(settings.ROOT_URLCONF).url_patterns, "", "public"))
    found += _walk(get_resolver(settings.TENANT_URLCONF).url_patterns, "", "tenant")
    return found


def _walk(patterns: list[Any], prefix: str, where: str) -> Iterator[Route]:
    for entry in patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, pattern, where)
        elif isinstance(entry, URLPattern):
            kind = where
            if where == "public" and pattern.startswith(API):
                kind = "api"
            elif where == "public" and pattern.startswith("admin/"):
                kind = "admin"
            yield Route(kind, pattern, entry.name or "", entry.callback)
