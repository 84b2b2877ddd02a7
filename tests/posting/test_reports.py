"""Months on paper and by mail, links that tell where a guest came from, and what the planner hears."""

import re
import zlib
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core import mail
from django_tenants.utils import tenant_context

from content.calendar import asking
from posting.analytics import monthly, pdf, report
from posting.analytics.utm import tagged
from posting.measured import NumbersChoice
from posting.pulse.models import MonthlyReport
from posting.snapshot import snapshot_of
from tests.posting.conftest import make_channel
from tests.posting.test_analytics import make_dish, make_post

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def alice(cast):
    return cast.client(cast.alice)


def october(count=3):
    channel = make_channel()
    for number in range(count):
        at = datetime(2026, 10, 5 + number, 17, tzinfo=UTC)
        make_post(channel, at, caption=f"Żurek (new) {number}", reach=1000 + number, likes=5, engagement=5)
    return channel


def lines_of(file):
    """What a reader would copy out of a PDF of ours, line by line."""
    streams = [
        zlib.decompress(raw)
        for raw in re.findall(rb"FlateDecode[^>]*>>\nstream\n(.*?)\nendstream", file, re.S)
    ]
    cmaps = [body.decode() for body in streams if body.startswith(b"/CIDInit")]
    letters = [
        {glyph: chr(int(code, 16)) for glyph, code in re.findall(r"^<(\w{4})> <(\w{4})>$", cmap, re.M)}
        for cmap in cmaps
    ]
    page = next(body.decode() for body in streams if b" Tj ET" in body)
    return [
        "".join(letters[int(font) - 1][shown[at : at + 4]] for at in range(0, len(shown), 4))
        for font, shown in re.findall(r"/F(\d) .*?<(\w*)> Tj", page)
    ]


def test_a_month_is_one_page_with_the_numbers_of_the_dashboard(cafe):
    october()
    found = report.month_of(cafe, 2026, 10, now=NOW)
    assert report.sentence(found) == "3 posts reached 3,003 people."
    file = report.as_pdf(cafe, found)
    assert file.startswith(b"%PDF-1.4") and file.rstrip().endswith(b"%%EOF")
    lines = lines_of(file)
    assert "3,003" in lines and "Krusty Cafe in October 2026" in lines
    assert "Żurek (new) 2" in lines
    start = int(file.rstrip().splitlines()[-2])
    assert file[start : start + 4] == b"xref"


def test_an_unknown_number_is_no_zero_on_paper(cafe):
    make_post(make_channel(), datetime(2026, 10, 5, 17, tzinfo=UTC))
    lines = lines_of(report.as_pdf(cafe, report.month_of(cafe, 2026, 10, now=NOW)))
    assert "not yet known" in lines and "–" in lines


def test_long_lines_are_cut_where_the_page_ends():
    line = pdf.fitted("A very long caption " * 20, 10, 200)
    assert line.endswith("…") and pdf.width(line, 10) <= 200


def test_letters_of_three_scripts_are_printed_and_others_said_to_be_missing():
    for words in ("Żurek é Łódź Şiş ğ Phở bò", "Καφέ Ελλάδα", "Борщ Її Ђ", "€ ₺ ₴ № – … “ ”"):
        page = pdf.Page()
        page.text(0, 0, words, bold=True)
        page.text(0, 0, words)
        assert lines_of(pdf.document([page], title=words)) == [words, words]
    assert pdf.lettered("e\u0301") == "é"
    assert pdf.lettered("披萨 Ł—é\x00 ḁ̈") == "?? Ł—é ḁ̈"


def test_only_the_shapes_of_the_letters_used_are_in_the_file():
    small, large = pdf.Page(), pdf.Page()
    small.text(0, 0, "Żur")
    large.text(0, 0, "".join(chr(code) for code in range(0x20, 0x17F)))
    sizes = [len(pdf.document([page], title="x")) for page in (small, large)]
    assert sizes[0] < 12_000 < sizes[1] < 60_000


def test_the_report_is_a_download_for_members_and_404_for_months_that_are_none(alice, cast):
    answer = alice.get("/r/cafe/numbers/report/2026/10/")
    assert answer["Content-Type"] == "application/pdf"
    assert 'filename="cafe-2026-10.pdf"' in answer["Content-Disposition"]
    for odd in ("2026/13", "2026/0", "9999/1", "1900/1"):
        assert alice.get(f"/r/cafe/numbers/report/{odd}/").status_code == 404


def test_only_those_who_manage_choose_and_the_choice_is_kept(alice, cast):
    page = alice.get("/r/cafe/numbers/").content.decode()
    assert "Mail us the month" in page
    assert cast.client(cast.vera).post("/r/cafe/numbers/choices/", {"tag_links": "on"}).status_code == 403
    alice.post("/r/cafe/numbers/choices/", {"tag_links": "on", "monthly_report": "on"})
    with tenant_context(cast.cafe):
        assert NumbersChoice.objects.get().tag_links
    assert MonthlyReport.objects.get().tenant_id == cast.cafe.pk
    alice.post("/r/cafe/numbers/choices/", {})
    assert not MonthlyReport.objects.exists()


def test_the_month_goes_out_once_to_everybody_who_manages(cafe, cast):
    october()
    monthly.choose(tenant=cafe, monthly_report=True, tag_links=False, now=NOW)
    due = MonthlyReport.objects.get().due_at
    assert due == datetime(2026, 12, 3, 15, tzinfo=UTC)  # nine in Chicago
    assert monthly.take_due(now=NOW) == []
    sending = datetime(2026, 11, 3, 15, tzinfo=UTC)
    MonthlyReport.objects.update(due_at=sending)
    assert monthly.take_due(now=sending) == ["t_cafe"]
    assert monthly.take_due(now=sending) == []  # nobody else has it meanwhile
    assert monthly.send(tenant=cafe, now=sending) == 1
    assert monthly.send(tenant=cafe, now=sending) == 0
    (sent,) = mail.outbox
    assert sent.to == ["alice@example.com"] and sent.subject == "Krusty Cafe in October 2026"
    assert (
        "People reached: 3,003" in sent.body and "/r/cafe/numbers/?from=2026-10-01&to=2026-10-31" in sent.body
    )
    name, content, kind = sent.attachments[0]
    assert (name, kind) == ("cafe-2026-10.pdf", "application/pdf") and content[:5] == b"%PDF-"


def test_a_mail_server_that_is_down_loses_no_report(cafe, monkeypatch):
    monthly.choose(tenant=cafe, monthly_report=True, tag_links=False, now=NOW)
    monkeypatch.setattr(monthly, "get_connection", lambda **_: (_ for _ in ()).throw(OSError("down")))
    with pytest.raises(OSError, match="down"):
        monthly.send(tenant=cafe, now=NOW)
    assert MonthlyReport.objects.get().sent == ""


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (datetime(2026, 11, 3, 14, tzinfo=UTC), datetime(2026, 11, 3, 15, tzinfo=UTC)),
        (datetime(2026, 11, 3, 15, tzinfo=UTC), datetime(2026, 12, 3, 15, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 3, 15, tzinfo=UTC)),
        (datetime(2027, 1, 31, 23, tzinfo=UTC), datetime(2027, 2, 3, 15, tzinfo=UTC)),
    ],
)
def test_the_next_report_is_the_next_third_at_nine(cafe, after, expected):
    assert monthly.next_due(cafe, after=after) == expected


def test_links_are_tagged_only_where_it_is_wanted_and_by_nobody_else(cafe):
    channel = make_channel()
    post = make_post(channel, NOW).post
    post.link = "https://cafe.example/menu?x=1#top"
    given = {"platform": "facebook", "post_id": post.pk, "written": NOW}
    assert tagged(post.link, **given) == post.link
    monthly.choose(tenant=cafe, monthly_report=False, tag_links=True, now=NOW)
    marked = (
        f"https://cafe.example/menu?x=1&utm_source=facebook&utm_medium=social&utm_campaign=2026-11"
        f"&utm_content={str(post.pk)[:8]}#top"
    )
    assert tagged(post.link, **given) == marked
    assert (
        tagged("https://cafe.example/?utm_source=flyer", **given) == "https://cafe.example/?utm_source=flyer"
    )
    assert tagged("", **given) == ""
    frozen, _surface = snapshot_of(post, channel)
    assert frozen["link"] == marked


def test_the_planner_hears_good_hours_and_what_worked_from_enough_posts_only(cafe):
    channel, dish = make_channel(), make_dish("Margherita")
    friday = datetime(2026, 11, 13, 18, 10, tzinfo=cafe.zone).astimezone(UTC)
    assert asking.times([channel.pk], cafe.timezone, NOW).by_weekday == {}
    assert asking.results(NOW) == []
    for week in range(5):
        make_post(channel, friday - timedelta(weeks=week), dish=dish, reach=200)
        for day in range(1, 5):
            make_post(channel, friday - timedelta(weeks=week, days=day), reach=100)
    found = asking.times([channel.pk], cafe.timezone, NOW)
    assert found.by_weekday == {4: (time(18),)} and "25 posts" in found.source
    assert any("Margherita" in line for line in asking.results(NOW))
    assert date(2026, 11, 13).weekday() == 4


def test_a_closed_restaurant_is_asked_again_next_month_and_not_each_hour(cafe):
    monthly.choose(tenant=cafe, monthly_report=True, tag_links=False, now=NOW)
    cafe.closed_at = NOW
    later = datetime(2026, 12, 3, 16, tzinfo=UTC)
    assert monthly.send(tenant=cafe, now=later) == 0 and mail.outbox == []
    assert MonthlyReport.objects.get().due_at > later + timedelta(days=25)
