"""When whose numbers are read, and one row a restaurant and day for staff. Public tables, no content.

The reading plan is rows, so a collector that dies loses nothing: what it had claimed is due again when its
lease ends. A channel is the unit of a claim, because a batch to Meta carries one token.
"""

import uuid

from django.db import models
from django.db.models import Q


class ChannelReading(models.Model):
    """One channel whose numbers are read. `next_at` is the earliest moment anything of it is due."""

    channel_id = models.UUIDField(primary_key=True)
    tenant_id = models.UUIDField()
    schema_name = models.CharField(max_length=63)
    platform = models.CharField(max_length=10)
    next_at = models.DateTimeField()  # of the channel or of any of its posts
    own_next_at = models.DateTimeField()  # of the channel's own numbers
    lease_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)  # of the last reading that Meta answered
    own_read_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row; each doubles the wait
    trouble = models.CharField(max_length=200, default="")  # of the last failed reading, for staff

    class Meta:
        verbose_name = "reading of a channel"
        verbose_name_plural = "readings"
        indexes = [
            models.Index(fields=["next_at"], name="reading_channel_next"),
            models.Index(fields=["tenant_id"], name="reading_channel_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.channel_id}"


class PostReading(models.Model):
    """One published post that is still measured. The row goes when the post is old enough to be left alone."""

    publication_id = models.UUIDField(primary_key=True)
    channel_id = models.UUIDField()
    tenant_id = models.UUIDField()
    published_at = models.DateTimeField()
    next_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "reading of a post"
        indexes = [
            models.Index(fields=["channel_id", "next_at"], name="reading_post_next"),
            models.Index(fields=["tenant_id"], name="reading_post_tenant"),
        ]

    def __str__(self) -> str:
        return str(self.publication_id)


class Pulse(models.Model):
    """One restaurant on one of Meta's days, for staff: counts only. Null means not measured, never zero."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.UUIDField()
    day = models.DateField()
    posts = models.PositiveIntegerField(default=0)  # published that day in the restaurant's zone
    failed = models.PositiveIntegerField(default=0)  # stopped that day and waiting for their owner
    reach = models.BigIntegerField(null=True)
    views = models.BigIntegerField(null=True)
    engagement = models.BigIntegerField(null=True)
    followers = models.BigIntegerField(null=True)
    channels = models.PositiveIntegerField(default=0)
    troubled = models.PositiveIntegerField(default=0)  # channels whose last reading failed
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "pulse"
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "day"], name="pulse_once_a_day"),
            models.CheckConstraint(
                condition=Q(followers__isnull=True) | Q(followers__gte=0), name="pulse_followers_counted"
            ),
        ]
        indexes = [models.Index(fields=["-day"], name="pulse_day")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.day}"


class MonthlyReport(models.Model):
    """A restaurant that wants its month by e-mail: when the next one is due. No row, no mail."""

    tenant_id = models.UUIDField(primary_key=True)
    schema_name = models.CharField(max_length=63)
    due_at = models.DateTimeField()
    sent = models.CharField(max_length=7, default="", blank=True)  # "2026-10": the last month that went out

    class Meta:
        verbose_name = "monthly report"
        indexes = [models.Index(fields=["due_at"], name="monthlyreport_due")]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.due_at:%Y-%m-%d}"
