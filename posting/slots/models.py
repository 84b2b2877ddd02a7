"""A channel's weekly times. Which of them are taken is not stored: a publication at that minute takes it."""

import uuid
from datetime import time

from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS

from tenants.times import clock_of


class WeeklySlot(models.Model):
    """Every week on this day at this time of the restaurant's clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.ForeignKey("social.Channel", on_delete=models.CASCADE, related_name="weekly_slots")
    weekday = models.PositiveSmallIntegerField()  # 0 Monday ... 6 Sunday
    at = models.TimeField()  # whole minutes
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["weekday", "at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "weekday", "at"], name="slot_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="slot_weekday_known"),
        ]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.clock}"

    @property
    def clock(self) -> str:
        """ "6:00 pm"."""
        at: time = self.at
        return clock_of(at)
