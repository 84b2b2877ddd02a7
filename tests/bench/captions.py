"""`make bench-captions`: how repetitive 31 captions in a row are, with and without looking at what was said.

Two writers: our templates, and a forgetful model that keeps coming back to its favourite openings as models do.
Numbers are 0-100, over all 465 pairs; "alike" counts pairs that a reader would call the same.
"""

import json
import random
from collections.abc import Callable
from dataclasses import replace

from content import drafting, repetition, templates_engine
from content.brief import Brief, Earlier
from tests.content.briefs import BRAND, MENU, brief

DAYS = 31
FAVOURITES = [
    "Nothing beats {d} on a day like this.",
    "Treat yourself to {d} today.",
    "Craving something good? Try {d}.",
]
MOMENTS = [
    "After work",
    "Rainy evening:",
    "Friends over?",
    "Movie later?",
    "Kids hungry?",
    "Sunshine and",
    "Payday!",
    "Long week?",
]
TURNS = [
    "nothing beats {d}.",
    "make it {d}.",
    "we'd pick {d}.",
    "think {d}.",
    "go for {d}.",
    "say yes to {d}.",
]
OPENINGS = [f"{moment} {turn}" for moment in MOMENTS for turn in TURNS]
BODIES = [
    "It has {about}, and that is the whole secret we are willing to share.",
    "We thought about {about} for a long time, then stopped thinking and started eating.",
    "Ask anyone at table four what they remember: {about}.",
    "No speeches tonight, only {about} and two forks.",
    "Some people count steps. We count {about}.",
    "You will find {about} where it belongs: in front of you.",
]
ENDINGS = ["Come by and see us.", "Your table is waiting.", "Bring a friend.", "See you soon."]


def model_answer(start: Brief, rng: random.Random, tired: float) -> str:
    """Three variants; with the chance `tired` the model falls back on one of its three favourite openings."""
    variants = []
    for _ in range(start.variants):
        line = rng.choice(FAVOURITES if rng.random() < tired else OPENINGS).format(d=start.dish.name)
        parts = rng.choice(BODIES).format(about=rng.choice(start.dish.description.split(", ")))
        text = f"{line} {parts} {rng.choice(ENDINGS)}"
        variants.append({"caption": text, "hashtags": [], "dishes": [start.dish.name], "angle": line[:12]})
    message = {"role": "assistant", "content": json.dumps({"variants": variants})}
    return json.dumps({"choices": [{"finish_reason": "stop", "message": message}]})


def by_model(start: Brief, rng: random.Random) -> str:
    answers: list[str] = []
    while isinstance(step := drafting.next_step(start, answers), drafting.Call):
        answers.append(model_answer(start, rng, tired=0.4))
    if isinstance(step, drafting.GiveUp):
        return templates_engine.write(start)[0].caption
    return step.variants[0].text


def by_templates(start: Brief, rng: random.Random) -> str:
    return templates_engine.full_text(templates_engine.write(start)[0])


def month(writer: Callable[[Brief, random.Random], str], remember: bool) -> list[str]:
    rng, texts, earlier = random.Random(7), [], []
    dishes = [dish for dish in MENU if dish.available and dish.description]
    for day in range(DAYS):
        start = brief(dish=dishes[day % len(dishes)], seed=str(day), variants=3)
        start = replace(start, earlier=tuple(earlier) if remember else ())
        texts.append(writer(start, rng))
        earlier.insert(0, Earlier(str(day), texts[-1]))
    return texts


def test_repetition_with_and_without_memory():
    names = [dish.name for dish in MENU] + [BRAND.name]
    print(
        f"\n{'writer':<12}{'memory':<8}{'pairs':>6}{'alike':>7}{'worst opening':>15}{'worst body':>12}{'mean body':>11}"
    )
    found = {}
    for name, writer in (("templates", by_templates), ("model", by_model)):
        for remember in (False, True):
            spread = repetition.spread(month(writer, remember), names)
            found[name, remember] = spread["alike"]
            print(
                f"{name:<12}{'yes' if remember else 'no':<8}{spread['pairs']:>6}{spread['alike']:>7}"
                f"{spread['worst_opening']:>15}{spread['worst_body']:>12}{spread['mean_body']:>11}"
            )
    assert found["templates", True] == 0
    assert found["model", True] < found["model", False] / 3
