"""Notices and who was told. Public tables, so that one query finds every mail that is due.

Rows are the queue: a Telling whose mail_due_at has come and mailed_at is empty is a mail to send, whatever
became of the task that should have sent it.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant, User


class Level(models.TextChoices):
    INFO = "info", _("For your information")
    SUCCESS = "success", _("Good news")
    WARNING = "warning", _("Worth a look")
    NEEDS_YOU = "needs_you", _("Needs you")  # mailed at once


class Notice(models.Model):
    """One thing that was said to people of a restaurant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=200)  # "publication:<id>:held"; said once per restaurant
    kind = models.CharField(max_length=40)  # post | channel | media | month | quota ...: its icon
    level = models.CharField(max_length=10, choices=Level.choices)
    sentence = models.CharField(max_length=500)
    link = models.CharField(max_length=300, blank=True, default="")  # a path of ours
    fix = models.CharField(max_length=60, blank=True, default="")  # the words on its button
    created_at = models.DateTimeField()  # when it was said, or said again after it had been over
    resolved_at = models.DateTimeField(null=True, blank=True)  # the trouble is over

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="notice_once"),
            models.CheckConstraint(condition=Q(level__in=Level.values), name="notice_level_known"),
            models.CheckConstraint(
                condition=Q(link="") | (Q(link__startswith="/") & ~Q(link__startswith="//")),
                name="notice_link_is_ours",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-created_at"], name="notice_newest")]

    def __str__(self) -> str:
        return self.sentence


class TellingQuerySet(models.QuerySet["Telling"]):
    def of(self, user: object, tenant: Tenant) -> "TellingQuerySet":
        return self.filter(user_id=getattr(user, "pk", None), notice__tenant=tenant)

    def unread(self) -> "TellingQuerySet":
        """Not read and not over: what the bell counts."""
        return self.filter(read_at=None, notice__resolved_at=None)

    def mail_due(self, now: datetime) -> "TellingQuerySet":
        return self.filter(mailed_at=None, mail_due_at__lte=now)


class Telling(models.Model):
    """One notice for one person."""

    id = models.BigAutoField(primary_key=True)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="tellings")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tellings")
    read_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(null=True, blank=True)  # empty: not by mail, or given up
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_tries = models.PositiveSmallIntegerField(default=0)
    push_due_at = models.DateTimeField(null=True, blank=True)  # empty: not to devices, or no longer
    pushed_at = models.DateTimeField(null=True, blank=True)
    push_tries = models.PositiveSmallIntegerField(default=0, db_default=0)  # also for an older process

    objects = TellingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "user"], name="telling_once")]
        indexes = [
            models.Index(
                fields=["mail_due_at"],
                condition=Q(mailed_at=None, mail_due_at__isnull=False),
                name="telling_mail_due",
            ),
            models.Index(fields=["user"], condition=Q(read_at=None), name="telling_unread"),
            models.Index(
                fields=["push_due_at"],
                condition=Q(pushed_at=None, push_due_at__isnull=False),
                name="telling_push_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.user_id}"


class PushDevice(models.Model):
    """A browser of one person that is told at once what needs them at one restaurant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_devices")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="push_devices")
    mark = models.CharField(max_length=64)  # SHA-256 of the endpoint
    endpoint = models.TextField()  # a secret address: never shown, never logged
    p256dh = models.CharField(max_length=200)  # the browser's keys, base64url
    auth = models.CharField(max_length=200)
    name = models.CharField(max_length=60)  # "Chrome on Android"
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant", "mark"], name="push_device_once")]

    def __str__(self) -> str:
        return self.name


class Digest(models.TextChoices):
    NONE = "none", _("Never")
    DAILY = "daily", _("Every morning")
    WEEKLY = "weekly", _("Every Monday morning")


class Preference(models.Model):
    """How one person wants to be told at one restaurant. No row: the defaults."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_preferences")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="notice_preferences")
    mail = models.BooleanField(_("Mail me at once when something needs me"), default=True)
    digest = models.CharField(_("A summary"), max_length=8, choices=Digest.choices, default=Digest.WEEKLY)
    next_digest_at = models.DateTimeField(null=True, blank=True)
    last_digest_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "tenant"], name="preference_once"),
            models.CheckConstraint(condition=Q(digest__in=Digest.values), name="preference_digest_known"),
        ]
        indexes = [
            models.Index(
                fields=["next_digest_at"],
                condition=Q(next_digest_at__isnull=False),
                name="preference_digest_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.digest}"
