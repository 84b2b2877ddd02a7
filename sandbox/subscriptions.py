"""Webhook subscriptions: the app's callback addresses (with Meta's GET handshake) and the Pages' subscribed
fields.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from sandbox import params, webhooks
from sandbox.call import Answer, Call, endpoint
from sandbox.errors import GraphError, invalid
from sandbox.store import the_store

OBJECTS = ("page", "instagram", "user", "permissions")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@endpoint("app", "GET", "subscriptions", label="app.subscriptions", access="app")
def listed(call: Call) -> Answer:
    return {
        "data": [
            {
                "object": kind,
                "callback_url": sub["callback_url"],
                "active": True,
                "fields": [{"name": name, "version": call.version} for name in sub["fields"]],
            }
            for kind, sub in (call.target["subscriptions"] or {}).items()
        ]
    }


@endpoint("app", "POST", "subscriptions", label="app.subscriptions.create", access="app")
def subscribe(call: Call) -> Answer:
    """The handshake happens during this call: GET callback with hub.mode, hub.challenge, hub.verify_token."""
    kind, address = call.required("object"), call.required("callback_url")
    if kind not in OBJECTS:
        raise invalid(f"Param object must be one of {{{', '.join(OBJECTS)}}}")
    handshake(address, call.required("verify_token"))
    with the_store().tx():
        app = the_store().get(call.target.id, "app")
        assert app is not None
        subs = dict(app["subscriptions"] or {})
        subs[kind] = {
            "callback_url": address,
            "fields": [str(f) for f in call.listed("fields") or []],
            "include_values": call.flag("include_values", True),
        }
        app["subscriptions"] = subs
        the_store().save(app)
    return {"success": True}


def handshake(address: str, verify_token: str) -> None:
    challenge = webhooks.new_verify_challenge()
    query = urllib.parse.urlencode(
        {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": verify_token}
    )
    try:
        with _opener.open(f"{address}{'&' if '?' in address else '?'}{query}", timeout=10) as answer:
            status, text = answer.status, answer.read(200).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError, urllib.error.URLError) as error:
        raise GraphError(
            2200, f"(#2200) Callback verification failed with the following errors: {error}"
        ) from None
    if status != 200 or text.strip() != challenge:
        raise GraphError(
            2200,
            "(#2200) Callback verification failed with the following errors: HTTP Status Code = "
            f"{status}; the body is not the challenge",
        )


@endpoint("app", "DELETE", "subscriptions", label="app.subscriptions.delete", access="app")
def unsubscribe(call: Call) -> Answer:
    with the_store().tx():
        app = the_store().get(call.target.id, "app")
        assert app is not None
        subs = dict(app["subscriptions"] or {})
        for kind in [call.text("object")] if call.has("object") else list(subs):
            subs.pop(str(kind), None)
        app["subscriptions"] = subs
        the_store().save(app)
    return {"success": True}


# -- a Page's side ---------------------------------------------------------------------------------
@endpoint("page", "GET", "subscribed_apps", label="page.subscribed_apps", scopes=("pages_show_list",))
def page_subscribed(call: Call) -> Answer:
    rows: list[dict[str, Any]] = []
    for app_id, names in (call.target["subscribed"] or {}).items():
        app = the_store().get(app_id, "app")
        rows.append(
            {
                "category": "Business",
                "link": "",
                "name": app["name"] if app else "",
                "id": app_id,
                "subscribed_fields": names,
            }
        )
    return {"data": rows}


@endpoint(
    "page",
    "POST",
    "subscribed_apps",
    label="page.subscribed_apps.create",
    scopes=("pages_manage_metadata",),
    task="MODERATE",
)
def page_subscribe(call: Call) -> Answer:
    names = [str(name) for name in call.listed("subscribed_fields") or []]
    if not names:
        raise invalid("The parameter subscribed_fields is required")
    known = (
        params.known_params("page", "POST", "subscribed_apps")["subscribed_fields"]
        .partition("enum:")[2]
        .strip(">")
    )
    wrong = [name for name in names if name not in known.split("|")]
    if wrong:
        raise invalid(
            f'Param subscribed_fields[0] must be one of {{{known.replace("|", ", ")}}} - got "{wrong[0]}".'
        )
    with the_store().tx():
        page = the_store().get(call.target.id, "page")
        assert page is not None
        page["subscribed"] = {**(page["subscribed"] or {}), call.bearer.app_id: names}
        the_store().save(page)
    return {"success": True}


@endpoint(
    "page",
    "DELETE",
    "subscribed_apps",
    label="page.subscribed_apps.delete",
    access="page",
    scopes=("pages_manage_metadata",),
)
def page_unsubscribe(call: Call) -> Answer:
    with the_store().tx():
        page = the_store().get(call.target.id, "page")
        assert page is not None
        subscribed = dict(page["subscribed"] or {})
        subscribed.pop(call.bearer.app_id, None)
        page["subscribed"] = subscribed
        the_store().save(page)
    return {"success": True}
