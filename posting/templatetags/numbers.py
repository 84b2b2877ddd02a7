"""Numbers on pages: exact, grouped, and a dash with words for what is not known; charts as SVG and tables.

The long repetitions (a bar or a row a day, a cell an hour) are written here and not in templates, which need
ten times as long for them.
"""

from __future__ import annotations

from datetime import time
from functools import lru_cache
from html import escape  # of plain strings, hundreds a page: Django's asks each whether it is lazy

from django import template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from posting.analytics.charts import HEIGHT, STEP, Chart, Point
from posting.analytics.dashboard import Cell
from posting.analytics.words import MEANINGS, Meaning, Text
from tenants.times import clock_of

register = template.Library()
BAR = 7  # of a place's STEP


@register.filter
def exact(number: int | None) -> str:
    """4210 -> "4,210" in the reader's language; an unknown number is a dash (it is not zero)."""
    return "–" if number is None else _grouped(number, get_language() or "")


@lru_cache(maxsize=4096)
def _grouped(number: int, _language: str) -> str:
    return formats.number_format(number, decimal_pos=0, force_grouping=True)


@register.filter
def meaning(word: str) -> Meaning:
    """Name, definition and source of a number."""
    return MEANINGS[word]


@register.simple_tag
def chart_svg(chart: Chart, kind: str, label: str, unknown: str) -> SafeString:
    """The plot: bars or a line in a box that is stretched to its place, each place with its value as title."""
    width = chart.width
    parts = [
        format_html(
            '<svg class="chart-plot" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">',
            width,
            HEIGHT,
            label,
        ),
        f'<path class="chart-grid" d="M0 0H{width}M0 {HEIGHT // 2}H{width}M0 {HEIGHT}H{width}"/>',
    ]
    if kind == "line":
        parts += [f'<polyline class="chart-line" points="{run}"/>' for run in chart.lines]
        parts += [f'<path class="chart-dot" d="M{dot.x:g} {dot.y:g}h0"/>' for dot in chart.dots]
    else:
        parts += [
            f'<rect class="chart-bar" x="{point.x:g}" y="{point.y:g}" width="{BAR}" height="{point.height:g}"/>'
            for point in chart.points
            if point.value is not None
        ]
    parts += [
        f'<rect class="chart-hit" x="{place * STEP}" width="{STEP}" height="{HEIGHT}"><title>'
        f"{escape(point.label)}: {_value(point, unknown)}</title></rect>"
        for place, point in enumerate(chart.points)
    ]
    return mark_safe("".join([*parts, "</svg>"]))  # noqa: S308 - numbers, and escaped words


def _value(point: Point, unknown: str) -> str:
    return escape(unknown if point.value is None else exact(point.value))


@register.simple_tag
def chart_rows(chart: Chart, unknown: str) -> SafeString:
    """The same values as rows of a table."""
    rows = [
        f'<tr><th scope="row">{escape(point.label)}</th><td class="num">{_value(point, unknown)}</td></tr>'
        for point in chart.points
    ]
    return mark_safe("".join(rows))  # noqa: S308 - escaped above


@register.filter
def hour_word(hour: int) -> str:
    """ "6 pm", as short as stands above a column."""
    return clock_of(time(hour)).replace(":00", "")


@register.simple_tag
def heat_rows(hours: list[tuple[Text, list[Cell]]]) -> SafeString:
    """Seven rows of 24 cells; the colour is data, the number is there for everybody."""
    rows = []
    for name, cells in hours:
        day = escape(str(name))
        rows.append(
            f'<tr><th scope="row"><span class="sm:hidden" aria-hidden="true">{day[:2]}</span>'
            f'<span class="heat-name">{day}</span></th>{"".join(_cell(str(name), cell) for cell in cells)}</tr>'
        )
    return mark_safe("".join(rows))  # noqa: S308 - escaped above


def _cell(day: str, cell: Cell) -> str:
    if cell.group is None:
        return '<td data-level="0"></td>'
    if cell.group.each is None:
        said = _("not yet known")
    else:
        people = exact(cell.group.each)
        said = ngettext(
            "%(people)s people a post, %(n)d post", "%(people)s people a post, %(n)d posts", cell.group.posts
        ) % {"people": people, "n": cell.group.posts}
    title = escape(f"{day} {clock_of(time(cell.hour))} – {said}")
    return (
        f'<td data-level="{cell.level}" title="{title}">'
        f'<span class="sr-only">{escape(exact(cell.group.each))}</span></td>'
    )
