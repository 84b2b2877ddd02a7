"""The part of a page that waits for words and then offers them."""

import re
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from content.models import Generation
from content.words import Kind, State, Why
from tenants.access import Can, has

# What ?part= may ask for: the page's own, a composer's choice of captions, one caption in it, a photo's description.
SHAPES = {
    "page": "content/_generation.html",
    "choices": "content/_choices.html",
    "one": "content/_choices.html",
    "alt": "content/_alt_text.html",
}
_FIELD = re.compile(r"[A-Za-z][\w-]{0,60}")


def part(request: HttpRequest, generation: Generation, shape: str, *, field: str = "") -> HttpResponse:
    """`field` is the id of the text field that a description goes into."""
    shape = shape if shape in SHAPES else "page"
    field = field if _FIELD.fullmatch(field) else ""
    query = {"part": shape} | ({"field": field} if field else {})
    context = {
        "generation": generation,
        "waiting": generation.state in (State.PENDING, State.CLAIMED),
        "why": Why(generation.reason).label if generation.reason in Why.values else "",
        "choices": choices(generation),
        "shape": shape,
        "field": field,
        "may_again": generation.kind not in (Kind.ALT_TEXT, Kind.STRATEGY)
        and has(request.membership.role, Can.COMPOSE),  # type: ignore[attr-defined]
        "poll_url": f"{reverse('generation', kwargs={'generation_id': generation.pk})}?{urlencode(query)}",
    }
    return render(request, SHAPES[shape], context)


def choices(generation: Generation) -> list[dict[str, object]]:
    """The variants, each with `use`: the whole text that takes the field's place."""
    found = []
    for variant in generation.variants:
        use = variant.get("text", "")
        if generation.kind == Kind.HASHTAGS:
            text = str(generation.brief.get("text", ""))
            body = re.sub(r"(?:\s*[#＃]\w+)+\s*$", "", text)
            use = f"{body}\n\n{use}".strip()
        found.append({**variant, "use": use})
    return found
