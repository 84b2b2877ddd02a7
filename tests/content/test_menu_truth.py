"""What a caption may say about dishes, prices, offers and the rest: a corpus of true and untrue sentences."""

from dataclasses import replace
from decimal import Decimal

import pytest

from content.brief import Brief, Dish
from content.menu_truth import check, dishes_in
from tests.content.briefs import BRAND, MENU, brief

TRUE = [
    "Friday night calls for Margherita pizza, $12.50. Wood-fired!",
    "Margherita pizzas all around.",
    "The Margherita is $12.50, the Tiramisù $7.",
    "Tiramisu for 7 dollars.",
    "Seven dollars buys you a Tiramisù.",
    "For $12.50 you get our Margherita pizza.",
    "Margherita pizza or Caesar salad? $12.50 or $9.50, you choose.",
    "Vegan garden pizza, if you like it green.",
    "Fish tacos for $11, because it's Tuesday.",
    "Life's a piece of cake when you let the good times roll.",
    "Feel free to bring friends.",
    "San Marzano tomatoes, basil, fior di latte: that's a pizza.",
    "See the menu: https://krusty.example/menu",
    "In Chicago since 1998.",
    "We're on a roll this week.",
    "Soup of the day, ask us which.",
    "Table for 4? We have room.",
    "See you at 7!",
    "Follow us @krusty and call it a night.",
    "",
]

UNTRUE = [
    ("Margherita pizza for $11.", "price"),
    ("Margherita pizza $12.50, Tiramisù $8.", "price"),
    ("Tiramisù $12.50!", "price"),
    ("Margherita pizza, 12,50 €.", "price"),
    ("Caesar salad for eleven dollars.", "price"),
    ("Margherita pizza for only 9.90.", "price"),
    ("Everything under $5.", "price"),
    ("Soup of the day, $6.", "price"),
    ("USD 15 for a Krusty Burger.", "price"),
    ("Fifteen bucks for a Krusty Burger.", "price"),
    ("The carbonara is waiting for you.", "unavailable"),
    ("Spaghetti Carbonara tonight!", "unavailable"),
    ("spaghetti carbonaras for everyone", "unavailable"),
    ("Try our lobster roll.", "off_menu"),
    ("Our truffle burger is out of this world.", "off_menu"),
    ("Come for sushi.", "off_menu"),
    ("A slice of Margherita pizza and a cold beer.", "off_menu"),
    ("Chicken tacos, anyone?", "off_menu"),
    ("Lasagne like you remember it.", "off_menu"),
    ("20% off all pizzas!", "offer"),
    ("Half price Margherita pizza.", "offer"),
    ("Free dessert with every order.", "offer"),
    ("Buy one, get one.", "offer"),
    ("Two for one on Tuesdays.", "offer"),
    ("Happy hour starts now.", "offer"),
    ("Today only: Margherita pizza.", "offer"),
    ("Dessert is on the house.", "offer"),
    ("Use promo code KRUSTY.", "offer"),
    ("$3 off your Krusty Burger.", "offer"),
    ("Gluten-free Margherita pizza.", "claim"),
    ("Our vegan Caesar salad.", "claim"),
    ("All halal.", "claim"),
    ("Nut-free and safe for allergies.", "claim"),
    ("Award-winning pizza.", "claim"),
    ("Homemade every morning.", "claim"),
    ("Made with locally sourced vegetables.", "claim"),
    ("A healthy Caesar salad.", "claim"),
    ("Grandma's secret recipe.", "claim"),
    ("New on the menu: Krusty Burger.", "claim"),
    ("Order on www.krusty-deals.example.com", "link"),
    ("Details: http://evil.example/x", "link"),
    ("Call 312-555-0100 to book.", "phone"),
    ("Open until 11 pm.", "hours"),
    ("Cheap and cheerful.", "avoid"),
]


@pytest.mark.parametrize("text", TRUE)
def test_true_sentences_pass(text):
    assert check(text, brief()) == []


@pytest.mark.parametrize(("text", "code"), UNTRUE)
def test_untrue_sentences_are_found(text, code):
    assert code in {finding.code for finding in check(text, brief())}


def test_a_wrong_price_says_the_right_one():
    assert check("Margherita pizza for $11.", brief())[0].should == "Margherita pizza: $12.50"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Kids' dessert is free on Sunday.", {"note": "Dessert is free for kids on Sunday"}),
        ("20% off this Friday.", {"occasion": "20% off on Friday"}),
        ("Call 312-555-0100 to book.", {"note": "phone 312 555 0100"}),
        ("Happy hour with friends.", {"text": "Happy hour at Krusty"}),
    ],
)
def test_what_the_owner_says_may_be_said(text, words):
    assert check(text, brief(**words)) == []


def test_an_offer_of_another_size_than_the_owners_is_found():
    assert check("30% off this Friday.", brief(occasion="20% off on Friday"))[0].code == "offer"


def test_the_longer_name_wins_over_the_name_inside_it():
    menu = (Dish("Margherita", price=Decimal(10)), Dish("Margherita DOP", price=Decimal(14)))
    named = Brief("facebook", "casual", BRAND, menu=menu)
    assert check("Margherita DOP for $14.", named) == []
    assert check("Margherita DOP for $10.", named)[0].code == "price"


def test_one_name_in_two_sections_may_have_either_price():
    menu = (
        Dish("Tiramisù", section="Lunch", price=Decimal(5)),
        Dish("Tiramisù", section="Dinner", price=Decimal(7)),
    )
    named = Brief("facebook", "casual", BRAND, menu=menu)
    assert check("Tiramisù for $5, or $7 in the evening", named) == []


def test_names_in_other_scripts_and_accents_are_found():
    menu = (Dish("Crème brûlée", price=Decimal(8)), Dish("餃子", price=Decimal(6), available=False))
    assert [d.name for d in dishes_in("our creme brulee", menu)] == ["Crème brûlée"]
    assert check("今日は 餃子 です", Brief("facebook", "casual", BRAND, menu=menu))[0].code == "unavailable"


def test_a_dish_the_model_says_it_named_must_be_on_the_menu():
    findings = check("Come and try it.", brief(), named=["Margherita Pizza", "Beef Wellington"])
    assert [(f.code, f.found) for f in findings] == [("off_menu", "Beef Wellington")]


def test_prices_of_another_currency_are_wrong():
    euro = replace(brief(), menu=(Dish("Brezel", price=Decimal("1.20"), currency="EUR"),))
    assert check("Brezel 1,20 €", euro) == []
    assert check("Brezel $1.20", euro)[0].code == "price"


def test_every_dish_of_the_test_menu_is_recognised_by_its_own_name():
    for dish in MENU:
        assert dish in dishes_in(f"We love {dish.name}!", MENU)


def test_a_price_inside_a_dishs_name_is_no_price():
    menu = (Dish("The $5 Burger", price=Decimal(6)),)
    named = Brief("facebook", "casual", BRAND, menu=menu)
    assert check("The $5 Burger, for $6.", named) == []
    assert check("The $5 Burger, for $7.", named)[0].code == "price"
