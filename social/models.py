"""What one restaurant has connected. Tenant tables: the tokens stand here, sealed, and nowhere else."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from social.registry.models import Platform


class ConnectionState(models.TextChoices):
    HEALTHY = "healthy", _("Healthy")
    EXPIRING = "expiring", _("Ends soon")
    NEEDS_RECONNECT = "needs_reconnect", _("Reconnect needed")
    REVOKED = "revoked", _("Removed")


class ChannelState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    NEEDS_RECONNECT = "needs_reconnect", _("Reconnect needed")
    DISCONNECTED = "disconnected", _("Disconnected")


class Connection(models.Model):
    """What one person's Facebook login granted us. Kept after its token is gone: channels refer to it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    facebook_user_id = models.CharField(max_length=64)  # app-scoped; "" once its data were deleted
    name = models.CharField(max_length=200, blank=True)
    scopes = models.JSONField(default=list)  # granted
    granular = models.JSONField(default=dict)  # permission -> the Pages and accounts it is restricted to
    declined = models.JSONField(default=list)  # asked for and not granted, or lapsed
    token_sealed = models.BinaryField(null=True)  # social.tokens opens it
    expires_at = models.DateTimeField(null=True)  # None: never
    data_access_expires_at = models.DateTimeField(null=True)  # 90 days after the person last came by
    state = models.CharField(max_length=20, choices=ConnectionState, default=ConnectionState.HEALTHY)
    reason = models.CharField(max_length=40, blank=True)  # a key of social.health.REASONS
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    connected_by = models.CharField(max_length=200)
    connected_by_id = models.BigIntegerField(null=True)  # of the shared user table: a plain number on purpose
    connected_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["facebook_user_id"],
                condition=~Q(facebook_user_id=""),
                name="one_connection_a_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ConnectionState.values), name="connection_state_known"
            ),
            models.CheckConstraint(
                condition=Q(token_sealed__isnull=False)
                | Q(state__in=[ConnectionState.NEEDS_RECONNECT, ConnectionState.REVOKED]),
                name="connection_alive_has_token",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Facebook login"))

    @property
    def alive(self) -> bool:
        return self.state in (ConnectionState.HEALTHY, ConnectionState.EXPIRING)


class ChannelQuerySet(models.QuerySet["Channel"]):
    def connected(self) -> ChannelQuerySet:
        """Every channel an owner would call connected, also a paused or an ailing one."""
        return self.exclude(state=ChannelState.DISCONNECTED)

    def publishable(self) -> ChannelQuerySet:
        """Channels through which a post can go out now."""
        return self.filter(
            state=ChannelState.ACTIVE,
            token_sealed__isnull=False,
            connection__state__in=[ConnectionState.HEALTHY, ConnectionState.EXPIRING],
        )

    def ailing(self) -> ChannelQuerySet:
        return self.filter(state=ChannelState.NEEDS_RECONNECT)

    def in_order(self) -> ChannelQuerySet:
        """Pages first, each followed by its Instagram account, in the order they were connected."""
        return self.select_related("connection", "page").order_by(
            "page_remote_id", "platform", "created_at", "id"
        )


class Channel(models.Model):
    """One publishable place: a Facebook Page or an Instagram professional account. History hangs on it, so
    it is never deleted; disconnecting takes its token and its claim.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="channels")
    platform = models.CharField(max_length=12, choices=Platform)
    remote_id = models.CharField(max_length=64)
    name = models.CharField(max_length=300)
    username = models.CharField(max_length=100, blank=True)
    picture_url = models.TextField(blank=True)
    page = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="instagrams")
    page_remote_id = models.CharField(max_length=64)  # the Page whose token this channel speaks with
    tasks = models.JSONField(default=list)  # what the person may do there: CREATE_CONTENT, ANALYZE ...
    token_sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=20, choices=ChannelState, default=ChannelState.ACTIVE)
    reason = models.CharField(max_length=40, blank=True)
    state_since = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)  # survives a reconnect: what was paused stays paused
    connected_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True)
    subscribed_at = models.DateTimeField(null=True)  # to webhooks of its Page
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "remote_id"], name="channel_once"),
            models.CheckConstraint(condition=Q(state__in=ChannelState.values), name="channel_state_known"),
            models.CheckConstraint(condition=Q(platform__in=Platform.values), name="channel_platform_known"),
            models.CheckConstraint(
                condition=~Q(state=ChannelState.ACTIVE) | Q(token_sealed__isnull=False),
                name="channel_active_has_token",
            ),
            models.CheckConstraint(
                condition=~Q(state=ChannelState.DISCONNECTED) | Q(token_sealed__isnull=True),
                name="channel_disconnected_has_no_token",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_platform_display()})"

    @property
    def address(self) -> str:
        """Where the public sees it."""
        if self.platform == Platform.INSTAGRAM:
            return f"https://www.instagram.com/{self.username}/" if self.username else ""
        return f"https://www.facebook.com/{self.remote_id}"

    @property
    def handle(self) -> str:
        """What an owner recognises it by, beside the name."""
        return f"@{self.username}" if self.username else ""
