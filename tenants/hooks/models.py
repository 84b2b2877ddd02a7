"""Outgoing webhooks, in the public schema: one dispatcher serves all restaurants, and partners have many.

An Event is what happened, a Delivery is one endpoint that must hear of it, an Attempt is one try. The rows
are the queue: Celery only looks at them more often.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import Partner, Tenant


class Endpoint(models.Model):
    """An address of a restaurant's or a partner's own program that wants to be told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="hook_endpoints")
    partner = models.ForeignKey(Partner, null=True, on_delete=models.CASCADE, related_name="hook_endpoints")
    url = models.URLField(max_length=500)
    description = models.CharField(max_length=200, blank=True, default="")
    events = models.JSONField(default=list)  # names of tenants.hooks.events, or ["*"]
    version = models.PositiveIntegerField(default=1)  # for If-Match
    disabled_at = models.DateTimeField(null=True)
    disabled_because = models.CharField(max_length=20, blank=True, default="")  # owner | failing | gone
    failing_since = models.DateTimeField(null=True)  # no success since then
    last_success_at = models.DateTimeField(null=True)
    created_by_label = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook endpoint")
        constraints = [
            models.CheckConstraint(
                condition=Q(tenant__isnull=False, partner__isnull=True)
                | Q(tenant__isnull=True, partner__isnull=False),
                name="hook_of_tenant_or_partner",
            ),
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_because="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_because="")),
                name="hook_disabled_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def enabled(self) -> bool:
        return self.disabled_at is None


class SigningSecret(models.Model):
    """What an endpoint checks our signature with, sealed. During a rotation two are alive and both sign."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.BinaryField()
    sealed_by = models.CharField(max_length=64)  # id of the key in settings.ENCRYPTION_KEY
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # None: the current one

    class Meta:
        constraints = [
            models.UniqueConstraint("endpoint", condition=Q(expires_at=None), name="hook_one_current_secret"),
        ]

    def __str__(self) -> str:
        return f"secret of {self.endpoint_id}"


class Event(models.Model):
    """Something that happened, with the very bytes that are sent, so that every try sends the same."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, null=True, on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=40)
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.type} {self.public_id}"

    @property
    def public_id(self) -> str:
        """The `webhook-id`: the same for every try, so a receiver can drop repeats by it."""
        return f"evt_{self.id.hex}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


class Delivery(models.Model):
    """One endpoint that must hear of one event."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)  # of this round; a replay begins a new one
    fence = models.PositiveIntegerField(default=0)  # of all; who holds another number has lost the row
    next_at = models.DateTimeField(null=True)  # while a try is out: when it counts as lost
    last_status = models.PositiveSmallIntegerField(null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="hook_delivery_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False, done_at=None)
                | (~Q(state="waiting") & Q(next_at=None, done_at__isnull=False)),
                name="hook_delivery_waits_or_is_done",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="hook_delivery_due"),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="hook_delivery_log"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}"


class Attempt(models.Model):
    """One try and what came of it."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True)  # None: no answer
    outcome = models.CharField(max_length=20)  # delivered | refused | unreachable | timeout | unsafe | gone
    answer = models.CharField(max_length=500, blank=True, default="")  # the beginning of its body

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.outcome} {self.status or ''}"
