"""Back office pages of this room: restaurants, people, partners, keys, audit. Changes go through the
services.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from tenants import audit, services
from tenants.errors import Refused
from tenants.forms import ENDS, SCOPE_MEANING
from tenants.models import ApiKey, Audit, Membership, Partner, PartnerMember, Tenant, User
from tenants.office.base import OfficeAdmin, OfficeInline, by
from tenants.services.keys import SCOPES, clean_networks, is_usable


class MembersInline(OfficeInline):
    model = Membership
    hide_title = True
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    verbose_name_plural = _("people")


class KeysInline(OfficeInline):
    model = ApiKey
    hide_title = True
    fields = ("name", "prefix", "may", "expires_at", "revoked_at", "last_used_at")
    readonly_fields = fields
    verbose_name_plural = _("API keys")

    @display(description=_("It may"))
    def may(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)


class PartnerPeopleInline(OfficeInline):
    """Who may see this partner's pages: staff add and remove them here."""

    model = PartnerMember
    hide_title = True
    fields = ("user", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("user",)
    can_delete = True
    verbose_name_plural = _("people")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class TenantForm(forms.ModelForm):
    paused = forms.BooleanField(
        label=_("Paused"),
        required=False,
        help_text=_("Nothing is published until it is switched off."),
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = Tenant
        fields = ("plan",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paused"].initial = self.instance.paused_at is not None


@admin.register(Tenant)
class TenantAdmin(OfficeAdmin):
    form = TenantForm
    sensitive = True
    list_display = (
        "name",
        "slug",
        "plan_label",
        "people_count",
        "country",
        "timezone",
        "state",
        "created_at",
    )
    list_filter = (
        "plan",
        ("paused_at", admin.EmptyFieldListFilter),
        ("closed_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("name", "slug", "id", "memberships__user__email")
    actions = ("open_again",)
    ordering = ("-created_at",)
    inlines = (MembersInline, KeysInline)
    change_form_outer_before_template = "admin/tenants/restaurant_pages.html"
    _facts = (
        *("id", "name", "slug", "schema_name", "cell", "timezone", "country", "language"),
        *("paused_at", "closed_at", "created_at"),
    )
    readonly_fields = _facts
    fieldsets = (
        (None, {"fields": ("name", ("plan", "paused"))}),
        (
            _("Facts"),
            {
                "fields": (
                    "id",
                    "slug",
                    "schema_name",
                    "cell",
                    ("timezone", "country", "language"),
                    ("paused_at", "closed_at", "created_at"),
                )
            },
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tenant]:
        return super().get_queryset(request).annotate(people_count=Count("memberships", distinct=True))

    @display(description=_("People"), ordering="people_count")
    def people_count(self, tenant: Any) -> int:
        return tenant.people_count

    @display(
        description=_("Plan"),
        ordering="plan",
        label={"Basic": "info", "Pro": "success", "Enterprise": "warning"},
    )
    def plan_label(self, tenant: Tenant) -> str:
        return tenant.get_plan_display()

    @display(description=_("State"), label={"Open": "success", "Paused": "warning", "Closed": "danger"})
    def state(self, tenant: Tenant) -> str:
        return "Closed" if tenant.closed_at else "Paused" if tenant.paused_at else "Open"

    @action(description=_("Open closed restaurants again"), permissions=["change"])
    def open_again(self, request: HttpRequest, chosen: QuerySet[Tenant]) -> None:
        for tenant in chosen:
            services.open_again(tenant=tenant, by=by(request), now=timezone.now())
        messages.success(request, _("Open again."))

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        now = timezone.now()
        services.change_plan(tenant=obj, plan=form.cleaned_data["plan"], by=by(request), now=now)
        act = services.pause_restaurant if form.cleaned_data["paused"] else services.resume_restaurant
        act(tenant=obj, by=by(request), now=now)


@admin.register(User)
class UserAdmin(OfficeAdmin):
    sensitive = True
    list_display = (
        "email",
        "first_name",
        "last_name",
        "two_step",
        "is_staff",
        "is_active",
        "last_login",
        "date_joined",
    )
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("-date_joined",)
    fields = (
        "email",
        ("first_name", "last_name"),
        ("is_active", "is_staff"),
        ("last_login", "date_joined"),
        "two_step",
    )
    inlines = (
        type(
            "RestaurantsInline",
            (MembersInline,),
            {
                "fields": ("tenant", "role", "created_at"),
                "readonly_fields": ("tenant", "role", "created_at"),
                "verbose_name_plural": _("restaurants"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        totp = Count("authenticator", filter=Q(authenticator__type="totp"), distinct=True)
        return super().get_queryset(request).annotate(totp=totp)

    @display(description=_("Two-step sign-in"), boolean=True)
    def two_step(self, user: Any) -> bool:
        return user.totp > 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed: tuple[str, ...] = ("email", "first_name", "last_name", "last_login", "date_joined", "two_step")
        # Only a superuser makes staff, and nobody locks the own door behind himself.
        if not request.user.is_superuser or obj == request.user:  # type: ignore[union-attr]
            fixed += (
                ("is_staff", "is_active") if obj == request.user or (obj and obj.is_staff) else ("is_staff",)
            )
        return fixed

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        changed = {name: form.cleaned_data[name] for name in form.changed_data}
        if changed:
            obj.save(update_fields=list(changed))
            audit.record("user.changed", by=by(request), email=obj.email, **changed)


@admin.register(Membership)
class MembershipAdmin(OfficeAdmin):
    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "tenant__name", "tenant__slug")
    fields = ("user", "tenant", "role", "created_at")
    readonly_fields = ("user", "tenant", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        try:
            services.change_role(
                member=obj, role=form.cleaned_data["role"], by=by(request), now=timezone.now()
            )
        except Refused as error:
            messages.error(request, str(error))


class NewKeyForm(forms.Form):
    name = forms.CharField(label=_("What will use it"), max_length=100, widget=UnfoldAdminTextInputWidget)
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=[(str(scope), SCOPE_MEANING[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    live = forms.ChoiceField(
        label=_("Kind"), choices=[("live", _("Live")), ("test", _("Test"))], widget=UnfoldAdminSelectWidget
    )
    ends = forms.ChoiceField(label=_("Ends"), choices=ENDS, required=False, widget=UnfoldAdminSelectWidget)
    allowed = forms.CharField(
        label=_("Only from these networks, separated by commas"),
        required=False,
        max_length=1000,
        widget=UnfoldAdminTextInputWidget,
    )

    def clean_allowed(self) -> list[str]:
        try:
            return clean_networks(part for part in self.cleaned_data["allowed"].split(",") if part.strip())
        except Refused as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(Partner)
class PartnerAdmin(OfficeAdmin):
    list_display = ("name", "contact_email", "created_at")
    search_fields = ("name", "contact_email", "id")
    fields = ("name", "contact_email", "restaurants_max", "tenants")
    autocomplete_fields = ("tenants",)
    inlines = (PartnerPeopleInline, KeysInline)
    change_form_outer_before_template = "admin/tenants/partner_new_key_link.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        slugs = sorted(form.instance.tenants.values_list("slug", flat=True))
        people = sorted(form.instance.members.values_list("user__email", flat=True))
        audit.record(
            "partner.changed" if change else "partner.added",
            by=by(request),
            partner=form.instance.pk,
            name=form.instance.name,
            restaurants=slugs,
            people=people,
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.new_key)
        return [path("<uuid:partner_id>/new-key/", view, name="tenants_partner_new_key"), *super().get_urls()]

    def new_key(self, request: HttpRequest, partner_id: Any) -> HttpResponse:
        """Make a key of the partner and show it in this one answer."""
        partner = get_object_or_404(Partner, pk=partner_id)
        form = NewKeyForm(request.POST or None)
        made = None
        if request.method == "POST" and form.is_valid():
            now = timezone.now()
            days = form.cleaned_data["ends"]
            made = services.create_key(
                partner=partner,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                live=form.cleaned_data["live"] == "live",
                expires_at=now + timedelta(days=int(days)) if days else None,
                allowed=form.cleaned_data["allowed"],
                by=by(request),
                now=now,
            )
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key for %(name)s") % {"name": partner.name},
            "opts": self.model._meta,
            "partner": partner,
            "form": form,
            "made": made,
        }
        response = TemplateResponse(request, "admin/tenants/new_key.html", context)
        response["Cache-Control"] = "no-store"
        return response


@admin.register(ApiKey)
class ApiKeyAdmin(OfficeAdmin):
    list_display = ("name", "prefix", "owner", "state", "last_used_at", "expires_at", "created_at")
    list_filter = ("live", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("tenant", "partner")
    search_fields = ("name", "prefix", "tenant__name", "tenant__slug", "partner__name")
    ordering = ("-created_at",)
    fields = (
        "name",
        "prefix",
        "tenant",
        "partner",
        "scopes",
        "live",
        "allowed",
        "created_by_label",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    actions = ("revoke",)

    @display(description=_("Belongs to"))
    def owner(self, key: ApiKey) -> str:
        return str(key.tenant or key.partner)

    @display(description=_("State"), label={"Works": "success", "Ended": "danger"})
    def state(self, key: ApiKey) -> str:
        return "Works" if is_usable(key=key, now=timezone.now()) else "Ended"

    @admin.action(description=_("Revoke the chosen keys now"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            services.revoke_key(key=key, by=by(request), now=timezone.now())
        messages.success(request, _("Revoked; they stop working with the next request."))


@admin.register(Audit)
class AuditAdmin(OfficeAdmin):
    list_display = ("when", "actor_label", "actor_kind", "action", "tenant_id", "summary")
    list_filter = ("actor_kind", "action")
    search_fields = ("actor_label", "tenant_id", "action")
    ordering = ("-id",)
    fields = ("at", "actor_label", "actor_kind", "actor_id", "action", "tenant_id", "detail")

    @display(description=_("When (UTC)"), ordering="id")
    def when(self, row: Audit) -> SafeString:
        # No-break spaces: the column stays one line high beside long details.
        return format_html("{}", date_format(row.at, "j M Y H:i").replace(" ", "\u00a0"))

    @display(description=_("Detail"))
    def summary(self, row: Audit) -> str:
        return ", ".join(f"{name}: {value}" for name, value in row.detail.items())[:120]
