"""Icons are written out when a template is compiled and look as the component would have made them."""

from __future__ import annotations

import pytest
from django.template import engines
from django.utils.translation import get_language, override
from django_cotton.compiler_regex import CottonCompiler

from tenants.components import _ICON, _WORDS, _written_out
from tenants.templatetags.components import _said


def written(markup: str) -> str:
    return _ICON.sub(_written_out, markup)


def drawn(markup: str, **context: object) -> str:
    return engines["django"].from_string(written(markup)).render(context)


def as_component(markup: str) -> str:
    """What cotton makes of the same, the component being templates/cotton/icon.html."""
    return engines["django"].from_string(CottonCompiler().process(markup)).render({})


@pytest.mark.parametrize(
    "markup",
    [
        '<c-icon name="house" />',
        '<c-icon name="loader-circle" class="spin text-accent" />',
        '<c-icon name="star" label="Favourite" />',
    ],
)
def test_an_icon_is_what_the_component_makes(markup):
    assert "{% icon" in written(markup)
    assert drawn(markup).split() == as_component(markup).split()


def test_variables_filters_and_translations_are_kept():
    assert "#bell" in drawn('<c-icon name="{{ which }}" />', which="bell")
    with override("en"):
        assert 'aria-label="Video"' in drawn("""<c-icon name="play" label="{% translate 'Video' %}" />""")


def test_what_comes_from_people_is_escaped():
    assert "<b>" not in drawn('<c-icon name="{{ which }}" label="{{ which }}" />', which='"><b>')


@pytest.mark.parametrize(
    "markup",
    [
        """<c-icon name="{% if a %}check{% else %}clock{% endif %}" />""",
        """<c-icon name="house" data-x="1" />""",
        """<c-button icon="house" />""",
    ],
)
def test_anything_else_stays_a_component(markup):
    assert written(markup) == markup


def test_pages_are_really_drawn_by_it():
    source = engines["django"].engine.find_template("_nav_side.html")[0].source
    assert "<c-icon" not in source and '{% icon "house"' in source


@pytest.mark.parametrize("words", ['"Close"', "'Tom & \"Jerry\" <3'", '"Don\'t"', '"…"', '""'])
def test_plain_words_are_what_translate_makes_of_them(words):
    source = f"{{% load i18n %}}{{% translate {words} %}}"
    assert "{% said" in _WORDS.sub(r"{% said \1 %}", source)
    ours = engines["django"].from_string(_WORDS.sub(r"{% said \1 %}", source)).render({})
    assert ours == engines["django"].from_string(source).render({})


def test_plain_words_follow_the_readers_language(monkeypatch):
    page = engines["django"].from_string('{% said "Yes" %}')
    monkeypatch.setattr(
        "tenants.templatetags.components.gettext", lambda words: {"de": "Ja"}.get(get_language() or "", words)
    )
    _said.cache_clear()
    for language, word in (("en", "Yes"), ("de", "Ja"), ("en", "Yes")):
        with override(language):
            assert page.render({}) == word
    _said.cache_clear()


@pytest.mark.parametrize(
    "tag",
    [
        '{% translate "a" as b %}',
        "{% translate word %}",
        '{% translate "5 %% off" %}',
        '{% translate "a" noop %}',
    ],
)
def test_other_translations_stay_djangos(tag):
    assert _WORDS.sub("x", tag) == tag
