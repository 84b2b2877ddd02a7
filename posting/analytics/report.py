"""One month on one page: for owners who want it in a folder or in a mail."""

from __future__ import annotations

from datetime import datetime

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from posting.analytics import pdf, ranges
from posting.analytics.dashboard import Dashboard, dashboard
from posting.analytics.totals import Amount
from posting.analytics.words import MEANINGS
from tenants.models import Tenant
from tenants.times import local_of

LEFT, RIGHT = 48, pdf.WIDTH - 48
WIDE = RIGHT - LEFT


def month_of(tenant: Tenant, year: int, number: int, *, now: datetime) -> Dashboard:
    """Everything about a month, inside the restaurant's schema."""
    return dashboard(ranges.month(year, number, zone=tenant.timezone), channel=None, now=now)


def name_of(found: Dashboard) -> str:
    return formats.date_format(found.span.first, "F Y")


def sentence(found: Dashboard) -> str:
    """ "28 posts reached 11,204 people, 9 % more than the month before." """
    posts, reach = found.head.totals.posts, found.head.totals["reach"]
    if not posts.value:
        return _("No post went out in %(month)s.") % {"month": name_of(found)}
    n = posts.value
    if reach.value is None:
        return ngettext(
            "%(n)s post went out. How many people it reached is not yet known.",
            "%(n)s posts went out. How many people they reached is not yet known.",
            n,
        ) % {"n": n}
    given = {"n": n, "people": _whole(reach.value), "percent": abs(reach.change or 0)}
    if reach.change is None or reach.partial:
        said = ngettext("%(n)s post reached %(people)s people.", "%(n)s posts reached %(people)s people.", n)
    elif reach.change == 0:
        said = ngettext(
            "%(n)s post reached %(people)s people, as many as in the days before.",
            "%(n)s posts reached %(people)s people, as many as in the days before.",
            n,
        )
    elif reach.change < 0:
        said = ngettext(
            "%(n)s post reached %(people)s people, %(percent)s %% fewer than in the days before.",
            "%(n)s posts reached %(people)s people, %(percent)s %% fewer than in the days before.",
            n,
        )
    else:
        said = ngettext(
            "%(n)s post reached %(people)s people, %(percent)s %% more than in the days before.",
            "%(n)s posts reached %(people)s people, %(percent)s %% more than in the days before.",
            n,
        )
    return said % given


def as_pdf(tenant: Tenant, found: Dashboard) -> bytes:
    """One A4 page."""
    page = pdf.Page()
    title = _("%(name)s in %(month)s") % {"name": tenant.name, "month": name_of(found)}
    page.text(LEFT, 72, pdf.fitted(title, 22, WIDE, bold=True), size=22, bold=True)
    page.text(LEFT, 96, sentence(found), size=11, colour=pdf.QUIET)
    y = _figures(page, found, 116)
    y = _bars(page, found, y + 28)
    y = _rows(page, found, y + 30)
    _pieces(page, found, y + 18)
    page.text(LEFT, 800, _source(found), size=8, colour=pdf.QUIET)
    return pdf.document([page], title=title)


def _figures(page: pdf.Page, found: Dashboard, y: float) -> float:
    each = WIDE / 4
    for place, figure in enumerate(found.head.figures):
        x = LEFT + place * each
        page.box(x, y, each - 8, 62, colour=pdf.GROUND)
        page.text(x + 10, y + 18, str(MEANINGS[figure.name].name), size=8.5, colour=pdf.QUIET)
        page.text(x + 10, y + 39, _amount(figure.amount), size=17, bold=True)
        page.text(x + 10, y + 53, pdf.fitted(_change(figure.amount), 8, each - 24), size=8, colour=pdf.QUIET)
    return y + 62


def _bars(page: pdf.Page, found: Dashboard, y: float) -> float:
    chart = found.reach
    page.text(LEFT, y, _("People reached, by the day posts went out"), size=12, bold=True)
    top, high = y + 14, 96.0
    page.box(LEFT, top + high, WIDE, 0.7, colour=pdf.QUIET)
    step = WIDE / max(len(chart.points), 1)
    for place, point in enumerate(chart.points):
        if point.value:
            size = max(point.value * high / chart.top, 1)
            page.box(LEFT + place * step + 1, top + high - size, step - 2.5, size, colour=pdf.ACCENT)
    if chart.points:
        page.text(LEFT, top + high + 12, chart.points[0].label, size=8, colour=pdf.QUIET)
        page.text(RIGHT, top + high + 12, chart.points[-1].label, size=8, colour=pdf.QUIET, right=True)
    page.text(
        RIGHT,
        top + 2,
        _("highest line: %(n)s") % {"n": _whole(chart.top)},
        size=8,
        colour=pdf.QUIET,
        right=True,
    )
    return top + high + 12


def _rows(page: pdf.Page, found: Dashboard, y: float) -> float:
    half = WIDE / 2
    low = y
    for x, title, rows in (
        (LEFT, _("By kind of post"), found.kinds),
        (LEFT + half + 8, _("By dish"), found.dishes),
    ):
        page.text(x, y, title, size=12, bold=True)
        page.text(x + half - 16, y, _("people a post"), size=8, colour=pdf.QUIET, right=True)
        at = y + 18
        for row in rows[:7]:
            label = f"{row.label} ({row.platform.title()})" if row.platform else str(row.label)
            page.text(x, at, pdf.fitted(label, 10, half - 110))
            page.text(x + half - 60, at, f"{row.group.posts} ×", size=9, colour=pdf.QUIET, right=True)
            page.text(x + half - 16, at, _unknown(row.group.each), right=True)
            at += 16
        if not rows:
            page.text(x, at, _("nothing to compare yet"), colour=pdf.QUIET)
            at += 16
        low = max(low, at)
    return low


def _pieces(page: pdf.Page, found: Dashboard, y: float) -> None:
    page.text(LEFT, y, _("Reached most"), size=12, bold=True)
    for place, piece in enumerate(found.best):
        at = y + 18 + place * 18
        went_out = piece.publication.published_at
        day = formats.date_format(local_of(went_out, found.span.zone), "j M") if went_out else ""
        page.text(LEFT, at, day, size=9, colour=pdf.QUIET)
        page.text(LEFT + 44, at, pdf.fitted(piece.caption, 10, WIDE - 130))
        page.text(RIGHT, at, _whole(piece.reach), bold=True, right=True)
    if not found.best:
        page.text(LEFT, y + 18, _("not yet known"), colour=pdf.QUIET)


def _source(found: Dashboard) -> str:
    at = found.updated_at
    read = formats.date_format(at, "j M Y, H:i") + " UTC" if at else _("not yet read")
    return _(
        "Source: Facebook and Instagram, %(read)s. People are counted for each post; who saw two counts twice."
    ) % {"read": read}


def _amount(amount: Amount) -> str:
    return _unknown(amount.value)


def _unknown(value: int | None) -> str:
    return "–" if value is None else _whole(value)


def _whole(number: int) -> str:
    return formats.number_format(number, decimal_pos=0, force_grouping=True)


def _change(amount: Amount) -> str:
    if amount.value is None:
        return _("not yet known")
    if amount.partial:
        return _("%(known)s of %(posts)s posts counted") % {"known": amount.known, "posts": amount.posts}
    if amount.change is None:
        return _("nothing before to compare")
    if amount.change == 0:
        return _("as many as before")
    if amount.change < 0:
        return _("%(n)s %% fewer than before") % {"n": -amount.change}
    return _("%(n)s %% more than before") % {"n": amount.change}
