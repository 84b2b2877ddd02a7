"""Captions without AI: true, grammatical, and never the same beginning twice in a month."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import menu_truth, repetition, templates_engine
from content.brief import Brand, Brief, Dish, Earlier
from content.words import Tone
from social.platforms import PLATFORMS, check_caption
from tests.content.briefs import BRAND, MENU, brief


def month(start: Brief, days: int = 31) -> list[str]:
    """31 captions one after the other, each knowing those before it."""
    earlier: list[Earlier] = []
    texts = []
    for day in range(days):
        platform = "instagram" if day % 2 else "facebook"
        today = replace(start, platform=platform, variants=1, seed=str(day), earlier=tuple(earlier))
        written = templates_engine.write(today)[0]
        texts.append(templates_engine.full_text(written))
        earlier.insert(0, Earlier(str(day), texts[-1], written.dish, written.angle))
    return texts


@pytest.mark.parametrize("tone", Tone.values)
@pytest.mark.parametrize("dish", [None, MENU[0]], ids=["any dish", "one dish"])
def test_no_two_of_31_captions_open_alike(tone, dish):
    texts = month(brief(tone=tone, dish=dish))
    names = [d.name for d in MENU] + [BRAND.name]
    openings = [repetition.opening(text) for text in texts]
    assert len(set(openings)) == 31
    assert (
        max(repetition.openings_alike(a, b, names) for a, b in combinations(texts, 2))
        < repetition.OPENING_LIMIT
    )


def test_31_captions_of_a_restaurant_without_a_menu_open_differently_too():
    texts = month(Brief("facebook", "casual", replace(BRAND, description=""), variants=1))
    assert len({repetition.opening(text) for text in texts}) == 31


def test_every_template_caption_is_true_and_fits_its_network():
    for tone in Tone.values:
        for start in (
            brief(tone=tone, dish=None, weekday="Friday", occasion="Mother's Day"),
            brief(tone=tone, dish=MENU[5]),
        ):
            for text in month(start, days=12):
                assert menu_truth.check(text, start) == [], text
                for platform in PLATFORMS:
                    assert [p for p in check_caption(platform, text) if p.level == "error"] == []


def test_every_phrase_reads_well_with_one_and_with_many():
    phrases = templates_engine.load("phrases_en.yaml")
    everything = [p for group in phrases["openings"].values() for p in group] + phrases["questions"]
    slots = {"brand": "Krusty", "city": "Chicago", "weekday": "Friday", "occasion": "Easter"}
    for dish in (MENU[0], MENU[5], MENU[6], Dish("Gnocchi"), Dish("Mac & cheese"), Dish("The Works")):
        filled = slots | templates_engine.dish_slots(replace(dish, section="Mains"))
        for phrase in everything:
            text = templates_engine.fill(phrase, filled)
            assert "{" not in text and "  " not in text and " ." not in text, text
            assert "the the" not in text.lower() and "our our" not in text.lower(), text


@pytest.mark.parametrize(
    ("name", "said", "verb"),
    [
        ("Cheeseburger", "our Cheeseburger", "is"),
        ("Fish tacos", "Fish tacos", "are"),
        ("Lasagna", "Lasagna", "is"),
        ("Hummus", "Hummus", "is"),
        ("Fish and chips", "Fish and chips", "is"),
        ("The Works", "The Works", "are"),
        ("Nonna's Lasagna", "Nonna's Lasagna", "is"),
        ("Wings with fries", "Wings with fries", "are"),
        ("MARGHERITA", "Margherita", "is"),
        ("Chicken wings (6 pcs)", "Chicken wings", "are"),
    ],
)
def test_dishes_get_the_right_article_and_verb(name, said, verb):
    slots = templates_engine.dish_slots(Dish(name))
    assert (slots["dish"], slots["is"]) == (said, verb)


def test_the_same_seed_gives_the_same_words_and_another_seed_others():
    one, same, other = (templates_engine.write(brief(seed=s)) for s in ("a", "a", "b"))
    assert one == same != other


def test_three_variants_are_three_different_openings():
    variants = templates_engine.write(brief(seed="x", variants=5))
    assert len({repetition.opening(v.caption) for v in variants}) == 5


def test_no_emoji_means_none_and_no_hashtags_means_none():
    quiet = replace(BRAND, emoji="none", hashtag_limit=0)
    for text in month(brief(brand=quiet), days=10):
        assert repetition.emoji_of(text) == []
        assert "#" not in text


def test_a_banned_word_is_never_used():
    strict = replace(BRAND, words_to_avoid=("table", "menu", "order"))
    for text in month(brief(brand=strict), days=10):
        assert not {"table", "menu", "order"} & set(repetition.plain(text).split())


def test_a_dish_that_is_off_is_never_chosen():
    assert all("Carbonara" not in text for text in month(brief(dish=None)))


def test_braces_in_an_owners_words_stay_words():
    odd = Brief(
        "facebook",
        "casual",
        Brand("{dish} {0} %s"),
        dish=Dish("{brand}", "{price} and {section}"),
        variants=1,
    )
    assert templates_engine.write(odd)[0].caption


def test_other_languages_use_only_the_owners_own_words():
    written = templates_engine.write(brief(language="de", seed="1", variants=1))[0]
    assert "Margherita pizza" in written.caption
    own = (MENU[0].name, MENU[0].description, BRAND.name, BRAND.city, "$12.50")
    allowed = {word for text in own for word in repetition.plain(text).split()}
    assert set(repetition.plain(written.caption).split()) <= allowed


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(min_size=1, max_size=60).filter(str.strip),
    text=st.text(max_size=300),
    brand=st.text(min_size=1, max_size=60).filter(str.strip),
)
def test_any_words_of_an_owner_make_a_caption(name, text, brand):
    start = Brief("instagram", "humorous", Brand(brand, text), dish=Dish(name, text), variants=2)
    assert all(written.caption.strip() for written in templates_engine.write(start))
