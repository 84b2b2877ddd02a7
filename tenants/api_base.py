"""The base of every API view: who calls, for which restaurant, may they; then the restaurant's schema."""

from contextlib import ExitStack
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from tenants.access import Actor, Can, has
from tenants.api_manners import MannerlyAPIView
from tenants.errors import Refused
from tenants.models import ApiKey, Membership, Tenant

_LIVE = frozenset({Can.PUBLISH, Can.CONNECT})  # what changes something at Facebook or Instagram


def must_have(key: ApiKey, can: Can) -> None:
    """403 that names the scope."""
    if can not in key.scopes:
        raise Refused(
            _("This key lacks the scope “%(scope)s”. Make one that has it under Settings, Keys.")
            % {"scope": can},
            code="scope_missing",
            status=403,
        )


class TenantAPIView(MannerlyAPIView):
    """One endpoint of one restaurant.

    `can` names the permission per method; a key needs the scope of the same name, a signed-in person
    the role. The restaurant is, in this order: `tenant_id` in the path, the `X-Tenant-Id` header,
    `tenant_id` in the query or body, the key's only restaurant. Unknown and foreign ids are one 404.
    """

    can: ClassVar[dict[str, Can]] = {}
    tenant: Tenant
    actor: Actor

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._contexts:
            response = super().dispatch(request, *args, **kwargs)  # type: ignore[arg-type]
            if getattr(response, "is_rendered", True) is False:
                response = response.render()  # type: ignore[attr-defined]  # inside the schema: serializers may still read
            return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        can = self.can.get("GET" if request.method == "HEAD" else request.method or "")
        if can is None:
            raise exceptions.MethodNotAllowed(request.method or "")
        self.enter(request, can, kwargs.get("tenant_id"))

    def enter(self, request: Request, can: Can, in_path: Any) -> None:
        """Find the restaurant, ask whether the caller may, and go in."""
        try:
            self.tenant, self.actor = self._admit(request, can, in_path)
        except (Refused, exceptions.NotFound):
            self.count(request, tenant=None)  # knocking on doors is not free either
            raise
        request._request.tenant = self.tenant  # type: ignore[attr-defined]
        self._contexts.enter_context(tenant_context(self.tenant))
        self.count(request, tenant=self.tenant)
        self.answer_once(request, tenant=self.tenant)

    def rehearses(self, request: Request) -> bool:
        """Whether this request stays with us although its permission allows more; then a test key may send it."""
        return False

    def _wanted(self, request: Request, in_path: Any) -> UUID | None:
        value = in_path or request.headers.get("X-Tenant-Id") or request.query_params.get("tenant_id")
        if not value and request.method in ("POST", "PUT", "PATCH") and isinstance(request.data, dict):
            value = request.data.get("tenant_id")
        if not value:
            return None
        try:
            return value if isinstance(value, UUID) else UUID(str(value))
        except ValueError:
            raise exceptions.NotFound from None

    def _admit(self, request: Request, can: Can, in_path: Any) -> tuple[Tenant, Actor]:
        key = request.auth
        if not isinstance(key, ApiKey) and (request.user is None or not request.user.is_authenticated):
            raise exceptions.NotAuthenticated  # before the body is read: a stranger's may be large
        wanted = self._wanted(request, in_path)
        if isinstance(key, ApiKey):
            tenants = Tenant.objects.filter(closed_at__isnull=True)
            tenants = (
                tenants.filter(pk=key.tenant_id) if key.tenant_id else tenants.filter(partners=key.partner_id)
            )
            if wanted is not None:
                tenant = tenants.filter(pk=wanted).first()
            else:
                found = list(tenants[:2])
                if len(found) > 1:
                    raise Refused(
                        _("This key works for several restaurants: say which with tenant_id or X-Tenant-Id."),
                        code="tenant_required",
                        field="tenant_id",
                    )
                tenant = found[0] if found else None
            if tenant is None:
                raise exceptions.NotFound
            must_have(key, can)
            if (
                not key.live
                and can in _LIVE
                and request.method not in SAFE_METHODS
                and not self.rehearses(request)
            ):
                raise Refused(
                    _("This is a test key: it never reaches Facebook or Instagram. Use a live key for this."),
                    code="test_key",
                    status=403,
                )
            return tenant, Actor.key(key)
        memberships = Membership.objects.select_related("tenant").filter(
            user=request.user.pk, tenant__closed_at__isnull=True
        )
        if wanted is not None:
            memberships = memberships.filter(tenant_id=wanted)
        elif slug := request.session.get("tenant"):
            memberships = memberships.filter(tenant__slug=slug)
        membership = memberships.order_by("created_at").first()
        if membership is None:
            raise exceptions.NotFound
        if not has(membership.role, can):
            raise Refused(_("Your role in this restaurant does not allow this."), code="role", status=403)
        return membership.tenant, Actor.of(request.user)


class OwnerAPIView(TenantAPIView):
    """Of a restaurant, or, with a partner's key that names none, of the partner itself.

    `owner` is what belongs-to filters need: {"tenant": ...} or {"partner": ...}.
    """

    owner: dict[str, Any]

    def enter(self, request: Request, can: Can, in_path: Any) -> None:
        key = request.auth
        if not isinstance(key, ApiKey) or key.partner is None or self._wanted(request, in_path) is not None:
            super().enter(request, can, in_path)
            self.owner = {"tenant": self.tenant, "partner": None}
            return
        self.count(request, tenant=None)
        must_have(key, can)
        self.actor = Actor.key(key)
        self.owner = {"tenant": None, "partner": key.partner}
        self.answer_once(request, tenant=None)
