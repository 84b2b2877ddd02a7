"""Captions for partners."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from content import generating, money, services
from content.models import BrandProfile, Exchange, Generation, SpendMonth
from content.writer import Writer
from tenants.access import Actor, Can
from tests.content.model_server import fails, writes
from tests.tenants.conftest import Api, make_key  # noqa: F401

BODY = {
    "platform": "instagram",
    "restaurant_name": "Krusty Pizza",
    "restaurant_description": "Neapolitan pizza",
    "item_name": "Margherita",
    "item_description": "San Marzano tomatoes, fior di latte, basil",
    "tone": "casual",
}


@pytest.fixture
def pat(cast, make_key):  # noqa: F811
    return Api(make_key(partner=cast.pat))


def test_the_briefs_example_answers_with_a_caption(pat, cast, ai):
    ai.script = [writes("Meet the Margherita. Basil says hi.", hashtags=("Margherita",))]
    answer = pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk)})
    assert answer.status_code == 200
    body = answer.json()
    assert body["caption"] == "Meet the Margherita. Basil says hi.\n\n#Margherita"
    assert (body["status"], body["source"], body["platform"], body["reason"]) == (
        "answered",
        "ai",
        "instagram",
        None,
    )
    told = str(ai.asked[0]["messages"])
    assert "Krusty Pizza" in told and "San Marzano" in told
    again = pat.get(f"generations/{body['id']}", X_Tenant_Id=str(cast.cafe.pk)).json()
    assert again["exchanges"][0]["request"]["body"] and again["caption"] == body["caption"]
    listed = pat.get(f"generations?tenant_id={cast.cafe.pk}&source=ai").json()
    assert [row["id"] for row in listed["data"]] == [body["id"]]


def test_without_ai_templates_answer_and_say_so(pat, cast, settings):
    settings.AI_CONFIGURED = False
    body = pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk), "variants": 3}).json()
    assert (body["source"], body["reason"]["code"]) == ("template", "no_ai")
    assert len(body["variants"]) == 3 and "Margherita" in body["caption"]


def test_31_captions_in_a_row_from_templates_never_open_alike(pat, cast, settings):
    from content.repetition import opening

    settings.AI_CONFIGURED = False
    settings.RATE_LIMITS = {"basic": 1000, "pro": 1000, "enterprise": 1000}
    captions = [
        pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk)}).json()["caption"]
        for _ in range(31)
    ]
    assert len({opening(caption) for caption in captions}) == 31


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"platform": "myspace"}, "/platform"),
        ({"platform": None}, "/platform"),
        ({"tone": "angry"}, "/tone"),
        ({"variants": 0}, "/variants"),
        ({"language": "xx; drop"}, "/language"),
        ({"menu_item_id": "7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60"}, "/menu_item"),
        ({"kind": "shorten"}, "/text"),
        ({"restaurant_name": "x" * 200}, "/restaurant_name"),
    ],
)
def test_bad_input_is_a_problem_that_points_at_the_field(pat, cast, change, pointer):
    answer = pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk)} | change)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_model_that_asks_for_a_long_wait_is_replaced_within_the_call(pat, cast, ai):
    ai.script = [fails(429, headers={"Retry-After": "600"})]
    body = pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk)}).json()
    assert (body["source"], body["reason"]["code"]) == ("template", "overloaded")


def test_a_translation_without_a_model_is_503_with_the_reason(pat, cast, settings):
    settings.AI_CONFIGURED = False
    answer = pat.post(
        "posts/generate",
        BODY | {"tenant_id": str(cast.cafe.pk), "kind": "translate", "text": "Hi", "language": "es"},
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "no_ai", True)


def test_cost_is_for_keys_that_may_manage(cast, make_key, ai):  # noqa: F811
    ai.script = [writes("Meet the Margherita. Basil says hi.")]
    for scopes, sees in (([Can.VIEW, Can.COMPOSE], False), ([Can.VIEW, Can.COMPOSE, Can.MANAGE], True)):
        body = Api(make_key(tenant=cast.cafe, scopes=scopes)).post("posts/generate", BODY).json()
        assert ("cost_usd" in body) is sees


def test_no_prompt_holds_a_word_of_another_restaurant(pat, cast, ai, now):
    alice = Actor("user", "1", "Alice")
    with tenant_context(cast.bakery):
        services.edit_brand(changes={"description": "GEHEIM sourdough"}, by=alice, now=now)
        services.save_menu_item(values={"name": "GEHEIM Brot", "currency": "EUR"}, by=alice, now=now)
        services.compose_post(caption="GEHEIM post", by=alice, now=now)
    connection.set_schema_to_public()
    ai.script = [writes("Meet the Margherita. Basil says hi.")]
    pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk)})
    assert "GEHEIM" not in str(ai.asked) and "Corner Bakery" not in str(ai.asked)


def test_fifty_requests_at_once_never_spend_more_than_the_budget(
    committed_cast, model, settings, monkeypatch, now
):
    """Room for about ten calls; fifty threads ask at the same moment, each with a connection of its own."""
    settings.AI_CONFIGURED = True
    model.script = [writes("Hello neighbours, table for two?")]
    tenant = committed_cast.cafe
    ids = []
    with tenant_context(tenant):
        BrandProfile.objects.create(created_at=now, updated_at=now)
        by = Actor("user", "1", "Alice")
        ids = [
            services.request_caption(platform="facebook", variants=1, wake=False, by=by, now=now).pk
            for _ in range(50)
        ]
    one = money.worst_case("gpt-4o-mini", 5000, 2000)
    budget = one * 6
    monkeypatch.setattr(money, "allowance", lambda plan: money.Allowance(budget, 50))
    start = threading.Barrier(10)

    def work(chunk):
        try:
            with tenant_context(tenant):
                start.wait(10)
                for key in chunk:
                    generating.run_generation(
                        generation_id=key,
                        clock=lambda: now,
                        writer_of=lambda: Writer(model.url, "k", "gpt-4o-mini", 5),
                    )
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(work, [ids[n::10] for n in range(10)]))
    with tenant_context(tenant):
        month = SpendMonth.objects.get()
        assert month.reserved == 0
        assert Decimal(0) < month.spent <= budget
        assert month.spent == sum(e.cost for e in Exchange.objects.all())
        assert Generation.objects.filter(state="answered").count() == 50


def test_a_repeated_request_with_a_key_finds_its_caption_and_pays_once(committed_cast, make_key, ai):  # noqa: F811
    ai.script = [writes("Meet the Margherita. Basil says hi.")]
    api = Api(make_key(tenant=committed_cast.cafe))
    first = api.post("posts/generate", BODY, Idempotency_Key="one")
    again = api.post("posts/generate", BODY, Idempotency_Key="one")
    other = api.post("posts/generate", BODY | {"tone": "humorous"}, Idempotency_Key="two")
    assert first.status_code == again.status_code == other.status_code == 200
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    with tenant_context(committed_cast.cafe):
        assert Generation.objects.count() == 2


def test_a_call_to_the_model_is_on_record_before_it_is_made_also_with_a_key(committed_cast, make_key, ai):  # noqa: F811
    seen = []

    def look(handler, body):
        with tenant_context(committed_cast.cafe):
            seen.append(list(Exchange.objects.values_list("settled", "response")))
        connection.close()
        writes("Meet the Margherita. Basil says hi.")(handler, body)

    ai.script = [look]
    Api(make_key(tenant=committed_cast.cafe)).post("posts/generate", BODY, Idempotency_Key="one")
    assert seen == [[(False, None)]]


def test_a_crash_after_the_caption_was_written_costs_the_repeat_nothing(committed_cast, make_key, ai):  # noqa: F811
    from tenants.models import IdempotentRequest

    ai.script = [writes("Meet the Margherita. Basil says hi.")]
    api = Api(make_key(tenant=committed_cast.cafe))
    first = api.post("posts/generate", BODY, Idempotency_Key="one").json()
    IdempotentRequest.objects.all().delete()  # the answer's memory did not survive; the caption did
    again = api.post("posts/generate", BODY, Idempotency_Key="one").json()
    assert (again["id"], len(ai.asked)) == (first["id"], 1)


def test_one_more_is_a_generation_to_ask_for_and_at_once_from_templates(pat, cast, ai, settings):
    ai.script = [writes("Meet the Margherita. Basil says hi.")]
    here = {"X_Tenant_Id": str(cast.cafe.pk)}
    first = pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk)}).json()
    made = pat.post(f"generations/{first['id']}/again", {}, **here)
    assert (made.status_code, made.json()["status"]) == (202, "pending")
    assert made["Location"].endswith(made.json()["id"]) and made.json()["id"] != first["id"]
    settings.AI_CONFIGURED = False
    at_once = pat.post(f"generations/{first['id']}/again", {}, **here)
    assert (at_once.status_code, at_once.json()["source"]) == (200, "template")
    assert at_once.json()["caption"] != first["caption"] and "Margherita" in at_once.json()["caption"]


@pytest.mark.parametrize("kind", ["shorten", "lengthen", "retone", "translate", "hashtags"])
def test_words_are_changed_by_kind(pat, cast, ai, kind):
    ai.script = [writes("Basil says hi.", hashtags=("pizza",))]
    body = pat.post(
        "posts/generate",
        {
            "tenant_id": str(cast.cafe.pk),
            "platform": "facebook",
            "kind": kind,
            "text": "Meet the Margherita pizza.",
        },
    ).json()
    assert (body["kind"], body["caption"]) == (
        kind,
        "#pizza" if kind == "hashtags" else "Basil says hi.\n\n#pizza",
    )
    assert [
        row["id"] for row in pat.get(f"generations?tenant_id={cast.cafe.pk}&kind={kind}").json()["data"]
    ] == [body["id"]]


def test_a_description_needs_one_photo_of_this_restaurant(pat, cast, settings):
    settings.AI_CONFIGURED = False
    wanted = {"tenant_id": str(cast.cafe.pk), "platform": "facebook", "kind": "alt_text"}
    for ids in ([], ["7c1f6a52-0a51-4d6f-9b0e-1f2c3d4e5f60"]):
        answer = pat.post("posts/generate", wanted | {"asset_ids": ids})
        assert answer.status_code == 400


def test_a_language_the_brand_does_not_speak_is_refused_by_field(pat, cast, ai):
    with tenant_context(cast.cafe):
        services.edit_brand(
            changes={"languages": ["en", "es"]}, by=Actor("user", "1", "A"), now=timezone.now()
        )
    connection.set_schema_to_public()
    ai.script = [writes("Hola.")]
    for language, status in (("es", 200), ("es-MX", 200), ("de", 400)):
        answer = pat.post("posts/generate", BODY | {"tenant_id": str(cast.cafe.pk), "language": language})
        assert answer.status_code == status
    assert answer.json()["code"] == "language_not_allowed"
