"""Odd ways to say a price or a dish: in words, in another currency or language, in the plural, half of its name."""

import pytest

from content import menu_truth
from tests.content.briefs import brief

FINE = [
    "Margherita pizza at 12.50 USD.",
    "Margherita pizza: $12,50",
    "Margherita pizza at US$12.50",
    "Margherita pizza 12.5$",
    "Margherita pizza at 12 dollars and 50 cents",
    "Margherita pizza für 12,50 Dollar.",
    "Fish tacos (3 pcs) for $11",
    "Tiramisù for $7 and Caesar salad for $9.50.",
    "Margherita pizzas for everyone!",
    "Tiramisus and Margheritas.",
    "Krusty Burgers, Krusty Burgers!",
    "La pizza Margherita est là.",
    "Ensalada César esta noche.",
    "Tacos de pescado para todos.",
    "Fischtacos für alle.",
    "Sopa del día, pregunta en la barra.",
    "A dozen friends, one Margherita pizza.",
    "Twenty seats, one Margherita pizza.",
]
WRONG = {
    "Margherita pizza for twelve dollars.": "price",
    "Get a Margherita pizza for ten bucks.": "price",
    "Margherita pizza at 12 dollars and 90 cents": "price",
    "Margherita pizza, only 12.50 €.": "price",
    "Margherita pizza at £12.50.": "price",
    "Margherita pizza, ¥1200.": "price",
    "Margherita pizza für zwölf Euro.": "price",
    "Une pizza Margherita à douze euros.": "price",
    "Pizza Margherita por doce euros.": "price",
    "Tiramisù for $9.50 and Caesar salad for $7.": "price",
    "Pizza from $9.": "price",
    "Carbonara tonight.": "unavailable",
    "Spaghetti alla carbonara tonight.": "unavailable",
    "Our Hawaiian pizza is here.": "off_menu",
    "Try our Margherita burger.": "off_menu",
    "Garlic bread is back.": "off_menu",
    "Sopa de lentejas para todos.": "off_menu",
    "Half price Tiramisù today.": "offer",
}


@pytest.mark.parametrize("text", FINE)
def test_what_is_true_may_be_said_in_any_way(text):
    assert menu_truth.check(text, brief()) == []


@pytest.mark.parametrize(("text", "code"), WRONG.items())
def test_what_is_untrue_is_found_however_it_is_said(text, code):
    assert code in {finding.code for finding in menu_truth.check(text, brief())}
