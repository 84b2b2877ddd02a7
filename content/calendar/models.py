"""A planned month: the wish, its slots, and the log of making it. Rows of one restaurant's schema.

The rows are the job. Whoever is killed leaves a lease that runs out; whoever comes next finds what is done.
"""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from content.calendar.words import ApprovalMode, CalendarState, PlanMode, SlotKind, SlotState
from content.models import Generation, MenuItem, Post
from content.rows import Row


class CalendarQuerySet(models.QuerySet["Calendar"]):
    def recent(self) -> "CalendarQuerySet":
        return self.order_by("-created_at", "-id")

    def running(self) -> "CalendarQuerySet":
        return self.filter(state__in=[CalendarState.PLANNING, CalendarState.WRITING])


class Calendar(Row):
    """One month (or the gaps of one) asked for. `wish` keeps the form as given, so that it can be planned again."""

    first_day = models.DateField()
    last_day = models.DateField()
    zone = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=CalendarState.choices, default=CalendarState.PLANNING)
    mode = models.CharField(max_length=10, choices=PlanMode.choices, default=PlanMode.AI)
    approval = models.CharField(max_length=10, choices=ApprovalMode.choices, default=ApprovalMode.OPTIONAL)
    count = models.PositiveSmallIntegerField()
    channel_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    campaign = models.CharField(_("Campaign"), max_length=500, blank=True)
    wish = models.JSONField(default=dict)
    notes = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    estimate = models.DecimalField(
        max_digits=12, decimal_places=6, default=Decimal(0)
    )  # US dollars, as was stated
    strategy = models.ForeignKey(
        Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    key = models.UUIDField(unique=True)  # of the form or request: sent twice it makes one calendar
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)  # while the strategy is asked for
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=200)
    created_by_kind = models.CharField(max_length=10)
    created_by_id = models.CharField(max_length=64, blank=True)

    objects = CalendarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CalendarState.values), name="content_calendar_state_known"
            ),
            models.CheckConstraint(condition=Q(mode__in=PlanMode.values), name="content_calendar_mode_known"),
            models.CheckConstraint(
                condition=Q(approval__in=ApprovalMode.values), name="content_calendar_approval_known"
            ),
            models.CheckConstraint(
                condition=Q(count__gte=1, count__lte=31), name="content_calendar_count_1_to_31"
            ),
            models.CheckConstraint(
                condition=Q(first_day__lte=models.F("last_day")), name="content_calendar_days_in_order"
            ),
        ]
        indexes = [
            models.Index("created_at", "id", name="content_calendar_order"),
            models.Index(
                "created_at", condition=Q(state__in=["planning", "writing"]), name="content_calendar_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day:%Y-%m}, {self.count}"

    @property
    def running(self) -> bool:
        return self.state in (CalendarState.PLANNING, CalendarState.WRITING)


class SlotQuerySet(models.QuerySet["CalendarSlot"]):
    def in_order(self) -> "SlotQuerySet":
        return self.order_by("publish_at", "id")

    def takeable(self, now: Any) -> "SlotQuerySet":
        """Waiting for a worker: not begun, put off until now, or left by one that died."""
        return self.filter(
            Q(state=SlotState.WAITING, next_action_at__lte=now)
            | Q(state=SlotState.WRITING, lease_until__lt=now)
        )

    def unfinished(self) -> "SlotQuerySet":
        return self.filter(state__in=[SlotState.WAITING, SlotState.WRITING])

    def to_review(self) -> "SlotQuerySet":
        return self.filter(state=SlotState.WRITTEN)


class CalendarSlot(Row):
    """One planned post: when, what for and why; then its words and picture as a Post, and the verdict."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="slots")
    position = models.PositiveSmallIntegerField()
    publish_at = models.DateTimeField()  # UTC
    local_at = models.CharField(max_length=16)  # the wall time meant, "2026-11-24T18:00"
    kind = models.CharField(max_length=10, choices=SlotKind.choices)
    reason = models.CharField(max_length=300)
    occasion = models.CharField(max_length=200, blank=True)
    idea = models.CharField(max_length=300, blank=True)
    menu_item = models.ForeignKey(
        MenuItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asset = models.ForeignKey(
        "assets.Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    photo_note = models.CharField(max_length=300, blank=True)  # what to upload when no photo fits
    with_ai = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=SlotState.choices, default=SlotState.WAITING)
    error = models.CharField(max_length=300, blank=True)
    generation = models.ForeignKey(
        Generation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    post = models.ForeignKey(
        Post, null=True, blank=True, on_delete=models.SET_NULL, related_name="calendar_slots"
    )
    round = models.PositiveSmallIntegerField(
        default=1
    )  # how often words were asked for; names the generation
    tries = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_action_at = models.DateTimeField()
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = SlotQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "position"], name="content_slot_position_once"),
            models.UniqueConstraint(fields=["post"], name="content_slot_of_post_once"),
            models.CheckConstraint(condition=Q(state__in=SlotState.values), name="content_slot_state_known"),
            models.CheckConstraint(condition=Q(kind__in=SlotKind.values), name="content_slot_kind_known"),
            models.CheckConstraint(
                condition=Q(state=SlotState.WRITING, lease_until__isnull=False)
                | (~Q(state=SlotState.WRITING) & Q(lease_until__isnull=True)),
                name="content_slot_claim_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state=SlotState.FAILED) | ~Q(error=""), name="content_slot_failure_has_reason"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="content_slot_has_reason"),
        ]
        indexes = [
            models.Index("publish_at", "id", name="content_slot_when"),
            models.Index(
                "next_action_at", condition=Q(state__in=["waiting", "writing"]), name="content_slot_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.local_at}"


class CalendarLine(models.Model):
    """One line of the log in plain words."""

    id = models.BigAutoField(primary_key=True)
    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="lines")
    at = models.DateTimeField(db_default=Now())
    tone = models.CharField(max_length=8, blank=True)  # "", "good", "warning"
    text = models.CharField(max_length=400)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text


class SlotComment(models.Model):
    """What somebody said about a planned post while it was reviewed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(CalendarSlot, on_delete=models.CASCADE, related_name="comments")
    text = models.CharField(max_length=1000)
    by = models.CharField(max_length=200)
    by_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="content_slotcomment_says_something")
        ]

    def __str__(self) -> str:
        return self.text[:60]
