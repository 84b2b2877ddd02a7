"""Home, history and one post, as their people see them. The numbers of queries are part of the promise."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from content.models import Post
from content.services import compose_post
from posting import queries
from posting.models import Figures, Insight, Publication, Transition
from posting.services import schedule
from posting.states import State
from posting.surfaces import Kind
from tests.posting.conftest import ALICE, make_channel

NOW = datetime.now(tz=UTC)


def make_posts(channel, count, *, state=State.PUBLISHED, days=1):
    posts, publications, insights = [], [], []
    for number in range(count):
        at = (
            NOW - timedelta(days=days, minutes=number)
            if state == State.PUBLISHED
            else NOW + timedelta(days=days, minutes=number)
        )
        post = Post(
            caption=f"Post {number}", created_by="Alice", updated_by="Alice", created_at=NOW, updated_at=NOW
        )
        posts.append(post)
        publication = Publication(
            post=post,
            channel=channel,
            kind=Kind.FB_TEXT,
            publish_at=at,
            local_at="2026-11-24T18:00",
            zone="America/Chicago",
            not_after=at + timedelta(hours=2),
            state=state,
            snapshot={"caption": post.caption},
            created_by="Alice",
            created_at=NOW,
            published_at=at if state == State.PUBLISHED else None,
            permalink="https://example.com/p/1" if state == State.PUBLISHED else "",
        )
        publications.append(publication)
        if state == State.PUBLISHED:
            insights += [
                Insight(publication=publication, metric="reach", value=90, measured_at=at),
                Insight(
                    publication=publication, metric="reach", value=100, measured_at=at + timedelta(minutes=5)
                ),
                Insight(publication=publication, metric="likes", value=7, measured_at=at),
            ]
    Post.objects.bulk_create(posts)
    Publication.objects.bulk_create(publications)
    Insight.objects.bulk_create(insights)
    Figures.objects.bulk_create(
        [
            Figures(publication=item, reach=100, likes=7, engagement=7, measured_at=NOW)
            for item in publications
            if item.state == State.PUBLISHED
        ]
    )
    return publications


@pytest.fixture
def alice(cast):
    return cast.client(cast.alice)


def count_queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    "address", ["/r/cafe/", "/r/cafe/posts/", "/r/cafe/posts/?tab=scheduled", "/r/cafe/posts/?tab=drafts"]
)
def test_a_full_page_costs_as_many_queries_as_a_nearly_empty_one(alice, cast, address):
    with tenant_context(cast.cafe):
        channel = make_channel()
        make_posts(channel, 8)
        make_posts(channel, 8, state=State.SCHEDULED)
    alice.get(address)  # the first visit writes the session
    few = count_queries(alice, address)
    with tenant_context(cast.cafe):
        make_posts(channel, 60)
        make_posts(channel, 60, state=State.SCHEDULED)
    assert count_queries(alice, address) <= few  # fewer when a page happens to show one kind only
    assert few <= (34 if address == "/r/cafe/" else 22)  # the first page holds the charts, too


def test_home_teaches_when_there_is_nothing_yet(alice):
    page = alice.get("/r/cafe/").content.decode()
    assert "No post went out in the last seven days." in page
    assert "Five steps to your first post" in page
    assert "not yet known" in page


def test_history_pages_through_everything_once(cast):
    with tenant_context(cast.cafe):
        channel = make_channel()
        made = {item.pk for item in make_posts(channel, 55)}
        seen, cursor = [], ""
        while True:
            page = queries.history(tab="published", now=NOW, cursor=cursor)
            seen += [line.publication.pk for line in page.lines]
            cursor = page.next_cursor
            if not cursor:
                break
    assert len(seen) == 55 and set(seen) == made


def test_a_cursor_made_by_hand_starts_at_the_beginning(alice):
    for cursor in ("x", "%%%", "bm90IGEgdGltZXx4"):
        assert alice.get("/r/cafe/posts/", {"after": cursor}).status_code == 200


def test_a_post_tells_its_story_and_its_link(alice, cast):
    with tenant_context(cast.cafe):
        (publication,) = make_posts(make_channel(), 1)
        Transition.objects.create(
            publication=publication, version=1, old="flipping", new="published", by="publisher", at=NOW
        )
    page = alice.get(f"/r/cafe/posts/{publication.post_id}/").content.decode()
    assert "https://example.com/p/1" in page
    assert "Published" in page and "What happened" in page


def test_a_post_of_another_restaurant_is_not_there(cast):
    with tenant_context(cast.cafe):
        (publication,) = make_posts(make_channel(), 1)
    charlie = cast.client(cast.charlie)
    assert charlie.get(f"/r/bakery/posts/{publication.post_id}/").status_code == 404
    assert charlie.get(f"/r/cafe/posts/{publication.post_id}/").status_code == 404


def test_a_viewer_sees_posts_and_may_not_take_them_back(cast):
    with tenant_context(cast.cafe):
        post = compose_post(caption="Pizza", by=ALICE, now=NOW)
        (publication,) = schedule(
            post=post, channels=[make_channel()], publish_at=NOW + timedelta(days=1), by=ALICE, now=NOW
        )
    vera = cast.client(cast.vera)
    page = vera.get(f"/r/cafe/posts/{post.pk}/").content.decode()
    assert "Pizza" in page and "Take back" not in page
    assert vera.post(f"/r/cafe/publications/{publication.pk}/cancel/").status_code == 403
    with tenant_context(cast.cafe):
        publication.refresh_from_db()
        assert publication.state == State.SCHEDULED


def test_alice_takes_a_post_back_and_it_is_a_draft_again(alice, cast):
    with tenant_context(cast.cafe):
        post = compose_post(caption="Pizza", by=ALICE, now=NOW)
        (publication,) = schedule(
            post=post, channels=[make_channel()], publish_at=NOW + timedelta(days=1), by=ALICE, now=NOW
        )
    answer = alice.post(f"/r/cafe/publications/{publication.pk}/cancel/", follow=True)
    assert "Taken back" in answer.content.decode()
    with tenant_context(cast.cafe):
        publication.refresh_from_db()
        assert publication.state == State.CANCELLED
        assert [draft.pk for draft, _ in queries.drafts()] == [post.pk]


def test_a_time_that_is_none_gets_a_sentence_and_changes_nothing(alice, cast):
    with tenant_context(cast.cafe):
        post = compose_post(caption="Pizza", by=ALICE, now=NOW)
        (publication,) = schedule(
            post=post, channels=[make_channel()], publish_at=NOW + timedelta(days=1), by=ALICE, now=NOW
        )
    address = f"/r/cafe/publications/{publication.pk}/reschedule/"
    for wrong in ("", "soon", "2020-01-01T10:00"):
        answer = alice.post(address, {"publish_at": wrong})
        assert answer.status_code == 400
        assert "Traceback" not in answer.content.decode()
    with tenant_context(cast.cafe):
        before = publication.publish_at
        publication.refresh_from_db()
        assert publication.publish_at == before


def test_an_unknown_publication_is_404_for_every_act(alice):
    for act in ("cancel", "reschedule", "retry", "answer"):
        assert alice.post(f"/r/cafe/publications/{uuid.uuid4()}/{act}/").status_code == 404


def test_one_post_on_two_channels_is_one_line_of_what_comes_next(cast):
    with tenant_context(cast.cafe):
        channels = [make_channel(), make_channel("facebook", "100200301")]
        post = compose_post(caption="Pizza", by=ALICE, now=NOW)
        schedule(post=post, channels=channels, publish_at=NOW + timedelta(days=1), by=ALICE, now=NOW)
        home = queries.home(now=NOW)
    (line,) = home.next_posts
    assert len(line.also) == 1
