"""Where Facebook sends people and machines: the connect flow's ends, webhooks, deauthorize, deletion."""

from __future__ import annotations

import hmac
import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from social import services, signed_request, webhooks
from social.health import explain
from social.registry.models import DeletionRequest
from social.tasks import work_webhooks
from tenants.access import public_view, signed_in_view
from tenants.errors import Refused
from tenants.models import Membership, Tenant
from tenants.urls_of import absolute, public_url, tenant_url

logger = logging.getLogger(__name__)

NOT_GENUINE = "not signed by this app within the last day"
MOST_QUERY = 4_000  # characters of one callback parameter


@signed_in_view
@never_cache
@require_GET
def authorize(request: HttpRequest, platform: str) -> HttpResponse:
    """Start the connect flow for `tenant_id`; a partner's link may lead here. The person must be a manager
    there.
    """
    tenant = _own_tenant(request)
    address = services.start_connect(
        tenant=tenant,
        user=request.user,  # type: ignore[arg-type]
        session_key=request.session.session_key or "",
        now=timezone.now(),
        want=platform,
    )
    return _private(HttpResponseRedirect(address))


@public_view(
    reason="Facebook sends people back here; state, session, person and role are checked by the service"
)
@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """The one registered redirect URI. Every wrong way of arriving ends on a page that says what to do."""
    given = {name: request.GET.get(name, "") for name in ("state", "code", "error", "error_code")}
    if any(len(value) > MOST_QUERY for value in given.values()):
        given = dict.fromkeys(given, "")
    who: dict[str, Any] = {
        "session_key": request.session.session_key or "",
        "user": request.user,
        "now": timezone.now(),
    }
    if not request.user.is_authenticated:
        sentence = _("You are signed out. Sign in and start connecting again.")
        return _failed(request, services.ConnectFailed(sentence, code="signed_out", status=403))
    try:
        if given["error"] or given["error_code"]:
            failure = services.cancel_connect(state=given["state"], error=given["error"], **who)
            return _failed(request, failure)
        done = services.finish_connect(state=given["state"], code=given["code"], **who)
    except services.ConnectFailed as failure:
        return _failed(request, failure)
    return _private(HttpResponseRedirect(_after(request, done)))


def _after(request: HttpRequest, done: services.Finished) -> str:
    """Where to go on. Notices travel in the session, so that the address names nothing but the connection."""
    if done.other_person:
        name = done.connection.name or _("somebody else")
        messages.warning(
            request, _("You logged in to Facebook as %(name)s. Choose what to connect.") % {"name": name}
        )
    if done.restored:
        names = ", ".join(str(channel) for channel in done.restored)
        messages.success(request, _("Works again: %(names)s.") % {"names": names})
    for channel in done.lost:
        messages.warning(request, f"{channel}: {explain(channel.reason).sentence}")
    address = tenant_url(done.tenant, "channels_choose", done.connection.pk)
    if done.restored and not done.lost and not done.other_person:
        return tenant_url(done.tenant, "channels")
    return f"{address}?want={done.want}"


@csrf_exempt
@public_view(
    reason="Meta calls it; POSTs are signed with the app's secret, the handshake carries our verify token"
)
@never_cache
@require_http_methods(["GET", "POST"])
def meta_webhook(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _handshake(request)
    try:
        body = request.body
    except RequestDataTooBig:
        return HttpResponse(status=413)
    if not webhooks.genuine(
        body, request.headers.get("X-Hub-Signature-256", ""), settings.FACEBOOK_APP_SECRET
    ):
        logger.warning("webhook with a wrong signature refused")
        return HttpResponse("wrong signature", status=403, content_type="text/plain")
    try:
        fresh = webhooks.receive(body, now=timezone.now())
    except webhooks.Unreadable as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    if fresh:
        work_webhooks.wake()
    return HttpResponse("ok", content_type="text/plain")


def _handshake(request: HttpRequest) -> HttpResponse:
    """https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests"""
    token = request.GET.get("hub.verify_token", "").encode()
    challenge = request.GET.get("hub.challenge", "")
    right = hmac.compare_digest(token, settings.FACEBOOK_WEBHOOK_VERIFY_TOKEN.encode())
    if request.GET.get("hub.mode") != "subscribe" or not right or not 0 < len(challenge) <= 200:
        return HttpResponse("not verified", status=403, content_type="text/plain")
    return HttpResponse(challenge, content_type="text/plain; charset=utf-8")


@csrf_exempt
@public_view(reason="Facebook calls it when a person removes us; the request is signed with the app's secret")
@require_POST
def deauthorized(request: HttpRequest) -> HttpResponse:
    payload = _signed(request)
    if payload is None:
        return HttpResponse(NOT_GENUINE, status=403, content_type="text/plain")
    services.deauthorize(
        facebook_user_id=payload["user_id"], now=timezone.now(), asked_at=signed_request.issued_at(payload)
    )
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
@public_view(
    reason="Facebook calls it for a person's deletion request; the request is signed with the app's secret"
)
@require_POST
def delete_data(request: HttpRequest) -> HttpResponse:
    """https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback"""
    payload = _signed(request)
    if payload is None:
        return JsonResponse({"error": NOT_GENUINE}, status=403)
    receipt = services.delete_person(
        facebook_user_id=payload["user_id"], now=timezone.now(), asked_at=signed_request.issued_at(payload)
    )
    url = absolute(public_url("data_deletion_status", receipt.code))
    return JsonResponse({"url": url, "confirmation_code": receipt.code})


@public_view(reason="the person who asked reads it by the secret code Facebook showed them; it names nobody")
@never_cache
@require_GET
def deletion_status(request: HttpRequest, code: str) -> HttpResponse:
    receipt = get_object_or_404(DeletionRequest, code=code)
    return _private(render(request, "social/deletion_status.html", {"receipt": receipt}))


def _signed(request: HttpRequest) -> dict[str, Any] | None:
    try:
        given, secret = request.POST.get("signed_request", ""), settings.FACEBOOK_APP_SECRET
        payload = signed_request.read(given, secret, now=timezone.now())
    except (signed_request.Forged, RequestDataTooBig) as error:
        logger.warning("signed_request refused: %s", error)
        return None
    user_id = payload.get("user_id")
    if not isinstance(user_id, (str, int)) or isinstance(user_id, bool):
        return None
    user_id = str(user_id).replace("\x00", "")[:64]
    return {**payload, "user_id": user_id} if user_id else None


def _own_tenant(request: HttpRequest) -> Tenant:
    """The restaurant named by `tenant_id`, else the current one. A stranger's is a 404."""
    members = Membership.objects.select_related("tenant").filter(user=request.user.pk, tenant__closed_at=None)
    text = request.GET.get("tenant_id", "")
    if text:
        try:
            members = members.filter(tenant_id=UUID(text))
        except ValueError:
            raise Http404 from None
    elif slug := request.session.get("tenant"):
        members = members.filter(tenant__slug=slug)
    found = list(members[:2])
    if not found and text:
        raise Http404
    if len(found) != 1:
        raise Refused(_("Say which restaurant: add ?tenant_id= to the address."), code="tenant_required")
    return found[0].tenant


def _failed(request: HttpRequest, failure: services.ConnectFailed) -> HttpResponse:
    context: dict[str, Any] = {"failure": failure, "cancelled": failure.code == "denied"}
    if failure.tenant is not None:
        context["again"] = tenant_url(failure.tenant, "channels_connect")
        context["channels"] = tenant_url(failure.tenant, "channels")
    else:
        context["again"] = public_url("restaurants") if request.user.is_authenticated else settings.LOGIN_URL
    status = 200 if failure.code == "denied" else failure.status
    return _private(render(request, "social/connect_failed.html", context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Codes and states pass through these addresses: neither caches nor other sites may learn them."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
