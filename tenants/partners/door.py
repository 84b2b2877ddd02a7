"""Who may enter a partner's pages: the people staff have named for it, and nobody by way of a restaurant."""

from __future__ import annotations

from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase

from tenants.access import Actor, View, login_first
from tenants.models import PartnerMember


def partner_view(view: View) -> View:
    """A page of one partner, named by `partner_id` in its address; sets request.partner and request.actor.

    Strangers get the 404 of a partner that does not exist.
    """

    @wraps(view)
    def inner(request: HttpRequest, partner_id: UUID, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return login_first(request)
        member = (
            PartnerMember.objects.select_related("partner")
            .filter(partner_id=partner_id, user_id=request.user.pk)
            .first()
        )
        if member is None:
            raise Http404
        request.partner = member.partner  # type: ignore[attr-defined]
        request.actor = Actor.of(request.user)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    inner.door = ("partner", None)  # type: ignore[attr-defined]
    return inner
