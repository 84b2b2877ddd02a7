"""The menu-truth corpus in German, Spanish, French and Italian (corpus/menu_truth.yaml)."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from content.brief import Brand, Brief, Dish
from content.dish_names import fold
from content.languages import LISTED, language_of, patterns, words
from content.menu_truth import check

CORPUS = yaml.safe_load((Path(__file__).parent / "corpus" / "menu_truth.yaml").read_text(encoding="utf-8"))
MENU = tuple(Dish(**{**item, "price": Decimal(item["price"])}) for item in CORPUS["menu"])
BRAND = Brand(**{k: tuple(v) if isinstance(v, list) else v for k, v in CORPUS["brand"].items()})
TRUE = [(language, text) for language in LISTED for text in CORPUS[language]["true"]]
UNTRUE = [(language, text, code) for language in LISTED for text, code in CORPUS[language]["untrue"].items()]


def brief(language: str) -> Brief:
    return Brief("facebook", "casual", BRAND, menu=MENU, language=language)


@pytest.mark.parametrize(("language", "text"), TRUE)
def test_true_sentences_pass(language, text):
    assert check(text, brief(language)) == []


@pytest.mark.parametrize(("language", "text", "code"), UNTRUE)
def test_untrue_sentences_are_found(language, text, code):
    assert code in {finding.code for finding in check(text, brief(language))}


@pytest.mark.parametrize(("language", "text", "code"), UNTRUE)
def test_untrue_sentences_are_found_by_those_who_usually_write_english(language, text, code):
    assert code in {finding.code for finding in check(text, brief("en"))}


@pytest.mark.parametrize(("language", "text"), TRUE + [(language, text) for language, text, _code in UNTRUE])
def test_the_language_of_a_sentence_is_seen(language, text):
    assert language_of(fold(text), language) == language


def test_a_few_words_prove_no_language():
    assert language_of("pizza margherita", "pt-BR") == "pt"
    assert language_of("", "de") == "de"


def test_what_the_owner_says_in_english_supports_the_same_claim_in_german():
    wood = replace(brief("de"), brand=replace(BRAND, description="Wood-fired pizza, vegan kitchen."))
    assert check("Unsere Pizza Margherita kommt aus dem Holzofen und ist vegan.", wood) == []


def test_what_the_owner_offers_may_be_said_in_his_words():
    assert (
        check("Nur heute: Pizza Margherita für alle.", replace(brief("de"), note="nur heute Pizza für alle"))
        == []
    )


@pytest.mark.parametrize("language", LISTED)
def test_every_list_has_every_part(language):
    known = words(language)
    for part in (
        "stopwords",
        "endings",
        "dishes",
        "drinks",
        "ingredients",
        "generic",
        "idioms",
        "offers",
        "claims",
    ):
        assert known[part], part
    assert set(words("en")["claims"]) - {"fire"} <= set(known["claims"]) | {"fire"}
    assert patterns("offers", language)
    written = " ".join(
        str(known[part]) for part in ("stopwords", "dishes", "drinks", "ingredients", "generic")
    )
    assert written == fold(written), "lists are compared with folded texts"
