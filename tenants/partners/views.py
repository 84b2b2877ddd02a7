"""A partner's restaurants and keys. What may be done is decided by tenants.services, as for owners."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import services
from tenants.access import Actor, Can, signed_in_view
from tenants.errors import Refused
from tenants.forms import SCOPE_MEANING, KeyForm
from tenants.models import ApiKey, Partner
from tenants.partners import queries
from tenants.partners.door import partner_view
from tenants.services.keys import state_of

# Days that the old key works on beside the new one.
OVERLAPS = (
    ("0", gettext_lazy("end at once")),
    ("1", gettext_lazy("work one more day")),
    ("7", gettext_lazy("work seven more days")),
    ("30", gettext_lazy("work thirty more days")),
)
CLOCK = SimpleNamespace(timezone="UTC")  # a partner has no wall with a clock on it


@signed_in_view
@require_GET
def partners(request: HttpRequest) -> HttpResponse:
    """To the only one, else a choice."""
    found = list(queries.partners_of_user(request.user))  # type: ignore[arg-type]
    if len(found) == 1:
        return redirect("partner", partner_id=found[0].pk)
    return render(request, "tenants/partners/partners.html", {"partners": found})


@partner_view
@require_GET
def partner(request: HttpRequest) -> HttpResponse:
    mine = _partner(request)
    words = request.GET.get("q", "").replace("\x00", "").strip()
    shown = queries.reached(mine, words=words)
    count = queries.restaurants_of_partner(mine).count()
    context = {
        "partner": mine,
        "tab": "restaurants",
        "words": words,
        "restaurants": shown,
        "count": count,
        "more": queries.restaurants_of_partner(mine, words=words).count() - len(shown),
        "people": queries.people_of_partner(mine),
    }
    return render(request, "tenants/partners/partner.html", context)


@partner_view
@require_http_methods(["GET", "POST"])
@never_cache
def keys(request: HttpRequest) -> HttpResponse:
    """GET lists; POST makes a key and shows it in this one answer."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        made = form.run(
            services.create_key,
            partner=_partner(request),
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            live=form.cleaned_data["live"] == "live",
            expires_at=form.expires_at(now=now, zone=ZoneInfo("UTC")),
            allowed=form.networks(),
            by=_by(request),
            now=now,
        )
        if made is not None:
            return _page(request, KeyForm(), made=made)
    return _page(request, form)


@partner_view
@require_POST
@never_cache
def rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    given = request.POST.get("overlap", "1")
    if given not in dict(OVERLAPS):
        raise Refused(_("Choose how long the old key works on."), code="overlap_unknown", field="overlap")
    made = services.rotate_key(
        key=_key(request, key_id), by=_by(request), now=timezone.now(), overlap=timedelta(days=int(given))
    )
    return _page(request, KeyForm(), made=made)


@partner_view
@require_POST
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    key = _key(request, key_id)
    services.revoke_key(key=key, by=_by(request), now=timezone.now())
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect("partner_keys", partner_id=_partner(request).pk)


def _page(request: HttpRequest, form: KeyForm, *, made: tuple[ApiKey, str] | None = None) -> HttpResponse:
    mine, now = _partner(request), timezone.now()
    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "state": state_of(key=key, now=now),
            "may": [SCOPE_MEANING[Can(scope)] for scope in key.scopes],
        }
        for key in queries.keys_of_partner(mine)
    ]
    working = [row for row in rows if row["state"] in ("works", "ends")]
    context = {
        "partner": mine,
        "tab": "keys",
        "form": form,
        "working": working,
        "ended": [row for row in rows if row not in working],
        "made": made,
        "overlaps": OVERLAPS,
        "clock": CLOCK,
    }
    bad = form.is_bound and form.errors
    return render(request, "tenants/partners/keys.html", context, status=422 if bad else 200)


def _key(request: HttpRequest, key_id: UUID) -> ApiKey:
    return get_object_or_404(ApiKey, pk=key_id, partner=_partner(request))


def _partner(request: HttpRequest) -> Partner:
    return request.partner  # type: ignore[attr-defined,no-any-return]


def _by(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]
