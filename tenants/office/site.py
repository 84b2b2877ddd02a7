"""The door of the back office: staff, signed in with two factors in this session. Strangers get a 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from tenants.access import login_first
from tenants.adapters import has_second_factor
from tenants.urls_of import public_url

# Unfold's pages run the full Alpine and colour themselves by a <style>; no other page may.
CSP = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
ROOMS = ("tenants.", "social.", "assets.", "content.", "posting.")


class OfficeSite(UnfoldAdminSite):
    site_title = "Social Automation"
    site_header = "Back office"
    index_title = "Back office"
    enable_nav_sidebar = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._restaurant_urls: list[URLPattern] = []
        self.restaurant_pages: list[
            tuple[str, Any]
        ] = []  # (name of the address, title), linked from a restaurant

    def add_restaurant_page(
        self, route: str, view: Callable[..., Any], *, name: str, title: Any = ""
    ) -> None:
        """A room's page about one restaurant, below its own: view(request, tenant_id, ...). Linked when titled."""
        address = f"tenants/tenant/<uuid:tenant_id>/{route}"
        self._restaurant_urls.append(path(address, self.admin_view(view), name=name))
        if title:
            self.restaurant_pages.append((name, title))

    def get_urls(self) -> list[Any]:
        return [*self._restaurant_urls, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {"restaurant_pages": self.restaurant_pages}

    def has_permission(self, request: HttpRequest) -> bool:
        return _is_staff(request) and has_second_factor(request.user) and used_second_factor(request)  # type: ignore[arg-type]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        guarded = super().admin_view(view, cacheable)

        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            turned_away = turn_away(request)
            if turned_away is not None:
                return turned_away
            response = guarded(request, *args, **kwargs)
            response._csp_update = CSP
            return response

        inner.door = ("staff", None)  # type: ignore[attr-defined]
        return inner

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only our own pages: those that libraries bring would show token and authenticator tables."""
        if admin_class is not None and admin_class.__module__.startswith(ROOMS):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Never Django's own form: it knows no second factor."""
        return turn_away(request) or HttpResponseRedirect(public_url("admin:index"))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(public_url("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return HttpResponseRedirect(public_url("account_change_password"))


def turn_away(request: HttpRequest) -> HttpResponse | None:
    """None for those who may enter; else where they go instead: sign in, set up or use the second factor, or
    a 404.
    """
    if not request.user.is_authenticated:
        return login_first(request)
    if not _is_staff(request):
        raise Http404
    if not has_second_factor(request.user):
        messages.warning(request, _("The back office needs two-step sign-in. Set it up here once."))
        return HttpResponseRedirect(public_url("mfa_activate_totp"))
    if not used_second_factor(request):
        return HttpResponseRedirect(
            f"{public_url('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
        )
    return None


def used_second_factor(request: HttpRequest) -> bool:
    """True when this very session gave a code: a session older than the authenticator has not."""
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user))  # type: ignore[arg-type]


def _is_staff(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_authenticated and user.is_active and user.is_staff)
