"""The closed vocabularies of this room: choices in tables, forms and the API alike."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

LANGUAGES = {  # captions can be asked for in these; each in its own words
    "en": "English",
    "es": "Español",
    "de": "Deutsch",
    "fr": "Français",
    "it": "Italiano",
    "pt": "Português",
    "nl": "Nederlands",
    "pl": "Polski",
    "tr": "Türkçe",
    "ja": "日本語",
    "zh": "中文",
}


class Platform(TextChoices):
    FACEBOOK = "facebook", "Facebook"
    INSTAGRAM = "instagram", "Instagram"


class Tone(TextChoices):
    PROFESSIONAL = "professional", _("Professional")
    CASUAL = "casual", _("Casual")
    HUMOROUS = "humorous", _("Humorous")
    PROMOTIONAL = "promotional", _("Promotional")
    EDUCATIONAL = "educational", _("Educational")


class EmojiPolicy(TextChoices):
    NONE = "none", _("No emoji")
    SOME = "some", _("One or two")
    MANY = "many", _("Plenty")


class WritingMode(TextChoices):
    AI = "ai", _("AI writes, templates when it cannot")
    MIXED = "mixed", _("Every second caption from templates, to save cost")
    TEMPLATES = "templates", _("Templates only, no AI")


class Kind(TextChoices):
    CAPTION = "caption", _("Caption")
    SHORTEN = "shorten", _("Shorter")
    LENGTHEN = "lengthen", _("Longer")
    TRANSLATE = "translate", _("Translation")
    RETONE = "retone", _("Another tone")
    HASHTAGS = "hashtags", _("Hashtags")
    ALT_TEXT = "alt_text", _("Photo description")
    STRATEGY = "strategy", _("Strategy of a month")


class State(TextChoices):
    PENDING = "pending", _("Waiting")
    CLAIMED = "claimed", _("Writing")
    ANSWERED = "answered", _("Written")
    FAILED = "failed", _("Failed")


class Source(TextChoices):
    AI = "ai", _("AI")
    TEMPLATE = "template", _("Template")


class Why(TextChoices):
    """Why templates wrote instead of the model, or why nothing could be written."""

    MODE = "mode", _("This restaurant writes from templates.")
    TURN = "turn", _("Mixed mode: it was the templates' turn.")
    NO_AI = "no_ai", _("No AI is set up on this server.")
    BUDGET = "budget", _("This month's AI budget is used up.")
    OVERLOADED = "overloaded", _("The AI service is overloaded.")
    UNAVAILABLE = "unavailable", _("The AI service could not be reached or did not answer in time.")
    BAD_ANSWER = "bad_answer", _("The AI gave an answer we could not use, also after asking again.")
    REFUSAL = "refusal", _("The AI declined to write this.")
    NOT_ACCEPTED = "not_accepted", _("The AI service did not accept our request; the set-up needs a look.")
    UNTRUE = "untrue", _("The AI kept saying things that are not on your menu.")
    NO_PICTURE = "no_picture", _("The photo could not be looked at.")
    BUSY = "busy", _("Too many captions were being written at once.")
    CRASHED = "crashed", _("Writing was interrupted several times.")


class Approval(TextChoices):
    DRAFT = "draft", _("Draft")
    NEEDS_APPROVAL = "needs_approval", _("Needs approval")
    APPROVED = "approved", _("Approved")


class PostKind(TextChoices):
    FEED = "feed", _("Post")
    REEL = "reel", _("Reel")
    STORY = "story", _("Story")


class CropShape(TextChoices):
    """`auto` leaves the choice to the platform's rules; the others name a rendition of assets."""

    AUTO = "auto", _("Automatic")
    ORIGINAL = "ig_original", _("As it is")
    PORTRAIT = "ig_4x5", _("Portrait 4:5")
    SQUARE = "ig_1x1", _("Square")
    WIDE = "ig_191x100", _("Wide")
