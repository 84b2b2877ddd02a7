"""Changing words that are there, one more caption, descriptions of photos: asked for here, shown by `parts`.

Every answer works three ways: as a part with htmx, as a redirect to the page of the writing without, and the part
asks again by itself until the words are there, whatever happened to the line meanwhile.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assets.links import page_url
from content import services
from content.models import Generation, Post
from content.text import as_uuid
from content.views.parts import part
from content.words import Kind, Platform, Tone
from tenants.access import Can, tenant_view
from tenants.errors import Refused

CHANGES = {Kind.SHORTEN, Kind.LENGTHEN, Kind.TRANSLATE, Kind.RETONE, Kind.HASHTAGS}


@tenant_view(Can.COMPOSE)
@require_POST
def rewrite(request: HttpRequest) -> HttpResponseBase:
    """`how`: shorten, lengthen, hashtags, retone.<tone> or translate.<language>. The words: `text`, else the field of
    the `platform` shown (caption_facebook...), else `caption`: a composer may send its whole form.
    """
    kind, _dot, detail = request.POST.get("how", "").partition(".")
    platform = request.POST.get("platform") or Platform.INSTAGRAM
    text = next(filter(None, (request.POST.get(n) for n in ("text", f"caption_{platform}", "caption"))), "")
    post_id = as_uuid(request.POST.get("post", ""))
    try:
        if kind not in CHANGES or (kind == Kind.RETONE and detail not in Tone.values):
            raise Refused(_("This kind of writing does not exist."), code="unknown_kind", field="how")
        generation = services.request_caption(
            platform=platform,
            kind=kind,
            text=text,
            tone=detail if kind == Kind.RETONE else "",
            language=detail if kind == Kind.TRANSLATE else "",
            variants=1 if kind in (Kind.HASHTAGS, Kind.TRANSLATE) else 2,
            post=Post.objects.filter(pk=post_id).first() if post_id else None,
            by=request.actor,  # type: ignore[attr-defined]
            now=timezone.now(),
        )
    except Refused as refused:
        if not request.htmx:  # type: ignore[attr-defined]
            raise
        return render(request, "content/_choices.html", {"refused": refused})
    return _shown(request, generation, "choices")


@tenant_view(Can.COMPOSE)
@require_POST
def again(request: HttpRequest, generation_id: UUID) -> HttpResponseBase:
    """One more caption with the same wishes; with htmx it takes the place of the one that was not liked."""
    before = get_object_or_404(Generation, pk=generation_id)
    try:
        made = services.regenerate(generation=before, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    except Refused as refused:
        if not request.htmx:  # type: ignore[attr-defined]
            raise
        return render(request, "content/_choices.html", {"refused": refused})
    return _shown(request, made, "one")


@tenant_view(Can.COMPOSE)
@require_POST
def describe(request: HttpRequest, asset_id: UUID | None = None) -> HttpResponseBase:
    """Ask for the description of a photo, named in the address or by `described`. `field`: id of the page's text
    field that takes it.
    """
    chosen = asset_id or request.POST.get("described", "")
    try:
        made = services.request_alt_text(asset=chosen, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    except Refused as refused:
        if not request.htmx:  # type: ignore[attr-defined]
            raise
        return render(request, "content/_choices.html", {"refused": refused})
    return _shown(request, made, "alt")


@tenant_view(Can.COMPOSE)
@require_POST
def use_description(request: HttpRequest, generation_id: UUID) -> HttpResponseBase:
    """Put the written description on its photo (the way without script)."""
    generation = get_object_or_404(Generation, pk=generation_id, kind=Kind.ALT_TEXT)
    photo = services.describe_asset(generation=generation, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("The photo is described now."))
    return redirect(page_url(photo.pk))


def _shown(request: HttpRequest, generation: Generation, shape: str) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return part(request, generation, shape, field=request.POST.get("field", ""))
    return redirect("generation", generation_id=generation.pk)
