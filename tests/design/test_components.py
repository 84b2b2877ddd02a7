"""Components are rendered as pages use them: wrong attributes and forgotten escapes show here."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.template import RequestContext, Template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from posting.states import WORD_LABEL, Word
from tenants.templatetags import ui


def show(source: str, **context: object) -> str:
    request = RequestFactory().get("/")
    request.tenant = SimpleNamespace(timezone="America/Chicago", name="Krusty Pizza")  # type: ignore[attr-defined]
    return Template(CottonCompiler().process(source)).render(RequestContext(request, context))


def test_every_word_of_the_owner_has_a_pill() -> None:
    for word in Word:
        pill = show('<c-pill :status="word" />', word=word)
        assert str(WORD_LABEL[word]) in pill
        assert "<svg" in pill, "a colour never stands alone"


def test_a_pill_takes_the_word_itself_too() -> None:
    assert show('<c-pill status="Needs you" />') == show('<c-pill status="needs_you" />')


def test_what_people_typed_is_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    pages = [
        show('<c-card title="{{ evil }}">{{ evil }}</c-card>', evil=evil),
        show('<c-card :title="evil">x</c-card>', evil=evil),
        show('<c-tile :src="evil" :alt="evil" :caption="evil" />', evil=evil),
        show('<c-notice :title="evil">{{ evil }}</c-notice>', evil=evil),
        show('<c-avatar :name="evil" />', evil=evil),
        show('<c-field name="n" :label="evil" :value="evil" :error="evil" />', evil=evil),
        show('<c-button :label="evil" data-x="{{ evil }}">{{ evil }}</c-button>', evil=evil),
    ]
    for page in pages:
        assert "<script" not in page


class Sample(forms.Form):
    name = forms.CharField(label="Restaurant", help_text="As guests know it.")
    agree = forms.BooleanField(label="I agree")


def test_a_form_field_tells_its_help_and_error_to_screen_readers() -> None:
    form = Sample({"name": ""})
    page = show('<c-field :field="form.name" />', form=form)
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_name_help id_name_error"' in page
    assert 'id="id_name_help"' in page and 'id="id_name_error"' in page
    assert 'for="id_name"' in page


def test_a_checkbox_stands_inside_its_label() -> None:
    page = show('<c-field :field="form.agree" />', form=Sample())
    assert page.index("<label") < page.index("<input") < page.index("</label>")


def test_a_moment_is_told_in_the_restaurants_zone() -> None:
    page = show('<c-time :value="at" />', at=datetime(2030, 11, 25, 0, 0, tzinfo=UTC))
    assert "Sun 24 Nov 2030, 6:00 pm, Chicago" in page


@pytest.mark.parametrize(
    ("number", "words"),
    [(None, "–"), (0, "0"), (950, "950"), (1_204, "1.2K"), (34_400, "34K"), (1_500_000, "1.5M")],
)
def test_numbers_for_narrow_places(number: int | None, words: str) -> None:
    assert ui.compact(number) == words


@pytest.mark.parametrize(
    ("name", "letters"), [("Krusty Pizza", "KP"), ("Bob's", "B"), ("", "?"), ("– –", "?")]
)
def test_initials_are_never_empty(name: str, letters: str) -> None:
    assert ui.initials(name) == letters
