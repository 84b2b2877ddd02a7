"""Public tables of the social room. They hold ids, states and wrapped keys; tokens stay in the restaurants'
schemas.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Platform(models.TextChoices):
    FACEBOOK = "facebook", _("Facebook")
    INSTAGRAM = "instagram", _("Instagram")


class TenantDataKey(models.Model):
    """The key that seals one restaurant's tokens, itself wrapped by a key of the ring named in `wrapped_by`.

    Opened only by social.vault. Deleting the rows of a restaurant shreds its tokens.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    wrapped = models.BinaryField()
    wrapped_by = models.CharField(max_length=64, db_index=True)
    retired_at = models.DateTimeField(null=True, blank=True)  # None: the current one
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                "tenant", condition=Q(retired_at=None), name="one_current_data_key_a_tenant"
            ),
        ]

    def __str__(self) -> str:
        return f"data key {self.pk}"


class OAuthState(models.Model):
    """One started connect flow. Consumed by deleting it, so it works once.

    The state itself is not stored, only its SHA-256: whoever reads this table cannot finish somebody's flow.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state_hash = models.BinaryField(unique=True, max_length=32)
    session_hash = models.BinaryField(max_length=32)
    user = models.ForeignKey("tenants.User", on_delete=models.CASCADE, related_name="+")
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="+")
    redirect_uri = models.CharField(max_length=500)
    scopes = models.JSONField(default=list)
    intent = models.JSONField(
        default=dict
    )  # what to do afterwards: {"connection": id} on a reconnect, "want"
    expires_at = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"connect flow {self.pk}"


class ConnectionEntry(models.Model):
    """One restaurant's connection as seen from outside of its schema: whose it is, how it is, when to look
    again.

    The beat job finds what is due here instead of walking schemas; Facebook's "this person left" finds the
    restaurants; staff see health without tokens. `connection` is the id of the row in the restaurant's
    schema.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="connection_entries")
    connection = models.UUIDField(unique=True)
    facebook_user_id = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=20, db_index=True)
    reason = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    data_access_expires_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(null=True, blank=True, db_index=True)
    # Asked for and not yet carried out here: the sweep goes on until it is.
    deletion = models.ForeignKey(
        "social_registry.DeletionRequest",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="entries",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "facebook_user_id"], name="one_entry_a_person_and_tenant"
            ),
        ]

    def __str__(self) -> str:
        return f"connection {self.connection}"


class ChannelClaim(models.Model):
    """Which restaurant a Facebook Page or Instagram account belongs to: at most one, whoever claims it first.

    Also the way from a webhook's page id to the restaurant. `channel` and `connection` are plain ids of
    rows in the restaurant's schema; name and state mirror them for staff.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    platform = models.CharField(max_length=12, choices=Platform)
    remote_id = models.CharField(max_length=64)
    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.CASCADE, related_name="channel_claims")
    channel = models.UUIDField(unique=True)
    connection = models.UUIDField(db_index=True)
    name = models.CharField(max_length=300)
    state = models.CharField(max_length=20, db_index=True)
    reason = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.UniqueConstraint(fields=["platform", "remote_id"], name="one_restaurant_a_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_platform_display()})"


class WebhookDelivery(models.Model):
    """The inbox of Meta's webhooks: stored before we answer 200, worked off afterwards, repeats dropped by
    digest.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField(unique=True, max_length=32)  # SHA-256 of object, entry id, time and change
    object = models.CharField(max_length=32)
    entry_id = models.CharField(max_length=64)
    field = models.CharField(max_length=64)
    value = models.JSONField(default=dict)
    sent_at = models.DateTimeField(null=True, blank=True)  # Meta's clock
    received_at = models.DateTimeField()
    retry_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["received_at", "id"]
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=["retry_at"], condition=Q(done_at=None), name="webhook_waiting"),
            models.Index(fields=["done_at"], name="webhook_done"),
        ]

    def __str__(self) -> str:
        return f"{self.object}.{self.field} for {self.entry_id}"


class DeletionRequest(models.Model):
    """Somebody asked Facebook to have their data deleted here; the status page reads this row by its code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=64, unique=True)
    facebook_user_hash = models.BinaryField(max_length=32)  # the id itself is part of what is deleted
    asked_at = models.DateTimeField(
        null=True, blank=True
    )  # Meta's date of the request: a repeat has the same
    requested_at = models.DateTimeField()  # when it reached us
    done_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(
        null=True, blank=True, db_index=True
    )  # something failed; the sweep goes on
    connections = models.PositiveIntegerField(default=0)
    channels = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["requested_at", "id"]

    def __str__(self) -> str:
        return f"deletion request {self.code}"
