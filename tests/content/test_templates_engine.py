"""Captions without AI: true, grammatical, and never the same beginning twice in a month."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import menu_truth, repetition, templates_engine, templates_slots
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
        filled = slots | templates_slots.dish_slots(replace(dish, section="Mains"))
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
    slots = templates_slots.dish_slots(Dish(name))
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


OTHERS = [language for language in templates_slots.LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_31_captions_in_another_language_open_differently_and_are_true(language):
    start = brief(tone="casual", dish=None, language=language, weekday="Friday", occasion="Mother's Day")
    texts = month(start)
    names = [d.name for d in MENU] + [BRAND.name]
    assert (
        max(repetition.openings_alike(a, b, names) for a, b in combinations(texts, 2))
        < repetition.OPENING_LIMIT
    )
    for tone in Tone.values:
        texts += month(replace(start, tone=tone, dish=MENU[0]), days=5)
    for text in texts:
        assert menu_truth.check(text, start) == [], text
        assert "Friday" not in text and "Mother's Day" not in text


@pytest.mark.parametrize("language", OTHERS)
def test_a_month_without_a_menu_in_another_language(language):
    start = Brief(
        "facebook", "casual", replace(BRAND, description=""), variants=1, language=language, weekday="Monday"
    )
    assert len({repetition.opening(text) for text in month(start)}) == 31


@pytest.mark.parametrize("language", templates_slots.LANGUAGES)
def test_every_phrase_of_a_language_can_be_filled_and_no_two_begin_alike(language):
    phrases = templates_slots.phrases_of(language)
    slots = {
        "brand": "Krusty",
        "city": "Chicago",
        "weekday": "x",
        "occasion": "y",
        "cuisine": "z",
        "About": "A",
    }
    slots |= templates_slots.dish_slots(replace(MENU[0], section="Mains"))
    for group in ("openings", "openings_no_dish", "middles", "calls"):
        for phrase in (p for tone in phrases[group].values() for p in tone):
            assert "{" not in templates_engine.fill(phrase, slots)
    for group in ("openings", "openings_no_dish"):
        begins = [
            tuple(repetition.plain(phrase).split()[:3])
            for tone in phrases[group].values()
            for phrase in tone
            if not phrase.startswith("{")
        ]
        assert len(set(begins)) == len(begins), sorted(b for b in begins if begins.count(b) > 1)


def test_a_language_without_phrases_has_only_the_owners_own_words():
    written = templates_engine.write(brief(language="pl", seed="1", variants=1))[0]
    assert "Margherita pizza" in written.caption
    own = (MENU[0].name, MENU[0].description, BRAND.name, BRAND.city, "$12.50")
    allowed = {word for text in own for word in repetition.plain(text).split()}
    assert set(repetition.plain(written.caption).split()) <= allowed


SAID = (
    "Friday calls for Margherita pizza. It is on the menu. We like it a lot, and so does the whole street."
    "\n\nSee you at five.\n\n#pizza #chicago"
)


def test_words_become_shorter_by_leaving_sentences_out():
    found = templates_engine.write_kind(brief(kind="shorten", text=SAID, variants=2))
    assert found[0].caption.startswith("Friday calls for Margherita pizza.")
    for one in found:
        assert len(one.caption) < len(SAID)
        assert one.caption.endswith("#pizza #chicago")
        assert set(repetition.plain(one.caption).split()) <= set(repetition.plain(SAID).split())


def test_a_link_at_the_end_survives_the_shortening():
    text = "Come for lunch. We have a table. Book it: https://krusty.example/menu"
    assert all(
        "https://krusty.example/menu" in one.caption
        for one in templates_engine.write_kind(brief(kind="shorten", text=text, variants=1))
    )


@pytest.mark.parametrize("text", ["One sentence only, however long it may be", "Pizza!", "#only #tags"])
def test_one_sentence_cannot_be_shortened_without_a_model(text):
    assert templates_engine.write_kind(brief(kind="shorten", text=text)) == []


def test_words_become_longer_by_what_the_menu_says_and_nothing_else():
    start = brief(kind="lengthen", text="Think of Margherita pizza tonight. #pizza", variants=2, dish=None)
    found = templates_engine.write_kind(start)
    assert found
    for one in found:
        assert one.caption.startswith("Think of Margherita pizza tonight.")
        assert "San Marzano tomatoes" in one.caption and one.caption.endswith("#pizza")
        assert menu_truth.check(one.caption, start) == []


@pytest.mark.parametrize("kind", ["translate", "retone"])
def test_what_needs_a_model_is_not_pretended(kind):
    assert templates_engine.write_kind(brief(kind=kind, text=SAID)) == []


@settings(max_examples=60, deadline=None)
@given(
    name=st.text(min_size=1, max_size=60).filter(str.strip),
    text=st.text(max_size=300),
    brand=st.text(min_size=1, max_size=60).filter(str.strip),
)
def test_any_words_of_an_owner_make_a_caption(name, text, brand):
    start = Brief("instagram", "humorous", Brand(brand, text), dish=Dish(name, text), variants=2)
    assert all(written.caption.strip() for written in templates_engine.write(start))
