"""Brand, menu, generations and posts of one restaurant. All tables live in the tenant's schema."""

import uuid
from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Left, Lower
from django.utils.translation import gettext_lazy as _

from content.models_writing import Exchange, Generation, SpendMonth
from content.rows import Row, words
from content.words import (
    Approval,
    CropShape,
    EmojiPolicy,
    PostKind,
    Tone,
    WritingMode,
)

__all__ = [
    "OPENING_CHARS",
    "BrandProfile",
    "Exchange",
    "Generation",
    "MenuItem",
    "Post",
    "PostAsset",
    "SpendMonth",
]

OPENING_CHARS = 80


class BrandProfile(Row):
    """How this restaurant speaks. One row; `services.brand()` makes it on first use."""

    only = models.BooleanField(default=True, unique=True, editable=False)
    description = models.TextField(_("What you are, in your own words"), blank=True, max_length=2000)
    cuisine = models.CharField(_("Cuisine"), blank=True, max_length=120)
    city = models.CharField(_("City or neighbourhood"), blank=True, max_length=120)
    audience = models.CharField(_("Who comes to you"), blank=True, max_length=300)
    voice = models.TextField(_("How you sound"), blank=True, max_length=1000)
    tone = models.CharField(_("Usual tone"), max_length=16, choices=Tone.choices, default=Tone.CASUAL)
    words_to_use = words(verbose_name=_("Words to use"))
    words_to_avoid = words(verbose_name=_("Words to avoid"))
    emoji = models.CharField(_("Emoji"), max_length=8, choices=EmojiPolicy.choices, default=EmojiPolicy.SOME)
    hashtags = words(verbose_name=_("Your hashtags"))
    hashtag_limit = models.PositiveSmallIntegerField(_("Most hashtags in a post"), default=5)
    languages = words(
        verbose_name=_("Languages"), help_text=_("The first one is used unless you choose another.")
    )
    call_to_action = models.CharField(_("Call to action"), blank=True, max_length=200)
    links = words(verbose_name=_("Links a caption may contain"))
    mode = models.CharField(
        _("Who writes"), max_length=12, choices=WritingMode.choices, default=WritingMode.AI
    )
    version = models.PositiveIntegerField(default=1)
    updated_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="content_brand_only_one_row"),
            models.CheckConstraint(
                condition=Q(emoji__in=EmojiPolicy.values), name="content_brand_emoji_known"
            ),
            models.CheckConstraint(condition=Q(mode__in=WritingMode.values), name="content_brand_mode_known"),
            models.CheckConstraint(condition=Q(tone__in=Tone.values), name="content_brand_tone_known"),
            models.CheckConstraint(
                condition=Q(hashtag_limit__lte=30), name="content_brand_hashtags_at_most_30"
            ),
        ]

    def __str__(self) -> str:
        return self.description[:60] or str(_("Brand"))


class MenuItemQuerySet(models.QuerySet["MenuItem"]):
    def served(self) -> "MenuItemQuerySet":
        """Dishes a caption may recommend today, leaving the season to `in_season`."""
        return self.filter(available=True)

    def in_season(self, month: int) -> "MenuItemQuerySet":
        """Dishes of the given month (1-12); a season may run over New Year (11 to 2)."""
        inside = Q(season_from__lte=F("season_to")) & Q(season_from__lte=month, season_to__gte=month)
        over_new_year = Q(season_from__gt=F("season_to")) & (
            Q(season_from__lte=month) | Q(season_to__gte=month)
        )
        return self.filter(Q(season_from__isnull=True) | inside | over_new_year)

    def listed(self) -> "MenuItemQuerySet":
        return self.order_by("section_order", Lower("section"), "position", "created_at", "id")


class MenuItem(Row):
    """One dish. Its name and price are what menu truth compares captions with."""

    section = models.CharField(_("Section"), max_length=80, blank=True)
    section_order = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("Name"), max_length=120)
    description = models.TextField(_("Description"), blank=True, max_length=1000)
    price = models.DecimalField(
        _("Price"),
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(_("Currency"), max_length=3)
    allergens = words(verbose_name=_("Allergens"))
    available = models.BooleanField(_("Available"), default=True)
    unavailable_since = models.DateTimeField(null=True, blank=True, editable=False)
    photo = models.ForeignKey(
        "assets.Asset", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    season_from = models.PositiveSmallIntegerField(_("In season from month"), null=True, blank=True)
    season_to = models.PositiveSmallIntegerField(_("In season to month"), null=True, blank=True)
    updated_by = models.CharField(max_length=200, blank=True)

    objects = MenuItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("section"), Lower("name"), name="content_menuitem_named_once_in_section"
            ),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="content_menuitem_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="content_menuitem_currency_iso"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="content_menuitem_has_name"),
            models.CheckConstraint(
                condition=Q(season_from__isnull=True, season_to__isnull=True)
                | Q(season_from__range=(1, 12), season_to__range=(1, 12)),
                name="content_menuitem_season_both_or_none",
            ),
            models.CheckConstraint(
                condition=Q(available=True, unavailable_since__isnull=True)
                | Q(available=False, unavailable_since__isnull=False),
                name="content_menuitem_86_has_time",
            ),
        ]
        indexes = [models.Index("section_order", Lower("section"), "position", name="content_menuitem_list")]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(models.QuerySet["Post"]):
    def recent(self) -> "PostQuerySet":
        return self.order_by("-created_at", "-id")

    def drafts(self) -> "PostQuerySet":
        return self.filter(approval=Approval.DRAFT)

    def said(self) -> "PostQuerySet":
        """Posts with words: what a new caption must not repeat."""
        return self.exclude(caption="")


class Post(Row):
    """What to say: words and pictures. Where and when is a Publication's business (posting)."""

    kind = models.CharField(max_length=8, choices=PostKind.choices, default=PostKind.FEED)
    caption = models.TextField(blank=True, max_length=63206)
    captions = models.JSONField(
        default=dict, blank=True
    )  # {platform: text}; a key means "edited for this network"
    link = models.URLField(blank=True, max_length=2000)
    first_comment = models.TextField(blank=True, default="", db_default="")  # written below it once out
    # {"id", "name"} of a Page with an address, or {}
    place = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), blank=True)
    approval = models.CharField(max_length=16, choices=Approval.choices, default=Approval.DRAFT)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    menu_item = models.ForeignKey(
        MenuItem, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts"
    )
    created_by = models.CharField(max_length=200)
    created_by_id = models.CharField(
        max_length=64, blank=True
    )  # plain value: users live in the public schema
    updated_by = models.CharField(max_length=200)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(approval__in=Approval.values), name="content_post_approval_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=PostKind.values), name="content_post_kind_known"),
            models.CheckConstraint(condition=Q(version__gte=1), name="content_post_version_positive"),
            models.CheckConstraint(
                condition=Q(approval=Approval.APPROVED, approved_at__isnull=False)
                | (~Q(approval=Approval.APPROVED) & Q(approved_at__isnull=True)),
                name="content_post_approved_has_time",
            ),
        ]
        indexes = [
            models.Index("created_at", "id", name="content_post_order"),
            # The trigram shortlist of earlier captions (queries.similar_captions). Beginnings only: comparing
            # whole captions takes 0.15 ms a row, and it is the beginning that readers notice.
            GinIndex(
                OpClass(Left("caption", OPENING_CHARS), name="gin_trgm_ops"), name="content_post_opening_trgm"
            ),
        ]

    def __str__(self) -> str:
        return self.caption[:60] or str(self.id)

    def caption_for(self, platform: str) -> str:
        """The words this network gets: its own version where it was edited, else the shared text."""
        return self.captions.get(platform, self.caption)


class PostAsset(models.Model):
    """One picture or video of a post, in carousel order (position from 0)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="post_assets")
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    alt_text = models.TextField(blank=True, max_length=1000)  # empty: the asset's own alt text is used
    crop = models.CharField(max_length=12, choices=CropShape.choices, default=CropShape.AUTO)
    # [{"username", "x", "y"}], Instagram photos only
    people = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "position"],
                name="content_postasset_position_once",
                deferrable=models.Deferrable.DEFERRED,  # reordering swaps two rows in one transaction
            ),
            models.UniqueConstraint(fields=["post", "asset"], name="content_postasset_asset_once"),
            models.CheckConstraint(
                condition=Q(crop__in=CropShape.values), name="content_postasset_crop_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position + 1}. {self.asset_id}"
