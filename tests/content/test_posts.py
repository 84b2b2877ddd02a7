"""Composing, saving against a version, approving and deleting."""

import pytest
from django.db import IntegrityError, transaction

from assets.models import Asset
from content import checks, services
from content.models import Generation, Post, PostAsset
from content.words import Approval
from tenants.errors import Refused
from tests.content.conftest import NOW, add_dish


def make_asset(name: str = "pizza", **values) -> Asset:
    given = {
        "kind": "photo", "state": "ready", "title": name, "filename": f"{name}.jpg", "name": f"{name}.jpg",
        "mime": "image/jpeg", "bytes": 1000, "sha256": name.ljust(64, "0"), "width": 1200, "height": 1200,
        "uploaded_by": "Alice", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    return Asset.objects.create(**(given | values))


@pytest.fixture
def compose(cafe, by, now):
    return lambda **values: services.compose_post(by=by, now=now, **values)


@pytest.fixture
def save(by, now):
    return lambda post, version, **values: services.save_draft(
        post=post, version=version, by=by, now=now, **values
    )


def test_a_post_keeps_its_words_pictures_and_who_made_it(compose):
    one, two = make_asset("one"), make_asset("two")
    post = compose(
        caption="Hi ",
        captions={"instagram": "Hello"},
        asset_ids=[two.pk, str(one.pk)],
        link="https://k.example",
    )
    assert [row.asset_id for row in post.post_assets.all()] == [two.pk, one.pk]
    assert (post.caption, post.caption_for("instagram"), post.caption_for("facebook")) == (
        "Hi",
        "Hello",
        "Hi",
    )
    assert (post.created_by, post.created_by_id, post.version, post.approval) == ("Alice", "7", 1, "draft")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "caption"),
        ({"caption": "  \n "}, "caption"),
        ({"caption": "x" * 63_207}, "caption"),
        ({"caption": "x", "captions": {"myspace": "y"}}, "captions"),
        ({"caption": "x", "link": "javascript:alert(1)"}, "link"),
        ({"caption": "x", "asset_ids": ["nonsense"]}, "asset_ids"),
        ({"caption": "x", "asset_ids": ["7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60"]}, "asset_ids"),
        ({"caption": "x", "menu_item_id": "nonsense"}, "menu_item"),
        ({"caption": "x", "kind": "poem"}, "kind"),
    ],
)
def test_a_post_that_cannot_be_is_refused_by_field_and_leaves_nothing(compose, values, field):
    with pytest.raises(Refused) as refused:
        compose(**values)
    assert refused.value.field == field
    assert Post.objects.count() == 0


def test_pictures_in_the_trash_refused_or_chosen_twice_are_not_taken(compose):
    gone, bad, good = (
        make_asset("gone", deleted_at=NOW),
        make_asset("bad", state="refused", reason_code="x"),
        make_asset(),
    )
    for ids in ([gone.pk], [bad.pk], [good.pk, good.pk]):
        with pytest.raises(Refused):
            compose(caption="x", asset_ids=ids)


def test_control_characters_do_not_reach_the_database(compose):
    assert compose(caption="a\x00b\r\nc\u202ed \ud800").caption == "ab\nc\u202ed"


def test_a_save_changes_what_is_given_and_counts_up(compose, save):
    photo = make_asset()
    post = compose(caption="One", asset_ids=[photo.pk], alt_texts={str(photo.pk): "A pizza"})
    saved = save(post, 1, captions={"facebook": "Two"})
    assert (saved.caption, saved.captions, saved.version) == ("One", {"facebook": "Two"}, 2)
    assert saved.post_assets.get().alt_text == "A pizza"


def test_the_second_of_two_tabs_is_told_and_shown_what_is_there(compose, save):
    post = compose(caption="One")
    save(post, 1, caption="From the phone")
    with pytest.raises(services.Conflict) as conflict:
        save(post, 1, caption="From the desk")
    assert conflict.value.current.caption == "From the phone"
    assert (conflict.value.status, Post.objects.get().caption) == (409, "From the phone")


def test_saving_a_deleted_post_says_so(compose, save, by, now):
    post = compose(caption="One")
    services.delete_draft(post=Post.objects.get(pk=post.pk), by=by, now=now)
    with pytest.raises(Refused) as refused:
        save(post, 1, caption="Two")
    assert refused.value.code == "gone"


def test_pictures_can_swap_places_leave_and_keep_their_words(compose, save):
    one, two, three = make_asset("1"), make_asset("2"), make_asset("3")
    post = compose(
        caption="x",
        asset_ids=[one.pk, two.pk],
        alt_texts={str(two.pk): "kept"},
        crops={str(two.pk): "ig_1x1"},
    )
    saved = save(post, 1, asset_ids=[two.pk, three.pk, one.pk])
    assert [row.asset_id for row in saved.post_assets.all()] == [two.pk, three.pk, one.pk]
    row = saved.post_assets.get(asset=two)
    assert (row.alt_text, row.crop) == ("kept", "ig_1x1")
    assert save(saved, 2, asset_ids=[]).post_assets.count() == 0


def test_a_post_that_waits_for_approval_waits_on_when_its_words_change(compose, save, by, now):
    post = services.set_approval(post=compose(caption="x"), approval=Approval.NEEDS_APPROVAL, by=by, now=now)
    assert save(post, 1, caption="y").approval == "needs_approval"


def test_new_words_take_an_approval_back(compose, save, by, now):
    post = services.set_approval(post=compose(caption="x"), approval=Approval.APPROVED, by=by, now=now)
    assert (post.approved_by, post.approved_at) == ("Alice", now)
    assert save(post, 1, caption="y").approval == "draft"


def test_a_post_remembers_the_generation_it_used_once(compose, by, now):
    generation = Generation.objects.create(
        platform="facebook", tone="casual", brief={}, next_action_at=now, patience_until=now, created_at=now,
        updated_at=now, created_by="Alice",
    )  # fmt: skip
    first = compose(caption="x", generation_id=generation.pk)
    compose(caption="x", generation_id=str(generation.pk))
    generation.refresh_from_db()
    assert generation.used_by_id == first.pk


def test_an_asset_in_a_post_cannot_vanish_under_it(compose):
    photo = make_asset()
    compose(caption="x", asset_ids=[photo.pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        Asset.objects.filter(pk=photo.pk)._raw_delete("default")
        PostAsset.objects.first()
        from django.db import connection

        connection.check_constraints()


# --- checks ----------------------------------------------------------------------------------------


def codes(post, *platforms):
    return {(p.level, p.code) for p in checks.check_post(post, platforms)}


def test_a_good_post_has_no_problems(compose, menu):
    photo = make_asset(alt_text="A Margherita pizza")
    post = compose(caption="Come for our Margherita pizza, $12.50.", asset_ids=[photo.pk])
    assert checks.check_post(post, ["facebook", "instagram"]) == []


def test_instagram_without_a_photo_is_stopped_and_facebook_is_not(compose):
    post = compose(caption="Hello neighbours")
    assert ("error", "photo_missing") in codes(post, "instagram")
    assert codes(post, "facebook") == set()


def test_limits_of_each_network_hold_for_its_own_text(compose):
    photo = make_asset(alt_text="x")
    post = compose(caption="x" * 3000, captions={"instagram": "short"}, asset_ids=[photo.pk])
    assert codes(post, "facebook", "instagram") == set()


def test_a_wrong_price_or_a_dish_that_is_off_stops_a_post_and_a_stranger_warns(compose, menu):
    post = compose(caption="Margherita pizza for $9, and the carbonara. Our lobster roll too.")
    assert codes(post, "facebook") == {("error", "price"), ("error", "unavailable"), ("warning", "off_menu")}


def test_without_a_menu_nothing_is_compared(compose):
    assert codes(compose(caption="Lobster roll for $9"), "facebook") == set()


def test_a_repeat_and_missing_alt_text_are_hints(compose):
    compose(caption="Friday tastes like pizza and good friends around a table.")
    post = compose(
        caption="Friday tastes like pizza and good friends around the table!", asset_ids=[make_asset().pk]
    )
    assert codes(post, "facebook") == {("hint", "repeats"), ("hint", "alt_text")}


def test_pictures_out_of_shape_small_or_gone_are_named(compose):
    tall = make_asset("tall", width=400, height=1200, alt_text="x")
    small = make_asset("small", width=200, height=200, alt_text="x")
    post = compose(caption="x", asset_ids=[tall.pk, small.pk], crops={str(tall.pk): "ig_original"})
    Asset.objects.filter(pk=small.pk).update(deleted_at=NOW)
    assert codes(post, "instagram") == {("error", "ratio"), ("warning", "small"), ("error", "asset_deleted")}


def test_season_decides_with_the_day_the_post_goes_out(compose, menu):
    add_dish("Pumpkin soup", section="Soups", season_from=9, season_to=11)
    post = compose(caption="Pumpkin soup weather!")
    assert checks.check_post(post, ["facebook"], moment=NOW) == []
    spring = checks.check_post(post, ["facebook"], moment=NOW.replace(month=4))
    assert [p.code for p in spring] == ["unavailable"]


def test_an_old_post_that_begins_alike_is_found_among_many(compose, now):
    old = compose(caption="Our terrace opens with the first warm evening. Come early.")
    Post.objects.bulk_create(
        Post(
            caption=f"Number {n} says {n * 7919} hello",
            created_by="x",
            updated_by="x",
            created_at=now,
            updated_at=now,
        )
        for n in range(300)
    )
    Post.objects.filter(pk=old.pk).update(created_at=now.replace(year=2020))
    post = compose(caption="Our terrace opens with the first warm evening! Bring friends.")
    assert ("hint", "repeats") in codes(post, "facebook")


def test_a_post_carries_its_first_comment_place_and_people(compose, save):
    photo = make_asset()
    post = compose(
        caption="Hi",
        asset_ids=[photo.pk],
        first_comment=" #pizza ",
        place={"id": "100200300", "name": "Krusty"},
        people={str(photo.pk): [{"username": "@Bart", "x": 0.2, "y": 0.80004}]},
    )
    assert (post.first_comment, post.place) == ("#pizza", {"id": "100200300", "name": "Krusty"})
    assert post.post_assets.get().people == [{"username": "bart", "x": 0.2, "y": 0.8}]
    later = save(post, 1, caption="Hello")
    assert (later.first_comment, later.place["id"]) == ("#pizza", "100200300")
    later = save(later, 2, first_comment="", place={}, people={str(photo.pk): []})
    assert (later.first_comment, later.place, later.post_assets.get().people) == ("", {}, [])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"first_comment": "x" * 2201}, "first_comment"),
        ({"place": {"id": "the corner"}}, "place"),
        ({"place": "here"}, "place"),
    ],
)
def test_an_impossible_extra_is_refused_with_its_field(compose, values, field):
    with pytest.raises(Refused) as refused:
        compose(caption="Hi", **values)
    assert refused.value.field == field


@pytest.mark.parametrize(
    "people",
    [
        "bart",
        [{"username": "b@d"}],
        [{"username": "bart", "x": 2}],
        [{"username": f"p{n}"} for n in range(21)],
    ],
)
def test_an_impossible_person_is_refused(compose, people):
    photo = make_asset()
    with pytest.raises(Refused) as refused:
        compose(caption="Hi", asset_ids=[photo.pk], people={str(photo.pk): people})
    assert refused.value.field == "people"
