"""The virus check: clamd's own language over a real socket; what it cannot judge waits."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assets import services
from assets.antivirus import NoAnswer, scan
from assets.models import Asset, Version
from tests.assets import corpus
from tests.assets.conftest import BOB, NOW, PHOTO, ready, upload

pytestmark = pytest.mark.django_db


class Clamd:
    """Reads INSTREAM as clamd does and answers with `says`; keeps what it was sent."""

    def __init__(self, family: int, address: object) -> None:
        self.says = b"stream: OK\0"
        self.got: list[bytes] = []
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.bind(address)
        self.socket.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.socket.accept()
            except OSError:
                return
            with line, line.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                data = b""
                while length := int.from_bytes(stream.read(4), "big"):
                    data += stream.read(length)
                self.got.append(data)
                line.sendall(self.says)


@pytest.fixture(params=["tcp", "socket"])
def clamd(request, settings, tmp_path):
    family = socket.AF_INET if request.param == "tcp" else socket.AF_UNIX
    server = Clamd(family, ("127.0.0.1", 0) if request.param == "tcp" else str(tmp_path / "clamd"))
    settings.CLAMD_ADDRESS = (
        f"127.0.0.1:{server.socket.getsockname()[1]}" if request.param == "tcp" else str(tmp_path / "clamd")
    )
    yield server
    server.socket.close()


def test_a_clean_photo_passes_and_all_of_it_was_seen(cafe, clamd):
    data = PHOTO
    assert ready(data).state == "ready"
    assert clamd.got == [data]


def test_an_infected_one_is_refused_by_name_and_its_bytes_go(cafe, clamd, stored):
    clamd.says = b"stream: Eicar-Test-Signature FOUND\0"
    asset = ready()
    assert asset.state == "refused" and "Eicar-Test-Signature" in asset.reason
    assert stored() == set()


@pytest.mark.parametrize("says", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: maybe\0"])
def test_whatever_is_no_verdict_lets_the_upload_wait(cafe, clamd, says):
    clamd.says = says
    asset = ready()
    assert asset.state == "processing" and asset.tries == 0
    assert "virus check" in asset.waits_for
    clamd.says = b"stream: OK\0"
    services.ingest(asset_id=asset.pk, now=NOW + timedelta(minutes=1))
    asset.refresh_from_db()
    assert asset.state == "ready" and asset.waits_for == ""


def test_a_check_that_is_away_is_waited_for_and_said_on_the_page(cast, cafe, settings):
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    asset = ready()
    assert asset.state == "processing"
    bob = cast.client(cast.bob)
    page = f"/r/cafe/library/asset/{asset.pk}/"
    assert "virus check" in bob.get(page).content.decode()
    assert "virus check" in bob.get(f"{page}status/").json()["waits_for"]
    assert "virus check" in bob.get("/r/cafe/library/").content.decode()


def test_a_replacement_passes_the_same_check(cafe, settings):
    asset = ready(corpus.jpeg(400, 400, seed=1))
    settings.CLAMD_ADDRESS = "127.0.0.1:9"
    new = SimpleUploadedFile("b.jpg", corpus.jpeg(400, 400, seed=2))
    version = services.replace_file(asset=asset, file=new, filename="b.jpg", by=BOB, now=NOW)
    assert services.ingest_version(version_id=version.pk, now=NOW) is None
    assert Version.objects.get().state == "processing" and Asset.objects.get().version == 1


def test_without_the_setting_nobody_is_asked(cafe, settings):
    assert settings.CLAMD_ADDRESS == ""
    assert upload(corpus.jpeg()).state == "processing"


def test_nonsense_for_an_address_is_no_pass(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    for address in ("nobody", "127.0.0.1:port", "/nowhere/clamd"):
        with pytest.raises((NoAnswer, ValueError)):
            scan(tmp_path / "a", address)
