"""Dishes, the 86 switch, order and the CSV import."""

from decimal import Decimal

import pytest

from content import menu_csv, queries, services
from content.models import MenuItem, Post
from content.signals import dish_availability_changed
from tenants.errors import Refused


@pytest.fixture
def add(cafe, by, now):
    return lambda **values: services.save_menu_item(values={"currency": "USD"} | values, by=by, now=now)


def names():
    return [(i.section, i.name) for i in MenuItem.objects.listed()]


def test_new_dishes_and_sections_stand_last(add):
    for section, name in (("Pizza", "B"), ("Pasta", "C"), ("Pizza", "A")):
        add(section=section, name=name)
    assert names() == [("Pizza", "B"), ("Pizza", "A"), ("Pasta", "C")]


def test_a_section_has_a_name_once_and_another_section_may_have_it_too(add):
    add(section="Pizza", name="Margherita")
    add(section="Lunch", name="Margherita")
    with pytest.raises(Refused) as refused:
        add(section="pizza", name="MARGHERITA")
    assert refused.value.field == "name"


def test_moving_swaps_neighbours_and_stops_at_the_ends(add, by, now):
    items = [add(section="Pizza", name=n) for n in "ABC"]
    services.move_menu_item(item=items[2], up=True, by=by, now=now)
    services.move_menu_item(item=items[0], up=True, by=by, now=now)
    assert [n for _, n in names()] == ["A", "C", "B"]


def test_switching_a_dish_off_tells_which_posts_speak_of_it_once(
    add, by, now, django_capture_on_commit_callbacks, cafe
):
    item = add(section="Pizza", name="Diavola")
    linked = services.compose_post(caption="Hot!", menu_item_id=item.pk, by=by, now=now)
    named = services.compose_post(caption="x", captions={"instagram": "diavola day"}, by=by, now=now)
    services.compose_post(caption="Something else", by=by, now=now)
    heard = []

    def listen(sender, **news):
        heard.append(news)

    dish_availability_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            off = services.set_available(item=item, available=False, by=by, now=now)
            services.set_available(item=item, available=False, by=by, now=now)
    finally:
        dish_availability_changed.disconnect(listen)
    assert (off.available, off.unavailable_since) == (False, now)
    assert len(heard) == 1
    assert set(heard[0]["post_ids"]) == {linked.pk, named.pk}
    assert services.set_available(item=item, available=True, by=by, now=now).unavailable_since is None


def test_a_removed_dish_leaves_its_posts(add, by, now):
    item = add(name="Diavola")
    post = services.compose_post(caption="Hot!", menu_item_id=item.pk, by=by, now=now)
    services.delete_menu_item(item=item, by=by, now=now)
    assert Post.objects.get(pk=post.pk).menu_item_id is None


def test_seasons_may_run_over_new_year(add):
    item = add(name="Glühwein", season_from=11, season_to=2)
    assert [queries.in_season(item, m) for m in (10, 11, 1, 2, 3)] == [False, True, True, True, False]
    assert list(MenuItem.objects.in_season(1)) == [item]
    assert not MenuItem.objects.in_season(6).exists()


CSV = """\ufeffSection;Name;Price;Description;Contains;Available
Pizza;Margherita;12,50;"tomato; basil";Gluten, Milk;yes
Pizza;Diavola;$14;;;sold out
Pizza;;9;;;
Pizza;margherita;9;;;
Pasta;Carbonara;abc;;;maybe
"""


def test_a_file_is_read_with_an_error_per_line():
    lines = menu_csv.read(CSV.encode(), currency="EUR")
    assert [(line.number, bool(line.errors)) for line in lines] == [
        (2, False),
        (3, False),
        (4, True),
        (5, True),
        (6, True),
    ]
    first, second = lines[:2]
    assert (first.price, first.currency, first.description) == (Decimal("12.50"), "EUR", "tomato; basil")
    assert first.allergens == ["Gluten", "Milk"]
    assert (second.price, second.available) == (Decimal("14.00"), False)
    assert len(lines[4].errors) == 2


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"a,b\n1,2", b"PK\x03\x04\x00\x00", b"x" * 1_000_001, b"name\n" + b"x\n" * 1001],
    ids=["empty", "blank", "no name column", "a spreadsheet", "too large", "too many"],
)
def test_what_is_no_menu_is_refused_as_a_whole(data):
    with pytest.raises(menu_csv.Unreadable):
        menu_csv.read(data, currency="USD")


@pytest.mark.parametrize("price", ["-1", "1e5", "NaN", "inf", "12.505", "12,5,5", "999999999"])
def test_odd_prices_are_errors_not_crashes(price):
    line = menu_csv.read(f'name,price\nPizza,"{price}"'.encode(), currency="USD")[0]
    assert line.errors or line.price >= 0


def test_an_old_spreadsheets_letters_survive():
    assert menu_csv.read("name\nCrème brûlée".encode("cp1252"), currency="EUR")[0].name == "Crème brûlée"


def test_an_import_adds_changes_keeps_and_can_be_repeated(add, by, now):
    add(section="Pizza", name="Margherita", price=Decimal(10))
    add(section="Pizza", name="Not in the file")
    lines = menu_csv.read(CSV.encode(), currency="EUR")
    first = services.import_menu(lines=lines, by=by, now=now)
    again = services.import_menu(lines=lines, by=by, now=now)
    assert (first.added, first.changed, first.skipped) == (1, 1, 3)
    assert (again.added, again.changed, again.same) == (0, 0, 2)
    assert MenuItem.objects.get(name="Margherita").price == Decimal("12.50")
    assert MenuItem.objects.get(name="Diavola").available is False
    assert MenuItem.objects.count() == 3
