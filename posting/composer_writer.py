"""The caption writer beside the composer: ask, wait, choose a variant. What it costs and how it was written
is the content room's page; here are only the request and its answer.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from content.models import Generation, Post
from content.services import nudge, request_caption
from content.words import Kind, Platform, State, Why
from posting import plain_writer
from posting.composer_forms import LATER, Entry, is_uuid
from posting.services.planning import moment
from tenants.access import Can, tenant_view
from tenants.errors import Refused

CHANGES = (Kind.SHORTEN, Kind.LENGTHEN, Kind.RETONE, Kind.TRANSLATE)


@tenant_view(Can.COMPOSE)
@require_POST
def write(request: HttpRequest) -> HttpResponseBase:
    """The composer's form plus tone, note and platform -> the part that waits for the words.

    ?change=shorten|lengthen|retone (with &to=tone)|translate changes the text that is shown instead.
    """
    now = timezone.now()
    entry = Entry.read(request.POST)
    if not getattr(request, "htmx", None):
        return plain_writer.answer(request, entry, now)
    change = request.GET.get("change", "")
    change = change if change in CHANGES else ""
    try:
        generation = request_caption(
            platform=request.POST.get("platform") or Platform.INSTAGRAM,
            tone=request.GET.get("to", "") or request.POST.get("tone", ""),
            menu_item=entry.menu_item_id or None,
            asset_ids=entry.asset_ids,
            post=_post(request.POST.get("post", "")),
            note=request.POST.get("note", ""),
            occasion="" if change else request.POST.get("occasion", "")[:80],
            post_kind=entry.kind,
            kind=change or Kind.CAPTION,
            text=_shown(request, entry) if change else "",
            language=request.POST.get("language", "") if change == Kind.TRANSLATE else "",
            for_moment=_moment(request, entry, now),
            by=request.actor,  # type: ignore[attr-defined]
            now=now,
        )
    except Refused as refused:
        return render(request, "posting/_compose_variants.html", {"refused": refused})
    return _part(request, generation)


def _shown(request: HttpRequest, entry: Entry) -> str:
    """The text in the field that is open: one network's own, or the shared one (words_of="")."""
    return entry.captions.get(request.POST.get("words_of", ""), entry.caption)


def _post(text: str) -> Post | None:
    return Post.objects.filter(pk=text).first() if is_uuid(text) else None


def _moment(request: HttpRequest, entry: Entry, now: datetime) -> datetime | None:
    if entry.when != LATER:
        return now
    try:
        return moment(entry.moment(request.tenant.timezone), now)  # type: ignore[attr-defined]
    except Refused:
        return None  # an unfinished time must not stop the writing


@tenant_view(Can.COMPOSE)
@require_GET
def writing(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """Asked every second until the words are there."""
    generation = get_object_or_404(Generation, pk=generation_id)
    return _part(request, nudge(generation=generation, now=timezone.now()))


def _part(request: HttpRequest, generation: Generation) -> HttpResponse:
    context = {
        "generation": generation,
        "waiting": generation.state in (State.PENDING, State.CLAIMED),
        "why": Why(generation.reason).label if generation.reason in Why.values else "",
    }
    return render(request, "posting/_compose_variants.html", context)
