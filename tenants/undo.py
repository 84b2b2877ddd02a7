"""Undo instead of "are you sure?": a notice that carries the way back, for ten seconds.

The way back is an ordinary POST of the same page's rights, so nothing here decides what may be undone: a way
that no longer leads anywhere is refused by its own view. It travels in the notice's tags, which Django keeps
signed; it works without scripts, which only take the button away after its ten seconds (parts/notices.js).
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

_MARK = "undo="


@dataclass(frozen=True, slots=True)
class Undo:
    url: str
    fields: list[tuple[str, str]]


def offer(request: HttpRequest, text: str, *, url: str, fields: list[tuple[str, str]]) -> None:
    """Say `text` with a button "Undo" that posts `fields` (without the CSRF token) to `url`, a path of ours."""
    way = f"{_MARK}{urlencode([('', url), *fields])}"  # no space: tags are told apart by them
    messages.success(request, text, extra_tags=way)


def undo_of(message: Message) -> Undo | None:
    """The way back in a message, if it has one."""
    tags = message.extra_tags or ""
    if not tags.startswith(_MARK):
        return None
    (_name, url), *fields = parse_qsl(tags.removeprefix(_MARK), keep_blank_values=True)
    return Undo(url, fields)
