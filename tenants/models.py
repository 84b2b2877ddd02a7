"""Who is here and what they may do. Everything in this file lives in the public schema."""

import secrets
import uuid
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin, TenantMixin

from tenants.access import Role


class UserManager(BaseUserManager["User"]):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person, known by an e-mail address; may belong to several restaurants."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    restaurants: models.ManyToManyField = models.ManyToManyField(
        "Tenant", through="Membership", related_name="people"
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.email


class Plan(models.TextChoices):
    BASIC = "basic", _("Basic")
    PRO = "pro", _("Pro")
    ENTERPRISE = "enterprise", _("Enterprise")


def new_schema_name() -> str:
    """Opaque: a slug may change, a schema name never does."""
    return f"t_{secrets.token_hex(6)}"


class Tenant(TenantMixin):
    """One restaurant business and its schema."""

    auto_create_schema = False  # tenants.provisioning does it, twenty times faster
    auto_drop_schema = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    schema_name = models.CharField(max_length=63, unique=True, default=new_schema_name, editable=False)
    slug = models.CharField(
        max_length=50,
        unique=True,
        validators=[
            RegexValidator(r"^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$", _("Small letters, digits and dashes."))
        ],
    )
    name = models.CharField(_("name"), max_length=100)
    timezone = models.CharField(_("time zone"), max_length=64, default="America/Chicago")
    country = models.CharField(_("country"), max_length=2, default="US")
    language = models.CharField(_("language"), max_length=10, default="en")
    plan = models.CharField(max_length=12, choices=Plan.choices, default=Plan.BASIC)
    cell = models.CharField(max_length=20, default="c1")  # one database is one cell
    fingerprint = models.CharField(max_length=64, default="", editable=False)  # of the migrations applied
    paused_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("restaurant")
        verbose_name_plural = _("restaurants")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(plan__in=Plan.values), name="tenant_plan_known"),
            models.CheckConstraint(
                condition=models.Q(schema_name__regex=r"^t_[a-z0-9_]{1,40}$"), name="tenant_schema_opaque"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)


class Domain(DomainMixin):
    """Demanded by django-tenants. We route by path, so the table stays empty."""


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.tenant} · {self.get_role_display()}"


class Partner(models.Model):
    """An organisation that uses the API for one or many restaurants."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    contact_email = models.EmailField()
    tenants = models.ManyToManyField(Tenant, blank=True, related_name="partners")
    restaurants_max = models.PositiveIntegerField(
        _("may open"),
        default=100,
        db_default=100,
        help_text=_("Restaurants, counting those it works for now."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class PartnerMember(models.Model):
    """A person who looks after a partner's keys. Staff let them in; it gives no way into any restaurant."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="partner_members")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("person of a partner")
        verbose_name_plural = _("people of partners")
        constraints = [models.UniqueConstraint(fields=["partner", "user"], name="partnermember_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.partner}"


class ApiKey(models.Model):
    """A hashed, scoped key. The secret is shown once and never stored (tenants/api_auth.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys"
    )
    partner = models.ForeignKey(
        Partner, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=24, unique=True)  # "sk_live_ab12cd34": enough to recognise it
    digest = models.CharField(max_length=64, unique=True)  # HMAC-SHA256 of the whole key, hex
    scopes = models.JSONField(default=list)
    live = models.BooleanField(default=True)  # a test key never reaches Meta
    # Networks it may be used from, as "203.0.113.0/24"; empty: from anywhere
    allowed = models.JSONField(default=list, db_default=models.Value([], models.JSONField()), blank=True)
    created_by_label = models.CharField(max_length=200, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tenant__isnull=False, partner__isnull=True)
                | models.Q(tenant__isnull=True, partner__isnull=False),
                name="apikey_of_tenant_or_partner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Audit(models.Model):
    """Append-only (a trigger refuses update and delete): who did what to whose restaurant."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    tenant_id = models.UUIDField(null=True, db_index=True)  # plain: outlives the tenant
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label}: {self.action}"


class TemplateScript(models.Model):
    """The compiled DDL of an empty tenant schema for one state of the migrations (tenants/provisioning.py)."""

    fingerprint = models.CharField(primary_key=True, max_length=64)
    ddl = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]


class Invitation(models.Model):
    """A mailed link that lets one address into one restaurant; only the hash of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()  # in small letters
    role = models.CharField(max_length=10, choices=Role.choices)
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by_label = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "email"], condition=models.Q(accepted_at=None), name="invitation_open_once"
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.tenant}"


class IdempotentRequest(models.Model):
    """One `Idempotency-Key` of one caller and, once done, the answer it got (tenants/idempotency.py)."""

    owner = models.CharField(max_length=80)  # "key:<uuid>" or "user:<id>"
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of method, path, restaurant and body
    token = models.UUIDField()  # of the worker that holds the lease: a fence
    state = models.CharField(max_length=7)  # running | done
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=bytes)
    created_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="idempotent_once"),
            models.CheckConstraint(
                condition=models.Q(state="running", status=None)
                | models.Q(state="done", status__isnull=False),
                name="idempotent_done_has_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.state}"
