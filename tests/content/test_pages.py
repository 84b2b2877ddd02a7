"""The brand, menu and writing pages as people use them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from content import generating, services
from content.models import BrandProfile, Generation, MenuItem
from content.writer import Writer
from tests.content.model_server import writes

BRAND = {
    "description": "Pizza", "tone": "humorous", "emoji": "none", "hashtag_limit": "3", "language": "es",
    "languages": ["es", "en"],
    "hashtags": "#Krusty, #pizza", "words_to_avoid": "cheap, basic", "links": "https://krusty.example/a\nhttps://k.example",
    "mode": "mixed",
}  # fmt: skip


@pytest.fixture
def alice(cast, cafe):
    """Alice's browser; a request leaves the restaurant, the test goes on inside."""
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
def written(ai, menu, by, now):
    ai.script = [writes("Friday tastes like Margherita pizza.", hashtags=("pizza",))]
    asked = services.request_caption(
        platform="facebook",
        tone="casual",
        menu_item=menu["margherita"],
        note="Terrace is open",
        variants=1,
        by=by,
        now=now,
    )
    return generating.run_generation(
        generation_id=asked.pk,
        clock=lambda: now,
        writer_of=lambda: Writer(ai.url, "sk-secret-0123", "gpt-4o-mini", 3),
    )


def page(client, path, **kwargs):
    answer = client.get(f"/r/cafe/{path}", **kwargs)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_brand_page_saves_and_shows_what_was_saved(alice, cafe):
    assert alice.post("/r/cafe/brand/save/", BRAND).status_code == 302
    profile = BrandProfile.objects.get()
    assert profile.hashtags == ["Krusty", "pizza"]
    assert profile.links == ["https://krusty.example/a", "https://k.example"]
    assert (profile.languages, profile.mode, profile.words_to_avoid) == (
        ["es", "en"],
        "mixed",
        ["cheap", "basic"],
    )
    text = page(alice, "brand/")
    assert "#Krusty #pizza" in text and "Last changed by" in text


@pytest.mark.parametrize(
    ("field", "value"),
    [("links", "javascript:x"), ("hashtags", "#a-b"), ("tone", "angry"), ("hashtag_limit", "99")],
)
def test_a_mistake_on_the_brand_page_keeps_everything_typed(alice, cafe, field, value):
    answer = alice.post("/r/cafe/brand/save/", BRAND | {field: value, "voice": "typed with care"})
    assert answer.status_code == 422
    assert "typed with care" in answer.content.decode()
    assert not BrandProfile.objects.exists()


def test_the_menu_shows_sections_prices_and_what_is_off(alice, menu):
    text = page(alice, "menu/")
    assert "Margherita pizza" in text and "$12.50" in text and "1 off" in text
    assert "Tiramisù" not in page(alice, "menu/?q=pizza")
    assert "Carbonara" in page(alice, "menu/?off=1")


def test_an_empty_menu_says_what_to_do(alice, cafe):
    assert "No dishes yet" in page(alice, "menu/")


def test_the_switch_answers_with_the_row_and_without_script_with_the_page(alice, menu):
    url = f"/r/cafe/menu/{menu['margherita'].pk}/available/"
    part = alice.post(url, {}, headers={"HX-Request": "true"})
    assert "Off" in part.content.decode() and "<html" not in part.content.decode()
    assert alice.post(url, {"available": "on"}).status_code == 302
    menu["margherita"].refresh_from_db()
    assert menu["margherita"].available


def test_a_dish_is_added_and_a_twin_is_explained_beside_its_name(alice, menu):
    dish = {"name": "Funghi", "section": "Pizza", "price": "13.50", "currency": "USD"}
    assert alice.post("/r/cafe/menu/new/", dish).status_code == 302
    again = alice.post("/r/cafe/menu/new/", dish)
    assert again.status_code == 422 and "already in this section" in again.content.decode()
    item = MenuItem.objects.get(name="Funghi")
    assert alice.post(f"/r/cafe/menu/{item.pk}/", dish | {"price": "14"}).status_code == 302
    item.refresh_from_db()
    assert item.price == 14
    assert alice.post(f"/r/cafe/menu/{item.pk}/delete/").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"price": "abc"},
        {"price": "-1"},
        {"season_from": "3"},
        {"photo": "nonsense"},
        {"currency": "XXX"},
    ],
)
def test_a_wrong_dish_is_not_stored(alice, cafe, wrong):
    answer = alice.post("/r/cafe/menu/new/", {"name": "Funghi", "currency": "USD"} | wrong)
    assert (answer.status_code, MenuItem.objects.count()) == (422, 0)


def test_a_file_is_shown_before_it_is_stored(alice, cafe):
    file = SimpleUploadedFile("menu.csv", b"name,price\nFunghi,13\n,5")
    preview = alice.post("/r/cafe/menu/import/", {"file": file}).content.decode()
    assert "Funghi" in preview and "The name is missing" in preview
    assert MenuItem.objects.count() == 0
    done = alice.post("/r/cafe/menu/import/", {"text": "name,price\nFunghi,13\n,5", "confirm": "1"})
    assert done.status_code == 302
    assert [i.name for i in MenuItem.objects.all()] == ["Funghi"]


def test_a_file_that_is_no_menu_says_so(alice, cafe):
    answer = alice.post("/r/cafe/menu/import/", {"text": "a,b\n1,2"})
    assert answer.status_code == 422 and "name the columns" in answer.content.decode()
    assert alice.post("/r/cafe/menu/import/", {}).status_code == 422


def test_the_log_lists_filters_and_shows_money_to_those_who_may(alice, cast, written):
    text = page(alice, "writing/")
    assert "Friday tastes like Margherita pizza." in text and "$0.0002" in text
    assert "Nothing like this" in page(alice, "writing/?source=template")
    assert "Friday" in page(alice, "writing/?source=nonsense&before=nonsense")
    assert "$" not in page(cast.client(cast.vera), "writing/").split("<main")[1]


def test_how_it_was_written_shows_words_prompt_and_raw_exchange(alice, cast, written):
    text = page(alice, f"writing/{written.pk}/")
    for part in (
        "Friday tastes like",
        "Terrace is open",
        "caption.2 platforms.1",
        "Our rules for the AI",
        "900 + 150 tokens",
    ):
        assert part in text
    assert "sk-secret-0123" not in text
    data = alice.get(f"/r/cafe/writing/{written.pk}/download.json").json()
    assert data["exchanges"][0]["response"]["status"] == 200 and data["cost_usd"]
    seen = cast.client(cast.vera).get(f"/r/cafe/writing/{written.pk}/download.json").json()
    assert "cost_usd" not in seen


def test_a_waiting_generation_keeps_asking_until_it_is_written(alice, ai, menu, by):
    from django.utils import timezone

    asked = services.request_caption(platform="facebook", tone="casual", by=by, now=timezone.now())
    part = page(alice, f"writing/{asked.pk}/?part=1", headers={"HX-Request": "true"})
    assert "hx-get" in part and "Writing" in part
    Generation.objects.update(patience_until=asked.created_at)
    part = page(alice, f"writing/{asked.pk}/?part=1", headers={"HX-Request": "true"})
    assert "hx-get" not in part and "Written from templates" in part


def test_the_log_of_many_needs_few_queries(alice, written, django_assert_max_num_queries, by, now, settings):
    settings.AI_CONFIGURED = False
    for _ in range(40):
        services.request_caption(platform="facebook", tone="casual", variants=1, by=by, now=now)
    alice.get("/r/cafe/writing/")
    with django_assert_max_num_queries(12):
        text = page(alice, "writing/")
    assert "Older" in text
