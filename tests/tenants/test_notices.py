"""What people are told: once, only those who should know, by mail as well, and no more when it is over."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from tenants.access import Role
from tenants.models import Membership
from tenants.notices import mailing, services
from tenants.notices.keeping import forget_old
from tenants.notices.models import Digest, Level, Notice, Preference, Telling
from tenants.notices.signals import digest_lines
from tenants.notices.timing import next_digest

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # Tuesday noon in Chicago


def say(cast, key="post:1", level=Level.NEEDS_YOU, sentence="The post did not go out.", **fields):
    values = {"tenant": cast.cafe, "kind": "post", "link": "/r/cafe/posts/", "now": NOW, "fix": "Look"}
    return services.notify(level=level, sentence=sentence, key=key, **(values | fields))


def unread(cast, person, tenant=None):
    return Telling.objects.of(person, tenant or cast.cafe).unread().count()


def test_those_with_the_role_are_told_and_nobody_else(cast):
    say(cast)
    assert [unread(cast, one) for one in (cast.alice, cast.bob, cast.vera, cast.charlie)] == [1, 1, 0, 0]


def test_one_member_alone_can_be_told_but_no_stranger(cast):
    say(cast, user_id=cast.bob.pk)
    say(cast, key="post:2", user_id=cast.charlie.pk)
    assert [unread(cast, one) for one in (cast.alice, cast.bob, cast.charlie)] == [0, 1, 0]


def test_the_same_thing_is_said_and_mailed_once(cast):
    for _time in range(3):
        say(cast)
    mailing.send_due(now=NOW)
    mailing.send_due(now=NOW + timedelta(hours=1))
    assert Notice.objects.count() == 1
    assert sorted(one.to[0] for one in outbox.outbox) == ["alice@example.com", "bob@example.com"]


def test_two_restaurants_may_use_the_same_key(cast):
    say(cast)
    say(cast, tenant=cast.bakery)
    assert (unread(cast, cast.alice), unread(cast, cast.charlie, cast.bakery)) == (1, 1)


def test_a_notice_written_inside_a_restaurant_is_taken_back_with_its_transaction(cast):
    with tenant_context(cast.cafe):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            say(cast)
            raise ZeroDivisionError
        assert Notice.objects.count() == 0
        say(cast)
    assert Notice.objects.count() == 1


def test_what_is_over_leaves_the_bell_and_is_not_mailed(cast):
    say(cast)
    assert services.resolve(tenant=cast.cafe, key="post:1", now=NOW) == 1
    assert services.resolve(tenant=cast.cafe, key="post:1", now=NOW) == 0
    mailing.send_due(now=NOW)
    assert (unread(cast, cast.alice), outbox.outbox) == (0, [])


def test_what_comes_back_is_news_again(cast):
    say(cast)
    mailing.send_due(now=NOW)
    services.resolve(tenant=cast.cafe, key="post:1", now=NOW)
    later = NOW + timedelta(days=2)
    say(cast, now=later, sentence="It happened again.")
    mailing.send_due(now=later)
    assert unread(cast, cast.alice) == 1
    assert len(outbox.outbox) == 4
    first, second = (
        one.extra_headers["Message-ID"] for one in outbox.outbox if one.to == ["bob@example.com"]
    )
    assert first != second


def test_a_prefix_ends_everything_about_one_thing(cast):
    for key in ("post:7:held", "post:7:late", "post:8:held"):
        say(cast, key=key)
    assert services.resolve_all(tenant=cast.cafe, prefix="post:7:", now=NOW) == 2
    assert services.resolve_all(tenant=cast.bakery, prefix="post:", now=NOW) == 0
    assert unread(cast, cast.alice) == 1


def test_many_troubles_of_one_moment_make_one_mail(cast):
    for number in range(30):
        say(cast, key=f"post:{number}", sentence=f"Post {number} waits.")
    mailing.send_due(now=NOW)
    (mine,) = [one for one in outbox.outbox if one.to == ["alice@example.com"]]
    assert mine.subject == "Krusty Cafe: 30 things need you"
    assert "Post 0 waits." in mine.body and "And 10 more." in mine.body and "/r/cafe/notices/" in mine.body


def test_news_is_not_mailed_and_who_switched_it_off_is_not_mailed(cast):
    services.prefer(tenant=cast.cafe, user=cast.bob, mail=False, digest="none", now=NOW)
    say(cast)
    say(cast, key="post:2", level=Level.INFO)
    mailing.send_due(now=NOW)
    assert [one.to for one in outbox.outbox] == [["alice@example.com"]]
    assert outbox.outbox[0].subject == "Krusty Cafe: The post did not go out."
    assert unread(cast, cast.bob) == 2


def test_who_has_left_or_has_read_it_is_not_mailed(cast):
    say(cast)
    Membership.objects.filter(user=cast.bob).delete()
    services.mark_read(tenant=cast.cafe, user=cast.alice, now=NOW)
    mailing.send_due(now=NOW)
    assert outbox.outbox == []
    assert not Telling.objects.mail_due(NOW + timedelta(days=1)).exists()


def test_a_mail_server_that_is_down_is_tried_again_and_given_up_in_the_end(cast, settings):
    settings.EMAIL_BACKEND = "tests.tenants.broken_mail.EmailBackend"
    say(cast, roles=[Role.OWNER])
    moment, tries = NOW, 0
    while (row := Telling.objects.get()).mail_due_at:
        moment = row.mail_due_at
        mailing.send_due(now=moment)
        tries += 1
    assert (tries, row.mailed_at) == (mailing.TRIES, None)
    assert moment < NOW + timedelta(hours=2)


def test_a_sender_that_dies_before_its_commit_has_sent_a_mail_that_can_be_told_apart(cast, monkeypatch):
    """As far as mail can: rolled back, it is sent again, with the Message-ID of the first."""
    say(cast, roles=[Role.OWNER])
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        mailing.send_due(now=NOW)
        raise KeyboardInterrupt
    mailing.send_due(now=NOW)
    assert len(outbox.outbox) == 2
    assert len({one.extra_headers["Message-ID"] for one in outbox.outbox}) == 1


def test_no_link_leads_away(cast):
    for link in ("https://evil.example/", "//evil.example/"):
        with pytest.raises(IntegrityError), transaction.atomic():
            say(cast, key=link, link=link)


@pytest.mark.parametrize(
    ("digest", "now", "wanted"),
    [
        ("weekly", "2026-11-24T18:00", "2026-11-30T14:00"),  # Monday 8:00 in Chicago
        ("daily", "2026-11-24T18:00", "2026-11-25T14:00"),
        ("daily", "2026-11-24T13:59", "2026-11-24T14:00"),
        ("weekly", "2026-11-30T14:00", "2026-12-07T14:00"),
        ("daily", "2027-03-13T18:00", "2027-03-14T13:00"),  # the clocks went forward that night
    ],
)
def test_a_digest_comes_at_eight_in_the_morning_of_the_restaurant(digest, now, wanted):
    at = next_digest(digest, zone="America/Chicago", now=datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert at == datetime.fromisoformat(wanted).replace(tzinfo=UTC)


def test_who_wants_no_digest_has_none_due():
    assert next_digest(Digest.NONE, zone="UTC", now=NOW) is None


@pytest.fixture
def week(cast):
    """Everybody's default is begun; a line comes from a room above."""
    mailing.send_digests(now=NOW)

    def lines(sender, *, tenant, since, now, **_):
        return [f"{tenant.name}: 3 posts went out."] if tenant.slug == "cafe" else []

    digest_lines.connect(lines)
    yield datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
    digest_lines.disconnect(lines)


def test_the_digest_says_what_waits_and_what_happened_once(cast, week):
    say(cast)
    say(cast, key="good", level=Level.SUCCESS, sentence="A post did well.")
    services.prefer(tenant=cast.cafe, user=cast.bob, mail=True, digest="none", now=NOW)
    for _time in range(2):
        mailing.send_digests(now=week)
    to = sorted(one.to[0] for one in outbox.outbox)
    assert to == ["alice@example.com", "vera@example.com"]  # Bob wants none; the bakery had a quiet week
    (mine,) = [one for one in outbox.outbox if one.to == ["alice@example.com"]]
    assert mine.subject == "Krusty Cafe: your week"
    assert all(text in mine.body for text in ("3 posts went out.", "The post did not go out.", "did well"))
    assert Preference.objects.get(user=cast.alice).next_digest_at == week + timedelta(days=7)


def test_the_bell_counts_what_is_new_without_a_script(cast):
    say(cast)
    say(cast, key="2")
    client = cast.client(cast.alice)
    page = client.get("/r/cafe/settings/").content.decode()
    assert page.count('aria-label="Notices: 2 new"') == 2
    part = client.get("/r/cafe/notices/bell/").content.decode()
    assert 'id="bell-top"' in part and 'hx-swap-oob="true"' in part and "<html" not in part


def test_a_notice_leads_to_its_page_and_is_read_then(cast):
    notice = say(cast)
    client = cast.client(cast.alice)
    answer = client.get(f"/r/cafe/notices/{notice.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/r/cafe/posts/")
    assert (unread(cast, cast.alice), unread(cast, cast.bob)) == (0, 1)


def test_one_tap_reads_everything_here_and_nothing_elsewhere(cast):
    Membership.objects.create(user=cast.alice, tenant=cast.bakery, role=Role.OWNER)
    say(cast)
    say(cast, tenant=cast.bakery)
    cast.client(cast.alice).post("/r/cafe/notices/read/")
    assert (unread(cast, cast.alice), unread(cast, cast.alice, cast.bakery)) == (0, 1)


def test_nobody_reads_the_notices_of_another_restaurant_or_person(cast):
    mine, theirs = say(cast, user_id=cast.bob.pk), say(cast, tenant=cast.bakery, sentence="Secret bread")
    client = cast.client(cast.alice)
    assert "Secret bread" not in client.get("/r/cafe/notices/").content.decode()
    for notice in (mine, theirs):
        assert client.get(f"/r/cafe/notices/{notice.pk}/").status_code == 404
        assert Telling.objects.filter(notice=notice, read_at=None).exists()


def test_a_long_list_costs_as_many_queries_as_a_short_one(cast):
    client = cast.client(cast.alice)
    say(cast)
    client.get("/r/cafe/notices/")
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/r/cafe/notices/").status_code == 200
        counts.append(len(captured))
        for key in range(60):
            say(cast, key=f"{number}:{key}", level=Level.INFO)
    assert counts[0] == counts[1] <= 8
    assert "?page=2" in client.get("/r/cafe/notices/").content.decode()
    assert client.get("/r/cafe/notices/?page=99999").status_code == 200
    assert client.get("/r/cafe/notices/?page=-1").status_code == 200


def test_everybody_chooses_for_themselves(cast):
    client = cast.client(cast.vera)
    assert "How we tell you" in client.get("/r/cafe/settings/notices/").content.decode()
    answer = client.post("/r/cafe/settings/notices/", {"digest": "daily"})
    assert answer.status_code == 302
    chosen = Preference.objects.get(user=cast.vera, tenant=cast.cafe)
    assert (chosen.mail, chosen.digest) == (False, "daily")
    client.post("/r/cafe/settings/notices/", {"digest": "nonsense", "mail": "on"})
    chosen.refresh_from_db()
    assert (chosen.mail, chosen.digest) == (True, "weekly")


def test_old_news_is_forgotten_but_not_what_still_waits(cast):
    say(cast, key="news", level=Level.INFO)
    say(cast, key="over")
    say(cast, key="waits")
    services.resolve(tenant=cast.cafe, key="over", now=NOW)
    assert forget_old(now=NOW + timedelta(days=179)) == 0
    assert forget_old(now=NOW + timedelta(days=181)) == 2
    assert Notice.objects.get().key == "waits"
