"""The product against the sandbox's OpenAI, a process of its own: each fault once and for good, whole and streamed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django_tenants.utils import tenant_context

from content import generating, services
from content.models import Exchange, Generation, SpendMonth
from content.writer import Writer
from tests.content.conftest import add_dish
from tests.sandbox_process import sandbox  # noqa: F401

# fault -> what is said when it stays; None: the answer is used all the same
FAULTS = {
    "openai_429": "overloaded",
    "openai_500": "unavailable",
    "openai_timeout": "unavailable",
    "openai_cut_stream": "unavailable",
    "openai_malformed": "bad_answer",
    "openai_schema_breaking": "bad_answer",
    "openai_refusal": "refusal",
    "openai_empty": "bad_answer",
    "openai_overlong": "bad_answer",
    "openai_401": "not_accepted",
    "openai_length": "bad_answer",
}
FREE = {"openai_429", "openai_401", "openai_500"}  # an error status instead of an answer: costs nothing
FINAL = {"openai_refusal", "openai_401"}  # not asked again: templates at once
OPTIONS = {"openai_429": {"retry_after": 3}, "openai_timeout": {"seconds": 3}}


@pytest.fixture
def bed(sandbox, menu, settings, by, now):  # noqa: F811
    sandbox.control("faults", method="DELETE")
    sandbox.control("prompts", method="DELETE")
    settings.AI_CONFIGURED = True

    def write(*, watched, at_most=8):
        asked = services.request_caption(
            platform="facebook", menu_item=menu["margherita"], variants=2, wake=False, watched=watched, by=by, now=now
        )  # fmt: skip
        at = now
        for _ in range(at_most):
            generating.run_generation(
                generation_id=asked.pk,
                clock=lambda: at,  # noqa: B023 - called before it changes
                writer_of=lambda: Writer(sandbox.openai, "sk-sandbox", "gpt-4o-mini", 1.0),
            )
            asked.refresh_from_db()
            if asked.state != "pending":
                return asked
            at = asked.next_action_at
        raise AssertionError("it never ended")

    yield write
    sandbox.control("faults", method="DELETE")


def sane(generation: Generation) -> None:
    """No lost request, no double spend, a clear message."""
    rows = list(generation.exchanges.all())
    month = SpendMonth.objects.get()
    assert generation.state == "answered" and generation.variants and generation.partial == []
    assert (month.reserved, month.spent) == (0, sum((row.cost for row in rows), Decimal(0)))
    assert month.calls == len(rows) and all(row.settled for row in rows)
    assert all("sk-sandbox" not in str(row.request) for row in rows)
    assert all("Margherita" in v["text"] or v["source"] == "ai" for v in generation.variants)
    assert (generation.source == "template") == bool(generation.reason)


@pytest.mark.parametrize("watched", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_stays_leaves_templates_and_its_name(bed, sandbox, fault, watched):  # noqa: F811
    sandbox.fault(fault, "openai.chat", times=50, **OPTIONS.get(fault, {}))
    generation = bed(watched=watched)
    sane(generation)
    assert (generation.source, generation.reason) == ("template", FAULTS[fault])
    assert (SpendMonth.objects.get().spent == 0) == (fault in FREE)
    assert Exchange.objects.count() <= 4
    if fault in FINAL:
        assert Exchange.objects.count() == 1


@pytest.mark.parametrize("watched", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("fault", sorted(set(FAULTS) - FINAL))
def test_a_fault_that_passes_is_outlived(bed, sandbox, fault, watched):  # noqa: F811
    sandbox.fault(fault, "openai.chat", times=1, **OPTIONS.get(fault, {}))
    generation = bed(watched=watched)
    sane(generation)
    assert (generation.source, generation.reason) == ("ai", "")
    assert Exchange.objects.count() >= 2


def test_the_wait_that_429_asks_for_is_kept(bed, sandbox, now):  # noqa: F811
    sandbox.fault("openai_429", "openai.chat", times=1, retry_after=3)
    bed(watched=False)
    assert SpendMonth.objects.get().wait_until == now + timedelta(seconds=3)


def test_without_faults_the_prompts_hold_one_restaurant_only(bed, sandbox, cast):  # noqa: F811
    with tenant_context(cast.bakery):
        add_dish("GEHEIM Brot", currency="EUR")
    with tenant_context(cast.cafe):
        sane(bed(watched=True))
    kept = sandbox.control("prompts")["prompts"]
    assert kept and "Margherita" in str(kept)
    assert "GEHEIM" not in str(kept) and "Corner Bakery" not in str(kept)
    assert kept[0]["body"]["stream"] is True
