"""A month of captions at once: in parallel within the plan, each seeing the others."""

import itertools
import json
import threading

import pytest
from django_tenants.utils import tenant_context

from content import batching, money, services
from content.models import Exchange, Generation, SpendMonth
from content.repetition import opening
from content.writer import Writer
from tenants.access import Actor
from tests.content.model_server import completion, send

BY = Actor("user", "1", "Alice")
OPENINGS = [
    f"{a} {b}" for a in ("Rain outside", "Payday again", "Friends over") for b in ("calls", "means", "wants")
]


class Model:
    """Counts how many ask at once; everybody gets the next opening of a list that begins with three twins."""

    def __init__(self, openings):
        self.openings = iter(openings)
        self.lock = threading.Lock()
        self.now = self.most = 0
        self.gate = threading.Event()

    def __call__(self, handler, body):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
            if self.most >= batching.places("basic"):
                self.gate.set()
            line = next(self.openings)
        self.gate.wait(1)  # until as many as may are here together
        with self.lock:
            self.now -= 1
        variant = {
            "caption": f"{line} for a table and good company.",
            "hashtags": [],
            "dishes": [],
            "angle": "x",
        }
        send(handler, 200, completion(json.dumps({"variants": [variant]})))


@pytest.fixture
def month(committed_cast, model, settings, now):
    settings.AI_CONFIGURED = True
    settings.OPENAI_BASE_URL = model.url

    def write(count, **options):
        with tenant_context(committed_cast.cafe):
            ids = [
                services.request_caption(
                    platform="facebook", variants=1, wake=False, angle=f"idea {n}", reason="a quiet day",
                    post_kind="dish", by=BY, now=now,
                ).pk
                for n in range(count)
            ]  # fmt: skip
            batching.write_many(
                generation_ids=ids,
                clock=lambda: now,
                writer_of=lambda: Writer(model.url, "k", "gpt-4o-mini", 5),
                **options,
            )
            return list(Generation.objects.order_by("pk"))

    return write


def test_as_many_are_written_at_once_as_the_plan_leaves_and_no_two_begin_alike(month, model):
    twins = itertools.chain(
        ["Rain outside calls"] * 8, OPENINGS[1:], (f"Number {n} says" for n in itertools.count())
    )
    answer = Model(twins)
    model.script = [answer]
    seen = []
    many = batching.places("basic") + 4
    rows = month(many, on_written=lambda generation: seen.append(generation.pk))
    assert answer.most == batching.places("basic") >= 8
    assert {row.state for row in rows} == {"answered"}
    assert len({opening(row.variants[0]["caption"]) for row in rows}) == many
    assert sorted(seen) == [row.pk for row in rows]


def test_the_plan_of_a_day_is_told_to_the_model(month, model):
    answer = Model(iter(OPENINGS))
    answer.gate.set()
    model.script = [answer]
    month(1)
    told = model.asked[0]["messages"][1]["content"]
    assert '"idea": "idea 0"' in told and '"why": "a quiet day"' in told and '"kind": "dish"' in told


def test_a_batch_told_to_stop_leaves_the_rest_waiting_and_pays_for_nothing(month, model):
    model.script = [Model(iter(OPENINGS))]
    rows = month(3, stop=lambda: True)
    assert {row.state for row in rows} == {"pending"} and model.asked == []


def test_templates_written_at_once_do_not_begin_alike_either(month, model, monkeypatch, committed_cast):
    monkeypatch.setattr(money, "reserve", lambda **_: False)
    rows = month(12)
    assert {(row.source, row.reason) for row in rows} == {("template", "budget")}
    assert len({opening(row.variants[0]["caption"]) for row in rows}) == 12


def test_a_month_never_spends_more_than_the_budget(month, model, monkeypatch, committed_cast):
    answer = Model(f"Number {n} says" for n in itertools.count())
    answer.gate.set()
    model.script = [answer]
    budget = money.worst_case("gpt-4o-mini", 9000, 2000) * 2
    monkeypatch.setattr(money, "allowance", lambda plan: money.Allowance(budget, 10))
    month(10)
    with tenant_context(committed_cast.cafe):
        spent = SpendMonth.objects.get()
        assert spent.reserved == 0 and spent.spent <= budget
        assert spent.spent == sum(e.cost for e in Exchange.objects.all())
