"""The brand library of one restaurant: folders, photos and videos, and the files derived from them."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from assets import words
from assets.managers import AssetQuerySet
from assets.shapes import KINDS

MAX_DEPTH = 5  # folders within folders; deeper trees cannot be shown on a phone


class Folder(models.Model):
    """A shelf. Names are unique among siblings, without regard to case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="children"
    )
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                "parent", Lower("name"), name="folder_name_once_among_siblings", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(name=""), name="folder_has_name"),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="folder_not_in_itself"),
        ]

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    PHOTO = "photo", _("Photo")
    VIDEO = "video", _("Video")


class State(models.TextChoices):
    PROCESSING = "processing", _("Getting ready")
    READY = "ready", _("Ready")
    REFUSED = "refused", _("Not accepted")


class Season(models.TextChoices):
    NONE = "", _("All year")
    SPRING = "spring", _("Spring")
    SUMMER = "summer", _("Summer")
    AUTUMN = "autumn", _("Autumn")
    WINTER = "winter", _("Winter")
    HOLIDAYS = "holidays", _("Holidays")


class Asset(models.Model):
    """One photo or video. `name` is where the private original lies; people only ever see renditions.

    width x height as displayed, in pixels; duration in milliseconds; focal point as fractions from the
    top left. menu_item_id is a plain id: the menu belongs to the room above.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    folder = models.ForeignKey(
        Folder, null=True, blank=True, on_delete=models.RESTRICT, related_name="assets"
    )
    kind = models.CharField(max_length=5, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROCESSING)
    reason_code = models.CharField(max_length=30, blank=True, default="")
    reason_facts = models.JSONField(default=dict, blank=True)

    title = models.CharField(_("title"), max_length=120)
    alt_text = models.CharField(
        _("description for people who cannot see it"), max_length=1000, blank=True, default=""
    )
    description = models.TextField(_("notes"), max_length=2000, blank=True, default="")
    credit = models.CharField(_("photo credit"), max_length=120, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    season = models.CharField(
        _("season"), max_length=10, choices=Season.choices, blank=True, default=Season.NONE
    )
    menu_item_id = models.UUIDField(null=True, blank=True)
    menu_item_name = models.CharField(
        max_length=120, blank=True, default=""
    )  # for search; the id is the truth
    favourite = models.BooleanField(default=False)
    focal_x = models.FloatField(default=0.5)
    focal_y = models.FloatField(default=0.5)

    filename = models.CharField(max_length=200)  # what the owner called it; never a path
    name = models.CharField(max_length=200, unique=True)  # in the storage
    version = models.PositiveSmallIntegerField(default=1)  # which of its files is shown (see Version)
    file_at = models.DateTimeField(null=True, blank=True)  # when that file came; None: with the asset
    file_by = models.CharField(max_length=200, blank=True, default="")
    mime = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    dhash = models.CharField(max_length=16, blank=True, default="")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    orientation = models.PositiveSmallIntegerField(default=1)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    animated = models.BooleanField(default=False)

    uploaded_by = models.CharField(max_length=200)
    uploaded_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.CharField(max_length=200, blank=True, default="")
    # The original is gone for good; a post that is out still shows its small pictures, so the row stays.
    purged_at = models.DateTimeField(null=True, blank=True)
    use_count = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)

    haystack = models.TextField(default="", editable=False)  # what search looks through, in small letters
    lease_until = models.DateTimeField(null=True, blank=True)  # a worker is on it until then
    tries = models.PositiveSmallIntegerField(default=0)

    # Set by store_upload: these bytes were in the library before.
    duplicate: bool = False
    # Begins sha256 while nobody has read all of a file that was put straight into the bucket.
    DIGEST_LATER = "later:"

    objects: ClassVar[Any] = AssetQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"], name="asset_newest", condition=Q(deleted_at__isnull=True)
            ),
            models.Index(
                fields=["folder", "-created_at", "-id"],
                name="asset_of_folder",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["use_count", "-created_at", "-id"],
                name="asset_unused",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(fields=["created_at"], name="asset_waiting", condition=Q(state="processing")),
            models.Index(fields=["deleted_at"], name="asset_trash", condition=Q(deleted_at__isnull=False)),
            GinIndex(fields=["tags"], name="asset_tags"),
            GinIndex(OpClass("haystack", name="gin_trgm_ops"), name="asset_haystack_trgm"),
        ]
        constraints = [
            # Two people send the same photo at once: one of them is offered the other's.
            models.UniqueConstraint(
                fields=["sha256"],
                condition=Q(deleted_at__isnull=True) & ~Q(state="refused"),
                name="asset_same_bytes_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="asset_kind_known"),
            models.CheckConstraint(
                condition=Q(purged_at__isnull=True) | Q(deleted_at__isnull=False),
                name="asset_purged_from_trash",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="asset_state_known"),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(width__gt=0, height__gt=0), name="asset_ready_is_measured"
            ),
            models.CheckConstraint(
                condition=Q(state="refused") ^ Q(reason_code=""), name="asset_refused_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(focal_x__gte=0, focal_x__lte=1, focal_y__gte=0, focal_y__lte=1),
                name="asset_focal_inside",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.haystack = self.searchable()
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "haystack"}
        super().save(*args, **kwargs)

    def searchable(self) -> str:
        words_ = (
            self.title,
            " ".join(self.tags),
            self.menu_item_name,
            self.description,
            self.alt_text,
            self.credit,
            self.filename,
        )
        return "\n".join(part for part in words_ if part).lower()

    @property
    def reason(self) -> str:
        """Why it was not accepted, as a sentence; empty otherwise."""
        return words.sentence(self.reason_code, self.reason_facts) if self.reason_code else ""

    @property
    def waits_for(self) -> str:
        """What the preparing of it waits for, as a sentence; empty otherwise."""
        code = self.reason_facts.get("waits", "") if self.state == "processing" else ""
        return words.sentence(code) if code else ""

    @property
    def focal(self) -> tuple[float, float]:
        return (self.focal_x, self.focal_y)

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix.lstrip(".")

    @property
    def shape_word(self) -> str:
        """portrait, square or landscape; empty while unmeasured."""
        if not self.width or not self.height:
            return ""
        ratio = self.width / self.height
        return "landscape" if ratio > 1.05 else "portrait" if ratio < 0.95 else "square"


class Rendition(models.Model):
    """A derived file, never changed once made.

    Another focal point is another recipe and a new row, so an address handed to Meta or kept by a
    browser always means the same bytes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="renditions")
    kind = models.CharField(max_length=12)
    recipe = models.CharField(max_length=32)
    mime = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True, blank=True)  # another focal point was chosen then

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(
                fields=["superseded_at"],
                name="rendition_superseded",
                condition=Q(superseded_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["asset", "kind", "recipe"], name="rendition_once_per_recipe"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="rendition_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.width}×{self.height}"


class VersionState(models.TextChoices):
    PROCESSING = "processing", _("Getting ready")
    KEPT = "kept", _("Earlier version")
    REFUSED = "refused", _("Not accepted")


class Version(models.Model):
    """A file of an asset that is not its current one: replaced earlier, or sent to replace and not decoded yet.

    The number names the file for good: renditions are made of asset and number (the recipe), so going back to
    an earlier file finds its pictures again. Fields of the file mean what they mean in Asset.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=VersionState.choices)
    reason_code = models.CharField(max_length=30, blank=True, default="")
    reason_facts = models.JSONField(default=dict, blank=True)

    filename = models.CharField(max_length=200)
    name = models.CharField(max_length=200, unique=True)
    mime = models.CharField(max_length=40)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    dhash = models.CharField(max_length=16, blank=True, default="")
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    orientation = models.PositiveSmallIntegerField(default=1)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    animated = models.BooleanField(default=False)

    sent_by = models.CharField(max_length=200)
    file_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["file_at"], name="version_waiting", condition=~Q(state="kept")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["asset", "number"], name="version_number_once"),
            # One replacement at a time: a second one waits for the first to be decided.
            models.UniqueConstraint(
                fields=["asset"], condition=Q(state="processing"), name="version_one_under_way"
            ),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="version_state_known"),
            models.CheckConstraint(
                condition=~Q(state="kept") | Q(width__gt=0, height__gt=0), name="version_kept_is_measured"
            ),
            models.CheckConstraint(
                condition=Q(state="refused") ^ Q(reason_code=""), name="version_refused_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.number} {self.state}"

    @property
    def reason(self) -> str:
        """Why it was not accepted, as a sentence; empty otherwise."""
        return words.sentence(self.reason_code, self.reason_facts) if self.reason_code else ""


class Upload(models.Model):
    """A file on its way in pieces: a bad line loses a piece, not the file.

    The pieces gather in the storage under `name`; `received` bytes of `size` are there for certain. On S3
    the sender puts the pieces into the bucket itself, under the multipart upload `multipart`. Until it is
    finished the row holds the size's room in the plan; then it remembers its asset, for a sender whose
    answer was lost.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    filename = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    title = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=200, unique=True)
    multipart = models.CharField(max_length=1024, blank=True, default="")
    replaces = models.ForeignKey(
        Asset, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )  # the asset whose file this becomes; None: a new one
    asset = models.ForeignKey(Asset, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    started_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(received__lte=F("size")), name="upload_not_beyond_its_size"),
            models.CheckConstraint(condition=Q(size__gt=0), name="upload_has_size"),
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.received}/{self.size}"


class LooseFile(models.Model):
    """A stored file no row vouches for: written but not yet committed, or doomed and not yet removed.

    Noted before a file is written and in the transaction that lets go of one, so that a crash at any
    moment leaves a note and the sweep leaves no orphan.
    """

    name = models.CharField(primary_key=True, max_length=200)
    since = models.DateTimeField(db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return self.name
