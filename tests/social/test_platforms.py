import pytest
from hypothesis import given
from hypothesis import strategies as st

from social.platforms import PLATFORMS, check_caption, count, hashtags, mentions, more_cut


def codes(platform, text):
    return [problem.code for problem in check_caption(platform, text)]


def test_a_good_caption_has_no_problems():
    assert codes("instagram", "Margherita, 9.50, until Sunday. #pizza @krusty") == []
    assert codes("facebook", "Margherita, 9.50, until Sunday. https://example.com") == []


@pytest.mark.parametrize(("platform", "most"), [("instagram", 2_200), ("facebook", 63_206)])
def test_length_is_refused_one_character_above_the_limit(platform, most):
    assert codes(platform, "a" * most) == []
    problem = check_caption(platform, "a" * (most + 1))[0]
    assert (problem.level, problem.code) == ("error", "caption_too_long")
    assert "by 1 character." in problem.sentence


def test_an_emoji_counts_two_as_in_the_browser():
    assert count("🍕").length == 2


def test_thirty_hashtags_pass_and_thirty_one_are_refused_on_instagram_only():
    tags = [f"#tag{number}" for number in range(31)]
    assert "too_many_hashtags" not in codes("instagram", " ".join(tags[:30]))
    assert "too_many_hashtags" in codes("instagram", " ".join(tags))
    assert codes("facebook", " ".join(tags)) == ["many_hashtags"]


def test_twenty_mentions_pass_and_twenty_one_are_refused():
    names = [f"@name{number}" for number in range(21)]
    assert codes("instagram", " ".join(names[:20])) == []
    assert codes("instagram", " ".join(names)) == ["too_many_mentions"]


def test_what_is_no_hashtag_is_not_counted():
    assert hashtags("C#major a#b https://x.com/#menu #1 ## # #2nd #Käse #日本 (#ok)") == [
        "2nd",
        "Käse",
        "日本",
        "ok",
    ]


def test_addresses_are_no_mentions():
    assert mentions("write to chef@example.com or @krusty.pizza. https://x.com/@who (@ok)") == [
        "krusty.pizza",
        "ok",
    ]


def test_instagram_says_that_links_cannot_be_tapped():
    assert codes("instagram", "See https://example.com/menu") == ["link_not_clickable"]
    assert codes("instagram", "See www.example.com") == ["link_not_clickable"]


def test_the_more_cut_falls_at_a_word_or_a_line():
    shown, hidden = more_cut("instagram", "word " * 60)
    assert len(shown) <= 125 and shown.endswith("word") and hidden.startswith("word")
    assert more_cut("instagram", "one\ntwo\nthree\nfour") == ("one\ntwo\nthree", "four")
    assert more_cut("facebook", "short") == ("short", "")


@given(st.text(), st.sampled_from(list(PLATFORMS)))
def test_no_text_breaks_the_checks_or_loses_a_letter(text, platform):
    check_caption(platform, text)
    shown, hidden = more_cut(platform, text)
    assert (shown + hidden).replace(" ", "").split() == text.replace(" ", "").split() or "".join(
        (shown + hidden).split()
    ) == "".join(text.split())
