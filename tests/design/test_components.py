"""Components are rendered as pages use them: wrong attributes and forgotten escapes show here."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.template import RequestContext, Template
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler

from posting.states import WORD_LABEL, Word
from tenants.templatetags import components, ui


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


USES = [
    '<c-button kind="quiet" icon="x" label="{{ word }}" data-closes />',
    '<c-button type="submit" name="act" value="{{ word }}" disabled>{{ word }}</c-button>',
    '<c-link-button href="?a=1&amp;b={{ word|urlencode }}" size="small">{% if word %}Go{% endif %}</c-link-button>',
    '<c-card title="{{ word }}"><c-slot name="actions"><c-button icon="x">A</c-button></c-slot>in</c-card>',
    '<c-card><c-slot name="title">A</c-slot>{% for n in three %}<c-pill>{{ n }}</c-pill>{% endfor %}</c-card>',
    '<c-pill :status="state" /><c-pill :status="missing.thing">{{ word }}</c-pill><c-pill status="failed" />',
    '<c-field name="n" label="{{ word }}" :value="word" required maxlength="{{ three|length }}" />',
    '<c-select name="s" id="{{ word|slugify }}" label="A"><option>{{ word }}</option></c-select>',
    '<c-dialog id="d" title="{{ word }}">x<c-slot name="foot"><c-button data-closes>No</c-button></c-slot></c-dialog>',
    '<c-notice tone="warning" title="{{ word }}" closable="1" data-undo>{{ word }}</c-notice>',
    '<c-textarea name="t" label="L" :value="word" :counter="missing" rows="3" />',
]


@pytest.mark.parametrize("source", USES)
def test_our_quicker_component_draws_what_cotton_draws(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    context = {"word": 'Tom & "Jerry"\'s <b>', "three": [1, 2, 3], "state": "needs_you"}
    ours = show(source, **context)
    assert show(source, **context) == ours, "drawn again"
    monkeypatch.setattr(components, "_planned", lambda node, context: None)
    assert show(source, **context) == ours


def test_a_component_leaves_nothing_behind_in_the_page() -> None:
    page = show(
        '<c-card title="in" level="4">x</c-card>[{{ title }}{{ level }}{{ slot }}{{ attrs }}{{ cotton_data }}]'
    )
    assert page.endswith("[]")


def test_what_a_component_calls_is_found_where_it_is_called_dynamically() -> None:
    assert show('<c-component :is="which" label="x">y</c-component>', which="button") == show(
        '<c-button label="x">y</c-button>'
    )
