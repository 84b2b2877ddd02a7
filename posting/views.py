"""Home, history and one post. Each view asks one query or makes one service call."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.models import Post
from content.services import set_available
from posting import history, queries, services
from posting.board import verdict
from posting.history import Filter
from posting.models import Publication
from posting.states import OPEN, WORD_LABEL, Word
from social.models import Channel
from tenants import undo
from tenants.access import Can, tenant_view
from tenants.errors import Refused
from tenants.times import from_wall, moment_text
from tenants.urls_of import tenant_url


@tenant_view(Can.VIEW)
@require_GET
def posts(request: HttpRequest) -> HttpResponse:
    """The history: ?tab= ?channel= ?q= ?from= ?to= ?sort= ?after=. With htmx only the next page of rows is sent."""
    now = timezone.now()
    given = Filter.read(request.GET)
    context: dict[str, Any] = {"tab": given.tab, "tabs": _tabs(), "filter": given, "now": now}
    if given.tab == "drafts":
        context["drafts"] = queries.drafts(after=_moment(request.GET.get("after", "")))
        return render(request, "posting/posts.html", context)
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    page = history.page(given, zone=zone, now=now, cursor=request.GET.get("after", ""))
    context |= {
        "page": page,
        "more": given.query(after=page.next_cursor),
        "channels": Channel.objects.order_by("platform", "name"),
        "channel": str(given.channel or ""),
        "sorts": _sorts() if given.tab in ("all", "published") else [],
    }
    part = request.htmx and request.GET.get("after")  # type: ignore[attr-defined]
    return render(request, "posting/_lines.html" if part else "posting/posts.html", context)


@tenant_view(Can.VIEW)
@require_GET
def posts_csv(request: HttpRequest) -> StreamingHttpResponse:
    """What the history shows, with the same filters, as a file."""
    return history.export(request.tenant, Filter.read(request.GET), now=timezone.now())  # type: ignore[attr-defined]


def _sorts() -> list[tuple[str, str]]:
    return [
        ("", _("Newest first")),
        ("reach", _("Most people reached")),
        ("engagement", _("Most interactions")),
        ("comments", _("Most comments")),
    ]


def _tabs() -> list[tuple[str, str]]:
    return [
        ("all", _("All")),
        ("scheduled", str(WORD_LABEL[Word.SCHEDULED])),
        ("published", str(WORD_LABEL[Word.PUBLISHED])),
        ("needs_you", str(WORD_LABEL[Word.NEEDS_YOU])),
        ("taken_back", _("Taken back")),
        ("drafts", _("Drafts")),
    ]


def _moment(value: str) -> datetime | None:
    """An aware moment of a "next page" link; a garbled one starts from the beginning."""
    try:
        moment = parse_datetime(value)
    except ValueError:  # well formed and yet no day: 2026-02-31
        return None
    return moment if moment and moment.tzinfo else None


@tenant_view(Can.VIEW)
@require_GET
def post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    now = timezone.now()
    page = queries.post_page(post=get_object_or_404(Post, pk=post_id), now=now)
    # The status part asks for itself every two seconds until nothing changes by itself any more.
    part = request.htmx and request.GET.get("part") == "status"  # type: ignore[attr-defined]
    context: dict[str, Any] = {"page": page, "now": now}
    if part:
        return render(request, "posting/_stories.html", context)
    context["repeats"] = page.post.recurrences.filter(ended_at=None)
    return render(request, "posting/post.html", context)


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, post_id: UUID) -> HttpResponseBase:
    """Are you sure? The post is in view, and POST deletes it: nothing brings it back, hence the question."""
    now = timezone.now()
    post = get_object_or_404(Post, pk=post_id)
    try:
        if request.method == "POST":
            services.discard(post=post, by=request.actor, now=now)  # type: ignore[attr-defined]
            messages.success(request, _("Deleted."))
            return HttpResponseRedirect(f"{reverse('posts')}?tab=drafts")
        services.may_discard(post)
    except Refused as refused:  # to its page, where what the sentence asks for can be done
        messages.error(request, str(refused))
        return redirect("post", post_id=post.pk)
    context = {
        "post": post,
        "thumb": queries.thumbs([post.pk]).get(post.pk),
        "planned": verdict.slot_of(post),
    }
    return render(request, "posting/delete.html", context)


def _publication(publication_id: UUID) -> Publication:
    return get_object_or_404(Publication.objects.select_related("channel", "post"), pk=publication_id)


def _back(request: HttpRequest, publication: Publication) -> HttpResponseBase:
    """To where the button stood: one of the lists, else the post's own page."""
    if request.POST.get("back") in ("inbox", "posts", "recurring"):
        return redirect(request.POST["back"])
    return redirect("post", post_id=publication.post_id)


@tenant_view(Can.PUBLISH)
@require_POST
def cancel(request: HttpRequest, publication_id: UUID) -> HttpResponseBase:
    publication, now = _publication(publication_id), timezone.now()
    before = _way_back(request, publication)
    services.cancel(publication=publication, by=request.actor, now=now)  # type: ignore[attr-defined]
    if publication.publish_at > now:
        undo.offer(request, _("Taken back. It will not go out."), **before)
    else:
        messages.success(request, _("Taken back. It will not go out."))
    return _back(request, publication)


@tenant_view(Can.PUBLISH)
@require_POST
def reschedule(request: HttpRequest, publication_id: UUID) -> HttpResponseBase:
    publication, now = _publication(publication_id), timezone.now()
    before, was_planned = _way_back(request, publication), publication.state in OPEN
    services.reschedule(
        publication=publication,
        publish_at=wall_time(request.POST.get("publish_at", ""), request),
        by=request.actor,  # type: ignore[attr-defined]
        now=now,
    )
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    text = _("Moved. Goes out %(when)s.") % {"when": moment_text(publication.publish_at, zone, now=now)}
    if was_planned:
        undo.offer(request, text, **before)
    else:
        messages.success(request, text)
    return _back(request, publication)


def _way_back(request: HttpRequest, publication: Publication) -> dict[str, Any]:
    """Where "Undo" leads: the publication at the time it has now."""
    return {
        "url": tenant_url(request.tenant, "publication_undo", publication.pk),  # type: ignore[attr-defined]
        "fields": [
            ("publish_at", publication.publish_at.isoformat()),
            ("not_after", publication.not_after.isoformat()),
            ("back", request.POST.get("back", "")),
        ],
    }


@tenant_view(Can.PUBLISH)
@require_POST
def put_back(request: HttpRequest, publication_id: UUID) -> HttpResponseBase:
    """Undo of `cancel` and `reschedule`: publish_at and not_after as instants."""
    publication, now = _publication(publication_id), timezone.now()
    at, limit = _moment(request.POST.get("publish_at", "")), _moment(request.POST.get("not_after", ""))
    if at is None or limit is None:
        raise Refused(_("Choose a day and a time."), code="time_missing", field="publish_at")
    services.put_back(publication=publication, publish_at=at, not_after=limit, by=request.actor, now=now)  # type: ignore[attr-defined]
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    when = moment_text(publication.publish_at, zone, now=now)
    messages.success(request, _("Undone. Goes out %(when)s.") % {"when": when})
    return _back(request, publication)


@tenant_view(Can.COMPOSE)
@require_POST
def dish_back(request: HttpRequest, publication_id: UUID) -> HttpResponseBase:
    """The dish this post waits for is there again: on the menu, and every post about it goes on."""
    publication = _publication(publication_id)
    item = publication.post.menu_item
    if item is None:
        raise Refused(
            _("The dish is no longer on your menu. Try again sends the post as it is."),
            code="no_dish",
            status=409,
        )
    set_available(item=item, available=True, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("“%(name)s” is back on the menu, and its posts go on.") % {"name": item.name})
    return _back(request, publication)


@tenant_view(Can.PUBLISH)
@require_POST
def retry(request: HttpRequest, publication_id: UUID) -> HttpResponseBase:
    publication = _publication(publication_id)
    services.retry(publication=publication, by=request.actor, now=timezone.now())  # type: ignore[attr-defined]
    messages.success(request, _("We try again now."))
    return _back(request, publication)


@tenant_view(Can.PUBLISH)
@require_POST
def answer(request: HttpRequest, publication_id: UUID) -> HttpResponseBase:
    """The owner looked at the page and says what is there."""
    publication = _publication(publication_id)
    services.answer_doubt(
        publication=publication,
        answer=request.POST.get("answer", ""),
        by=request.actor,  # type: ignore[attr-defined]
        now=timezone.now(),
    )
    messages.success(request, _("Thank you, noted."))
    return _back(request, publication)


def wall_time(text: str, request: HttpRequest) -> datetime:
    """A datetime-local field, meant in the restaurant's zone, as an instant."""
    try:
        local = datetime.fromisoformat(text).replace(tzinfo=None)
        return from_wall(local, request.tenant.timezone)  # type: ignore[attr-defined]
    except (ValueError, OverflowError) as error:  # the year 1 may have no instant in UTC
        raise Refused(_("Choose a day and a time."), code="time_missing", field="publish_at") from error
