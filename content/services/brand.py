"""The restaurant's voice."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from content.models import BrandProfile
from content.words import EmojiPolicy, Tone, WritingMode
from tenants.access import Actor
from tenants.errors import Refused

EDITABLE = {
    "description",
    "cuisine",
    "city",
    "audience",
    "voice",
    "tone",
    "words_to_use",
    "words_to_avoid",
    "emoji",
    "hashtags",
    "hashtag_limit",
    "languages",
    "call_to_action",
    "links",
    "mode",
}
_CHOICES = {"tone": Tone.values, "emoji": EmojiPolicy.values, "mode": WritingMode.values}


def edit_brand(*, changes: dict[str, Any], by: Actor, now: datetime) -> BrandProfile:
    """Change the given fields of the one profile; it is made on first use."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise Refused(
            _("There is no such setting: %(name)s.") % {"name": sorted(unknown)[0]}, field=sorted(unknown)[0]
        )
    for name, choices in _CHOICES.items():
        if name in changes and changes[name] not in choices:
            raise Refused(_("Choose one of: %(choices)s.") % {"choices": ", ".join(choices)}, field=name)
    with transaction.atomic():
        profile = _profile(now)
        for name, value in changes.items():
            setattr(profile, name, value)
        profile.version += 1
        profile.updated_by = by.label
        profile.updated_at = now
        profile.save()
    return profile


def _profile(now: datetime) -> BrandProfile:
    found = BrandProfile.objects.select_for_update().first()
    if found:
        return found
    try:
        with transaction.atomic():
            return BrandProfile.objects.create(created_at=now, updated_at=now)
    except IntegrityError:  # two first edits at once: one row, the other's
        return BrandProfile.objects.select_for_update().get()
