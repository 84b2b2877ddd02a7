"""The one form in which words of people and machines are stored."""

import unicodedata
import uuid
from typing import Any

from django.utils.translation import gettext as _

from tenants.errors import Refused

CAPTION_MAX = (
    63206  # Facebook's; a network's own limit is a finding of checks.check_post, not a reason to lose a draft
)


def clean_text(text: Any, *, limit: int = CAPTION_MAX, field: str = "caption") -> str:
    """NFC, line feeds, no control characters, no spaces at line ends. Refused above `limit` characters."""
    text = unicodedata.normalize("NFC", str(text or "")).replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    if len(text) > limit:
        raise Refused(
            _("At most %(max)d characters fit here; this has %(is)d.") % {"max": limit, "is": len(text)},
            code="too_long",
            field=field,
        )
    return text


def as_uuid(value: Any) -> uuid.UUID | None:
    """The UUID a form, URL or partner meant; None for anything that is none."""
    if isinstance(value, uuid.UUID):
        return value
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None
