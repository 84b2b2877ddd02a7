"""Where and when a post goes out and what came of it. Tables of one restaurant.

A Publication mirrors its Due row (posting.dispatch), which is the authority: both are written in one
transaction by posting/dispatch/outcomes. Nothing else changes `state`.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from posting import reasons
from posting.measured import ChannelDay, ChannelInsight, Figures, NumbersChoice
from posting.states import ASKING, OPEN, WORKING, State, Word, owner_word
from posting.surfaces import SURFACES, Kind, Surface

__all__ = [
    "ChannelDay",
    "ChannelInsight",
    "Figures",
    "Insight",
    "NumbersChoice",
    "Publication",
    "PublicationQuerySet",
    "Transition",
]


class PublicationQuerySet(models.QuerySet["Publication"]):
    def living(self) -> "PublicationQuerySet":
        """Everything except what was taken back."""
        return self.exclude(state=State.CANCELLED)

    def waiting(self) -> "PublicationQuerySet":
        """Still to go out, soonest first."""
        return self.filter(state__in=WORKING).order_by("publish_at", "id")

    def asking(self) -> "PublicationQuerySet":
        """The "needs you" inbox: stopped until a person chooses."""
        return self.filter(state__in=ASKING).order_by("-updated_at", "id")

    def published(self) -> "PublicationQuerySet":
        return self.filter(state=State.PUBLISHED).order_by("-published_at", "id")


class Publication(models.Model):
    """One post on one channel at one time: the only thing with a delivery state."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey("content.Post", on_delete=models.PROTECT, related_name="publications")
    channel = models.ForeignKey("social.Channel", on_delete=models.PROTECT, related_name="publications")
    kind = models.CharField(max_length=20, choices=[(str(kind), str(kind)) for kind in Kind])
    version = models.PositiveIntegerField(
        default=1
    )  # of what is to be published; equals its living Due row's
    publish_at = models.DateTimeField(_("goes out"))  # UTC
    local_at = models.CharField(max_length=16)  # the wall time the owner meant, "2026-11-24T18:00"
    zone = models.CharField(max_length=64)  # in this IANA zone
    not_after = models.DateTimeField()
    state = models.CharField(
        max_length=12, default=State.SCHEDULED, choices=[(str(s), str(s)) for s in State]
    )
    reason_code = models.CharField(max_length=40, blank=True, default="")
    reason_params = models.JSONField(blank=True, default=dict)
    snapshot = models.JSONField()  # what will be said, frozen when scheduled (services.snapshot_of)
    remote_id = models.CharField(max_length=128, blank=True, default="")  # published post or media
    permalink = models.TextField(blank=True, default="")
    published_at = models.DateTimeField(null=True, blank=True)
    created_by = models.CharField(max_length=200)
    created_by_id = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(db_default=Now())

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=[*State]), name="publication_state_known"),
            models.CheckConstraint(condition=Q(kind__in=[*Kind]), name="publication_kind_known"),
            models.CheckConstraint(condition=Q(version__gte=1), name="publication_version_positive"),
            models.CheckConstraint(
                condition=Q(publish_at__lt=F("not_after")), name="publication_deadline_after"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | Q(published_at__isnull=False),
                name="publication_published_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(ASKING)) | ~Q(reason_code=""),
                name="publication_asking_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["publish_at", "id"], name="publication_when"),
            models.Index(fields=["channel", "publish_at"], name="publication_channel"),
            models.Index(
                fields=["published_at"], condition=Q(state=State.PUBLISHED), name="publication_published"
            ),
            models.Index(
                fields=["updated_at"], condition=Q(state__in=sorted(ASKING)), name="publication_asking"
            ),
            # A webhook names the post by Meta's id.
            models.Index(fields=["remote_id"], condition=~Q(remote_id=""), name="publication_remote"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.local_at}"

    @property
    def surface(self) -> Surface:
        return SURFACES[Kind(self.kind)]

    @property
    def platform(self) -> str:
        return self.surface.platform

    @property
    def reason_text(self) -> str:
        """Why it is as it is, for its owner, in the reader's language."""
        return reasons.sentence(self.reason_code, self.reason_params)

    @property
    def fix(self) -> reasons.Fix | None:
        """The one button that solves it, or None."""
        return reasons.fix(self.reason_code) if self.state in ASKING else None

    @property
    def changeable(self) -> bool:
        """May still be cancelled, edited or moved; the engine has the last word (it may be flipping now)."""
        return self.state in OPEN

    @property
    def asks(self) -> bool:
        """Stopped until a person chooses."""
        return self.state in ASKING

    def word(self, now: datetime) -> Word:
        return owner_word(self.state, publish_at=self.publish_at, now=now)


class Transition(models.Model):
    """One change of state and why. Written with the change, never altered."""

    id = models.BigAutoField(primary_key=True)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="transitions")
    version = models.PositiveIntegerField()
    old = models.CharField(max_length=12, blank=True)  # empty: it was made
    new = models.CharField(max_length=12)
    reason_code = models.CharField(max_length=40, blank=True, default="")
    params = models.JSONField(default=dict)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["publication", "id"], name="transition_timeline")]

    def __str__(self) -> str:
        return f"{self.old or 'new'} -> {self.new}"

    @property
    def sentence(self) -> str:
        return reasons.sentence(self.reason_code, self.params)


class Insight(models.Model):
    """A measured number of a publication at a moment. Missing data makes no row: empty is not zero."""

    id = models.BigAutoField(primary_key=True)
    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="insights")
    metric = models.CharField(max_length=60)  # our word: likes, comments, shares, reach, views, saves ...
    value = models.BigIntegerField()
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["publication", "metric", "measured_at"], name="insight_once"),
        ]
        indexes = [models.Index(fields=["publication", "metric", "-measured_at"], name="insight_latest")]

    def __str__(self) -> str:
        return f"{self.metric} {self.value}"
