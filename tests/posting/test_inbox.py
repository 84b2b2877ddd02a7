"""What waits for a person: the reason, the evidence, and answers that end it with one tap."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import tenant_context

from posting.dispatch.models import Attempt
from posting.inbox import words
from posting.inbox.queries import cards, waiting
from posting.models import Publication
from posting.services import schedule
from posting.states import State
from tests.posting.conftest import ALICE, make_channel
from tests.posting.test_composer import at_home

NOW = datetime.now(tz=UTC)
INBOX = "/r/cafe/needs-you/"


@pytest.fixture
def alice(cast, cafe):
    return at_home(cast.alice, cafe)


def asking(channel, write, state=State.HELD, reason="token", caption="Soup day"):
    (made,) = schedule(
        post=write(caption), channels=[channel], publish_at=NOW + timedelta(hours=1), by=ALICE, now=NOW
    )
    Publication.objects.filter(pk=made.pk).update(state=state, reason_code=reason)
    made.refresh_from_db()
    return made


def attempt(publication, call="flip", klass="unknown", **fields):
    values = {
        "due_id": uuid.uuid4(),
        "tenant_id": uuid.uuid4(),
        "channel_id": publication.channel_id,
        "fence": 1,
        "intent_at": NOW,
        "outcome_at": NOW,
    }
    return Attempt.objects.create(publication_id=publication.pk, call=call, klass=klass, **(values | fields))


@pytest.mark.parametrize(
    ("state", "reason", "buttons", "others"),
    [
        ("held", "token", ["Try again", "Let it go"], ["It is there", "Edit post"]),
        ("rejected", "media", ["Edit post", "Try again", "Let it go"], ["It is there"]),
        ("missed", "deadline", ["Post it now", "Choose another time", "Let it go"], ["It is there"]),
        ("needs_owner", "no_readback", ["It is there", "Post it again", "Let it go"], ["Try again"]),
        ("quarantined", "crashes", ["Try again", "Let it go"], ["It is there"]),
    ],
)
def test_each_trouble_has_its_reason_and_its_answers(alice, page, write, state, reason, buttons, others):
    publication = asking(page, write, state, reason)
    text = alice.get(INBOX).content.decode()
    assert publication.reason_text.replace("'", "&#x27;") in text
    main = text[text.index('id="content"') :]
    assert [word for word in buttons if word not in main] == []
    assert [word for word in others if word in main] == []


def test_what_cannot_help_is_not_offered(alice, page, write):
    asking(page, write)
    page.state = "needs_reconnect"
    page.save(update_fields=["state"])
    main = alice.get(INBOX).content.decode()
    assert "Reconnect" in main and "Try again" not in main


def test_the_evidence_says_what_was_sent_and_what_came_back(alice, page, write):
    publication = asking(page, write, "needs_owner", "unclear_for_long", caption="Lentils")
    attempt(publication, "prepare", "accepted")
    attempt(publication, "flip", "unknown", http=500, fbtrace_id="TRACE1")
    attempt(publication, "read", "accepted", finding="wait")
    attempt(publication, "read", "accepted", finding="gone")
    text = alice.get(INBOX).content.decode()
    for said in (
        "Lentils",
        "We asked Facebook to show it",
        "No clear answer came back. (error 500)",
        "TRACE1",
        "Facebook does not know it.",
    ):
        assert said in text
    assert "Not yet." not in text  # the last look counts


def test_a_refusal_is_explained_and_a_call_of_another_day_is_shown_as_it_is(page, write):
    publication = asking(page, write, "rejected", "media")
    refused = attempt(publication, "prepare", "refused", http=400, code=36003, subcode=2207009)
    assert words.answered(refused, "instagram").startswith("Instagram refused. ")
    odd = Attempt(call="dance", klass="maybe")
    assert (words.asked(odd, "facebook"), words.answered(odd, "facebook")) == ("dance", "maybe")


def test_a_tap_answers_and_leads_back_to_the_inbox(alice, page, write):
    publication = asking(page, write, "scheduled", "")
    answer = alice.post(f"/r/cafe/publications/{publication.pk}/cancel/", {"back": "inbox"})
    assert (answer.status_code, answer["Location"]) == (302, INBOX)
    odd = alice.post(f"/r/cafe/publications/{publication.pk}/cancel/", {"back": "https://evil.example"})
    assert odd["Location"] == f"/r/cafe/posts/{publication.post_id}/"


def test_everybody_sees_the_count_and_a_viewer_gets_no_buttons(cast, cafe, page, write):
    for number in range(3):
        asking(page, write, caption=f"Post {number}")
    assert waiting() == 3
    vera = at_home(cast.vera, cafe)
    text = vera.get(INBOX).content.decode()
    assert '<span class="nav-count">3</span>' in text and "3 posts need you" in text
    assert "Let it go" not in text and "What was sent" in text


def test_an_empty_inbox_is_calm_and_odd_pages_are_the_first(alice, page):
    for odd in ("", "?page=-1", "?page=x", "?page=99999999", "?page=%00"):
        assert "Nothing needs you" in alice.get(INBOX + odd).content.decode()


def test_a_full_inbox_costs_as_many_queries_as_one_card(alice, page, write, settings):
    settings.POST_LIMITS = dict.fromkeys(settings.POST_LIMITS, 1000)
    attempt(asking(page, write))
    alice.get(INBOX)
    counts = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert alice.get(INBOX).status_code == 200
        counts.append(len(captured))
        for number in range(20):
            attempt(asking(make_channel(remote_id=f"77{_round}{number}"), write, caption=f"{number}"))
    assert counts[0] >= counts[1] and counts[0] <= 12
    assert (len(cards()[0]), cards()[1], waiting()) == (30, True, 41)


def test_nothing_of_another_restaurant_is_shown_or_looked_at(cast, cafe, page, write):
    publication = asking(page, write, "needs_owner", "no_readback", caption="Secret soup")
    charlie = Client()
    charlie.force_login(cast.charlie)
    assert "Secret soup" not in charlie.get("/r/bakery/needs-you/").content.decode()
    assert charlie.get(f"/r/bakery/publications/{publication.pk}/seen/").status_code == 404


# --- with the real sandbox -----------------------------------------------------------------------


def ask(kitchen, publication):
    with tenant_context(kitchen.tenant):
        Publication.objects.filter(pk=publication.pk).update(
            state="needs_owner", reason_code="unclear_for_long", remote_id=""
        )
    client = Client()
    client.force_login(kitchen.tenant.people.get(email="alice@example.com"))
    return client.get(f"/r/cafe/publications/{publication.pk}/seen/").content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("network", ["page", "instagram"])
def test_a_look_at_the_page_finds_the_post_that_reads_like_it(kitchen, network):
    channel = getattr(kitchen, network)
    publication = kitchen.plan(channel, kitchen.post(f"Lentils {network}", photos=1))
    kitchen.run()
    text = ask(kitchen, publication)
    assert "One of these reads like it" in text and "data-alike" in text and f"Lentils {network}" in text
    other = kitchen.plan(
        channel, kitchen.post("Beans", photos=1), publish_at=timezone.now() + timedelta(days=1)
    )
    text = ask(kitchen, other)
    assert "None of them reads like it" in text and "data-alike" not in text
    label = "page.published_posts.list" if network == "page" else "ig.media.list"
    kitchen.meta.fault("http500_before", label, times=None)
    assert "We could not look just now." in ask(kitchen, other)
