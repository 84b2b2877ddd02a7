"""The back office's view of delivery: what waits, what was said to Meta, and the switch for everything.

Read-only; the few acts call the same services as the owner's pages do. Public tables only.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_tenants.utils import tenant_context
from unfold.decorators import action, display

from posting import services
from posting.dispatch import gate
from posting.dispatch.health import health
from posting.dispatch.models import AppGate, Attempt, ChannelSlot, Due
from posting.dispatch.restore import adopt as adopt_database
from posting.models import Publication
from posting.reasons import sentence
from tenants import audit
from tenants.errors import Refused
from tenants.models import Tenant
from tenants.office.base import OfficeAdmin, by


@admin.register(Due)
class DueAdmin(OfficeAdmin):
    """One publication of any restaurant: where it stands and every call that was made for it."""

    list_display = (
        "due_at",
        "kind",
        "state",
        "why",
        "step",
        "fence",
        "flips",
        "schema_name",
        "next_action_at",
    )
    list_filter = ("state", "platform", "kind")
    search_fields = (
        "=publication_id",
        "=channel_id",
        "=remote_object_id",
        "=remote_media_id",
        "=schema_name",
    )
    ordering = ("-due_at",)
    actions = ("look_again", "try_again", "take_back")
    readonly_fields = ("attempts", "why")

    @display(description=_("why"))
    def why(self, due: Due) -> str:
        return sentence(due.reason_code)

    @display(description=_("calls"))
    def attempts(self, due: Due) -> SafeString:
        rows = Attempt.objects.filter(due_id=due.pk).order_by("id")[:200]
        lines = format_html_join(
            "",
            "<tr>" + "<td>{}</td>" * 8 + "</tr>",
            (
                (
                    one.outcome_at.strftime("%d %b %H:%M:%S.%f")[:-3],
                    one.fence,
                    one.call,
                    one.request,
                    one.klass + (" (stale)" if one.stale else ""),
                    one.http or "",
                    "/".join(str(part) for part in (one.code, one.subcode) if part is not None),
                    f"{one.message} {one.fbtrace_id}".strip(),
                )
                for one in rows
            ),
        )
        head = _("when · fence · call · request · class · HTTP · code · message and trace")
        return format_html("<p>{}</p><table>{}</table>", head, lines)

    @action(description=_("Look at the page once more"), permissions=["act"])
    def look_again(self, request: HttpRequest, chosen: QuerySet[Due]) -> None:
        self._each(request, chosen, "look")

    @action(description=_("Try again now"), permissions=["act"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Due]) -> None:
        self._each(request, chosen, "retry")

    @action(description=_("Take back"), permissions=["act"])
    def take_back(self, request: HttpRequest, chosen: QuerySet[Due]) -> None:
        self._each(request, chosen, "cancel")

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_staff

    def _each(self, request: HttpRequest, chosen: QuerySet[Due], verb: str) -> None:
        done, now, actor = 0, timezone.now(), by(request)
        for due in chosen[:100]:
            with tenant_context(Tenant.objects.get(pk=due.tenant_id)):
                publication = Publication.objects.filter(pk=due.publication_id).first()
                if publication is None:
                    continue
                try:
                    if verb == "look":
                        services.answer_doubt(publication=publication, answer="look", by=actor, now=now)
                    elif verb == "retry":
                        services.retry(publication=publication, by=actor, now=now)
                    else:
                        services.cancel(publication=publication, by=actor, now=now)
                    done += 1
                except Refused as refusal:
                    messages.warning(request, f"{due}: {refusal.sentence}")
            audit.record(
                f"publication.{verb}",
                by=actor,
                what="publication",
                row=due.publication_id,
                tenant_id=due.tenant_id,
            )
        messages.success(request, _("%(done)d done.") % {"done": done})


@admin.register(Attempt)
class AttemptAdmin(OfficeAdmin):
    list_display = (
        "outcome_at",
        "call",
        "request",
        "klass",
        "http",
        "code",
        "subcode",
        "fbtrace_id",
        "stale",
    )
    list_filter = ("klass", "call", "stale")
    search_fields = ("=publication_id", "=due_id", "=object_id", "=fbtrace_id")
    ordering = ("-id",)


@admin.register(ChannelSlot)
class ChannelSlotAdmin(OfficeAdmin):
    list_display = (
        "platform",
        "remote_id",
        "schema_name",
        "token_ok",
        "paused",
        "cooldown_until",
        "last_flip_at",
        "quota_used",
        "quota_total",
    )
    list_filter = ("platform", "token_ok", "paused")
    search_fields = ("=channel_id", "=remote_id", "=schema_name")


@admin.register(AppGate)
class AppGateAdmin(OfficeAdmin):
    """May anything go out at all? The list's head says whether publishing makes progress."""

    list_display = ("state", "reason", "closed_until", "usage", "last_claim_at", "last_claim_by")
    actions = ("shut", "open", "adopt")

    @display(description=_("publishing"), label={"on": "success", "off": "danger"})
    def state(self, one: AppGate) -> str:
        return "on" if one.enabled else "off"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        found = health(timezone.now())
        level = messages.SUCCESS if found.healthy else messages.ERROR
        text = _("Oldest ready post waits %(age)s s; last claim %(claim)s s ago; %(waiting)d to go out.") % {
            "age": found.oldest_ready_seconds,
            "claim": found.last_claim_seconds,
            "waiting": found.waiting,
        }
        if request.method == "GET":
            messages.add_message(request, level, text)
        return ModelAdmin.changelist_view(self, request, extra_context)

    @action(description=_("Stop all publishing"), permissions=["act"])
    def shut(self, request: HttpRequest, chosen: QuerySet[AppGate]) -> None:
        self._switch(request, enabled=False)

    @action(description=_("Let publishing go on"), permissions=["act"])
    def open(self, request: HttpRequest, chosen: QuerySet[AppGate]) -> None:
        self._switch(request, enabled=True)

    @action(description=_("This database was restored or moved: reconcile, then go on"), permissions=["act"])
    def adopt(self, request: HttpRequest, chosen: QuerySet[AppGate]) -> None:
        count = adopt_database(now=timezone.now(), by=by(request).label)
        audit.record("publishing.adopted", by=by(request), held=count)
        messages.success(request, _("%(count)d posts wait for their owners' answer.") % {"count": count})

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and bool(getattr(request.user, "is_superuser", False))

    def _switch(self, request: HttpRequest, *, enabled: bool) -> None:
        who = by(request)
        gate.switch(enabled=enabled, reason="" if enabled else str(_("stopped by %s")) % who.label)
        audit.record("publishing.on" if enabled else "publishing.off", by=who)
        messages.success(request, _("Publishing is on.") if enabled else _("Publishing is off."))
