"""Files in pieces over a bad line: nothing is lost, nothing is half, nothing is left behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django_tenants.utils import tenant_context

from assets import services
from assets.models import Asset, LooseFile, Upload
from assets.services.transfer import PIECE
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW
from tests.assets.conftest import upload as upload_whole

pytestmark = pytest.mark.django_db
WHO = {"by": BOB, "now": NOW}
HOME = "/r/cafe/library/transfers/"


def begin(data: bytes, name: str = "feast.jpg") -> Upload:
    return services.start_upload(filename=name, size=len(data), tags=["big"], **WHO)


def test_pieces_become_one_photo(cafe, stored):
    data = corpus.jpeg()
    upload = begin(data)
    for at in range(0, len(data), 20_000):
        services.receive_piece(upload=upload, offset=at, data=data[at : at + 20_000], now=NOW)
    asset = services.finish_upload(upload=upload, **WHO)
    assert (asset.title, asset.tags, asset.bytes) == ("Feast", ["big"], len(data))
    assert (
        stored() == {asset.name} and not LooseFile.objects.exists()
    )  # the pieces themselves, nothing copied


def test_finishing_again_after_a_lost_answer_gives_the_same_photo(cafe, stored):
    data = corpus.jpeg()
    upload = begin(data)
    services.receive_piece(upload=upload, offset=0, data=data, now=NOW)
    first = services.finish_upload(upload=upload, **WHO)
    again = services.finish_upload(upload=upload, **WHO)
    assert again == first and not again.duplicate and Asset.objects.count() == 1
    with pytest.raises(Refused, match="over"):
        services.receive_piece(upload=upload, offset=len(data), data=b"x", now=NOW)
    services.sweep(now=NOW + timedelta(days=2))
    assert not Upload.objects.exists() and stored() == {first.name}


def test_a_photo_that_is_there_already_is_found_by_its_pieces(cafe, stored):
    data = corpus.jpeg()
    there = upload_whole(data)
    upload = begin(data)
    services.receive_piece(upload=upload, offset=0, data=data, now=NOW)
    for _again in range(2):
        asset = services.finish_upload(upload=upload, **WHO)
        assert asset == there and asset.duplicate
    assert stored() == {there.name}


def test_a_piece_that_came_twice_or_too_early_says_where_to_go_on(cafe):
    data = corpus.jpeg()
    upload = begin(data)
    services.receive_piece(upload=upload, offset=0, data=data[:1000], now=NOW)
    for offset in (0, 500, 2000, -1):
        with pytest.raises(Refused, match="1000 bytes have arrived") as caught:
            services.receive_piece(upload=upload, offset=offset, data=b"x", now=NOW)
        assert caught.value.code == "offset"


def test_more_than_was_announced_is_refused(cafe):
    upload = begin(b"x" * 100)
    with pytest.raises(Refused, match="longer"):
        services.receive_piece(upload=upload, offset=0, data=b"x" * 101, now=NOW)


def test_finishing_too_early_keeps_what_arrived(cafe):
    data = corpus.jpeg()
    upload = begin(data)
    services.receive_piece(upload=upload, offset=0, data=data[:1000], now=NOW)
    with pytest.raises(Refused, match="1000 of") as caught:
        services.finish_upload(upload=upload, **WHO)
    assert caught.value.status == 409
    services.receive_piece(upload=upload, offset=1000, data=data[1000:], now=NOW)
    assert services.finish_upload(upload=upload, **WHO).state == "processing"


def test_what_turns_out_to_be_no_photo_leaves_nothing(cafe, stored):
    upload = begin(corpus.PDF, "menu.jpg")
    services.receive_piece(upload=upload, offset=0, data=corpus.PDF, now=NOW)
    with pytest.raises(Refused, match="PDF"):
        services.finish_upload(upload=upload, **WHO)
    assert stored() == set() and not Upload.objects.exists() and not LooseFile.objects.exists()


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (301 * 1024**2, "video_too_heavy")])
def test_what_could_not_be_taken_is_refused_before_the_first_byte(cafe, size, code):
    with pytest.raises(Refused) as caught:
        services.start_upload(filename="a.mp4", size=size, **WHO)
    assert caught.value.code == code


def test_what_nobody_went_on_with_is_swept_after_a_day(cafe, stored):
    upload = begin(corpus.jpeg())
    services.receive_piece(upload=upload, offset=0, data=b"abc", now=NOW)
    assert services.sweep(now=NOW + timedelta(hours=23))["unfinished"] == 0
    assert services.sweep(now=NOW + timedelta(hours=25))["unfinished"] == 1
    assert stored() == set() and not Upload.objects.exists()


def test_the_page_sends_pieces_and_goes_on_after_a_break(cast):
    bob, data = cast.client(cast.bob), corpus.jpeg(4000, 3000)
    asked = {"filename": "feast.jpg", "size": len(data), "tags": "a,b"}
    upload = bob.post(HOME, asked).json()
    assert upload["piece"] == PIECE and upload["offset"] == 0

    def piece(at: int, size: int):
        return bob.patch(
            upload["url"],
            data[at : at + size],
            content_type="application/octet-stream",
            headers={"Upload-Offset": str(at)},
        )

    assert piece(0, 50_000).json() == {"offset": 50_000}
    lost = piece(0, 50_000)  # its answer was lost, so it is sent again
    assert lost.status_code == 409 and lost.json()["again"]
    assert bob.get(upload["url"]).json() == {"offset": 50_000, "arrived": []}
    early = bob.post(upload["url"])
    assert early.status_code == 409 and early.json()["code"] == "incomplete"
    piece(50_000, len(data))
    done = bob.post(upload["url"])
    assert done.status_code == 201 and done.json()["title"] == "Feast" and done.json()["duplicate_of"] is None
    again = bob.post(upload["url"])  # its answer was lost on the way
    assert again.status_code == 201 and again.json()["id"] == done.json()["id"]


def test_the_page_is_told_in_a_sentence_what_cannot_be(cast):
    bob = cast.client(cast.bob)
    for size in ("", "x", "0", str(10**12)):
        answer = bob.post(HOME, {"filename": "a.jpg", "size": size})
        assert answer.status_code in (400, 413) and answer.json()["sentence"] and not answer.json()["again"]


def test_strangers_and_viewers_send_no_pieces(cast):
    with tenant_context(cast.cafe):
        upload = begin(corpus.jpeg())
    address = f"{HOME}{upload.pk}/"
    assert cast.client(cast.charlie).get(address).status_code == 404
    assert cast.client(cast.charlie).get(address.replace("cafe", "bakery")).status_code == 404
    assert cast.client(cast.vera).get(address).status_code == 403


def test_partners_send_pieces_too(cast, make_key):
    partner: Client = make_key(cast.cafe)
    data = corpus.jpeg()
    asked = {"filename": "feast.jpg", "size": len(data), "tags": ["big"]}
    upload = partner.post("/api/v1/assets/uploads", asked, content_type="application/json").json()
    assert upload["piece_urls"] == [] and upload["piece_bytes"] == PIECE
    address = f"/api/v1/assets/uploads/{upload['id']}"
    wrong = partner.patch(
        address, data, content_type="application/octet-stream", headers={"Upload-Offset": "7"}
    )
    assert wrong.status_code == 409 and wrong.json()["code"] == "offset"
    right = partner.patch(
        address, data, content_type="application/octet-stream", headers={"Upload-Offset": "0"}
    )
    assert right.json()["offset"] == len(data)
    done = partner.post(f"{address}/finish")
    assert done.status_code == 201 and done.json()["tags"] == ["big"]
    with tenant_context(cast.cafe):
        assert Asset.objects.get().uploaded_by


def test_what_is_only_begun_counts_against_the_plan(cafe, stored, monkeypatch):
    monkeypatch.setattr("assets.quotas.allowed", lambda _plan: 2500)
    for _turn in range(2):
        services.start_upload(filename="feast.jpg", size=1000, **WHO)
    with pytest.raises(Refused, match="full"):
        services.start_upload(filename="feast.jpg", size=1000, **WHO)
