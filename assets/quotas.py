"""How much a restaurant may keep, by plan."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from assets.models import Asset
from tenants.context import current_tenant
from tenants.errors import Refused

GIB = 1024**3
DEFAULT_GIB = {"basic": 5, "pro": 50, "enterprise": 500}


def allowed(plan: str) -> int:
    """Bytes of originals the plan includes. Renditions and what is in the trash are on the house."""
    return getattr(settings, "LIBRARY_GIB", DEFAULT_GIB)[plan] * GIB


def used() -> int:
    return Asset.objects.on_shelf().exclude(state="refused").aggregate(total=Sum("bytes"))["total"] or 0


def check_room(size: int) -> None:
    """Raises Refused when `size` more bytes do not fit. Two uploads at once may both slip in."""
    limit = allowed(current_tenant().plan)
    if used() + size > limit:
        raise Refused(
            _("Your library is full (%(gb)s GB). Delete photos you no longer need or change the plan.")
            % {"gb": limit // GIB},
            code="library_full",
            status=403,
        )
