"""The first comment: below the post as soon as it is out, once at most, and never at the post's expense."""

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from posting.dispatch.models import Due
from posting.states import State
from social.models import Channel
from social.services import channel_client

WORDS = "#pizza #krusty"


def comments(kitchen, publication) -> list[str]:
    done = kitchen.fresh(publication)
    calls = kitchen.meta.control("calls?limit=2000")["calls"]
    assert done.state == State.PUBLISHED
    labels = ("post.comments.create", "video.comments.create", "media.comments.create")
    return [call["params"].get("message", "") for call in calls if call["label"] in labels]


def shown(kitchen, publication) -> list[str]:
    """What the public reads below it."""
    with tenant_context(kitchen.tenant):
        channel = Channel.objects.get(pk=publication.channel_id)
        word = "text" if channel.platform == "instagram" else "message"
        found = channel_client(channel).comments(kitchen.fresh(publication).remote_id, fields=f"id,{word}")
    return [one[word] for one in found.items]


@pytest.mark.parametrize(("place", "photos"), [("page", 0), ("page", 1), ("instagram", 1), ("instagram", 2)])
def test_the_first_comment_stands_below_the_post(kitchen, place, photos):
    post = kitchen.post(photos=photos, first_comment=WORDS)
    publication = kitchen.plan(getattr(kitchen, place), post)
    kitchen.run()
    assert shown(kitchen, publication) == [WORDS]
    assert kitchen.due(publication).comment == "done"
    done = kitchen.fresh(publication)
    assert (done.state, done.reason_text) == (State.PUBLISHED, "")
    assert "The first comment was written." in [t.sentence for t in kitchen.fresh_transitions(publication)]


@pytest.mark.parametrize("fault", ["lost_after_commit", "http500_after"])
@pytest.mark.parametrize(("place", "photos", "label"), [("page", 0, "post"), ("instagram", 1, "media")])
def test_a_lost_answer_is_looked_up_and_the_comment_never_repeated(kitchen, place, photos, label, fault):
    publication = kitchen.plan(getattr(kitchen, place), kitchen.post(photos=photos, first_comment=WORDS))
    kitchen.meta.fault(fault, f"{label}.comments.create")
    kitchen.run()
    assert kitchen.due(publication).comment == "sending"
    kitchen.later(publication, seconds=3)
    kitchen.run()
    assert kitchen.due(publication).comment == "done"
    assert shown(kitchen, publication) == [WORDS]


@pytest.mark.parametrize(("place", "photos", "label"), [("page", 0, "post"), ("instagram", 1, "media")])
def test_a_comment_that_is_not_there_after_the_quarantine_is_written_again(kitchen, place, photos, label):
    publication = kitchen.plan(getattr(kitchen, place), kitchen.post(photos=photos, first_comment=WORDS))
    kitchen.meta.fault("http500_before", f"{label}.comments.create")
    kitchen.run()
    kitchen.later(publication, seconds=3)
    kitchen.run()
    assert (kitchen.due(publication).comment, shown(kitchen, publication)) == ("sending", [])
    for _ in range(4):
        kitchen.later(publication, seconds=70)
        kitchen.run()
    assert (kitchen.due(publication).comment, shown(kitchen, publication)) == ("done", [WORDS])


def test_a_refused_comment_leaves_the_post_published_and_is_told(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post(first_comment=WORDS))
    kitchen.meta.fault("code", "post.comments.create", code=200)
    kitchen.run()
    done = kitchen.fresh(publication)
    assert done.state == State.PUBLISHED
    assert "first comment was refused" in done.reason_text
    assert done.permalink
    assert len(comments(kitchen, publication)) == 1
    with tenant_context(kitchen.tenant):
        assert Channel.objects.get(pk=kitchen.page.pk).state == "active"


def test_a_comment_is_on_record_before_it_is_sent(kitchen):
    publication = kitchen.plan(kitchen.page, kitchen.post(first_comment=WORDS))
    kitchen.run()
    with pytest.raises(Exception, match="over stays over"), transaction.atomic():
        Due.objects.filter(publication_id=publication.pk).update(comment="wanted")
    (sent,) = [one for one in kitchen.attempts(publication) if one.call == "comment"]
    assert sent.intent_at <= sent.sent_at


def test_place_people_and_alt_text_go_out_with_the_photo(kitchen):
    photo_post = kitchen.post(
        photos=1, place={"id": kitchen.page.remote_id, "name": "Krusty"}, alt="A Margherita", people=("bart",)
    )
    kitchen.plan(kitchen.instagram, photo_post)
    kitchen.plan(kitchen.page, kitchen.post("Second", photos=1, place={"id": kitchen.page.remote_id}))
    kitchen.run()
    calls = kitchen.meta.control("calls?limit=2000")["calls"]
    (sent,) = [call["params"] for call in calls if call["label"] == "ig.media.create"]
    assert sent["location_id"] == kitchen.page.remote_id
    assert sent["alt_text"] == "A Margherita"
    assert '"username":"bart"' in str(sent["user_tags"]).replace(" ", "").replace("'", '"')
    (sent,) = [call["params"] for call in calls if call["label"] == "page.feed.create"]
    assert sent["place"] == kitchen.page.remote_id
