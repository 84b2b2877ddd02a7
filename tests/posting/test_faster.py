"""A race with a publish in flight has one winner, and the loser is told which, in words."""

from datetime import timedelta

from django.utils import timezone
from django_tenants.utils import tenant_context

from posting import services
from social.models import Channel
from tests.posting.kitchen import BY


def test_who_edits_moves_or_takes_back_what_is_going_out_is_told_that_the_post_was_faster(
    kitchen, committed_cast
):
    other = kitchen.plan(
        kitchen.instagram, kitchen.post(photos=1), publish_at=timezone.now() + timedelta(days=1)
    )
    with tenant_context(kitchen.tenant):
        (publication,) = services.schedule(
            post=other.post, channels=[Channel.objects.get(pk=kitchen.page.pk)], by=BY, now=timezone.now()
        )
    kitchen.flip_job(publication)
    alice = committed_cast.client(committed_cast.alice)
    base, posts = f"/r/cafe/publications/{publication.pk}/", "http://testserver/r/cafe/posts/"
    for path, fields in (("cancel", {}), ("reschedule", {"publish_at": "2027-01-05T18:00"})):
        text = alice.post(f"{base}{path}/", fields, headers={"referer": posts}, follow=True).text
        assert "It is going out this very moment" in text
    given = {"caption": "Too late", "action": "update", "asset": other.snapshot["media"][0]["asset"]}
    text = alice.post(f"/r/cafe/compose/{other.post_id}/", given, follow=True).text
    assert "On Krusty Pizza the post was faster" in text and "Changed. The new version goes out." in text
    assert kitchen.fresh(publication).snapshot["caption"] == "Pizza day"
    assert kitchen.fresh(other).snapshot["caption"] == "Too late"
