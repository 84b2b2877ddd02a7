"""A token is looked at before it lapses, renewed, healed; its death is told once, with the right reason."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from social import tasks
from social.graph import GraphRefused, GraphTokenDead
from social.health import REASONS, judge_time
from social.models import Channel, Connection
from social.registry.models import ChannelClaim, ConnectionEntry
from social.services import channel_client, check_connection, mark_token_dead
from social.signals import channel_changed
from social.tokens import open_token
from tests.sandbox_process import ALICE, KRUSTY, KRUSTY_IG, KRUSTY_TRUCK
from tests.social.owner import channel, connect

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection(meta, cast):
    return connect(meta, cast.client(cast.alice), cast.cafe)


@pytest.fixture
def inside(cast, connection):
    with tenant_context(cast.cafe):
        yield connection


@pytest.fixture
def news():
    heard = []

    def hear(sender, channel, before, **more):
        heard.append((channel.platform, before, channel.state, channel.reason))

    channel_changed.connect(hear)
    yield heard
    channel_changed.disconnect(hear)


def look(connection, *, now=None, **more):
    return check_connection(connection=connection, now=now or timezone.now(), **more)


def states():
    return {row.platform: (row.state, row.reason) for row in Channel.objects.all()}


def test_a_well_connection_is_checked_and_stays(inside, news):
    checked = look(inside)
    assert (checked.state, checked.reason) == ("healthy", "")
    assert checked.next_check_at > timezone.now() + timedelta(hours=23)
    assert news == []
    assert Channel.objects.exclude(subscribed_at=None).count() == 2


@pytest.mark.parametrize(
    ("subcode", "reason", "state"),
    [
        (458, "removed", "revoked"),
        (459, "checkpoint", "needs_reconnect"),
        (460, "password", "needs_reconnect"),
        (463, "expired", "needs_reconnect"),
        (464, "unconfirmed", "needs_reconnect"),
        (467, "invalid", "needs_reconnect"),
        (466, "logged_out", "needs_reconnect"),
        (456, "invalid", "needs_reconnect"),
        (461, "removed", "revoked"),
        (468, "expired", "needs_reconnect"),
        (462, "expired", "needs_reconnect"),
        (465, "invalid", "needs_reconnect"),
        (457, "invalid", "needs_reconnect"),
        (492, "role_lost", "needs_reconnect"),
    ],
)
def test_every_way_to_die_is_known_with_its_reason(meta, inside, news, subcode, reason, state):
    meta.control("tokens/invalidate", {"person": ALICE, "subcode": subcode})
    checked = look(inside)
    assert (checked.state, checked.reason) == (state, reason)
    assert states() == dict.fromkeys(("facebook", "instagram"), ("needs_reconnect", reason))
    assert len(news) == 2
    assert ConnectionEntry.objects.get().reason == reason
    assert {claim.state for claim in ChannelClaim.objects.all()} == {"needs_reconnect"}
    assert (checked.token_sealed is None) == (state == "revoked")


def test_a_lost_role_stops_one_page_and_leaves_the_others(meta, cast, connection):
    connect(meta, cast.client(cast.alice), cast.cafe, f"facebook:{KRUSTY_TRUCK}")
    meta.control(f"pages/{KRUSTY}/roles/{ALICE}", method="DELETE")
    with tenant_context(cast.cafe):
        checked = look(connection)
        assert checked.state == "healthy"
        assert channel("facebook", KRUSTY).state == channel("instagram", KRUSTY_IG).state == "needs_reconnect"
        assert channel("facebook", KRUSTY_TRUCK).state == "active"


def test_a_token_near_its_end_is_exchanged_and_the_pages_get_fresh_ones(meta, inside, settings):
    old, old_page = open_token(inside), open_token(channel("facebook"))
    Connection.objects.update(expires_at=timezone.now() + timedelta(days=6))
    checked = look(inside)
    assert checked.state == "healthy" and checked.expires_at > timezone.now() + timedelta(days=50)
    assert open_token(checked) != old
    assert channel_client(channel("facebook")).page(KRUSTY, fields="name")["name"] == "Krusty Pizza"
    assert old_page is not None


def test_a_lost_answer_to_the_exchange_costs_nothing(meta, inside):
    token = open_token(inside)
    Connection.objects.update(expires_at=timezone.now() + timedelta(days=6))
    meta.sandbox.fault("lost_after_commit", "oauth.exchange")
    checked = look(inside)
    assert checked.alive and open_token(checked) == token
    assert states()["facebook"] == ("active", "")


@pytest.mark.parametrize("label", ["debug_token", "user.permissions"])
@pytest.mark.parametrize("mode", ["lost_before", "http500_before", "malformed", "throttle"])
def test_an_unclear_answer_changes_nothing_and_is_asked_again_soon(meta, inside, news, label, mode):
    meta.sandbox.fault(mode, label, times=None)
    checked = look(inside)
    assert (checked.state, states()["facebook"]) == ("healthy", ("active", ""))
    assert checked.next_check_at <= timezone.now() + timedelta(hours=1)
    assert news == []


def test_a_token_past_its_day_is_dead_even_if_facebook_is_silent(meta, inside):
    meta.sandbox.fault("http500_before", "debug_token", times=None)
    Connection.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert look(inside).reason == "expired"


def test_an_unclear_page_list_is_no_lost_page(meta, inside, news):
    meta.control("tokens/invalidate", {"page": KRUSTY, "subcode": 460})
    meta.sandbox.fault("http500_before", "user.accounts", times=None)
    look(inside)
    assert news == []


def test_a_declined_permission_stops_what_needs_it(meta, inside, news):
    meta.control("grants", {"person": ALICE, "scopes": {"instagram_content_publish": "declined"}})
    checked = look(inside)
    assert checked.state == "healthy" and "instagram_content_publish" in checked.declined
    assert states() == {"facebook": ("active", ""), "instagram": ("needs_reconnect", "permission")}


def test_an_untidy_figure_permission_stops_nothing(meta, inside):
    meta.control("grants", {"person": ALICE, "scopes": {"read_insights": "declined"}})
    look(inside)
    assert {state for state, _reason in states().values()} == {"active"}


def test_data_access_of_90_days_stops_instagram_only(meta, inside):
    meta.control(
        "grants", {"person": ALICE, "data_access_expires": (timezone.now() - timedelta(days=1)).timestamp()}
    )
    checked = look(inside)
    assert states() == {"facebook": ("active", ""), "instagram": ("needs_reconnect", "data_access")}
    assert checked.alive


def test_a_failed_call_marks_the_channel_at_once_and_asks_for_a_check(meta, inside, news):
    meta.control("tokens/invalidate", {"person": ALICE, "subcode": 460})
    page = channel("facebook")
    with pytest.raises(GraphTokenDead) as caught:
        channel_client(page).published_posts(KRUSTY)
    now = timezone.now()
    assert mark_token_dead(page, caught.value, now=now)
    assert (page.state, page.reason) == ("needs_reconnect", "password")
    assert ConnectionEntry.objects.get().next_check_at == now
    assert not mark_token_dead(page, caught.value, now=now)
    assert len(news) == 1


def test_a_missing_permission_stops_posting_but_a_missing_figure_does_not(inside):
    from social.graph import ErrorInfo
    from social.graph.rules import find

    error = GraphRefused(info=ErrorInfo(code=10), rule=find(10, None), http_status=400)
    page = channel("facebook")
    assert not mark_token_dead(page, error, now=timezone.now(), needed=False)
    assert page.state == "active"
    assert mark_token_dead(page, error, now=timezone.now())
    assert page.reason == "permission"


def test_a_call_that_lied_does_not_make_a_channel_flap(meta, inside, news):
    """Facebook refuses a post with code 10 although every permission is there: healing at once would loop."""
    from social.graph import ErrorInfo
    from social.graph.rules import find

    now = timezone.now()
    error = GraphRefused(info=ErrorInfo(code=10), rule=find(10, None), http_status=400)
    mark_token_dead(channel("facebook"), error, now=now)
    look(inside, now=now)
    look(inside, now=now + timedelta(hours=3))
    assert states()["facebook"] == ("needs_reconnect", "permission")
    look(inside, now=now, asked=True)
    assert states()["facebook"] == ("active", "")
    assert len(news) == 2


def test_a_login_that_facebook_unlocks_again_heals_by_itself(meta, inside):
    now = timezone.now()
    meta.sandbox.fault("token_dead", "debug_token", times=None)
    from social.services import mark_connection

    mark_connection(inside, reason="checkpoint", now=now)
    meta.control("faults", method="DELETE")
    checked = look(inside, now=now + timedelta(hours=24))
    assert checked.state == "healthy"
    assert {state for state, _reason in states().values()} == {"active"}


def test_what_was_found_about_an_older_token_is_not_written(meta, inside, monkeypatch):
    from social import tokens
    from social.services import checking
    from social.vault import Secret

    real = checking.inspect

    def race(token):
        answer = real(token)
        row = Connection.objects.get()
        tokens.put_token(row, Secret("EAArenewed"))
        row.save()
        return answer

    monkeypatch.setattr(checking, "inspect", race)
    meta.control("tokens/invalidate", {"person": ALICE, "subcode": 460})
    look(inside)
    assert Connection.objects.get().state == "healthy"


def test_the_next_look_comes_when_people_are_to_be_told():
    """Daily looks at nine would tell of an end at five past nine five minutes before it."""
    from social.tokens import next_check

    row = Connection(expires_at=DAY + timedelta(days=7, hours=3), data_access_expires_at=None)
    seen = [DAY]
    while seen[-1] <= row.expires_at:
        seen.append(next_check(row, now=seen[-1]))
    for before in (timedelta(days=7), timedelta(days=1)):
        assert row.expires_at - before in seen
    assert seen[-1] - row.expires_at == timedelta(minutes=1)


def test_a_login_without_channels_is_forgotten_after_a_day(meta, cast):
    from tests.social.owner import log_in

    log_in(meta, cast.client(cast.alice), cast.cafe)
    with tenant_context(cast.cafe):
        row = Connection.objects.get()
        assert look(row).token_sealed is not None
        assert look(row, now=timezone.now() + timedelta(days=1, minutes=1)).token_sealed is None


def test_beat_finds_what_is_due_in_the_registry_and_sends_it_once(connection, cast, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.check_connection, "wake", lambda **ids: sent.append(ids))
    assert tasks.check_tokens() == 1  # just connected: due at once
    assert tasks.check_tokens() == 0
    ConnectionEntry.objects.update(next_check_at=timezone.now() - timedelta(minutes=1))
    assert tasks.check_tokens() == 1
    assert sent[0] == {"connection_id": str(connection.pk)}


DAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expires", "access", "platforms", "expected"),
    [
        (None, None, ["facebook"], ("healthy", "")),
        (DAY + timedelta(days=8), None, ["facebook"], ("healthy", "")),
        (DAY + timedelta(days=7), None, ["facebook"], ("expiring", "expiring")),
        (DAY, None, ["facebook"], ("needs_reconnect", "expired")),
        (None, DAY, ["facebook"], ("healthy", "")),
        (None, DAY, ["instagram"], ("needs_reconnect", "data_access")),
        (None, DAY + timedelta(days=3), ["facebook", "instagram"], ("expiring", "data_access_soon")),
    ],
)
def test_the_clocks_decide(expires, access, platforms, expected):
    given = {"expires_at": expires, "data_access_expires_at": access, "platforms": platforms}
    assert judge_time(**given, warn_days=7, now=DAY) == expected


def test_every_reason_a_rule_names_is_explained():
    from social.graph.rules import RANGES, RULES

    named = {rule.reason for rule in [*RULES.values(), *(row[2] for row in RANGES)] if rule.reason}
    assert named <= set(REASONS)


def test_an_instagram_account_that_is_no_longer_shared_is_noticed_before_a_post_fails(meta, inside):
    meta.control("grants", {"person": ALICE, "igs": []})
    look(inside)
    assert states() == {"facebook": ("active", ""), "instagram": ("needs_reconnect", "unlinked")}


def test_a_page_that_a_list_leaves_out_goes_on_while_its_token_lives(meta, inside, news):
    meta.control("pages", {"name": "Other", "person": ALICE, "id": "100200000000088"})
    from social.pages import PageList

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("social.services.checking.list_pages", lambda *_args, **_more: PageList())
        look(inside)
    assert news == []


def test_names_and_pictures_follow_facebook(meta, inside, news):
    Channel.objects.update(name="Old name", picture_url="https://old.test/gone.png")
    look(inside)
    page = channel("facebook")
    assert (page.name, "old.test" in page.picture_url) == ("Krusty Pizza", False)
    assert news == []


def test_a_permission_restricted_to_other_pages_does_not_count():
    from social.permissions import SCOPES, blocking, granular_of

    granular = granular_of(
        [
            {"scope": "pages_manage_posts", "target_ids": ["1", "2"]},
            {"scope": "instagram_content_publish", "target_ids": ["17"]},
            {"scope": "pages_show_list"},
            {"scope": "read_insights", "target_ids": []},
            "nonsense",
            {"scope": 5, "target_ids": "x"},
        ]
    )
    assert set(granular) == {"pages_manage_posts", "instagram_content_publish"}
    assert blocking(SCOPES, "facebook", granular, ["1", "1"]) == []
    assert [lack.scope for lack in blocking(SCOPES, "facebook", granular, ["3", "3"])] == [
        "pages_manage_posts"
    ]
    assert blocking(SCOPES, "instagram", granular, ["3", "17"]) == []
    assert [lack.scope for lack in blocking(SCOPES, "instagram", granular, ["1", "18"])] == [
        "instagram_content_publish"
    ]
