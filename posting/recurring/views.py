"""The list of repeating posts and the page that makes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from content.models import Post
from posting.queries import thumbs
from posting.recurring import services
from posting.recurring.models import Occurrence, Recurrence
from posting.recurring.rules import Every
from posting.states import OPEN
from social.models import Channel
from tenants import undo
from tenants.access import Can, tenant_view
from tenants.errors import Refused
from tenants.urls_of import tenant_url

MOST = 100  # shown; a restaurant has a handful
AHEAD_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Card:
    recurrence: Recurrence
    thumb: str
    coming: list[Occurrence]
    problems: list[str]
    gone: int  # days that went out or were planned


def cards(*, now: datetime) -> list[Card]:
    """Running ones first. Five queries, however many there are."""
    found = list(
        Recurrence.objects.select_related("post")
        .prefetch_related("channels")
        .order_by("ended_at", "-created_at")[:MOST]
    )
    found.sort(key=lambda one: ("running", "paused", "over").index(one.status))
    pictures = thumbs(one.post_id for one in found)
    coming: dict[UUID, list[Occurrence]] = {}
    problems: dict[UUID, list[str]] = {}
    days: dict[UUID, set[date]] = {}
    rows = Occurrence.objects.filter(recurrence__in=found).select_related("publication")
    for row in rows.order_by("day", "id"):
        if row.publication is None:
            problems.setdefault(row.recurrence_id, []).append(row.problem)
            continue
        days.setdefault(row.recurrence_id, set()).add(row.day)
        if row.publication.state in OPEN and row.publication.publish_at > now:
            coming.setdefault(row.recurrence_id, []).append(row)
    return [
        Card(
            one,
            pictures.get(one.post_id, ""),
            _first_days(coming.get(one.pk, [])),
            list(dict.fromkeys(problems.get(one.pk, []))),
            len(days.get(one.pk, ())),
        )
        for one in found
    ]


def _first_days(rows: Iterable[Occurrence]) -> list[Occurrence]:
    """One row a day: the same post on two channels is one date."""
    return list({row.day: row for row in rows}.values())[:AHEAD_SHOWN]


@tenant_view(Can.VIEW)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "posting/recurring.html", {"cards": cards(now=timezone.now())})


@tenant_view(Can.PUBLISH)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Let this post come back. A refusal returns the form as it was filled in."""
    post = get_object_or_404(Post, pk=post_id)
    now = timezone.now()
    refused: Refused | None = None
    given: Any = request.POST if request.method == "POST" else {}
    if request.method == "POST":
        try:
            made = services.repeat(
                post=post,
                channels=_channels(request.POST.getlist("channel")),
                **rule_of(request.POST),
                by=request.actor,  # type: ignore[attr-defined]
                now=now,
            )
        except Refused as error:
            refused = error
        else:
            planned = made.occurrences.filter(publication__isnull=False).values("day").distinct().count()
            text = ngettext(
                "It comes back. %(n)d day is planned so far.",
                "It comes back. %(n)d days are planned so far.",
                planned,
            )
            messages.success(request, text % {"n": planned})
            return redirect("recurring")
    chosen = set(given.getlist("channel")) if request.method == "POST" else None
    used = (
        chosen
        if chosen is not None
        else set(map(str, post.publications.values_list("channel_id", flat=True)))
    )
    context = _form(post, given, refused, ticked=used, all_of_none=chosen is None)
    return render(request, "posting/recurring_new.html", context, status=422 if refused else 200)


@tenant_view(Can.PUBLISH)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, recurrence_id: UUID) -> HttpResponse:
    """Other days, another time, other channels or another end of a repeating post."""
    recurrence = get_object_or_404(Recurrence.objects.select_related("post"), pk=recurrence_id)
    if recurrence.status == "over":
        messages.info(request, _("This repeating post is over. Begin a new one."))
        return redirect("recurring")
    refused: Refused | None = None
    given: Any = request.POST if request.method == "POST" else _given(recurrence)
    if request.method == "POST":
        try:
            services.change(
                recurrence=recurrence,
                channels=_channels(request.POST.getlist("channel")),
                **rule_of(request.POST),
                by=request.actor,  # type: ignore[attr-defined]
                now=timezone.now(),
            )
        except Refused as error:
            refused = error
        else:
            messages.success(request, _("Changed. What comes next is planned anew."))
            return redirect("recurring")
    context = _form(recurrence.post, given, refused, ticked=set(given.getlist("channel")))
    return render(
        request,
        "posting/recurring_new.html",
        context | {"recurrence": recurrence},
        status=422 if refused else 200,
    )


def _given(recurrence: Recurrence) -> QueryDict:
    """A stored rule as the form would send it."""
    data = QueryDict(mutable=True)
    data["every"] = recurrence.every
    data.setlist(
        "weekday" if recurrence.every == Every.WEEK else "monthday", [str(day) for day in recurrence.days]
    )
    data["at"] = f"{recurrence.at:%H:%M}"
    data.setlist("channel", [str(channel.pk) for channel in recurrence.channels.all()])
    data["until"] = "day" if recurrence.ends_on else "times" if recurrence.times else ""
    data["ends_on"] = str(recurrence.ends_on or "")
    data["times"] = str(recurrence.times or "")
    return data


def _form(
    post: Post, given: Any, refused: Refused | None, *, ticked: set[str], all_of_none: bool = False
) -> dict[str, Any]:
    """What the form needs. `all_of_none`: where nothing is ticked yet, every usable channel is."""
    channels = [
        (one, str(one.pk) in ticked or (all_of_none and not ticked))
        for one in Channel.objects.connected().in_order()
        if one.state in ("active", "paused")
    ]
    return {
        "post": post,
        "refused": refused,
        "given": given,
        "every": given.get("every", Every.WEEK),
        "weekdays": [(str(day), name, _ticked(given, "weekday", day)) for day, name in WEEKDAYS.items()],
        "monthdays": [(str(day), _ticked(given, "monthday", day)) for day in range(1, 32)],
        "channels": channels,
        "thumb": thumbs([post.pk]).get(post.pk, ""),
    }


@tenant_view(Can.PUBLISH)
@require_POST
def act(request: HttpRequest, recurrence_id: UUID) -> HttpResponse:
    """act=pause|resume|end|reopen (the undo of end)."""
    recurrence = get_object_or_404(Recurrence, pk=recurrence_id)
    values = {"recurrence": recurrence, "by": request.actor, "now": timezone.now()}  # type: ignore[attr-defined]
    match request.POST.get("act", ""):
        case "pause":
            text, lost = _("Paused. What was planned ahead is taken back."), services.pause(**values)
        case "resume":
            services.resume(**values)
            text, lost = _("It goes on. The next two weeks are planned."), 0
        case "end":
            text, lost = _("It does not come back."), services.end(**values)
            url = tenant_url(request.tenant, "recurring_act", recurrence.pk)  # type: ignore[attr-defined]
            undo.offer(request, text, url=url, fields=[("act", "reopen")])
            text = ""
        case "reopen":
            services.reopen(**values)
            text, lost = _("It comes back as before."), 0
        case _:
            raise Refused(_("Choose one of the buttons."), code="act", field="act")
    if text:
        messages.success(request, text)
    if lost:
        messages.warning(
            request,
            ngettext(
                "%(n)d was going out this very moment and could not be stopped.",
                "%(n)d were going out this very moment and could not be stopped.",
                lost,
            )
            % {"n": lost},
        )
    return redirect("recurring")


def rule_of(data: Any) -> dict[str, Any]:
    """The form's fields as arguments of services.repeat; Refused for what cannot be read."""
    every = data.get("every", "")
    names = data.getlist("weekday" if every == Every.WEEK else "monthday")
    numbers = [int(text) for text in names if text.isascii() and text.isdecimal() and len(text) < 3]
    times = data.get("times", "").strip() if data.get("until") == "times" else ""
    ends = data.get("ends_on", "").strip() if data.get("until") == "day" else ""
    try:
        at = time.fromisoformat(data.get("at", ""))
    except ValueError as error:
        raise Refused(_("Choose a time of day."), code="time_missing", field="at") from error
    try:
        ends_on = date.fromisoformat(ends) if ends or data.get("until") == "day" else None
    except ValueError as error:
        raise Refused(_("Choose the last day."), code="ends_on", field="ends_on") from error
    if data.get("until") == "times" and not (times.isascii() and times.isdecimal() and len(times) < 5):
        raise Refused(_("Say how many times."), code="times", field="times")
    return {
        "every": every,
        "days": numbers,
        "at": at,
        "ends_on": ends_on,
        "times": int(times) if times else None,
    }


def _ticked(given: Any, name: str, day: int) -> bool:
    return bool(given) and str(day) in given.getlist(name)


def _channels(texts: Iterable[str]) -> list[Channel]:
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return list(Channel.objects.connected().filter(pk__in=ids))
