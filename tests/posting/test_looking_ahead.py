"""Before the moment: what would stop a post is said in time, with one button, and taken back when it is over."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content.models import MenuItem
from content.services import save_menu_item, set_available
from posting import preflight, services
from posting.dispatch.models import ChannelSlot, Due
from posting.states import State
from social.models import Channel, Connection
from social.tokens import put_token
from social.vault import Secret
from tenants.notices.models import Notice
from tests.posting.kitchen import BY
from tests.sandbox_process import KRUSTY, KRUSTY_IG

DAY, HOUR = timedelta(hours=24), timedelta(hours=1)


def look(kitchen) -> list[str]:
    """The sweep's work, and what it found in words."""
    now = timezone.now()
    found = preflight.take_due(now=now)
    with tenant_context(kitchen.tenant):
        for ids in found.values():
            preflight.look_at(publication_ids=ids, now=now)
    return [notice.sentence for notice in Notice.objects.filter(resolved_at__isnull=True, kind="preflight")]


def again(publication) -> None:
    Due.objects.filter(publication_id=publication.pk).update(check_at=timezone.now())


def plan(kitchen, place="page", ahead=timedelta(hours=30), **fields):
    post = kitchen.post(**({"photos": 1} | fields))
    return kitchen.plan(getattr(kitchen, place), post, publish_at=timezone.now() + ahead)


def test_it_is_looked_at_when_saved_a_day_and_an_hour_before(kitchen):
    publication = plan(kitchen)
    due_at = kitchen.due(publication).due_at
    assert kitchen.due(publication).check_at <= timezone.now()
    assert look(kitchen) == []
    assert kitchen.due(publication).check_at == due_at - DAY
    assert preflight.next_look(due_at, due_at - DAY) == due_at - HOUR
    assert preflight.next_look(due_at, due_at - HOUR) is None
    assert preflight.take_due(now=timezone.now()) == {}


def test_a_dead_token_is_said_in_time_and_taken_back(kitchen):
    publication = plan(kitchen)
    kitchen.meta.control("tokens/invalidate", {"page": KRUSTY, "subcode": 460})
    (said,) = look(kitchen)
    assert "would not go out" in said
    notice = Notice.objects.get(kind="preflight")
    assert (notice.fix, notice.link) == ("Reconnect", f"/r/{kitchen.tenant.slug}/channels/")
    assert kitchen.fresh(publication).state == State.SCHEDULED
    reconnected(kitchen)
    again(publication)
    assert look(kitchen) == []


def reconnected(kitchen) -> None:
    token = {page["id"]: page["access_token"] for page in kitchen.meta.connect()["pages"]}[KRUSTY]
    with tenant_context(kitchen.tenant):
        channel = Channel.objects.get(pk=kitchen.page.pk)
        put_token(channel, Secret(token))
        channel.save()


def test_a_missing_permission_is_said(kitchen):
    with tenant_context(kitchen.tenant):
        Connection.objects.update(scopes=["pages_show_list", "pages_read_engagement"])
    publication = plan(kitchen)
    (said,) = look(kitchen)
    assert "permission is missing" in said
    with tenant_context(kitchen.tenant):
        services.cancel(publication=kitchen.fresh(publication), by=BY, now=timezone.now())
    assert not Notice.objects.filter(kind="preflight", resolved_at__isnull=True).exists()


def test_instagrams_own_quota_is_read_live(kitchen):
    kitchen.meta.control("config", {"ig_quota_total": 3})
    publication = plan(kitchen, "instagram", ahead=5 * HOUR)
    assert look(kitchen) == []
    slot = ChannelSlot.objects.get(pk=kitchen.instagram.pk)
    assert (slot.quota_used, slot.quota_total) == (0, 3)
    kitchen.meta.control("config", {"ig_quota_total": 0})
    again(publication)
    ChannelSlot.objects.filter(remote_id=KRUSTY_IG).update(quota_total=None)
    look(kitchen)
    assert ChannelSlot.objects.get(pk=kitchen.instagram.pk).quota_total is not None


def test_a_photo_that_cannot_be_fetched_is_said(kitchen, settings):
    publication = plan(kitchen, ahead=3 * HOUR)
    assert look(kitchen) == []
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    again(publication)
    (said,) = look(kitchen)
    assert "cannot be fetched" in said
    settings.PUBLIC_URL = kitchen.photos
    again(publication)
    assert look(kitchen) == []


def test_a_dish_that_is_sold_out_holds_its_posts_until_it_is_back(kitchen):
    with tenant_context(kitchen.tenant):
        dish = save_menu_item(
            values={"name": "Margherita", "section": "Pizza", "currency": "USD"}, by=BY, now=timezone.now()
        )
    publication = plan(kitchen, photos=0, caption="Margherita tonight", menu_item_id=dish.pk)
    other = plan(kitchen, photos=0, caption="Open until ten")
    switch(kitchen, dish, on=False)
    held = kitchen.fresh(publication)
    assert (held.state, held.fix) == (State.HELD, "dish")
    assert "sold out" in held.reason_text
    assert kitchen.fresh(other).state == State.SCHEDULED
    with tenant_context(kitchen.tenant):  # a reconnect is no reason to go on
        services.channel_changed(channel=Channel.objects.get(pk=kitchen.page.pk), now=timezone.now())
    assert kitchen.fresh(publication).state == State.HELD
    switch(kitchen, dish, on=True)
    assert kitchen.fresh(publication).state == State.SCHEDULED


def switch(kitchen, dish: MenuItem, *, on: bool) -> None:
    with tenant_context(kitchen.tenant):
        set_available(item=dish, available=on, by=BY, now=timezone.now())


def test_a_dish_that_comes_back_too_late_leaves_a_question(kitchen):
    publication = plan(kitchen)
    with tenant_context(kitchen.tenant):
        services.dish_changed(post_ids=[publication.post_id], available=False, now=timezone.now())
        later = kitchen.due(publication).not_after
        services.dish_changed(post_ids=[publication.post_id], available=True, now=later)
    assert kitchen.fresh(publication).state == State.MISSED


@pytest.mark.parametrize("photos", [0, 2])
def test_the_same_post_twice_on_a_channel_is_warned_about(kitchen, photos):
    publication = plan(kitchen, photos=photos)
    with tenant_context(kitchen.tenant):
        assets = [row.asset_id for row in publication.post.post_assets.all()]
        twin = kitchen.post("Pizza day" if not photos else "Other words")
        _place(twin, assets)
        now = timezone.now()
        at = now + timedelta(hours=40)
        channels = [Channel.objects.get(pk=kitchen.page.pk), Channel.objects.get(pk=kitchen.instagram.pk)]
        (clash,) = services.clashes(post=twin, channels=channels, publish_at=at, now=now)
        assert (clash.code, clash.publication) == ("same", publication)
        assert "planned for" in clash.sentence and "already" in clash.sentence
        different = kitchen.post("Something else")
        assert services.clashes(post=different, channels=channels, publish_at=at, now=now) == []
        (close,) = services.clashes(
            post=different,
            channels=channels,
            publish_at=publication.publish_at + timedelta(minutes=5),
            now=now,
        )
        assert close.code == "close"


def _place(post, assets) -> None:
    for position, asset in enumerate(assets):
        post.post_assets.create(asset_id=asset, position=position)
