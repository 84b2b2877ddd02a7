"""What a post may carry besides words and pictures: a first comment, a place, people in a photo.

Limits: graph-api reference 4.1 (user tags at most 20, x and y in [0, 1]; a place is a Page id).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from content.text import clean_text
from tenants.errors import Refused

COMMENT_MAX = 2200
PEOPLE_MAX = 20
PLACE_NAME_MAX = 200
_USERNAME = re.compile(r"[a-z0-9._]{1,30}")
_PAGE_ID = re.compile(r"[0-9]{1,32}")


def first_comment_of(text: Any) -> str:
    """The comment as it will be written; Refused when it is too long for Instagram, the stricter network."""
    comment = clean_text(str(text or ""))
    if len(comment) > COMMENT_MAX:
        raise Refused(
            _("The first comment may have at most %(most)d characters.") % {"most": COMMENT_MAX},
            code="first_comment",
            field="first_comment",
        )
    return comment


def place_of(value: Any) -> dict[str, str]:
    """{"id", "name"} of a Facebook Page with an address, or {}. Refused when it is something else."""
    if not value:
        return {}
    if isinstance(value, Mapping):
        page_id, name = str(value.get("id") or "").strip(), str(value.get("name") or "").strip()
        if not page_id and not name:
            return {}
        if _PAGE_ID.fullmatch(page_id):
            return {"id": page_id, "name": name[:PLACE_NAME_MAX]}
    raise Refused(_("Choose the place from the list again."), code="place", field="place")


def people_of(value: Any) -> list[dict[str, Any]]:
    """[{"username", "x", "y"}] with x and y from 0 to 1; names without @ and in lower case, each once."""
    if not value:
        return []
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise _bad_person()
    people: dict[str, dict[str, Any]] = {}
    for entry in value:
        if not isinstance(entry, Mapping):
            raise _bad_person()
        name = str(entry.get("username") or "").strip().removeprefix("@").lower()
        if not _USERNAME.fullmatch(name):
            raise _bad_person()
        people[name] = {"username": name, "x": _share(entry.get("x", 0.5)), "y": _share(entry.get("y", 0.5))}
    if len(people) > PEOPLE_MAX:
        raise Refused(
            _("At most %(most)d people can be tagged in a photo.") % {"most": PEOPLE_MAX},
            code="people",
            field="people",
        )
    return list(people.values())


def _share(value: Any) -> float:
    try:
        number = round(float(value), 4)
    except (TypeError, ValueError):
        raise _bad_person() from None
    if not 0 <= number <= 1:
        raise _bad_person()
    return number


def _bad_person() -> Refused:
    return Refused(
        _("Tag people by their Instagram name, at a spot inside the photo."), code="people", field="people"
    )
