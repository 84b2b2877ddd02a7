"""Notices on devices: encrypted for one browser, signed as ours, sent once, and never to where we do not go."""

import base64
import json
import logging
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.management import call_command
from django.utils import timezone

from tenants.errors import Refused
from tenants.notices import devices, tasks, webpush
from tenants.notices.models import PushDevice, Telling
from tenants.notices.services import mark_read, notify, resolve
from tenants.notices.webpush import Keys, b64, unb64

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PAGE = "/r/cafe/settings/notices/"
OURS = ec.derive_private_key(7, ec.SECP256R1())


class Browser:
    """A subscribed browser: what it sends to us, and what it can read."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.secret = b"0123456789abcdef"
        self.fields: dict[str, Any] = {
            "p256dh": b64(self.point),
            "auth": b64(self.secret),
            "name": "Chrome on Android",
        }

    def read(self, body: bytes) -> dict:
        salt, point, sealed = body[:16], body[21:86], body[86:]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        shared = self.key.exchange(ec.ECDH(), theirs)
        secret = webpush._derive(self.secret, shared, b"WebPush: info\0" + self.point + point, 32)
        key = webpush._derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = webpush._derive(salt, secret, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        assert plain.endswith(b"\x02")
        return json.loads(plain[:-1])


@pytest.fixture
def service():
    """A push service on loopback: `.seen` are the requests, `.status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            server.seen.append((self.path, dict(self.headers), body))
            self.send_response(server.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status = [], 201
    server.address = f"http://127.0.0.1:{server.server_port}/push/SECRET-ADDRESS"
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def on(settings):
    settings.VAPID_PRIVATE_KEY = b64((7).to_bytes(32))
    settings.VAPID_SUBJECT = "mailto:ops@example.com"
    settings.ALLOW_PRIVATE_FETCH = True


@pytest.fixture
def phone(cast, on, service):
    browser = Browser()
    given: dict[str, Any] = {"user": cast.alice, "tenant": cast.cafe, "endpoint": service.address, "now": NOW}
    devices.add_device(**given, **browser.fields)
    return browser


def say(cast, level="needs_you", key="post:1:held"):
    return notify(
        tenant=cast.cafe, kind="post", level=level, key=key, now=NOW,
        sentence="Pizza day did not go out.", link="/r/cafe/needs-you/", fix="Have a look",
    )  # fmt: skip


def test_the_bytes_are_those_of_the_standard():
    """RFC 8291, appendix A."""
    keys = Keys.read(
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    ours = int.from_bytes(unb64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    made = webpush.encrypt(
        b"When I grow up, I want to be a watermelon",
        keys,
        ours=ec.derive_private_key(ours, ec.SECP256R1()),
        salt=unb64("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert b64(made) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqK"
        "K6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_device_hears_at_once_what_needs_its_person_and_only_it_can_read_it(cast, phone, service):
    notice = say(cast)
    say(cast, "info", "news:1")
    assert devices.send_due(now=NOW) == 1 and devices.send_due(now=NOW) == 0
    ((path, headers, body),) = service.seen
    assert path == "/push/SECRET-ADDRESS" and b"Pizza" not in body
    said = phone.read(body)
    assert (said["title"], said["body"]) == ("Krusty Cafe", "Pizza day did not go out.")
    assert said["url"].endswith(f"/r/cafe/notices/{notice.pk}/") and said["tag"] == str(notice.pk)
    assert (headers["Content-Encoding"], headers["Urgency"]) == ("aes128gcm", "high")
    assert PushDevice.objects.get().told_at == NOW


def test_the_request_is_signed_as_ours_for_this_service(cast, phone, service):
    say(cast)
    devices.send_due(now=NOW)
    scheme, token, key = service.seen[0][1]["Authorization"].replace(",", "").split(" ")
    head, claims, signature = token.removeprefix("t=").split(".")
    assert scheme == "vapid" and key == f"k={webpush.public_key()}"
    assert json.loads(unb64(head)) == {"typ": "JWT", "alg": "ES256"}
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (said["aud"], said["sub"]) == (service.address.rsplit("/push", 1)[0], "mailto:ops@example.com")
    assert 0 < said["exp"] - NOW.timestamp() <= 24 * 3600
    raw = unb64(signature)
    pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    OURS.public_key().verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))  # raises when it is not


@pytest.mark.parametrize(
    ("status", "left", "due"), [(410, 0, 0), (404, 0, 0), (503, 1, 1), (429, 1, 1), (400, 1, 0)]
)
def test_a_browser_that_left_is_forgotten_and_a_busy_service_is_asked_again(
    cast, phone, service, status, left, due
):
    say(cast)
    service.status = status
    assert devices.send_due(now=NOW) == 0
    assert PushDevice.objects.count() == left
    waiting = Telling.objects.filter(pushed_at=None, push_due_at__gt=NOW)
    assert waiting.count() == due
    service.status = 201
    assert devices.send_due(now=NOW + timedelta(minutes=3)) == due


def test_a_service_that_never_answers_is_given_up_after_some_tries(cast, phone, service):
    say(cast)
    service.status = 500
    for hour in range(8):
        devices.send_due(now=NOW + timedelta(hours=hour))
    assert len(service.seen) == devices.TRIES


@pytest.mark.parametrize("how", ["read", "resolved", "left"])
def test_nobody_is_told_what_is_over_or_no_longer_theirs(cast, phone, service, how):
    notice = say(cast)
    if how == "read":
        mark_read(tenant=cast.cafe, user=cast.alice, now=NOW)
    elif how == "resolved":
        resolve(tenant=cast.cafe, key=notice.key, now=NOW)
    else:
        cast.alice.memberships.all().delete()
    assert devices.send_due(now=NOW) == 0 and service.seen == []


def test_an_address_inside_our_network_is_not_met(cast, phone, service, settings):
    say(cast)
    settings.ALLOW_PRIVATE_FETCH = False
    assert devices.send_due(now=NOW) == 0
    assert service.seen == [] and not PushDevice.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example.com/x"},
        {"endpoint": "https://user@push.example.com/x"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": "https://push.example.com/" + "x" * 1000},
        {"p256dh": "AAAA"},
        {"auth": "not base64 at all!"},
    ],
)
def test_a_made_up_subscription_is_refused(cast, on, settings, wrong):
    settings.ALLOW_PRIVATE_FETCH = False
    fields = Browser().fields | {"endpoint": "https://push.example.com/x"} | wrong
    answer = cast.client(cast.alice).post(f"{PAGE}device/", fields, headers={"hx-request": "true"})
    assert answer.status_code == 400 and not PushDevice.objects.exists()


def test_a_person_switches_a_device_on_and_off_and_nobody_else_can(cast, on):
    alice = cast.client(cast.alice)
    fields = Browser().fields | {"endpoint": "https://push.example.com/SECRET-ADDRESS"}
    assert webpush.public_key() in alice.get(PAGE).text
    for _twice in range(2):
        assert alice.post(f"{PAGE}device/", fields).status_code == 204
    device = PushDevice.objects.get()
    page = alice.get(PAGE).text
    assert "Chrome on Android" in page and "SECRET-ADDRESS" not in page
    assert cast.client(cast.bob).post(f"{PAGE}device/{device.pk}/remove/").status_code == 404
    assert alice.post(f"{PAGE}device/{device.pk}/remove/").status_code == 302
    assert not PushDevice.objects.exists()


def test_ten_devices_are_enough(cast, on):
    given: dict[str, Any] = {"user": cast.alice, "tenant": cast.cafe, "now": NOW, **Browser().fields}
    for number in range(devices.MOST_DEVICES):
        devices.add_device(endpoint=f"https://push.example.com/{number}", **given)
    devices.add_device(endpoint="https://push.example.com/3", **given)  # one it has already
    with pytest.raises(Refused, match="At most 10"):
        devices.add_device(endpoint="https://push.example.com/new", **given)


def test_without_a_key_nothing_of_it_is_offered_or_queued(cast, settings):
    settings.VAPID_PRIVATE_KEY = ""
    assert "On this device" not in cast.client(cast.alice).get(PAGE).text
    say(cast)
    tasks.mail()
    fields = Browser().fields | {"endpoint": "https://push.example.com/x"}
    assert cast.client(cast.alice).post(f"{PAGE}device/", fields).status_code == 409
    assert not Telling.objects.exclude(push_due_at=None).exists()


def test_the_worker_is_served_at_the_root_and_a_fresh_key_fits(client, cast, capsys):
    answer = client.get("/sw.js")
    assert answer["content-type"].startswith("text/javascript") and "showNotification" in answer.text
    call_command("vapid_key")
    name, _, value = capsys.readouterr().out.strip().partition("=")
    assert name == "VAPID_PRIVATE_KEY" and len(unb64(value)) == 32


def test_no_address_stands_in_the_logs(cast, phone, service, caplog):
    caplog.set_level(logging.DEBUG)
    say(cast)
    service.status = 500
    devices.send_due(now=NOW)
    assert "SECRET-ADDRESS" not in caplog.text
