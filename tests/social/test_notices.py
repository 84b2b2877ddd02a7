"""What owners and managers are told of a connection: each thing once, in time, and no more when it is over."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import notices, slots, tasks
from social.models import Channel, Connection
from social.registry.models import ConnectionEntry
from social.services import check_connection, deauthorize, delete_person, disconnect_channel, mark_channel
from tenants.access import Actor
from tenants.models import Membership
from tenants.notices import mailing
from tenants.notices.models import Notice, Telling
from tests.sandbox_process import ALICE, CHARLIE, KRUSTY, KRUSTY_TRUCK
from tests.social.owner import channel, choose, connect, log_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def inside(meta, cast):
    connection = connect(meta, cast.client(cast.alice), cast.cafe)
    with tenant_context(cast.cafe):
        yield connection


@pytest.fixture
def planned(monkeypatch):
    """Posts of a room above: the moments they are due."""
    due = []

    def ask(channels, after):
        later = [moment for moment in due if moment > after]
        return slots.Waiting(len(later), min(later)) if later else None

    monkeypatch.setattr(slots, "waiting_posts", [ask])
    return due


def standing():
    return [
        notice.sentence for notice in Notice.objects.filter(resolved_at=None).order_by("created_at", "key")
    ]


def ends(in_, **more):
    Connection.objects.update(expires_at=NOW + in_, state="expiring", reason="expiring", **more)
    return Connection.objects.get()


def dead(meta, connection, now=NOW):
    meta.control("tokens/invalidate", {"person": ALICE, "subcode": 460})
    return check_connection(connection=connection, now=now)


def test_owners_and_managers_are_told_once_with_names_reason_and_a_link(meta, inside, cast):
    Membership.objects.filter(user=cast.vera).update(role="manager")
    dead(meta, inside)
    for _ in range(3):
        tasks.check_connection.run(connection_id=str(inside.pk))
    mailing.send_due(now=timezone.now())
    assert sorted(message.to[0] for message in mail.outbox) == ["alice@example.com", "vera@example.com"]
    assert Telling.objects.filter(user=cast.bob).count() == 0  # an editor cannot reconnect
    text = mail.outbox[0].body
    assert "Krusty Pizza, @krustypizza: The Facebook password was changed" in text
    assert "Reconnect: http://127.0.0.1:8000/r/cafe/channels/" in text
    assert "EAA" not in text


def test_an_end_that_nears_is_told_a_week_and_a_day_before_and_not_in_between(inside, planned):
    planned += [NOW + 3 * DAY, NOW + 10 * DAY, NOW + 11 * DAY]
    row = ends(6 * DAY)
    for moment in (NOW, NOW + DAY, NOW + 5 * DAY + HOUR, NOW + 5 * DAY + 9 * HOUR):
        notices.tell(row, now=moment)
    week, day = standing()
    assert "access for us ends" in week and "2 scheduled posts come after that." in week
    assert "access for us ends" in day
    mailing.send_due(now=timezone.now() + 6 * DAY)
    assert len(mail.outbox) == 1  # both are due: one mail


def test_a_renewed_token_takes_the_warning_back(inside):
    notices.tell(ends(6 * DAY), now=NOW)
    assert standing()
    tasks.check_connection.run(connection_id=str(inside.pk))  # exchanges it
    assert standing() == []


def test_the_end_of_instagrams_data_access_names_instagram_only(inside):
    Connection.objects.update(
        data_access_expires_at=NOW + 6 * DAY, state="expiring", expires_at=NOW + 50 * DAY
    )
    notices.tell(Connection.objects.get(), now=NOW)
    (sentence,) = standing()
    assert sentence.startswith("@krustypizza: ")


def test_posts_at_risk_are_said_at_once_and_a_day_before_they_would_be_missed(meta, inside, planned):
    planned += [NOW + 4 * DAY, NOW + 5 * DAY]
    row = dead(meta, inside)
    notices.tell(row, now=NOW)
    (first,) = standing()
    assert "2 scheduled posts will not go out until you reconnect, the first " in first
    assert ConnectionEntry.objects.get().next_check_at == NOW + DAY
    notices.tell(row, now=NOW + 2 * DAY)
    assert len(standing()) == 1
    notices.tell(row, now=NOW + 3 * DAY)
    notices.tell(row, now=NOW + 3 * DAY + HOUR)
    assert len(standing()) == 2 and "is still not connected. 2 scheduled posts will not" in standing()[1]
    notices.tell(row, now=NOW + 4 * DAY + HOUR)  # the next one of them
    assert len(standing()) == 3 and "1 scheduled post will not" in standing()[2]


def test_a_reminder_does_not_follow_at_the_heels_of_the_news(meta, inside, planned):
    planned += [NOW + 14 * HOUR]
    row = dead(meta, inside)
    notices.tell(row, now=NOW)
    notices.tell(row, now=NOW + HOUR)
    assert len(standing()) == 1
    assert ConnectionEntry.objects.get().next_check_at == NOW + 12 * HOUR
    notices.tell(row, now=NOW + 12 * HOUR)
    assert len(standing()) == 2


def test_a_reminder_comes_also_where_no_token_is_left_to_check(inside, planned):
    planned += [timezone.now() + 2 * DAY]
    deauthorize(facebook_user_id=ALICE, now=timezone.now())
    tasks.check_connection.run(connection_id=str(inside.pk))
    assert "removed in Facebook's settings" in standing()[0]
    assert NOW + 23 * HOUR < ConnectionEntry.objects.get().next_check_at < NOW + 25 * HOUR


def test_reconnecting_takes_it_back(meta, inside, cast):
    notices.tell(dead(meta, inside), now=NOW)
    assert standing()
    log_in(meta, cast.client(cast.alice), cast.cafe, form={"connection": str(inside.pk)})
    assert standing() == []


def test_another_login_that_takes_the_channels_over_takes_it_back(meta, inside, cast):
    disconnect_channel(channel=channel("instagram"), by=Actor.system("x"), now=NOW)
    notices.tell(dead(meta, inside), now=NOW)
    assert standing()
    meta.control(f"pages/{KRUSTY}/roles/{CHARLIE}", {})
    alice = cast.client(cast.alice)
    choose(alice, log_in(meta, alice, cast.cafe, person=CHARLIE, pages=[KRUSTY]), f"facebook:{KRUSTY}")
    assert standing() == []


def test_disconnecting_the_ailing_channel_takes_it_back(meta, inside):
    mark_channel(channel("facebook"), reason="role_lost", now=NOW)
    notices.tell(inside, now=NOW)
    assert len(standing()) == 1 and standing()[0].startswith("Krusty Pizza: ")
    disconnect_channel(channel=channel("facebook"), by=Actor.system("x"), now=NOW)
    assert standing() == []


def test_a_second_page_that_is_lost_later_is_told_as_well(meta, cast):
    row = connect(meta, cast.client(cast.alice), cast.cafe, f"facebook:{KRUSTY}", f"facebook:{KRUSTY_TRUCK}")
    with tenant_context(cast.cafe):
        for remote_id in (KRUSTY, KRUSTY_TRUCK):
            mark_channel(channel("facebook", remote_id), reason="role_lost", now=NOW)
            notices.tell(row, now=NOW)
    assert len(standing()) == 2


def test_a_deletion_is_told_with_what_went(meta, inside, cast):
    notices.tell(ends(6 * DAY), now=NOW)
    delete_person(facebook_user_id=ALICE, now=NOW, asked_at=NOW + HOUR)
    (sentence,) = standing()
    assert "Krusty Pizza, @krustypizza" in sentence and "deleted" in sentence
    assert Channel.objects.exclude(state="disconnected").count() == 0
    connect(meta, cast.client(cast.alice), cast.cafe)
    assert standing() == []


def test_a_login_with_many_pages_is_named_in_a_short_line():
    rows = [Channel(name=f"Branch {number}") for number in range(30)]
    assert notices._names(rows[:3]) == "Branch 0, Branch 1, Branch 2"
    assert notices._names(rows) == "Branch 0, Branch 1 and 28 more"


def test_what_the_owner_did_here_is_no_news(inside):
    for row in Channel.objects.all():
        disconnect_channel(channel=row, by=Actor.system("x"), now=NOW)
    tasks.check_connection.run(connection_id=str(inside.pk))
    assert standing() == []
