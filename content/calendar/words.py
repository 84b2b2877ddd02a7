"""The closed vocabularies of the calendar."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SlotKind(TextChoices):
    """What a post is for; the mix says how many of each."""

    PRODUCT = "product", _("Dish in the spotlight")
    PROMOTION = "promotion", _("Promotion")
    WEEKEND = "weekend", _("Weekend driver")
    QUESTION = "question", _("Question to guests")
    THANKS = "thanks", _("Thank you")
    BEHIND = "behind", _("Behind the scenes")
    SPECIAL = "special", _("Special day")
    SEASONAL = "seasonal", _("Seasonal")


class CalendarState(TextChoices):
    PLANNING = "planning", _("Planning")
    WRITING = "writing", _("Writing")
    READY = "ready", _("Ready for review")
    CANCELLED = "cancelled", _("Stopped")


class SlotState(TextChoices):
    WAITING = "waiting", _("Waiting")
    WRITING = "writing", _("Writing")
    WRITTEN = "written", _("To review")
    FAILED = "failed", _("Did not work")
    SKIPPED = "skipped", _("Skipped")
    APPROVED = "approved", _("Approved")


class PlanMode(TextChoices):
    AI = "ai", _("Use AI for all posts")
    MIXED = "mixed", _("AI for every second post, templates for the rest")
    TEMPLATES = "templates", _("Templates only, no AI")


class ApprovalMode(TextChoices):
    """Who must say yes before a planned post is scheduled."""

    REQUIRED = "required", _("An owner or manager approves each post")
    OPTIONAL = "optional", _("Anybody who may publish approves")
    NONE = "none", _("Nobody: posts are scheduled as soon as they are written")
