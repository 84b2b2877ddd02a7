"""The same library on S3: a local S3 server stands in, everything else is the real path."""

from __future__ import annotations

import hashlib
import io
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from django.core.files.storage import storages
from django.test import Client
from moto.server import ThreadedMotoServer
from PIL import Image

from assets import links, reach, services, storage
from assets.models import Asset, LooseFile, Rendition, Upload
from assets.services.transfer import S3_PIECE, piece_urls
from tenants.errors import Refused
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, PHOTO, ready, upload

pytestmark = pytest.mark.django_db
BUCKET = "shelf"


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server, settings, monkeypatch):
    """Settings as the environment's AWS_* would make them; yields the names in the bucket."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    options = {
        "access_key": "test",
        "secret_key": "test",
        "bucket_name": BUCKET,
        "region_name": "us-east-1",
        "endpoint_url": s3_server,
        "querystring_auth": True,
        "file_overwrite": False,
        "default_acl": None,
        "addressing_style": "path",
        "signature_version": "s3v4",
    }
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    client.create_bucket(Bucket=BUCKET)
    settings.AWS_STORAGE_BUCKET_NAME = BUCKET
    ours = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": ours}
    monkeypatch.setattr(storage, "storage", lambda: storages["default"])

    def names() -> set[str]:
        return {each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])}

    yield names
    for name in names():
        client.delete_object(Bucket=BUCKET, Key=name)
    client.delete_bucket(Bucket=BUCKET)


def test_a_photo_lives_in_the_bucket_under_its_restaurants_prefix(cafe, bucket, stored):
    asset = ready(corpus.jpeg(orientation=6))
    assert asset.state == "ready"
    assert bucket() == {asset.name, *Rendition.objects.values_list("name", flat=True)}
    assert all(name.startswith("t_cafe/") for name in bucket())
    assert stored() == set() and not LooseFile.objects.exists()


def test_meta_is_given_the_buckets_own_signed_address(cafe, bucket):
    rendition = services.ensure_rendition(asset=ready(), kind="ig_4x5")
    url = links.public_media_url(rendition)
    assert BUCKET in url and "Signature" in url
    with urllib.request.urlopen(url) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.read())).size == (rendition.width, rendition.height)
    assert reach.outside_problem() == ""


def test_our_own_pages_show_it_through_us(cast, cafe, bucket):
    rendition = services.ensure_rendition(asset=ready(), kind="thumb")
    url = links.view_url(rendition)
    answer = cast.client(cast.vera).get(url)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(answer.getvalue())).width == rendition.width
    part = cast.client(cast.vera).get(url, headers={"Range": "bytes=0-3"})
    assert part.status_code == 206 and part.getvalue() == b"RIFF"
    assert Client().get(url).status_code == 302


def test_what_is_purged_leaves_the_bucket(cafe, bucket):
    asset = ready()
    services.trash_assets(asset_ids=[asset.pk], by=BOB, now=NOW)
    services.purge_assets(asset_ids=[asset.pk], by=BOB, now=NOW)
    assert bucket() == set() and not LooseFile.objects.exists()


def test_a_lost_object_is_named_in_a_sentence(cafe, bucket):
    asset = ready()
    storages["default"].delete(asset.name)
    with pytest.raises(Exception, match="upload it again"):
        services.ensure_rendition(asset=asset, kind="ig_4x5", focal=(0.1, 0.1))


def test_an_upload_that_the_bucket_refuses_leaves_no_row(cafe, bucket, s3_server):
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="t",
        aws_secret_access_key="t",
    )
    client.delete_bucket(Bucket=BUCKET)
    try:
        with pytest.raises(Exception, match="NoSuchBucket"):
            upload(PHOTO)
        assert not Asset.objects.exists()
    finally:
        client.create_bucket(Bucket=BUCKET)


def put(url: str, data: bytes) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(url, data=data, method="PUT", headers=headers)).close()


def test_large_files_go_into_the_bucket_in_pieces(cafe, bucket):
    data = corpus.jpeg(800, 800) + bytes(9 * 1024**2)
    upload = services.start_upload(filename="feast.jpg", size=len(data), by=BOB, now=NOW)
    urls = piece_urls(upload=upload)
    assert len(urls) == 2
    with pytest.raises(Refused, match="0 of"):
        services.finish_upload(upload=upload, by=BOB, now=NOW)
    for number, url in enumerate(urls):
        piece = data[number * S3_PIECE : (number + 1) * S3_PIECE]
        put(url, piece)
    asset = services.finish_upload(upload=upload, by=BOB, now=NOW)
    assert asset.bytes == len(data) and bucket() == {asset.name}
    assert not LooseFile.objects.exists()
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    assert asset.state == "ready" and asset.sha256 == hashlib.sha256(data).hexdigest()
    assert services.finish_upload(upload=upload, by=BOB, now=NOW) == asset


def in_pieces(data: bytes, name: str = "feast.jpg", **more) -> Asset:
    """As a sender who puts the pieces into the bucket."""
    upload = services.start_upload(filename=name, size=len(data), by=BOB, now=NOW, **more)
    for number, url in enumerate(piece_urls(upload=upload)):
        put(url, data[number * S3_PIECE : (number + 1) * S3_PIECE])
    return services.finish_upload(upload=upload, by=BOB, now=NOW)


def test_the_length_of_each_piece_is_part_of_what_is_signed(cafe, bucket):
    upload = services.start_upload(filename="feast.jpg", size=S3_PIECE + 10, by=BOB, now=NOW)
    urls = piece_urls(upload=upload)
    assert all("content-length" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"][0] for url in urls)
    longer = storage.piece_url(upload.name, upload.multipart, 2, 11, 86400)
    signed = [parse_qs(urlsplit(url).query)["X-Amz-Signature"] for url in (urls[1], longer)]
    assert signed[0] != signed[1]


def test_what_is_no_photo_is_told_without_fetching_it(cafe, bucket):
    with pytest.raises(Refused, match="PDF"):
        in_pieces(corpus.PDF * 10, "menu.jpg")
    assert bucket() == set() and not Upload.objects.exists()


def test_the_same_bytes_put_straight_into_the_bucket_are_noticed_by_the_worker(cafe, bucket):
    there = ready()
    asset = in_pieces(PHOTO, "copy.jpg")
    services.ingest(asset_id=asset.pk, now=NOW)
    asset.refresh_from_db()
    assert asset.state == "refused" and there.title in asset.reason
    assert asset.name not in bucket() and there.name in bucket()


def test_after_a_break_the_sender_is_told_which_pieces_are_there(cast, bucket):
    bob = cast.client(cast.bob)
    data = corpus.jpeg() + bytes(S3_PIECE)
    asked = {"filename": "feast.jpg", "size": len(data)}
    upload = bob.post("/r/cafe/library/transfers/", asked).json()
    assert upload["piece"] == S3_PIECE and len(upload["urls"]) == 2
    put(upload["urls"][1], data[S3_PIECE:])
    assert bob.get(upload["url"]).json() == {"offset": 0, "arrived": [2]}
    early = bob.post(upload["url"])
    assert early.status_code == 409 and early.json()["again"]
    put(upload["urls"][0], data[:S3_PIECE])
    done = bob.post(upload["url"])
    assert done.status_code == 201 and done.json()["title"] == "Feast"


def test_an_upload_left_alone_leaves_no_pieces_in_the_bucket(cafe, bucket):
    upload = services.start_upload(filename="feast.jpg", size=10**7, by=BOB, now=NOW)
    (first, _second) = piece_urls(upload=upload)
    put(first, bytes(S3_PIECE))
    services.sweep(now=NOW + timedelta(days=2))
    parts = storages["default"].bucket.meta.client.list_multipart_uploads(Bucket=BUCKET)
    assert "Uploads" not in parts and bucket() == set()


def test_pieces_longer_than_announced_are_not_even_fetched(cafe, bucket):
    upload = services.start_upload(filename="feast.jpg", size=1000, by=BOB, now=NOW)
    (url,) = piece_urls(upload=upload)
    put(url, bytes(2000))
    with pytest.raises(Refused, match="longer"):
        services.finish_upload(upload=upload, by=BOB, now=NOW)
    assert bucket() == set() and not Upload.objects.exists()
