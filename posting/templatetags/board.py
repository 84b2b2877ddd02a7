"""What the calendar's squares need, made for being asked a hundred times a page: no component, no second lookup."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape  # of plain strings, hundreds a page: Django's asks each whether it is lazy
from typing import Any
from uuid import UUID

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from content.models import Post
from posting.board import verdict
from posting.board.items import Item
from posting.board.queries import Board, Day
from posting.board.spans import Span
from tenants.access import Can, has
from tenants.models import Membership
from tenants.templatetags.icons import icon
from tenants.templatetags.ui import status_of

register = template.Library()
_NOBODY = UUID(int=0)


@register.filter
def weekday_name(number: int | str) -> str:
    """ "Mon" for 0."""
    return str(WEEKDAYS_ABBR[int(number)])


@lru_cache(maxsize=8)
def _platform(name: str) -> SafeString:
    picture = static("instagram.svg" if name == "instagram" else "facebook.svg")
    return format_html(
        '<img class="platform" width="20" height="20" alt="{}" src="{}">', name.title(), picture
    )


@lru_cache(maxsize=128)
def _pill(word: str, _language: str | None) -> SafeString:
    """As `<c-pill status=...>`."""
    known = status_of(word)
    picture = icon(known.icon, "spin" if known.spins else "")
    return format_html('<span class="pill" data-tone="{}">{}{}</span>', known.tone, picture, known.word)


@dataclass(frozen=True)
class Drawer:
    """What all items of one page share: addresses looked up once, and words translated once."""

    may_move: bool
    plan: str
    post: str
    moves: Mapping[str, str]
    language: str | None
    move: str
    close: str
    no_photo: str


@register.inclusion_tag("posting/_compose_plain_writer.html", takes_context=True)
def plain_writing(context: RequestContext) -> dict[str, Any]:
    """The caption writer of a browser without scripts."""
    from posting import plain_writer  # it needs the composer, which needs this room

    wanted = ("dishes", "tones", "tone", "entry")
    return {name: context.get(name) for name in wanted} | plain_writer.shown(
        context["request"], timezone.now()
    )


@register.simple_tag
def approvable(post: Post, membership: Membership) -> bool:
    """May this person approve the waiting post here? `{% approvable post membership as ... %}`"""
    role = membership.role
    return verdict.may_approve(post, publishes=has(role, Can.PUBLISH), manages=has(role, Can.MANAGE))


def _drawer(*, may_move: bool) -> Drawer:
    return Drawer(
        may_move,
        reverse("calendar_plan", args=[_NOBODY]),
        reverse("post", args=[_NOBODY]),
        {source: reverse("calendar_move", args=[source, _NOBODY]) for source in ("slot", "publication")},
        get_language(),
        _("Move “%(what)s” to another day"),
        _("Close to another post on this channel"),
        _("Instagram needs a photo here"),
    )


_NOBODY_TEXT = str(_NOBODY)
_ITEM = (
    '<li class="board-item" data-word="{word}"{move}><a class="board-card" href="{href}">'
    '<span class="board-photo">{photo}</span><span class="board-text"><span class="board-time">{clock}{marks}</span>'
    '<span class="board-caption">{says}</span>{pill}</span></a>{mover}</li>'
)
_PHOTO = '<img src="{}" alt="" width="320" height="320" loading="lazy" decoding="async" draggable="false">'
_MOVER = (
    '<a class="board-move no-print" href="{at}" hx-get="{at}" hx-target="#move-body" data-opens="move-dialog"'
    ' aria-label="{label}">{picture}</a>'
)


def _drawn(item: Item, by: Drawer) -> str:
    """One item of the board."""
    if item.source == "slot":
        href = f"{by.plan.replace(_NOBODY_TEXT, str(item.calendar_id))}#slot-{item.id}"
    else:
        href = by.post.replace(_NOBODY_TEXT, str(item.post_id))
    marks: list[str] = [_platform(name) for name in item.platforms]
    if item.clash:
        marks.append(icon("triangle-alert", "text-orange", by.close))
    if item.needs_photo:
        marks.append(icon("image-off", "text-orange", by.no_photo))
    says, move, mover = item.says, "", ""
    if item.movable and by.may_move:
        at = escape(by.moves[item.source].replace(_NOBODY_TEXT, str(item.id)))
        move = f' data-move="{at}"'
        label = escape(by.move % {"what": says[:40]})
        mover = _MOVER.format(at=at, label=label, picture=icon("calendar-clock"))
    return _ITEM.format(
        word=item.word,
        move=move,
        href=escape(href),
        photo=_PHOTO.format(escape(item.thumb))
        if item.thumb
        else icon("sparkles" if item.word == "writing" else "text"),
        clock=escape(item.clock),
        marks="".join(marks),
        says=escape(says),
        pill=_pill(item.word, by.language),
        mover=mover,
    )


_DAY = """
<li class="board-day"{flags} data-count="{day.count}">
  <header class="board-day-head">
    <h3><span class="board-weekday">{weekday}</span> <span class="board-number">{day.day.day}</span><span class="board-month"> {month}</span>{today}</h3>
    {add}
  </header>
  <ul class="board-items" data-day="{day.iso}">{items}</ul>
  {more}{fill}
</li>"""  # noqa: E501 - one line of the page
_ADD = '<a class="board-add no-print" href="{}?at={}{}" aria-label="{}">{}</a>'
_MORE = '<a class="board-more no-print" href="{}">{}</a>'
_FILL = '<a class="board-fill no-print" href="{}?month={}&amp;count=1&amp;only={}">{}{}</a>'


@register.simple_tag
def board_days(board: Board, span: Span, *, may_compose: bool, noon: str) -> SafeString:
    """The squares with their items. Markup here and not in a template, which needs five times as long: a page
    has forty days and more than a hundred items. `noon`: what a new post's address says after its day.
    """
    by = _drawer(may_move=may_compose)
    compose, plan = (reverse("compose"), reverse("calendar_new")) if may_compose else ("", "")
    today, fill = f' <span class="board-today">{escape(_("Today"))}</span>', escape(_("Fill"))
    new, more = _("New post on %(day)s"), _("+ %(n)s more")
    week = span.view != "month"
    parts = []
    for day in board.days:
        iso = day.iso
        href = reverse("posts") if week else f"?view=week&amp;at={iso}"
        parts.append(
            _DAY.format(
                day=day,
                flags="".join(f" {name}" for name, on in _flags(day) if on),
                weekday=escape(day.weekday),
                month=escape(day.month),
                today=today if day.today else "",
                add=_ADD.format(compose, iso, noon, escape(new % {"day": day.name}), icon("plus"))
                if compose and not day.past
                else "",
                items="".join(_drawn(item, by) for item in day.items),
                more=_MORE.format(href, escape(more % {"n": day.more})) if day.more else "",
                fill=_FILL.format(plan, iso[:7], iso, icon("sparkles"), fill) if plan and day.gap else "",
            )
        )
    return mark_safe("".join(parts))  # noqa: S308 - numbers, our addresses, and escaped words


def _flags(day: Day) -> tuple[tuple[str, bool], ...]:
    return (
        ("data-today", day.today),
        ("data-past", day.past),
        ("data-outside", not day.inside),
        ("data-empty", not day.items),
        ("data-gap", day.gap),
    )
