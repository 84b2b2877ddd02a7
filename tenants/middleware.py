"""/r/<slug>/... -> membership -> tenant -> schema; and services' refusals as notices."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.urls import get_script_prefix, set_script_prefix
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tenants.access import Actor, login_first
from tenants.errors import Refused
from tenants.models import Membership

PREFIX = "/r/"
GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TenantMiddleware:
    """Membership is checked before the schema is set; strangers and unknown slugs get one and the same 404.

    The script prefix makes {% url 'library' %} on a tenant page give /r/<slug>/library/.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        slug, slash, rest = request.path_info[len(PREFIX) :].partition("/")
        if not request.user.is_authenticated:
            return login_first(request)
        membership = (
            Membership.objects.select_related("tenant")
            .filter(user=request.user, tenant__slug=slug.replace("\x00", "/"), tenant__closed_at__isnull=True)
            .first()
        )
        if membership is None:
            return self._not_found(request)
        if not slash:
            return HttpResponseRedirect(f"{PREFIX}{slug}/")
        tenant = membership.tenant
        request.tenant = tenant  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        request.actor = Actor.of(request.user)  # type: ignore[attr-defined]
        if request.session.get("tenant") != slug:
            request.session["tenant"] = slug  # where /ui and /assets lead
        before = get_script_prefix()
        try:
            connection.set_tenant(tenant)  # type: ignore[attr-defined]
            set_script_prefix(f"{PREFIX}{slug}/")
            request.path_info = f"/{rest}"
            request.urlconf = settings.TENANT_URLCONF  # type: ignore[attr-defined]
            response = self.get_response(request)
            if getattr(response, "is_rendered", True) is False:
                response = response.render()  # type: ignore[attr-defined]
            if getattr(response, "streaming", False) and not getattr(response, "no_database", False):
                # A generator that runs after we left the schema would read public tables.
                response = _built(response)  # type: ignore[arg-type]
            return response
        finally:
            set_script_prefix(before)
            connection.set_schema_to_public()  # type: ignore[attr-defined]

    def _not_found(self, request: HttpRequest) -> HttpResponse:
        return render(request, "404.html", status=404)


def _built(response: HttpResponse) -> HttpResponse:
    if isinstance(response, FileResponse):
        return response  # the file is open already; no query follows
    whole = HttpResponse(b"".join(response.streaming_content), status=response.status_code)  # type: ignore[attr-defined]
    for name, value in response.items():
        whole[name] = value
    whole.cookies = response.cookies
    return whole


class RefusedMiddleware:
    """A service said no: the person goes back to the page with the sentence, nothing typed is lost twice."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code == 405 and request.method == "GET" and not getattr(response, "content", b"-"):
            # A button's address, opened by hand or after signing in again: Django's answer is an empty page.
            sentence = _("This address belongs to a button. Go back to its page and press it there.")
            page = render(request, "refused.html", {"refused": Refused(sentence, code="button")}, status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, Refused):
            return None
        if error.status == 404:
            raise Http404
        back = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
        if getattr(request, "htmx", False):
            response = render(request, "_refused.html", {"refused": error}, status=error.status)
            response["HX-Retarget"] = "#notices"
            response["HX-Reswap"] = "innerHTML"
            return response
        if request.method == "POST" and url_has_allowed_host_and_scheme(back, {request.get_host()}):
            messages.error(request, str(error))
            return HttpResponseRedirect(back)
        return render(request, "refused.html", {"refused": error}, status=error.status)
