"""What the public sees: visible things only, escaped, with pictures."""

from __future__ import annotations

from tests.sandbox.conftest import World, http
from tests.sandbox_process import KRUSTY, KRUSTY_IG


def page(world: World, path: str) -> str:
    answer = http.get(world.box.url + path)
    assert answer.status_code == 200, path
    return answer.text


def test_the_index_lists_every_page_and_profile(world: World) -> None:
    text = page(world, "/")
    assert "nothing here leaves your machine" in text
    assert "Krusty Pizza" in text and "@krustypizza" in text and "Corner Bakery" in text


def test_a_page_shows_published_posts_only(world: World) -> None:
    world.hidden_post("Still hidden")
    shown = world.hidden_post("Now <b>visible</b>", photos=3)
    world.page.post(shown, is_published=True)
    world.box.control("engage", {"id": shown, "likes": 1234, "comments": ["Lovely & warm"], "shares": 2})
    text = page(world, "/p/krustypizza/")
    assert "Still hidden" not in text
    assert "Now &lt;b&gt;visible&lt;/b&gt;" in text and "Lovely &amp; warm" in text
    assert "1.2K" in text and "2 shares" in text and text.count('<img src="/media/') == 3
    assert page(world, f"/p/{KRUSTY}/") == text


def test_a_profile_shows_its_grid_and_a_post(world: World, picture: str) -> None:
    media = world.page.post(
        f"{KRUSTY_IG}/media_publish", creation_id=world.container(picture, caption="Line 1\nLine 2")
    )["id"]
    assert media in page(world, "/ig/krustypizza/")
    link = world.page.get(media, fields="permalink")["permalink"].removeprefix(world.box.url)
    assert "Line 1<br>Line 2" in page(world, link)


def test_deleted_and_unknown_things_are_not_available(world: World) -> None:
    post = world.page.post(f"{KRUSTY}/feed", message="Gone soon")["id"]
    link = world.page.get(post, fields="permalink_url")["permalink_url"]
    assert http.get(link).status_code == 200
    world.page.delete(post)
    gone = http.get(link)
    assert gone.status_code == 404 and "isn't available" in gone.text
    for path in ("/p/nobody/", "/ig/nobody/", "/media/../sandbox.sqlite3", "/media/none.jpg"):
        assert http.get(world.box.url + path).status_code == 404


def test_pictures_and_style_are_served(world: World) -> None:
    assert http.get(f"{world.box.url}/style.css").headers["content-type"].startswith("text/css")
    face = http.get(f"{world.box.url}/avatar/{KRUSTY}.png")
    assert face.headers["content-type"] == "image/png" and face.content[:4] == b"\x89PNG"
