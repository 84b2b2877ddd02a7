import pytest

from content.brief import Earlier
from content.repetition import (
    compare,
    emoji_of,
    hashtags_of,
    likeness,
    opening,
    openings_alike,
    without_emoji,
)

POST = (
    "Friday night calls for Margherita pizza 🍕 San Marzano tomatoes, fior di latte and basil."
    " Come by! #pizza #chicago"
)


def test_a_reworded_copy_scores_over_75_and_an_unrelated_caption_under_45():
    copy = (
        "Friday nights call for our Margherita pizza! San Marzano tomato, fior di latte, basil."
        " Come by. #pizza"
    )
    other = "Tiramisu is the reason people stay longer. Espresso, mascarpone, cocoa. Book a table."
    assert compare(copy, Earlier("1", POST)).body >= 75
    assert compare(other, Earlier("1", POST)).body < 45


def test_the_same_sentence_about_another_dish_is_the_same_opening():
    names = ["Margherita pizza", "Caesar salad"]
    one, two = (
        "Who said Tuesdays are dull? Not Margherita pizza.",
        "Who said Tuesdays are dull? Not Caesar salad.",
    )
    assert openings_alike(one, two, names) == 100
    assert (
        openings_alike(
            "A rainy day and Margherita pizza go well.", "A rainy day and Caesar salad go well.", names
        )
        == 100
    )


def test_three_equal_first_words_are_an_equal_opening():
    assert openings_alike("There is always room for cake.", "There is always a seat by the window.") == 100


def test_the_worst_earlier_caption_is_named_with_the_reason():
    history = [Earlier("a", "Nothing alike here at all, my friend."), Earlier("b", POST)]
    found = likeness(POST, history)
    assert (found.nearest.id, found.too_alike, found.body) == ("b", True, 100)
    assert set(found.reasons) == {"body", "opening"}


def test_no_history_and_no_words_are_no_repeat():
    assert not likeness("Hello there", []).too_alike
    assert not likeness("🍕", [Earlier("a", "🍕")]).too_alike


def test_the_same_dish_from_the_same_side_within_three_posts_is_a_repeat():
    history = [Earlier("a", "One thing.", dish="Tiramisù", angle="crowd")]
    assert likeness("Quite another text here.", history, dish="Tiramisù", angle="crowd").reasons == (
        "dish_and_angle",
    )
    assert not likeness("Quite another text here.", history, dish="Tiramisù", angle="origin").too_alike


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One line.\nTwo.", "One line. Two."),
        ("A longer opening line here! Then more.", "A longer opening line here!"),
        ("🍕 Pizza people of Chicago 🍕 hello", "Pizza people of Chicago"),
        ("", ""),
        ("#tag", ""),
    ],
)
def test_the_opening_is_what_is_read_first(text, first):
    assert opening(text) == first


def test_emoji_and_hashtags_are_taken_apart():
    assert emoji_of("👩‍🍳🇮🇹1️⃣ ok ❤️") == ["👩‍🍳", "🇮🇹", "1️⃣", "❤️"]
    assert hashtags_of("#Pizza #123 a#b https://x.example/#frag #été") == ["pizza", "été"]
    assert without_emoji("Hi 🍕 there ❤️") == "Hi there"
