"""The Channels page and the connect wizard, inside a restaurant."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from social import notices, queries, services
from social.graph import GraphError
from social.health import explain
from social.models import Channel, Connection
from social.permissions import PERMISSIONS
from social.services.connecting import WANTS
from social.tasks import check_connection
from tenants.access import Can, tenant_view

ASKS = ("", "rerequest", "reauthorize")


@tenant_view(Can.VIEW)
@never_cache
@require_GET
def channels(request: HttpRequest) -> HttpResponse:
    """Health at a glance."""
    page = queries.channels_page(now=timezone.now())
    return render(request, "social/channels.html", {"page": page})


@tenant_view(Can.CONNECT)
@never_cache
@require_http_methods(["GET", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """What we ask Facebook for and why; then off to Facebook."""
    want = request.POST.get("want") or request.GET.get("want") or "facebook"
    ask = request.POST.get("ask") or request.GET.get("ask") or ""
    renew = _connection(request.POST.get("connection") or request.GET.get("connection") or "")
    if request.method == "POST":
        address = services.start_connect(
            tenant=request.tenant,  # type: ignore[attr-defined]
            user=request.user,  # type: ignore[arg-type]
            session_key=request.session.session_key or "",
            now=timezone.now(),
            want=want if want in WANTS else "facebook",
            connection=renew,
            ask=ask if ask in ASKS else "",
        )
        response = HttpResponseRedirect(address)
        response["Referrer-Policy"] = "no-referrer"
        return response
    context = {
        "permissions": PERMISSIONS,
        "want": want,
        "ask": ask,
        "renew": renew,
        "why": explain(renew.reason) if renew and renew.reason else None,
    }
    return render(request, "social/connect.html", context)


@tenant_view(Can.CONNECT)
@never_cache
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """The Pages and Instagram accounts behind one login."""
    connection = get_object_or_404(Connection, pk=connection_id)
    if not connection.alive:
        messages.error(request, str(explain(connection.reason).sentence))
        return redirect("channels")
    if request.method == "POST":
        result = services.connect_channels(
            connection=connection,
            keys=request.POST.getlist("channels"),
            by=request.actor,  # type: ignore[attr-defined]
            now=timezone.now(),
        )
        check_connection.wake(connection_id=str(connection.pk))  # subscribes to their webhooks
        number = len(result.channels)
        connected = ngettext("%(number)s channel is connected.", "%(number)s channels are connected.", number)
        messages.success(request, connected % {"number": number})
        for name, sentence in result.refused:
            messages.warning(request, f"{name}: {sentence}" if name else sentence)
        return redirect("channels")
    want = request.GET.get("want", "facebook")
    try:
        offered, problem = queries.choices(connection, want=want), ""
    except GraphError as error:
        offered, problem = queries.Choices(lacking=[]), error.sentence
    context = {"connection": connection, "choices": offered, "problem": problem, "want": want}
    return render(request, "social/choose.html", context)


@tenant_view(Can.CONNECT)
@require_POST
def pause(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    channel = _channel(channel_id)
    services.pause_channel(channel=channel, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(
        request, _("%(name)s is paused. Nothing goes out there until you resume it.") % _names(channel)
    )
    return redirect("channels")


@tenant_view(Can.CONNECT)
@require_POST
def resume(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    channel = _channel(channel_id)
    services.resume_channel(channel=channel, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("%(name)s is no longer paused.") % _names(channel))
    return redirect("channels")


@tenant_view(Can.CONNECT)
@require_POST
def disconnect(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    channel = _channel(channel_id)
    services.disconnect_channel(channel=channel, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("%(name)s is disconnected. Its history stays.") % _names(channel))
    return redirect("channels")


@tenant_view(Can.CONNECT)
@require_POST
def check(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Ask Facebook now, because the owner has just solved it there."""
    channel = _channel(channel_id)
    now = timezone.now()
    notices.tell(services.check_connection(connection=channel.connection, now=now, asked=True), now=now)
    channel.refresh_from_db()
    health = queries.health_of(channel, now=now)
    if health.fix == "reconnect" and health.state != "expiring":
        messages.warning(request, f"{channel.name}: {health.sentence}")
    else:
        messages.success(request, _("%(name)s is well.") % _names(channel))
    return redirect("channels")


def _channel(channel_id: UUID) -> Channel:
    return get_object_or_404(Channel.objects.connected().select_related("connection"), pk=channel_id)


def _names(channel: Channel) -> dict[str, str]:
    return {"name": str(channel)}


def _connection(text: str) -> Connection | None:
    try:
        return Connection.objects.filter(pk=UUID(text)).first() if text else None
    except ValueError:
        return None
