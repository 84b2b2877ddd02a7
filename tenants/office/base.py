"""What every page of the back office is: read-only until it says otherwise, audited, one database query per
list.
"""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from unfold.admin import ModelAdmin, TabularInline

from tenants import audit
from tenants.access import Actor
from tenants.models import Tenant


class OfficeAdmin(ModelAdmin):
    """Staff passed the site's door already; what they may change is decided here, model by model.

    `sensitive = True` notes every look at a single row in the audit.
    """

    list_per_page = 50
    show_full_result_count = False  # counting a large table costs more than the page
    sensitive: ClassVar[bool] = False
    actions: Any = ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = super().change_view(request, object_id, *args, **kwargs)
        if self.sensitive and request.method == "GET" and response.status_code == 200:
            tenant_id = UUID(str(object_id)) if self.model is Tenant else None
            what = self.model._meta.label_lower
            audit.record("office.viewed", by=by(request), tenant_id=tenant_id, what=what, row=object_id)
        return response

    # Django's own log has foreign keys to users and says less than the services' audit.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        return None


class OfficeInline(TabularInline):
    """Rows that belong to the shown one, to read."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def by(request: HttpRequest) -> Actor:
    """The staff member as the `by=` of a service."""
    return Actor.staff(request.user)
