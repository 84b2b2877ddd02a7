"""The composer: photo, words, where, when. One page for a new post and for one that is being worked on.

The page works as a plain form; scripts add autosave, the live preview and the picker. Whatever is refused,
what was typed comes back on the page, and (once there is anything) it is stored as a draft before scheduling
is tried.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.models import Post
from content.services import Conflict, compose_post, save_draft
from posting import composer_clashes, services
from posting.board import verdict
from posting.composer_forms import LATER, NEXT, NOW, Entry, errors_of, wall_moment
from posting.composer_once import alone, post_id_of, recall
from posting.composer_page import checks_for, page
from posting.composer_photos import store_files
from posting.services.planning import moment
from posting.slots.services import schedule_next
from posting.states import MENDABLE, OPEN, State
from tenants.access import Actor, Can, has, tenant_view
from tenants.errors import Refused
from tenants.models import Tenant
from tenants.times import moment_text


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest) -> HttpResponseBase:
    """A new post. ?asset= (repeatable), ?again=<post>, ?at=2026-11-24T18:00 fill it in beforehand."""
    now = timezone.now()
    if request.method == "POST":
        return _submit(request, None, Entry.read(request.POST), now)
    if again := request.GET.get("again"):
        entry = _copy_of(get_object_or_404(Post, pk=_uuid(again)))
    else:
        entry = Entry.read(request.GET)
        entry.publish_at = request.GET.get("at", "")
    entry.key = str(uuid4())
    return render(request, "posting/compose.html", page(request, post=None, entry=entry, now=now))


@tenant_view(Can.COMPOSE)
@require_http_methods(["GET", "HEAD", "POST"])
def compose_existing(request: HttpRequest, post_id: UUID) -> HttpResponseBase:
    now = timezone.now()
    post = get_object_or_404(Post, pk=post_id)
    if request.method == "POST":
        return _submit(request, post, Entry.read(request.POST), now)
    if (
        post.publications.living().exists()
        and not post.publications.filter(state__in=OPEN | MENDABLE).exists()
    ):
        messages.info(request, _("This post has gone out. Use “Post again” to make a new one of it."))
        return redirect("post", post_id=post.pk)
    entry = entry_of(post)
    verdict.as_planned(post, entry)
    _keep_channels(post, entry)
    return render(request, "posting/compose.html", page(request, post=post, entry=entry, now=now))


def _keep_channels(post: Post, entry: Entry) -> None:
    """A scheduled post keeps its channels: their boxes are switched off, and no browser sends those along."""
    if living := list(post.publications.living().values_list("channel_id", flat=True)):
        entry.channel_ids = [str(pk) for pk in living]


def entry_of(post: Post) -> Entry:
    """The form as it would have been typed."""
    placed = list(post.post_assets.order_by("position"))
    return Entry(
        caption=post.caption,
        captions=dict(post.captions),
        asset_ids=[str(row.asset_id) for row in placed],
        alt_texts={str(row.asset_id): row.alt_text for row in placed if row.alt_text},
        crops={str(row.asset_id): row.crop for row in placed},
        link=post.link,
        kind=post.kind,
        first_comment=post.first_comment,
        place_id=post.place.get("id", ""),
        place_name=post.place.get("name", ""),
        people={str(row.asset_id): row.people for row in placed},
        menu_item_id=str(post.menu_item_id or ""),
        version=post.version,
    )


def _copy_of(post: Post) -> Entry:
    entry = entry_of(post)
    entry.version = 0
    return entry


def _submit(request: HttpRequest, post: Post | None, entry: Entry, now: datetime) -> HttpResponseBase:
    """Save, then (action=schedule) schedule. A refusal returns the page, its sentence where it belongs."""
    if post is not None:
        return _save_and_go(request, post, entry, now)
    with alone(entry.key) as first:
        if not first:
            messages.info(request, _("This post is being saved already."))
            return redirect("posts")
        post = recall(entry.key)
        if post is not None and post.publications.living().exists():
            return redirect("post", post_id=post.pk)
        return _save_and_go(request, post, entry, now)


def _save_and_go(request: HttpRequest, post: Post | None, entry: Entry, now: datetime) -> HttpResponseBase:
    action = request.POST.get("action", "draft")  # the Enter key in a field only saves
    refusals: list[Refused] = []
    try:
        entry.asset_ids += store_files(request, now)
    except Refused as refused:
        refusals.append(Refused(str(refused), code=refused.code, field="photos"))
    try:
        post = _save(request, post, entry, now)
    except Conflict as conflict:
        return _answer(request, conflict.current, entry, now, [], conflict=conflict.current)
    except Refused as refused:
        refusals.append(refused)
        if action in ("schedule", "approve"):
            refusals += _schedule_refusals(request, entry, now)
        return _answer(request, post, entry, now, refusals)
    if refusals:
        return _answer(request, post, entry, now, refusals)
    if action in ("schedule", "approve"):
        return _schedule(request, post, entry, now, approve=action == "approve")
    if action == "update":
        return _update(request, post, now)
    messages.success(request, _("Saved as a draft."))
    return redirect("compose_post", post_id=post.pk)


def _save(request: HttpRequest, post: Post | None, entry: Entry, now: datetime) -> Post:
    by = request.actor  # type: ignore[attr-defined]
    if post is None:
        try:
            return compose_post(**entry.content(), post_id=post_id_of(entry.key), by=by, now=now)
        except IntegrityError:  # the same page, sent twice at once: the other one was faster
            post = recall(entry.key)
            if post is None:
                raise
    return save_draft(post=post, version=entry.version or post.version, **entry.content(), by=by, now=now)


def _schedule_refusals(request: HttpRequest, entry: Entry, now: datetime) -> list[Refused]:
    """What would stop the scheduling, found without trying: so that a page with two mistakes names both."""
    found = []
    if not entry.channels():
        found.append(_no_channel())
    try:
        moment(entry.moment(request.tenant.timezone), now)  # type: ignore[attr-defined]
    except Refused as refused:
        found.append(refused)
    return found


def _no_channel() -> Refused:
    return Refused(
        _("Choose at least one place where this post should appear."),
        code="channel_missing",
        field="channels",
    )


def _schedule(
    request: HttpRequest, post: Post, entry: Entry, now: datetime, *, approve: bool
) -> HttpResponseBase:
    """`approve`: a planned post that waits for approval is approved in the same step, by whoever may."""
    if not has(request.membership.role, Can.PUBLISH):  # type: ignore[attr-defined]
        messages.info(
            request, _("Saved as a draft: your role may write posts, somebody else schedules them.")
        )
        return redirect("compose_post", post_id=post.pk)
    refusals = _schedule_refusals(request, entry, now)
    channels = entry.channels()
    refusals += [
        Refused(problem.sentence, code=problem.code, field=problem.field)
        for problem in checks_for(post, entry, channels, at=_at(request, entry, now))
        if problem.level == "error" and problem.code != "channel_missing"
    ]
    if refusals:
        return _answer(request, post, entry, now, refusals)
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    zone = tenant.timezone
    at = entry.moment(zone)
    clashing = composer_clashes.find(post, entry, channels, tenant=tenant, at=at or now, now=now)
    by: Actor = request.actor  # type: ignore[attr-defined]
    manages = has(request.membership.role, Can.MANAGE)  # type: ignore[attr-defined]
    try:
        with verdict.given_here(post=post, by=by, manages=manages, now=now) if approve else nullcontext():
            if entry.when == NEXT:
                made = schedule_next(post=post, channels=channels, by=by, now=now)
            else:
                made = services.schedule(post=post, channels=channels, publish_at=at, by=by, now=now)
    except Refused as refused:
        return _answer(request, post, entry, now, [refused])
    if entry.when == NOW:
        messages.success(request, _("On its way. You can watch it here."))
    else:
        messages.success(
            request,
            _("Scheduled. Goes out %(when)s.")
            % {"when": moment_text(min(one.publish_at for one in made), zone, now=now)},
        )
    for clash in clashing:  # a browser without scripts has not seen them before
        if clash.code == "same":
            messages.warning(request, clash.sentence)
    return redirect("post", post_id=post.pk)


def _update(request: HttpRequest, post: Post, now: datetime) -> HttpResponseBase:
    """The words of a scheduled post were changed: freeze them again for what has not gone out yet, and send
    what had stopped. What the publisher was faster with keeps the old words, and its owner is told which.
    """
    before = list(post.publications.living().select_related("channel"))
    by = request.actor  # type: ignore[attr-defined]
    changed = {one.pk for one in services.apply_edit(post=post, by=by, now=now)}
    sent: list[str] = []
    for one in before:
        if one.pk in changed or one.state == State.PUBLISHED:
            continue
        if one.state in MENDABLE:
            try:
                services.retry(publication=one, by=by, now=now)
                sent.append(one.channel.name)
            except Refused as refused:
                messages.error(request, f"{one.channel.name}: {refused}")
            continue
        messages.warning(
            request,
            _("On %(name)s the post was faster: it goes out, or is out, with the words from before.")
            % {"name": one.channel.name},
        )
    if changed:
        messages.success(request, _("Changed. The new version goes out."))
    if sent:
        messages.success(request, _("We try again on %(names)s.") % {"names": ", ".join(sent)})
    if not changed and not sent:
        messages.info(request, _("The words are saved."))
    return redirect("post", post_id=post.pk)


def _answer(
    request: HttpRequest,
    post: Post | None,
    entry: Entry,
    now: datetime,
    refusals: list[Refused],
    *,
    conflict: Post | None = None,
) -> HttpResponse:
    """The page again, with everything that was typed."""
    if post is not None:
        _keep_channels(post, entry)
    if post is not None and conflict is None:
        entry.version = post.version
    context = page(request, post=post, entry=entry, now=now, errors=errors_of(refusals), conflict=conflict)
    return render(request, "posting/compose.html", context, status=409 if conflict else 422)


@tenant_view(Can.COMPOSE)
@require_POST
def autosave(request: HttpRequest, post_id: UUID | None = None) -> HttpResponseBase:
    """Stores the draft while somebody types. JSON {post, version, url, save, checks (HTML)}.

    409 with {sentence, version} when another window saved in between.
    A scheduled post is not saved behind its owner's back: what goes out changes only by "Save changes".
    """
    now = timezone.now()
    entry = Entry.read(request.POST)
    post = Post.objects.filter(pk=post_id).first() if post_id else recall(entry.key)
    if post_id and post is None:  # told, so that an open window does not try for ever
        return JsonResponse({"sentence": _("This post was deleted in the meantime.")}, status=410)
    if post is not None and post.publications.living().exists():
        return JsonResponse({"sentence": _("This post is scheduled; use “Save changes”.")}, status=400)
    if post is None and entry.empty:
        return JsonResponse({"checks": _checks(request, None, entry, now)})
    try:
        saved = _save(request, post, entry, now)
    except Conflict as conflict:
        return JsonResponse(
            {
                "sentence": str(conflict),
                "version": conflict.current.version,
                "by": conflict.current.updated_by,
                "caption": conflict.current.caption,
            },
            status=409,
        )
    except Refused as refused:
        return JsonResponse({"sentence": str(refused), "field": refused.field}, status=422)
    return JsonResponse(
        {
            "post": str(saved.pk),
            "version": saved.version,
            "url": reverse("compose_post", kwargs={"post_id": saved.pk}),
            "save": reverse("compose_save_post", kwargs={"post_id": saved.pk}),
            "delete": reverse("post_delete", kwargs={"post_id": saved.pk}),
            "checks": _checks(request, saved, entry, now),
        }
    )


@tenant_view(Can.COMPOSE)
@require_GET
def checks(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """The check list of a stored post, asked for once the page is drawn (?channel= &when= &publish_at=)."""
    post = get_object_or_404(Post, pk=post_id)
    return HttpResponse(_checks(request, post, Entry.read(request.GET), timezone.now()))


def _checks(request: HttpRequest, post: Post | None, entry: Entry, now: datetime) -> str:
    channels, at = entry.channels(), _at(request, entry, now)
    planned = list(post.publications.living().select_related("channel")) if post else []
    if planned:  # its places are fixed, and the form sends none
        channels = list({one.channel_id: one.channel for one in planned}.values())
        at = max(now, min(one.publish_at for one in planned))
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    clashing = composer_clashes.find(post, entry, channels, tenant=tenant, at=at, now=now)
    found = checks_for(post, entry, channels, at=at)
    errors = sum(problem.level == "error" for problem in found)
    found[errors:errors] = composer_clashes.problems(clashing, tenant)
    return render(request, "posting/_compose_checks.html", {"checks": found}).content.decode()


def _at(request: HttpRequest, entry: Entry, now: datetime) -> datetime:
    """When it would go out; an unfinished time counts as now."""
    try:
        return moment(entry.moment(request.tenant.timezone), now)  # type: ignore[attr-defined]
    except Refused:
        return now


@tenant_view(Can.COMPOSE)
@require_GET
def when(request: HttpRequest) -> HttpResponse:
    """?publish_at=2026-11-24T18:00 -> the part "Goes out Tue 24 Nov, 6:00 pm, Chicago (in 3 days)"."""
    now = timezone.now()
    zone = request.tenant.timezone  # type: ignore[attr-defined]
    context: dict[str, Any] = {"when": request.GET.get("when", LATER)}
    if context["when"] == LATER:
        try:
            at = moment(wall_moment(request.GET.get("publish_at", ""), zone), now)
            context["sentence"] = moment_text(at, zone, now=now)
        except Refused as refused:
            context["problem"] = str(refused)
    return render(request, "posting/_compose_when_text.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
