"""Choosing, opening and leaving restaurants; their settings, people and keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenants import problems, queries, services, throttles
from tenants.access import Actor, Can, Role, has, public_view, signed_in_view, tenant_view
from tenants.forms import ROLE_MEANING, SCOPE_MEANING, InviteForm, KeyForm, RestaurantForm
from tenants.models import ApiKey, Invitation, Membership
from tenants.partners.queries import partners_of_user
from tenants.services.keys import state_of
from tenants.services.people import find_invitation
from tenants.urls_of import public_url, tenant_url

OPENED_AN_HOUR = 10  # per person: more is a script


def page_not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if request.path.startswith("/api/"):
        return problems.not_found(request)
    return render(request, "404.html", status=404)


@public_view(reason="the front page; people who are signed in go to their restaurant")
@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "public/landing.html")


@public_view(reason="browsers ask for it on every host")
@require_GET
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(static("favicon.svg"))


@public_view(reason="privacy and terms must be readable before signing up")
@require_GET
def legal(request: HttpRequest, page: str) -> HttpResponse:
    if page not in ("privacy", "terms"):
        raise Http404
    return render(request, f"public/{page}.html")


@signed_in_view
@require_GET
def restaurants(request: HttpRequest) -> HttpResponse:
    members = list(queries.restaurants_of(request.user))  # type: ignore[arg-type]
    partners = list(partners_of_user(request.user))  # type: ignore[arg-type]
    if not members:
        return redirect("partners" if partners else "restaurant_new")
    return render(request, "tenants/restaurants.html", {"members": members, "partners": partners})


@signed_in_view
@require_http_methods(["GET", "POST"])
def restaurant_new(request: HttpRequest) -> HttpResponse:
    form = RestaurantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        verdict = throttles.limiter().take(f"open:{request.user.pk}", OPENED_AN_HOUR, strict=True)
        if not verdict.allowed:
            form.add_error(None, _("You opened many restaurants in a short time. Try again in an hour."))
        else:
            tenant = form.run(
                services.open_restaurant,
                **form.cleaned_data,
                owner=request.user,
                by=Actor.of(request.user),
                now=timezone.now(),
            )
            if tenant is not None:
                messages.success(request, _("%(name)s is open. Here is its home.") % {"name": tenant.name})
                return HttpResponseRedirect(tenant_url(tenant, "home"))
    first = not queries.restaurants_of(request.user).exists()  # type: ignore[arg-type]
    return render(
        request, "tenants/restaurant_new.html", {"form": form, "first": first}, status=_status(form)
    )


@signed_in_view
@require_GET
def lead_to_composer(request: HttpRequest) -> HttpResponse:
    return _lead_to(request, "compose")


@signed_in_view
@require_GET
def lead_to_library(request: HttpRequest) -> HttpResponse:
    return _lead_to(request, "library")


def _lead_to(request: HttpRequest, page: str) -> HttpResponse:
    tenant = queries.current_restaurant(request.user, request.session.get("tenant"))  # type: ignore[arg-type]
    if tenant is None:
        return redirect("restaurants")
    return HttpResponseRedirect(tenant_url(tenant, page))


@public_view(reason="the link of a mailed invitation; accepting asks for the invited account")
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    found = find_invitation(token=token, now=timezone.now())
    if request.method == "POST" and request.user.is_authenticated:
        member = services.accept_invitation(token=token, user=request.user, now=timezone.now())
        return HttpResponseRedirect(tenant_url(member.tenant, "home"))
    response = render(
        request, "tenants/invitation.html", {"invitation": found, "meaning": ROLE_MEANING[Role(found.role)]}
    )
    response["Referrer-Policy"] = "no-referrer"  # the address holds the token
    return response


@signed_in_view
@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    member = get_object_or_404(queries.restaurants_of(request.user), tenant__slug=slug)  # type: ignore[arg-type]
    services.remove_member(member=member, by=Actor.of(request.user), now=timezone.now())
    messages.success(request, _("You left %(name)s.") % {"name": member.tenant.name})
    return HttpResponseRedirect(public_url("restaurants"))


@tenant_view(Can.MANAGE)
@require_http_methods(["GET", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    tenant = request.tenant  # type: ignore[attr-defined]
    form = RestaurantForm(request.POST or None, tenant=tenant)
    if request.method == "POST" and form.is_valid():
        saved = form.run(
            services.update_restaurant,
            tenant=tenant,
            by=_by(request),
            now=timezone.now(),
            **form.cleaned_data,
        )
        if saved is not None:
            messages.success(request, _("Saved."))
            return redirect("settings")
    context = {
        "form": form,
        "tab": "settings",
        "posts_a_day": settings.POST_LIMITS[tenant.plan],
        "requests_an_hour": throttles.plan_limit(tenant.plan),
    }
    return render(request, "tenants/settings.html", context, status=_status(form))


@tenant_view(Can.PUBLISH)
@require_POST
def pause(request: HttpRequest) -> HttpResponse:
    services.pause_restaurant(tenant=request.tenant, by=_by(request), now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Publishing is paused. Nothing goes out until you resume it."))
    return _back(request)


@tenant_view(Can.PUBLISH)
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    services.resume_restaurant(tenant=request.tenant, by=_by(request), now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("Publishing goes on."))
    return _back(request)


@tenant_view(Can.MANAGE)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    return _people_page(request, InviteForm())


@tenant_view(Can.MANAGE)
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if form.is_valid():
        tenant = request.tenant  # type: ignore[attr-defined]
        sent = form.run(
            services.invite, tenant=tenant, by=_by(request), now=timezone.now(), **form.cleaned_data
        )
        if sent is not None:
            messages.success(request, _("Invitation sent to %(email)s.") % {"email": sent.email})
            return redirect("people")
    return _people_page(request, form)


@tenant_view(Can.MANAGE)
@require_POST
def person_role(request: HttpRequest, member_id: int) -> HttpResponse:
    member = _member(request, member_id)
    services.change_role(
        member=member, role=request.POST.get("role", ""), by=_by(request), now=timezone.now()
    )
    messages.success(request, _("Saved."))
    return redirect("people")


@tenant_view(Can.MANAGE)
@require_POST
def person_remove(request: HttpRequest, member_id: int) -> HttpResponse:
    member = _member(request, member_id)
    services.remove_member(member=member, by=_by(request), now=timezone.now())
    messages.success(request, _("%(email)s no longer has access.") % {"email": member.user.email})
    if member.user_id == request.user.pk:
        return HttpResponseRedirect(public_url("restaurants"))
    return redirect("people")


@tenant_view(Can.MANAGE)
@require_POST
def invitation_withdraw(request: HttpRequest, invitation_id: UUID) -> HttpResponse:
    tenant = request.tenant  # type: ignore[attr-defined]
    found = get_object_or_404(Invitation, pk=invitation_id, tenant=tenant)
    services.withdraw_invitation(invitation=found, by=_by(request), now=timezone.now())
    messages.success(request, _("The invitation was withdrawn."))
    return redirect("people")


@tenant_view(Can.MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def keys(request: HttpRequest) -> HttpResponse:
    """GET lists; POST makes a key and shows it in this one answer."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tenant, now = request.tenant, timezone.now()  # type: ignore[attr-defined]
        made = form.run(
            services.create_key,
            tenant=tenant,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            live=form.cleaned_data["live"] == "live",
            expires_at=form.expires_at(now=now, zone=tenant.zone),
            allowed=form.networks(),
            by=_by(request),
            now=now,
        )
        if made is not None:
            return _keys_page(request, KeyForm(), made=made)
    return _keys_page(request, form)


@tenant_view(Can.MANAGE)
@require_POST
@never_cache
def key_rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    made = services.rotate_key(key=_key(request, key_id), by=_by(request), now=timezone.now())
    return _keys_page(request, KeyForm(), made=made)


@tenant_view(Can.MANAGE)
@require_POST
def key_revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    key = _key(request, key_id)
    services.revoke_key(key=key, by=_by(request), now=timezone.now())
    messages.success(request, _("The key “%(name)s” no longer works.") % {"name": key.name})
    return redirect("keys")


def _people_page(request: HttpRequest, form: InviteForm) -> HttpResponse:
    tenant = request.tenant  # type: ignore[attr-defined]
    owner = has(request.membership.role, Can.OWN)  # type: ignore[attr-defined]
    roles = [(role, label) for role, label in Role.choices if owner or role != Role.OWNER]
    form.fields["role"].choices = roles  # type: ignore[attr-defined]
    context = {
        "form": form,
        "tab": "people",
        "members": queries.people(tenant),
        "invitations": queries.open_invitations(tenant, now=timezone.now()),
        "partners": queries.partners_of(tenant),
        "roles": roles,
        "meanings": [(Role(role).label, ROLE_MEANING[Role(role)]) for role, _label in roles],
        "is_owner": owner,
    }
    return render(request, "tenants/people.html", context, status=_status(form))


def _keys_page(
    request: HttpRequest, form: KeyForm, *, made: tuple[ApiKey, str] | None = None
) -> HttpResponse:
    now = timezone.now()
    tenant = request.tenant  # type: ignore[attr-defined]
    rows = [
        {
            "key": key,
            "state": state_of(key=key, now=now),
            "may": [SCOPE_MEANING[Can(scope)] for scope in key.scopes],
        }
        for key in queries.keys_of(tenant)
    ]
    context = {
        "form": form,
        "tab": "keys",
        "working": [row for row in rows if row["state"] in ("works", "ends")],
        "ended": [row for row in rows if row["state"] not in ("works", "ends")],
        "made": made,
    }
    return render(request, "tenants/keys.html", context, status=_status(form))


def _member(request: HttpRequest, member_id: int) -> Membership:
    tenant = request.tenant  # type: ignore[attr-defined]
    return get_object_or_404(Membership.objects.select_related("user", "tenant"), pk=member_id, tenant=tenant)


def _key(request: HttpRequest, key_id: UUID) -> ApiKey:
    return get_object_or_404(ApiKey, pk=key_id, tenant=request.tenant)  # type: ignore[attr-defined]


def _by(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined,no-any-return]


def _status(form: Any) -> int:
    """422 for a page that carries errors: htmx and browsers must not take it for success."""
    return 422 if form.is_bound and form.errors else 200


def _back(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("next", "")
    here = tenant_url(request.tenant, "home")  # type: ignore[attr-defined]
    return HttpResponseRedirect(back if back.startswith(here) else here)
