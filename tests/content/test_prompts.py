"""What people typed stays data: it never leaves its place in the prompt, whatever it says."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from content import drafting, prompts
from content.brief import Brief, Dish, Earlier
from content.words import Kind, Tone
from tests.content.briefs import BRAND, brief

CORPUS = yaml.safe_load((Path(__file__).parent / "corpus" / "injections.yaml").read_text(encoding="utf-8"))
INJECTIONS = [*CORPUS["said"], "A" * 3000]


def poisoned(text: str) -> Brief:
    return brief(
        brand=replace(
            BRAND,
            name=text[:100],
            description=text,
            voice=text,
            audience=text,
            call_to_action=text,
            words_to_use=(text,),
            hashtags=("x",),
        ),
        dish=Dish(text[:120], text, text[:80]),
        menu=(Dish(text[:120], text, text[:80]),),
        occasion=text[:200],
        note=text,
        angle=text,
        reason=text,
        post_kind=text,
        photos=(text,),
        text=text,
        earlier=(Earlier("1", text),),
    )


@pytest.mark.parametrize("text", INJECTIONS)
@pytest.mark.parametrize("kind", [Kind.CAPTION, Kind.SHORTEN, Kind.ALT_TEXT])
def test_owners_words_stand_only_inside_the_data_and_read_back_unchanged(text, kind):
    clean = prompts.opening_messages(brief(kind=kind))
    system, user = prompts.opening_messages(replace(poisoned(text), kind=kind))
    assert system == clean[0]
    before, inside, after = re.fullmatch(r"(.*?)<data>\n(.*)\n</data>(.*)", user["content"], re.S).groups()
    assert after == ""
    assert before == clean[1]["content"].split("<data>")[0]
    assert "<" not in inside and ">" not in inside
    data = json.loads(inside)
    if kind == Kind.ALT_TEXT:
        assert data["dish"]["description"] == data["titles"][0] == text
        return
    assert data["owner_note"] == data["plan"]["idea"] == data["plan"]["why"] == text
    assert data["restaurant"]["description"] == text
    assert data["dish"]["description"] == text


@pytest.mark.parametrize("tone", Tone.values)
@pytest.mark.parametrize("platform", ["facebook", "instagram"])
@pytest.mark.parametrize("emoji", ["none", "some", "many"])
def test_every_kind_of_question_can_be_put(tone, platform, emoji):
    for kind in Kind:
        asked = brief(tone=tone, platform=platform, kind=kind, brand=replace(BRAND, emoji=emoji))
        system, user = prompts.opening_messages(asked)
        assert "{" not in system["content"]
        assert user["content"].count("</data>") == 1


def test_dishes_that_are_off_are_not_even_told():
    assert "Carbonara" not in prompts.opening_messages(brief())[1]["content"]


def test_the_version_names_everything_that_shaped_the_words():
    assert prompts.version() == "caption.2 platforms.1 tones.1"


def reply(*captions: str, **values) -> str:
    variants = [{"caption": c, "hashtags": [], "dishes": [], "angle": "x"} | values for c in captions]
    message = {"role": "assistant", "content": json.dumps({"variants": variants})}
    return json.dumps({"choices": [{"finish_reason": "stop", "message": message}]})


@pytest.mark.parametrize("obeyed", CORPUS["obeyed"])
def test_a_model_that_obeys_an_injection_gets_nothing_published(obeyed):
    step = drafting.next_step(brief(variants=1), [reply(obeyed)] * 3)
    assert isinstance(step, drafting.GiveUp)


def test_markup_in_an_answer_becomes_plain_text():
    answer = reply(
        '"**Big** news <script>alert(1)</script> for [fans](https://krusty.example/menu) #one #two"'
    )
    done = drafting.next_step(brief(variants=1), [answer])
    variant = done.variants[0]
    assert variant.caption == "Big news alert(1) for fans https://krusty.example/menu"
    assert variant.hashtags == ("one", "two")


def test_an_over_long_caption_is_written_again():
    long = "Margherita pizza is lovely. " * 80
    step = drafting.next_step(brief(variants=1), [reply(long)])
    assert (step.purpose, "characters" in step.messages[-1]["content"]) == ("rewrite", True)


def test_no_answer_is_asked_for_more_than_four_times():
    answers = []
    for answer in ("garbage", *(reply(f"Margherita pizza for ${n}") for n in (1, 2, 3))):
        step = drafting.next_step(brief(variants=1), answers)
        assert isinstance(step, drafting.Call)
        answers.append(answer)
    assert isinstance(drafting.next_step(brief(variants=1), answers), drafting.GiveUp)


def test_emoji_are_taken_out_for_those_who_want_none():
    done = drafting.next_step(
        brief(variants=1, brand=replace(BRAND, emoji="none")), [reply("Pizza night 🍕 is on")]
    )
    assert done.variants[0].caption == "Pizza night is on"


def test_a_brief_survives_storage():
    start = brief(occasion="Easter", weekday="Sunday", photos=("a pizza",), note="hi")
    assert Brief.from_data(json.loads(json.dumps(start.as_data()))) == start
