"""Nobody leads us into our own network by an address."""

import socket

import pytest

from tenants import outgoing
from tenants.errors import Refused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "fd00::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_a_name_that_leads_inside_is_refused(monkeypatch, settings, address):
    settings.ALLOW_PRIVATE_FETCH = False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answers = [(socket.AF_INET, 1, 6, "", ("93.184.215.14", 443)), (family, 1, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_named: answers)
    with pytest.raises(Refused, match="public internet"):
        outgoing.fetch("https://photos.example/a.jpg", max_bytes=10)


@pytest.mark.parametrize(
    "url", ["http://photos.example/a", "https://me:pw@photos.example/", "file:///etc/passwd"]
)
def test_only_plain_https_is_asked(settings, url):
    settings.ALLOW_PRIVATE_FETCH = False
    with pytest.raises(Refused, match="https"):
        outgoing.fetch(url, max_bytes=10)
