"""Changing words, one more caption, descriptions of photos: as pages, with and without script, and as API."""

import base64
import json
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from PIL import Image

from assets import storage
from assets.models import Asset, Rendition
from content import generating, services
from content.models import BrandProfile, Generation
from content.writer import Writer
from tests.content.model_server import fails, says, writes

HTMX = {"HX-Request": "true"}


@pytest.fixture
def alice(cast, cafe):
    client = cast.client(cast.alice)
    send = client.request

    def request(**kwargs):
        try:
            return send(**kwargs)
        finally:
            connection.set_tenant(cafe)

    client.request = request
    return client


@pytest.fixture
def run(ai, now):
    def inner(generation, at=None):
        return generating.run_generation(
            generation_id=generation.pk,
            clock=lambda: at or now,
            writer_of=lambda: Writer(ai.url, "sk-test-0123456789", "gpt-4o-mini", 3),
        )

    return inner


@pytest.fixture
def photo(menu, now, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    asset = Asset.objects.create(
        kind="photo", state="ready", title="IMG_2041", menu_item_id=menu["margherita"].pk, width=640, height=480,
        bytes=1000, sha256="a" * 64, filename="IMG_2041.jpg", uploaded_by="Alice", name="originals/x",
        mime="image/jpeg", created_at=now, updated_at=now,
    )  # fmt: skip
    file = BytesIO()
    Image.new("RGB", (32, 24), "tomato").save(file, "WEBP")
    file.seek(0)
    name = storage.new_name("renditions", "webp")
    storage.write(name, file)
    Rendition.objects.create(
        asset=asset,
        kind="thumb",
        recipe="r",
        mime="image/webp",
        width=32,
        height=24,
        bytes=file.tell(),
        name=name,
    )
    return asset


def post(client: Client, path: str, data: dict, **kwargs):
    return client.post(f"/r/cafe/{path}", data, **kwargs)


TEXT = "Friday tastes like Margherita pizza. Come by and bring a friend! #old"


@pytest.mark.parametrize(
    ("how", "kind", "told"),
    [
        ("shorten", "shorten", "half the length"),
        ("lengthen", "lengthen", "a little longer"),
        ("retone.humorous", "retone", "Tone: humorous"),
        ("translate.es", "translate", 'Translate "text" into es'),
        ("hashtags", "hashtags", "hashtags for"),
    ],
)
def test_each_change_is_asked_for_offered_and_recorded(alice, menu, ai, run, how, kind, told):
    BrandProfile.objects.update(languages=["en", "es"])
    part = post(
        alice, "writing/rewrite/", {"how": how, "caption": TEXT, "platform": "facebook"}, headers=HTMX
    ).content.decode()
    generation = Generation.objects.get()
    assert (generation.kind, generation.watched) == (kind, True)
    assert f"/writing/{generation.pk}/?part=choices" in part and "every 900ms" in part
    ai.script = [writes("Viernes de Margherita pizza.", "Otra Margherita pizza.", hashtags=("new", "pizza"))]
    run(generation)
    said = str(ai.asked[0]["messages"])
    assert told in said.replace("\\", "") and "Friday tastes like" in said
    choice = alice.get(f"/r/cafe/writing/{generation.pk}/?part=choices", headers=HTMX).content.decode()
    assert "data-use-variant" in choice and "every 900ms" not in choice
    if kind == "hashtags":
        assert (
            'data-text="Friday tastes like Margherita pizza. Come by and bring a friend!\n\n#new #pizza"'
            in choice
        )


def test_the_words_of_the_network_shown_are_the_ones_that_change(alice, menu, ai):
    form = {
        "how": "shorten",
        "caption": "Shared words.",
        "caption_instagram": "Own words.",
        "platform": "instagram",
    }
    post(alice, "writing/rewrite/", form, headers=HTMX)
    assert Generation.objects.get().brief["text"] == "Own words."
    post(alice, "writing/rewrite/", form | {"platform": "facebook"}, headers=HTMX)
    assert {g.brief["text"] for g in Generation.objects.all()} == {"Own words.", "Shared words."}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"how": "shorten", "caption": ""}, "Write a caption first"),
        ({"how": "explode", "caption": "x"}, "does not exist"),
        ({"how": "retone.angry", "caption": "x"}, "does not exist"),
        ({"how": "alt_text", "caption": "x"}, "does not exist"),
        ({"how": "translate.de", "caption": "x"}, "Your brand page allows captions in: en"),
        ({"how": "shorten", "caption": "x", "platform": "myspace"}, "Choose facebook or instagram"),
    ],
)
def test_what_cannot_be_done_says_so_in_place(alice, menu, ai, form, words):
    BrandProfile.objects.update(languages=["en"])
    part = post(alice, "writing/rewrite/", form, headers=HTMX)
    assert part.status_code == 200 and words in part.content.decode()
    assert not Generation.objects.exists()


def test_without_script_the_answer_is_a_page_that_looks_again_by_itself(alice, menu, ai):
    answer = post(alice, "writing/rewrite/", {"how": "shorten", "caption": TEXT})
    generation = Generation.objects.get()
    assert answer.status_code == 302 and str(generation.pk) in answer["Location"]
    page = alice.get(answer["Location"]).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page


def test_another_caption_takes_the_place_of_one_and_repeats_none(alice, menu, ai, run, by, now):
    first = services.request_caption(
        platform="facebook", menu_item=menu["margherita"], note="Terrace is open", variants=2, by=by, now=now
    )
    ai.script = [
        writes("Sunshine and Margherita pizza, please.", "Terrace plans? Margherita pizza."),
        writes("Sunshine and Margherita pizza, please."),
        writes("Basil first, questions later."),
    ]
    run(first)
    part = post(alice, f"writing/{first.pk}/again/", {}, headers=HTMX).content.decode()
    made = Generation.objects.exclude(pk=first.pk).get()
    assert f"{made.pk}/?part=one" in part
    run(made, at=now + timedelta(days=400))
    made.refresh_from_db()
    assert (made.brief["note"], made.brief["variants"], made.menu_item) == (
        "Terrace is open",
        1,
        menu["margherita"],
    )
    assert [v["caption"] for v in made.variants] == ["Basil first, questions later."]
    one = alice.get(f"/r/cafe/writing/{made.pk}/?part=one", headers=HTMX).content.decode()
    assert "Basil first" in one and "How this was written" not in one


def test_one_more_for_a_dish_that_is_off_meanwhile_says_so(alice, menu, ai, by, now):
    first = services.request_caption(platform="facebook", menu_item=menu["margherita"], by=by, now=now)
    services.set_available(item=menu["margherita"], available=False, by=by, now=now)
    part = post(alice, f"writing/{first.pk}/again/", {}, headers=HTMX).content.decode()
    assert "marked as not available" in part


# --- photos ---------------------------------------------------------------------------------------


def test_a_photo_is_described_by_a_model_that_sees_it(alice, ai, run, photo, settings):
    settings.GPT_VISION_MODEL = "gpt-4o"
    part = post(alice, f"writing/photo/{photo.pk}/", {"field": "id_alt_text"}, headers=HTMX).content.decode()
    generation = Generation.objects.get()
    assert f"{generation.pk}/?part=alt&amp;field=id_alt_text" in part
    ai.script = [
        says(json.dumps({"alt_text": "A round pizza with\ntomato and basil on a wooden board. \U0001f355"}))
    ]
    run(generation)
    assert ai.asked[0]["model"] == "gpt-4o" and not ai.asked[0].get("stream")
    words, picture = ai.asked[0]["messages"][1]["content"]
    assert "Margherita pizza" in words["text"] and "12.50" not in words["text"]
    assert (
        base64.b64decode(picture["image_url"]["url"].removeprefix("data:image/webp;base64,"))[:4] == b"RIFF"
    )
    offer = alice.get(
        f"/r/cafe/writing/{generation.pk}/?part=alt&field=id_alt_text", headers=HTMX
    ).content.decode()
    assert (
        'data-fill="id_alt_text" data-text="A round pizza with tomato and basil on a wooden board."' in offer
    )
    page = alice.get(f"/r/cafe/writing/{generation.pk}/").content.decode()
    assert "base64,…" in page and "[the photo]" in page and "Describe the photo so" in page
    there = f"/r/cafe/library/asset/{photo.pk}/"
    assert f'href="{there}"' in page
    described = post(alice, f"writing/{generation.pk}/describe/", {})
    assert (described.status_code, described["Location"]) == (302, there)
    photo.refresh_from_db()
    assert photo.alt_text == "A round pizza with tomato and basil on a wooden board."


def test_without_ai_a_description_says_only_what_is_known(alice, photo, settings):
    settings.AI_CONFIGURED = False
    part = post(alice, f"writing/photo/{photo.pk}/", {"field": "id_alt_text"}, headers=HTMX).content.decode()
    assert "Margherita pizza, Krusty Cafe" in part and "nobody looked at the photo" in part


def test_the_composers_panel_asks_for_the_photo_that_is_open(alice, photo, settings):
    settings.AI_CONFIGURED = False
    part = post(
        alice, "writing/photo/", {"described": str(photo.pk), "field": "alt-text"}, headers=HTMX
    ).content.decode()
    assert 'data-fill="alt-text"' in part and "Margherita pizza, Krusty Cafe" in part
    gone = post(
        alice, "writing/photo/", {"described": "nonsense", "field": "alt-text"}, headers=HTMX
    ).content.decode()
    assert "not in your library any more" in gone


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("IMG_2041", "Krusty Cafe"),
        ("PXL_20261102_180412345", "Krusty Cafe"),
        ("WhatsApp Image 2026-11-02 at 18.04.11", "Krusty Cafe"),
        ("7f3a9c1e", "Krusty Cafe"),
        ("Terrace at noon", "Terrace at noon"),
        ("Facade", "Facade"),
    ],
)
def test_a_file_name_is_no_description(cafe, photo, by, now, settings, title, text):
    settings.AI_CONFIGURED = False
    photo.title, photo.menu_item_id = title, None
    photo.save()
    assert services.request_alt_text(asset=photo, by=by, now=now).variants[0]["text"] == text


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([says(json.dumps({"alt_text": "Visit www.evil.example now"}))], "untrue"),
        ([says(json.dumps({"alt_text": "Call +1 312 555 0100 to order"}))], "untrue"),
        ([says(json.dumps({"alt_text": "very " * 200}))], "bad_answer"),
        ([says(json.dumps({"caption": "wrong shape"}))], "bad_answer"),
        ([says("")], "bad_answer"),
        ([says(None, refusal="no")], "refusal"),
        ([fails(400, "This model does not take images")], "not_accepted"),
    ],
)
def test_a_bad_description_is_replaced_by_the_truthful_one(cafe, photo, ai, run, by, now, answers, reason):
    ai.script = answers
    made = run(services.request_alt_text(asset=photo, by=by, now=now))
    assert (made.source, made.reason) == ("template", reason)
    assert made.variants[0]["text"] == "Margherita pizza, Krusty Cafe"


def test_a_photo_without_its_picture_is_described_from_its_dish(cafe, photo, ai, run, by, now):
    made = services.request_alt_text(asset=photo, by=by, now=now)
    Rendition.objects.all().delete()
    made = run(made)
    assert (made.source, made.reason, ai.asked) == ("template", "no_picture", [])


def test_the_library_offers_it_and_does_not_know_us(alice, cast, photo, settings):
    page = alice.get(f"/r/cafe/library/asset/{photo.pk}/").content.decode()
    assert f"/r/cafe/writing/photo/{photo.pk}/" in page and "Suggest a description" in page
    assert (
        "Suggest a description"
        not in cast.client(cast.vera).get(f"/r/cafe/library/asset/{photo.pk}/").content.decode()
    )


# --- budget ---------------------------------------------------------------------------------------


def test_the_budget_page_adds_up(alice, cast, menu, ai, run, by, now):
    ai.script = [writes("Friday tastes like Margherita pizza.")]
    run(services.request_caption(platform="facebook", variants=1, by=by, now=now))
    page = alice.get("/r/cafe/writing/budget/").content.decode()
    assert "gpt-4o-mini" in page and "$0.0002" in page and "Month by month" in page
    assert cast.client(cast.bob).get("/r/cafe/writing/budget/").status_code == 403


def test_owners_are_told_once_when_most_is_spent_and_once_when_templates_take_over(
    cafe, menu, ai, run, by, now, monkeypatch
):
    from decimal import Decimal

    from content import money
    from tenants.notices.models import Notice

    ai.script = [
        writes("Friday tastes like Margherita pizza."),
        writes("Basil first."),
        writes("Third time lucky."),
    ]
    monkeypatch.setattr(money, "worst_case", lambda *a, **k: Decimal("0.000225"))
    monkeypatch.setattr(money, "allowance", lambda plan: money.Allowance(Decimal("0.00047"), 10))
    made = [
        run(services.request_caption(platform="facebook", variants=1, by=by, now=now)).source
        for _ in range(4)
    ]
    assert made == ["ai", "ai", "template", "template"]
    notices = list(Notice.objects.filter(kind="ai_budget").order_by("key"))
    assert [n.key.rsplit(":", 1)[1] for n in notices] == ["gone", "most"]
    assert notices[0].link == "/r/cafe/writing/budget/"
