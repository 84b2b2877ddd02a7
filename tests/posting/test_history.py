"""The history: found again by words, channel and days, exported whole and safely, changed from the list."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posting import history, queries
from posting.dispatch.models import AppGate, Due
from posting.history import Filter, safe
from posting.measured import Figures
from posting.models import Publication
from posting.services import schedule
from tests.posting.conftest import ALICE, make_channel
from tests.posting.test_composer import at_home
from tests.posting.test_pages import NOW, make_posts

POSTS = "/r/cafe/posts/"


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


def exported(answer):
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def planned(page, write, caption="Soup", **when):
    (made,) = schedule(
        post=write(caption), channels=[page], publish_at=timezone.now() + timedelta(**when), by=ALICE, now=NOW
    )
    return made


def test_days_are_the_restaurants_own(alice, page, write):
    made = planned(page, write, "Late supper", days=30)
    Publication.objects.filter(pk=made.pk).update(  # 11:30 pm on the 24th
        publish_at="2026-12-25T05:30:00Z", not_after="2026-12-25T07:30:00Z"
    )
    for first, last, there in [
        ("2026-12-24", "2026-12-24", True),
        ("2026-12-25", "", False),
        ("", "2026-12-23", False),
        ("nonsense", "2026-02-31", True),
    ]:
        assert ("Late supper" in alice.get(POSTS, {"from": first, "to": last}).text) is there, (first, last)


def test_words_and_channel_narrow_and_the_next_page_keeps_them(alice, page, write):
    other = make_channel(remote_id="9")
    make_posts(page, 30)
    planned(other, write, "Only there", days=1)
    text = alice.get(POSTS, {"channel": str(other.pk)}).text
    assert "Only there" in text and "Post 1" not in text
    first = alice.get(POSTS, {"q": "Post", "tab": "published", "from": "2020-01-01"}).text
    assert "q=Post" in first and "from=2020-01-01" in first and "after=" in first
    assert "Nothing found" in alice.get(POSTS, {"q": "no such words"}).text


def test_what_was_taken_back_is_still_in_the_history(alice, page, write):
    made = planned(page, write, "Not after all", days=1)
    answer = alice.post(f"/r/cafe/publications/{made.pk}/cancel/", {"back": "posts"}, follow=True)
    assert answer.redirect_chain[-1][0] == POSTS
    assert "Taken back. It will not go out." in answer.text
    assert "Not after all" in alice.get(POSTS, {"tab": "taken_back"}).text


def test_a_post_is_moved_from_the_list(alice, page, write):
    made = planned(page, write, days=1)
    answer = alice.post(
        f"/r/cafe/publications/{made.pk}/reschedule/",
        {"publish_at": "2027-01-05T18:00", "back": "posts"},
        follow=True,
    )
    assert "Moved." in answer.text
    made.refresh_from_db()
    assert made.local_at == "2027-01-05T18:00"


@pytest.mark.parametrize("act", ["cancel", "reschedule"])
@pytest.mark.parametrize(
    ("winner", "sentence"),
    [("flipping", "going out this very moment"), ("published", "It is already out")],
)
def test_when_the_publisher_was_faster_the_owner_is_told(alice, page, write, act, winner, sentence):
    made = planned(page, write, days=1)
    with connection.cursor() as cursor:
        cursor.execute("SET posting.erase = 'on'")
        cursor.execute(
            "UPDATE dispatch_due SET state = %s, lease_until = now(), flip_intent_at = now(), flips = 1,"
            " remote_object_id = 'x', published_at = now(), evidence = '{\"x\": 1}' WHERE publication_id = %s",
            [winner, made.pk],
        )
        cursor.execute("SET posting.erase = 'off'")
    Publication.objects.filter(pk=made.pk).update(state=winner, published_at=NOW)
    answer = alice.post(
        f"/r/cafe/publications/{made.pk}/{act}/", {"publish_at": "2027-01-05T18:00", "back": "posts"}
    )
    assert sentence in answer.text or sentence in alice.get(POSTS).text
    assert Due.objects.get(publication_id=made.pk).state == winner


def test_the_export_has_every_row_of_the_filter_in_the_restaurants_time(alice, page, cafe):
    made = make_posts(page, 7)
    rows = exported(alice.get(f"{POSTS}history.csv", {"tab": "published"}))
    assert rows[0][:3] == ["Planned (restaurant's time)", "Time zone", "Published (UTC)"]
    assert len(rows) == 8
    local = cafe.local(max(item.publish_at for item in made))
    assert rows[1][:2] == [local.strftime("%Y-%m-%d %H:%M"), "America/Chicago"]
    assert rows[1][6] == "Published" and rows[1][9] == "https://example.com/p/1"
    assert rows[1][11:14] == ["100", "7", ""]  # never measured is empty, not zero
    assert len(exported(alice.get(f"{POSTS}history.csv", {"tab": "scheduled"}))) == 1


def test_a_caption_cannot_become_a_formula(alice, page, write):
    evil = ["=HYPERLINK(1)", "+1+1", "-2", "@SUM(A1)", "\tx"]
    for number, caption in enumerate(evil):
        planned(page, write, caption + " soup", days=number + 1)
    rows = exported(alice.get(f"{POSTS}history.csv"))[1:]
    assert len(rows) == 5
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row)
    assert (safe(-3), safe("fine"), safe("=1")) == ("-3", "fine", "'=1")


def test_a_long_history_is_written_piece_by_piece(page, cafe, monkeypatch):
    monkeypatch.setattr(history, "CHUNK", 50)
    make_posts(page, 400)
    answer = history.export(cafe, Filter(), now=NOW)
    connection.set_schema_to_public()  # the request is over when the file is read
    with CaptureQueriesContext(connection) as captured:
        pieces = list(answer.streaming_content)
    assert connection.schema_name == "public"
    assert len(pieces) == 2 + 8
    assert len(captured) <= 8 * 5
    assert sum(piece.decode().count("\r\n") for piece in pieces) == 401


def test_a_half_read_file_leaves_no_restaurant_entered(page, cafe, monkeypatch):
    monkeypatch.setattr(history, "CHUNK", 5)
    make_posts(page, 20)
    connection.set_schema_to_public()
    pieces = iter(history.export(cafe, Filter(), now=NOW).streaming_content)
    for _ in range(3):
        next(pieces)
        assert connection.schema_name == "public"


def test_nobody_exports_the_posts_of_others(cast, cafe, page):
    make_posts(page, 3)
    charlie = at_home(cast.charlie, cafe)
    assert len(exported(charlie.get("/r/bakery/posts/history.csv"))) == 1
    assert charlie.get("/r/cafe/posts/history.csv").status_code == 404


def test_the_list_has_the_live_link_and_post_again_and_costs_the_same(alice, page):
    make_posts(page, 5)
    alice.get(POSTS)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            text = alice.get(POSTS).text
        counts.append(len(captured))
        make_posts(page, 15)
    assert counts[0] == counts[1]
    assert "Open the live post" in text and "Post again" in text and "Take back" not in text


def test_a_pause_of_the_restaurant_or_the_platform_stands_on_every_page_of_posts(cast, cafe, page, write):
    alice = at_home(cast.alice, cafe)
    (made,) = schedule(
        post=write(),
        channels=[page],
        publish_at=timezone.now() + timedelta(days=1),
        by=ALICE,
        now=timezone.now(),
    )
    pages = ["posts/", f"posts/{made.post_id}/", "needs-you/", "compose/"]
    assert not any("Publishing is" in alice.get(f"/r/cafe/{path}").text for path in pages)
    alice.post("/r/cafe/settings/pause/")
    assert all("Publishing is paused" in alice.get(f"/r/cafe/{path}").text for path in [*pages, "channels/"])
    alice.post("/r/cafe/settings/resume/", {"next": "/r/cafe/posts/"})
    AppGate.objects.update_or_create(pk=1, defaults={"enabled": False})
    assert all("stopped for everybody" in alice.get(f"/r/cafe/{path}").text for path in pages)


def test_the_best_posts_come_first_page_by_page_and_unknown_numbers_are_left_out(alice, page, monkeypatch):
    made = make_posts(page, 7)
    for place, item in enumerate(made):
        reach = (None, 50, 900, 50, 10, 900, 50)[place]  # ties on the edges of pages
        Figures.objects.filter(pk=item.pk).update(reach=reach, engagement=place or None)
    given = Filter.read(QueryDict("sort=reach&tab=published"))
    seen, cursor = [], ""
    while True:
        part = history.page(given, zone="UTC", now=NOW, cursor=cursor, size=2)
        seen += [line.numbers["reach"] for line in part.lines]
        cursor = part.next_cursor
        if not cursor:
            break
    assert seen == [900, 900, 50, 50, 50, 10]
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    shown = alice.get(POSTS, {"tab": "published", "sort": "reach"})
    assert "Most people reached" in shown.text and "are left out" in shown.text
    # A cursor of another order, or of nobody's, begins anew instead of hiding rows.
    by_time = history.page(Filter(), zone="UTC", now=NOW, size=2).next_cursor
    for odd in (by_time, "x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5fHg"):
        assert len(history.page(given, zone="UTC", now=NOW, cursor=odd, size=99).lines) == 6
    rows = exported(alice.get(f"{POSTS}history.csv", {"sort": "engagement"}))
    assert len(rows) == 1 + 6
    assert Filter.read(QueryDict("sort=id;drop")).sort == ""
    assert alice.get(POSTS, {"tab": "scheduled", "sort": "reach"}).status_code == 200
