"""Addresses and forms typed by hand end in a sentence or a 404, never in an error page."""

import pytest


@pytest.mark.parametrize("after", ["2026-02-31T10:00:00Z", "2026-02-01T10:00:00", "x", "\x00"])
def test_a_garbled_page_of_drafts_is_the_first_page(cast, after):
    answer = cast.client(cast.alice).get("/r/cafe/posts/", {"tab": "drafts", "after": after})
    assert answer.status_code == 200


@pytest.mark.parametrize("query", [{"q": "a\x00b"}, {"channel": "\x00"}, {"after": "\x00"}, {"tab": "\x00"}])
def test_the_history_takes_any_query(cast, query):
    assert cast.client(cast.alice).get("/r/cafe/posts/", query).status_code == 200


def test_an_address_with_a_nul_is_nobodys(cast):
    assert cast.client(cast.alice).get("/r/ca%00fe/").status_code == 404


@pytest.mark.parametrize(
    "path", ["library/", "menu/", "writing/", "library/picker/", "compose/", "channels/connect/"]
)
def test_pages_take_any_search(cast, path):
    query = {
        "q": "a\x00b",
        "after": "\x00",
        "folder": "\x00",
        "tag": "\x00",
        "want": "\x00",
        "connection": "\x00",
    }
    assert cast.client(cast.alice).get(f"/r/cafe/{path}", query).status_code in (200, 302, 404)
