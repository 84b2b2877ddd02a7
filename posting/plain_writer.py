"""Captions in the composer of a browser without scripts: the form is sent, the page comes back and looks again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from content.models import Generation, Post
from content.services import nudge, request_caption
from content.words import Platform, State
from posting import composer
from posting.composer_forms import Entry, is_uuid
from posting.composer_once import recall
from tenants.errors import Refused


def answer(request: HttpRequest, entry: Entry, now: datetime) -> HttpResponseBase:
    """The composer's form with `use` (generation:number) takes a caption; without it asks for three. What was typed is
    kept as a draft first, so that the way back to the page loses nothing.
    """
    post = _post(request, entry)
    if post is not None and post.publications.living().exists():
        messages.warning(request, _("This post is scheduled; use “Save changes”."))
        return redirect("compose_post", post_id=post.pk)
    try:
        if use := request.POST.get("use", ""):
            entry.caption, entry.generation_id = _chosen(use)
            entry.captions = {}
            post = composer._save(request, post, entry, now)
            messages.success(request, _("The caption is in. Change whatever you like."))
            return redirect("compose_post", post_id=post.pk)
        if not entry.empty:
            post = composer._save(request, post, entry, now)
        generation = request_caption(
            platform=request.POST.get("platform") or Platform.INSTAGRAM,
            tone=request.POST.get("plain_tone", ""),
            menu_item=request.POST.get("plain_dish", "") or entry.menu_item_id or None,
            asset_ids=entry.asset_ids,
            post=post,
            note=request.POST.get("plain_note", ""),
            post_kind=entry.kind,
            watched=False,
            by=request.actor,  # type: ignore[attr-defined]
            now=now,
        )
    except Refused as refused:
        messages.error(request, str(refused.sentence))
        return redirect("compose_post", post_id=post.pk) if post else redirect("compose")
    page = reverse("compose_post", kwargs={"post_id": post.pk}) if post else reverse("compose")
    return redirect(f"{page}?{urlencode({'writing': generation.pk})}#plain-writer")


def _post(request: HttpRequest, entry: Entry) -> Post | None:
    text = request.POST.get("post", "")
    return Post.objects.filter(pk=text).first() if is_uuid(text) else recall(entry.key)


def _chosen(use: str) -> tuple[str, str]:
    """(words, generation) of "generation:number"."""
    key, _colon, number = use.partition(":")
    generation = Generation.objects.filter(pk=key).first() if is_uuid(key) else None
    if generation is None or not (number.isdecimal() and int(number) < len(generation.variants)):
        raise Refused(_("This caption is not there any more. Ask for new ones."), code="gone", status=410)
    return str(generation.variants[int(number)].get("text", "")), key


def shown(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What the page without scripts shows of the writing named by ?writing=."""
    key = request.GET.get("writing", "")
    generation = Generation.objects.filter(pk=key).first() if is_uuid(key) else None
    waiting = generation is not None and generation.state in (State.PENDING, State.CLAIMED)
    if generation is not None and waiting:
        generation = nudge(generation=generation, now=now)
        waiting = generation.state in (State.PENDING, State.CLAIMED)
    return {"generation": generation, "waiting": waiting}
