"""What the Channels page says of our posts."""

from datetime import timedelta

from django.utils import timezone

from posting import services
from posting.channel_lines import last_and_next, waiting_posts, what_would_stop
from social.models import Channel
from tests.posting.conftest import ALICE, NOW, make_channel

HOUR = timedelta(hours=1)


def test_the_next_post_and_what_a_disconnect_would_stop_are_said(page, write, django_assert_num_queries):
    other = make_channel(remote_id="55")
    for hours in (3, 1, 2):
        services.schedule(post=write(), channels=[page], publish_at=NOW + hours * HOUR, by=ALICE, now=NOW)
    channels = list(Channel.objects.all())
    with django_assert_num_queries(2):
        lines = last_and_next(channels, NOW)
    assert [(line.label, line.text) for line in lines[page.pk]] == [("Next post", "in 1 hour")]
    assert lines[page.pk][0].url.startswith("/r/cafe/posts/")
    assert what_would_stop(channels, NOW) == {page.pk: ["3 scheduled posts will wait until you decide."]}
    assert other.pk not in lines


def test_the_channels_page_shows_them(page, write, cast):
    services.schedule(
        post=write(), channels=[page], publish_at=timezone.now() + 5 * HOUR, by=ALICE, now=timezone.now()
    )
    shown = cast.client(cast.alice).get("/r/cafe/channels/").content.decode()
    assert "Next post" in shown and "1 scheduled post will wait until you decide." in shown


def test_the_connections_room_learns_how_many_posts_wait_and_when_the_first_is_due(
    page, write, django_assert_num_queries
):
    other = make_channel(remote_id="55")
    for hours in (3, 1, 2):
        services.schedule(post=write(), channels=[page], publish_at=NOW + hours * HOUR, by=ALICE, now=NOW)
    with django_assert_num_queries(1):
        waiting = waiting_posts([page, other], NOW + HOUR)
    assert (waiting.number, waiting.first_at) == (2, NOW + 2 * HOUR)
    assert waiting_posts([other], NOW) is None
