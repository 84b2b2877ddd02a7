"""An owner at the sandbox's dialog: what a browser would send there, without the browser."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client
from django_tenants.utils import tenant_context

from social.models import Channel, Connection
from social.permissions import SCOPES
from tenants.models import Tenant
from tests.sandbox_process import ALICE, KRUSTY, KRUSTY_CATERING, KRUSTY_IG, KRUSTY_TRUCK, Sandbox

CATERING_IG = "17841400000000003"
EVERY_PAGE = (KRUSTY, KRUSTY_TRUCK, KRUSTY_CATERING)
EVERY_IG = (KRUSTY_IG, CATERING_IG)


@dataclass
class Meta:
    """The sandbox from an owner's and an operator's side."""

    sandbox: Sandbox
    codes: list[str] = field(default_factory=list)

    def decide(
        self,
        dialog_url: str,
        *,
        person: str = ALICE,
        pages: Any = EVERY_PAGE,
        igs: Any = EVERY_IG,
        scopes: Any = SCOPES,
        cancel: bool = False,
    ) -> str:
        """Tick and press Continue (or Cancel). Returns the path and query Facebook sends the browser back
        to.
        """
        parts = urlsplit(dialog_url)
        form = [("person", person), ("cancel" if cancel else "continue", "1")]
        form += (
            [("page", page) for page in pages] + [("ig", ig) for ig in igs] + [("scope", s) for s in scopes]
        )
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        line.request(
            "POST",
            f"{parts.path}?{parts.query}",
            urlencode(form),
            {"content-type": "application/x-www-form-urlencoded"},
        )
        answer = line.getresponse()
        text = answer.read().decode()
        line.close()
        assert answer.status == 302, text
        back = urlsplit(answer.headers["location"])
        self.codes += parse_qs(back.query).get("code", [])
        return f"{back.path}?{back.query}"

    def control(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        return self.sandbox.control(path, body, method)

    def calls(self, label: str = "*") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control(f"calls?label={label}")["calls"]
        return found


def start(client: Client, tenant: Tenant, **form: str) -> str:
    """Press "Continue with Facebook". Returns the dialog's address."""
    response = client.post(f"/r/{tenant.slug}/channels/connect/", form)
    assert response.status_code == 302, response.content.decode()[:2000]
    return response["location"]


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def log_in(
    meta: Meta, client: Client, tenant: Tenant, *, form: dict[str, str] | None = None, **ticks: Any
) -> Any:
    """The whole way there and back. Returns the callback's response."""
    return client.get(meta.decide(start(client, tenant, **(form or {})), **ticks))


def choose(client: Client, response: Any, *keys: str) -> Any:
    """Post the choice on the page the callback led to."""
    return client.post(response["location"].partition("?")[0], {"channels": list(keys)})


def connect(meta: Meta, client: Client, tenant: Tenant, *keys: str, **ticks: Any) -> Connection:
    """Log in and choose; by default the first Page and its Instagram account."""
    response = log_in(meta, client, tenant, **ticks)
    assert response.status_code == 302, response.content.decode()
    keys = keys or (f"facebook:{KRUSTY}", f"instagram:{KRUSTY_IG}")
    chosen = choose(client, response, *keys)
    assert chosen.status_code == 302 and chosen["location"].endswith("/channels/"), chosen.content.decode()
    with tenant_context(tenant):
        return Connection.objects.get(
            pk=response["location"].partition("?")[0].rstrip("/").rpartition("/")[2]
        )


def channel(platform: str = "facebook", remote_id: str = "") -> Channel:
    """Inside the restaurant's context."""
    found = Channel.objects.filter(platform=platform)
    return (found.filter(remote_id=remote_id) if remote_id else found).select_related("connection").get()


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
