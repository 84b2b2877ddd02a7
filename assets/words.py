"""The owner's words for what the shelf knows as codes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext

from assets.refusals import SENTENCES


def sentence(code: str, facts: dict[str, Any] | None = None) -> str:
    """Why a file was refused, in the active language. An unknown (newer) code still gets a sentence."""
    text = gettext(SENTENCES.get(code, SENTENCES["damaged"]))
    return text % facts if facts else text
