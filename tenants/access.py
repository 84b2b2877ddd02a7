"""Who may do what: roles, permissions, the actor of a change, and the doors views declare.

Every view carries one door; tests/test_access.py fails for a view without.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from tenants.errors import Refused

View = Callable[..., HttpResponseBase]


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")


class Can(StrEnum):
    VIEW = "view"  # read everything of the restaurant except money and keys
    COMPOSE = "compose"  # write posts, captions, upload and edit media
    PUBLISH = "publish"  # schedule, cancel, approve
    CONNECT = "connect"  # connect and disconnect channels
    MANAGE = "manage"  # settings, brand, people, keys
    OWN = "own"  # plan, closing the restaurant, making owners


_EDITOR = {Can.VIEW, Can.COMPOSE, Can.PUBLISH}
PERMISSIONS: dict[str, set[Can]] = {
    Role.OWNER: set(Can),
    Role.MANAGER: set(Can) - {Can.OWN},
    Role.EDITOR: _EDITOR,
    Role.VIEWER: {Can.VIEW},
}


def has(role: str | None, can: Can) -> bool:
    return can in PERMISSIONS.get(role or "", set())


@dataclass(frozen=True)
class Actor:
    """Who did it: the `by=` of every service. Kept as plain values, never as a foreign key."""

    kind: str  # user | key | system | staff
    id: str
    label: str

    @classmethod
    def of(cls, user: Any) -> Self:
        return cls("user", str(user.pk), user.get_full_name() or user.email)

    @classmethod
    def staff(cls, user: Any) -> Self:
        return cls("staff", str(user.pk), user.email)

    @classmethod
    def key(cls, key: Any) -> Self:
        return cls("key", str(key.pk), key.name)

    @classmethod
    def system(cls, name: str) -> Self:
        return cls("system", name, name)

    @property
    def user_id(self) -> int | None:
        return int(self.id) if self.kind in ("user", "staff") else None


def login_first(request: HttpRequest) -> HttpResponseRedirect:
    """To the sign-in page and back here afterwards."""
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")


def tenant_view(can: Can) -> Callable[[View], View]:
    """A page of one restaurant. The middleware already proved membership; here the role is asked."""

    def door(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            membership = getattr(request, "membership", None)
            if membership is None:
                raise Http404
            if not has(membership.role, can):
                raise Refused(
                    str(_("Your role here does not allow this. Ask an owner or manager of the restaurant.")),
                    code="role",
                    status=403,
                )
            return view(request, *args, **kwargs)

        inner.door = ("tenant", can)  # type: ignore[attr-defined]
        return inner

    return door


def signed_in_view(view: View) -> View:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return login_first(request)
        return view(request, *args, **kwargs)

    inner.door = ("signed_in", None)  # type: ignore[attr-defined]
    return inner


def public_view(reason: str) -> Callable[[View], View]:
    """Open to everybody; the reason is written where the door is."""

    def door(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, *args, **kwargs)

        inner.door = ("public", reason)  # type: ignore[attr-defined]
        return inner

    return door


def staff_view(view: View) -> View:
    """Back office only; everybody else, signed in or not, gets the 404 of a page that is not there."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not (request.user.is_authenticated and request.user.is_staff):
            raise Http404
        return view(request, *args, **kwargs)

    inner.door = ("staff", None)  # type: ignore[attr-defined]
    return inner
