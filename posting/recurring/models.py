"""A repeating post, and each time it was planned."""

import uuid
from datetime import date, time

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from posting.recurring import rules
from posting.recurring.rules import Every


class RecurrenceQuerySet(models.QuerySet["Recurrence"]):
    def running(self) -> "RecurrenceQuerySet":
        return self.filter(paused_at=None, ended_at=None)


class Recurrence(models.Model):
    """This post, on these channels, on these days at this time of the restaurant's clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey("content.Post", on_delete=models.PROTECT, related_name="recurrences")
    channels: models.ManyToManyField = models.ManyToManyField("social.Channel", related_name="recurrences")
    every = models.CharField(max_length=5, choices=Every.choices)
    days = ArrayField(models.PositiveSmallIntegerField())  # weekdays 0-6, or days of the month 1-31
    at = models.TimeField()
    starts_on = models.DateField()  # in the restaurant's zone
    ends_on = models.DateField(null=True, blank=True)  # the last day it may go out
    times = models.PositiveSmallIntegerField(null=True, blank=True)  # at most so many days altogether
    paused_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=200)
    created_by_id = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()

    objects = RecurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(every__in=Every.values), name="recurrence_every_known"),
            models.CheckConstraint(condition=Q(days__len__gt=0), name="recurrence_has_days"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="recurrence_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        at: time = self.at
        return rules.words(self.every, self.days, at)

    @property
    def status(self) -> str:
        """running | paused | over"""
        return "over" if self.ended_at else "paused" if self.paused_at else "running"

    def days_between(self, first: date, last: date) -> list[date]:
        if self.ends_on:
            last = min(last, self.ends_on)
        return list(rules.days_of(self.every, self.days, first=max(first, self.starts_on), last=last))


class Occurrence(models.Model):
    """One day on one channel. The unique key is what makes planning ahead safe to repeat."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recurrence = models.ForeignKey(Recurrence, on_delete=models.CASCADE, related_name="occurrences")
    channel = models.ForeignKey("social.Channel", on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    publication = models.OneToOneField(
        "posting.Publication", null=True, on_delete=models.SET_NULL, related_name="occurrence"
    )
    problem = models.TextField(blank=True, default="")  # why it could not be planned, for the owner
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["day", "id"]
        constraints = [
            models.UniqueConstraint(fields=["recurrence", "channel", "day"], name="occurrence_once"),
            models.CheckConstraint(
                condition=Q(publication=None) | Q(problem=""), name="occurrence_planned_or_problem"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"
