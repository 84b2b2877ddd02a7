"""The rules of a month, searched for the month that breaks one."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.calendar import planner, spreading
from content.calendar.days import easter, special_days, weekend_of
from content.calendar.facts import MOST_A_DAY, DishFact, Occasion, PhotoFact, Proposal, Wish, words_of
from content.calendar.mix import DEFAULT_MIX, shares, targets
from content.calendar.words import SlotKind
from tenants.errors import Refused

ZONES = (
    "America/Chicago",
    "Europe/Berlin",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
)
MONTHS = (
    date(2026, 2, 1), date(2028, 2, 1), date(2026, 3, 1), date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1),
)  # fmt: skip
NAMES = (
    "Margherita", "Pepperoni", "Garlic Knots", "Caesar Salad", "Tiramisu", "Basil Lemonade", "Carbonara", "Lasagna",
)  # fmt: skip


def last_of(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


@st.composite
def wishes(draw, counts=(5, 8, 12, 15, 31)):
    first = draw(st.sampled_from(MONTHS))
    last = last_of(first)
    country = draw(st.sampled_from(["US", "DE", "GB", "IL", "JP", "XX"]))
    days = st.dates(first, last)
    dishes = tuple(
        DishFact(
            f"d{n}", name, words_of(name),
            months=draw(st.sampled_from([frozenset(range(1, 13)), frozenset({first.month}), frozenset({7})])),
            seasonal=draw(st.booleans()),
            last_shown=draw(st.none() | st.dates(first - timedelta(days=20), first - timedelta(days=1))),
        )
        for n, name in enumerate(NAMES[: draw(st.integers(0, len(NAMES)))])
    )  # fmt: skip
    photos = tuple(
        PhotoFact(
            f"p{n}", words_of(draw(st.sampled_from(["our oven", "team", "evening terrace", "pizza", "cake"]))),
            dish_id=draw(st.sampled_from(["", *[dish.id for dish in dishes]])),
            season=draw(st.sampled_from(["", "", "winter", "summer", "holidays"])),
            last_shown=draw(st.none() | st.dates(first - timedelta(days=20), first - timedelta(days=1))),
        )
        for n in range(draw(st.integers(0, 14)))
    )  # fmt: skip
    proposals = {
        day: Proposal(draw(st.sampled_from(SlotKind.values)), "d0", "an idea", "Because.")
        for day in draw(st.lists(days, max_size=6))
    }
    return Wish(
        first=first,
        last=last,
        now=datetime.combine(first, time(), tzinfo=UTC)
        + timedelta(days=draw(st.integers(-40, 12)), hours=13),
        zone=draw(st.sampled_from(ZONES)),
        count=draw(st.sampled_from(counts)),
        times=draw(
            st.sampled_from(
                [
                    {},
                    {n: (time(17, 30),) for n in range(7)},
                    {1: (time(2, 30),), 4: (time(11, 0), time(18, 0))},
                ]
            )
        ),
        blackout=frozenset(draw(st.lists(days, max_size=8))),
        taken=dict.fromkeys(draw(st.lists(days, max_size=5)), 1),
        mix=draw(
            st.sampled_from(
                [DEFAULT_MIX, {}, {SlotKind.WEEKEND: 60, SlotKind.PRODUCT: 40}, {SlotKind.SPECIAL: 1}]
            )
        ),
        occasions=tuple(special_days(country, first, last, known=["pizza", "coffee", "cake", *NAMES])),
        dishes=dishes,
        photos=photos,
        proposals=proposals,
        weekend=weekend_of(country),
        seed=str(draw(st.integers(0, 999))),
    )


def made(wish: Wish) -> planner.Plan | None:
    try:
        return planner.plan(wish)
    except Refused as refused:
        assert refused.code in ("no_days", "too_many", "campaign_days")
        free = spreading.openings(wish)
        days = spreading.campaign_days(wish, free)
        assert spreading.room(free) < wish.count or len(days) > wish.count
        return None


@settings(max_examples=70, deadline=None)
@given(wishes())
def test_every_rule_holds_in_every_month(wish):
    plan = made(wish)
    if plan is None:
        return
    slots = plan.slots
    assert len(slots) == wish.count
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)
    assert all(slot.at > wish.now for slot in slots)
    assert all(wish.first <= slot.day <= wish.last and slot.day not in wish.blackout for slot in slots)
    assert all(slot.reason.endswith(".") and "%" not in slot.reason for slot in slots)
    assert all(bool(slot.photo_id) != bool(slot.photo_note) for slot in slots)
    eves = spreading.eve_days(wish.weekend)
    assert all(slot.day.weekday() in eves for slot in slots if slot.kind == SlotKind.WEEKEND)
    days = {occasion.day for occasion in wish.occasions}
    assert all(slot.day in days and slot.occasion for slot in slots if slot.kind == SlotKind.SPECIAL)
    months = {dish.id: dish.months for dish in wish.dishes}
    assert all(slot.day.month in months[slot.dish_id] for slot in slots if slot.dish_id)
    of_dish = {photo.id: photo.dish_id for photo in wish.photos}
    assert all(of_dish[s.photo_id] in ("", s.dish_id) for s in slots if s.photo_id and s.dish_id)


@settings(max_examples=50, deadline=None)
@given(wishes())
def test_no_dish_and_no_photo_comes_back_within_its_distance(wish):
    plan = made(wish)
    if plan is None:
        return
    for name, distance, things in (
        ("dish_id", wish.dish_distance, wish.dishes),
        ("photo_id", wish.photo_distance, wish.photos),
    ):
        seen = {thing.id: [thing.last_shown] for thing in things if thing.last_shown}
        for slot in plan.slots:
            if key := getattr(slot, name):
                assert all(abs((slot.day - day).days) >= distance for day in seen.get(key, []))
                seen.setdefault(key, []).append(slot.day)


@settings(max_examples=50, deadline=None)
@given(wishes())
def test_the_mix_is_met_within_one_wherever_the_days_allow_it(wish):
    plan = made(wish)
    if plan is None:
        return
    found = Counter(slot.kind for slot in plan.slots)
    assert {kind: n for kind, n in plan.targets.items() if n} == found
    if plan.targets == targets(wish.mix or DEFAULT_MIX, wish.count):  # no kind ran out of days
        exact = shares(wish.mix, wish.count)
        assert all(abs(found[kind] - exact[kind]) < 1 for kind in SlotKind.values)


@settings(max_examples=60, deadline=None)
@given(wishes(), st.lists(st.integers(0, 27), max_size=6, unique=True))
def test_every_day_of_a_campaign_gets_its_post_and_the_month_its_number(wish, offsets):
    asked = {wish.first + timedelta(days=n) for n in offsets}
    named = tuple(Occasion(day, "Terrace", 3, source="campaign") for day in asked)
    wish = replace(wish, occasions=(*wish.occasions, *named))
    free = set(spreading.openings(wish))
    plan = made(wish)
    if plan is None:
        return
    about = [slot for slot in plan.slots if slot.occasion == "Terrace"]
    assert {slot.day for slot in about} == asked & free
    assert len(about) == len(asked & free)
    assert all(slot.kind == SlotKind.SPECIAL for slot in about)
    assert len(plan.slots) == wish.count == sum(plan.targets.values())
    eves = spreading.eve_days(wish.weekend)
    assert all(slot.day.weekday() in eves for slot in plan.slots if slot.kind == SlotKind.WEEKEND)


@settings(max_examples=50, deadline=None)
@given(wishes(counts=(5, 8, 15)))
def test_posts_are_evenly_spread_over_the_days_that_are_free(wish):
    plan = made(wish)
    if plan is None or wish.times or wish.taken:
        return
    free = sorted(spreading.openings(wish))
    place = [free.index(slot.day) for slot in plan.slots]
    run = -(-len(free) // wish.count)
    if len(free) >= wish.count:
        assert len(set(place)) == wish.count  # never two on a day
        assert all(b - a <= 2 * run for a, b in pairwise(place))


@pytest.mark.parametrize("count", [5, 8, 15, 31])
@pytest.mark.parametrize("first", MONTHS)
def test_a_full_month_of_any_size_fits_every_month(first, count):
    wish = Wish(
        first, last_of(first), datetime.combine(first, time(), tzinfo=UTC) - timedelta(days=3), "America/Chicago",
        count,
        occasions=tuple(special_days("US", first, last_of(first), known=NAMES)),
    )  # fmt: skip
    plan = planner.plan(wish)
    assert len(plan.slots) == count
    most = max(Counter(slot.day for slot in plan.slots).values())
    assert most <= (2 if count > (last_of(first) - first).days + 1 else 1) <= MOST_A_DAY


@pytest.mark.parametrize("count", [0, 1, 4, 32, 1000, -8])
def test_any_other_number_is_refused_with_a_sentence(count):
    wish = Wish(date(2026, 12, 1), date(2026, 12, 31), datetime(2026, 11, 1, tzinfo=UTC), "UTC", count)
    with pytest.raises(Refused, match="5 to 31"):
        planner.plan(wish)


def test_a_time_the_clocks_skip_becomes_the_first_one_after():
    sunday = date(2026, 3, 8)
    wish = Wish(
        sunday, sunday, datetime(2026, 3, 1, tzinfo=UTC), "America/Chicago", 1, times={6: (time(2, 30),)}
    )
    (slot,) = planner.plan(wish, fewest=1).slots
    assert slot.at.astimezone(ZoneInfo("America/Chicago")).strftime("%H:%M") == "03:00"


def test_the_same_wish_gives_the_same_month():
    wish = Wish(date(2026, 12, 1), date(2026, 12, 31), datetime(2026, 11, 1, tzinfo=UTC), "UTC", 12, seed="a")
    assert planner.plan(wish) == planner.plan(wish)


def test_a_month_with_too_few_days_left_says_how_many_fit():
    wish = Wish(
        date(2026, 12, 1), date(2026, 12, 31), datetime(2026, 12, 30, 6, tzinfo=UTC), "America/Chicago", 31
    )
    with pytest.raises(Refused, match="at most 6 posts"):
        planner.plan(wish)


def test_a_dish_with_a_photo_is_preferred_and_gets_its_own():
    dishes = (DishFact("a", "Soup"), DishFact("b", "Pizza"))
    photos = (PhotoFact("p", dish_id="b"),)
    wish = Wish(
        date(2026, 12, 1), date(2026, 12, 5), datetime(2026, 11, 1, tzinfo=UTC), "UTC", 1,
        dishes=dishes, photos=photos, mix={SlotKind.PRODUCT: 1},
    )  # fmt: skip
    (slot,) = planner.plan(wish, fewest=1).slots
    assert (slot.dish_id, slot.photo_id) == ("b", "p")


def test_a_slot_without_a_fitting_photo_says_what_to_upload():
    wish = Wish(
        date(2026, 12, 1), date(2026, 12, 5), datetime(2026, 11, 1, tzinfo=UTC), "UTC", 1,
        dishes=(DishFact("a", "Soup", words_of("soup")),), photos=(PhotoFact("p", words_of("steak")),),
        mix={SlotKind.PRODUCT: 1},
    )  # fmt: skip
    (slot,) = planner.plan(wish, fewest=1).slots
    assert slot.photo_note == "There is no photo of Soup yet: add one."


def test_a_model_may_choose_what_the_rules_leave_open():
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    base = Wish(
        first, last, datetime(2026, 11, 1, tzinfo=UTC), "UTC", 8,
        dishes=tuple(DishFact(f"d{n}", name) for n, name in enumerate(NAMES)),
    )  # fmt: skip
    plain = planner.plan(base).slots
    shown = next(slot for slot in plain if slot.kind == SlotKind.PRODUCT)
    wish = Wish(
        **{
            **base.__dict__,
            "proposals": {shown.day: Proposal(SlotKind.PRODUCT, "d7", "Grandma", "Her recipe.")},
        }
    )
    same = next(slot for slot in planner.plan(wish).slots if slot.day == shown.day)
    assert (same.dish_id, same.idea, same.reason) == ("d7", "Grandma", "Her recipe.")


def test_food_days_are_offered_only_to_those_who_serve_it():
    december = (date(2026, 12, 1), date(2026, 12, 31))
    assert "Cookie Day" in {o.name for o in special_days("US", *december, known=["Chocolate cookies"])}
    assert "Cookie Day" not in {o.name for o in special_days("US", *december, known=["Pizza"])}
    assert "Thanksgiving Day" in {o.name for o in special_days("US", date(2026, 11, 1), date(2026, 11, 30))}


def test_days_that_are_counted_from_easter_or_by_weekday():
    assert (easter(2026), easter(2025), easter(2038)) == (
        date(2026, 4, 5),
        date(2025, 4, 20),
        date(2038, 4, 25),
    )
    may = {o.name: o.day for o in special_days("US", date(2026, 5, 1), date(2026, 5, 31))}
    assert may["Mother's Day"] == date(2026, 5, 10)
    march = {o.name: o.day for o in special_days("GB", date(2026, 3, 1), date(2026, 3, 31))}
    assert march["Mother's Day"] == date(2026, 3, 15)


def test_no_restaurant_advertises_on_a_day_of_mourning():
    assert "Memorial Day" not in {o.name for o in special_days("US", date(2026, 5, 1), date(2026, 5, 31))}
