"""Token exchange and inspection: /oauth/access_token and /debug_token (Graph API reference, manual login
flow).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox import clock, tokens
from sandbox.call import Answer, Call
from sandbox.errors import GraphError, invalid
from sandbox.store import Node, the_store


@dataclass(frozen=True)
class Special:
    handler: Callable[[Call], Answer]
    label: Callable[[Call], str]


def _app(call: Call, secret: bool = True) -> Node:
    app_id = call.text("client_id")
    if app_id is None:
        raise GraphError(101, "Missing client_id parameter.")
    app = tokens.find_app(app_id)
    if app is None:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    given = call.text("client_secret")
    if secret and given is None:
        raise GraphError(1, "Missing client_secret parameter.")
    if secret and not hmac.compare_digest(str(given).encode(), str(app["secret"]).encode()):
        raise GraphError(1, "Error validating client secret.")
    return app


def access_token(call: Call) -> Answer:
    """GET or POST: a code, ``grant_type=fb_exchange_token`` or ``grant_type=client_credentials``."""
    app, grant_type = _app(call), call.text("grant_type")
    if grant_type == "client_credentials":
        made = tokens.new_token("APP", app.id, long_lived=True)
        return {"access_token": made.token, "token_type": "bearer"}
    if grant_type == "fb_exchange_token":
        return _exchange(call, app)
    if grant_type not in (None, "authorization_code"):
        raise invalid(f"Invalid grant_type: {grant_type}")
    return _code(call, app)


def _code(call: Call, app: Node) -> Answer:
    """A code lives ten minutes, works once, and only with the very redirect_uri of the dialog."""
    code, redirect_uri = call.text("code"), call.text("redirect_uri")
    if code is None:
        raise GraphError(
            100,
            "This authorization code has been used."
            if "code" in call.params
            else "Missing authorization code",
        )
    if redirect_uri is None:
        raise GraphError(191, "Missing redirect_uri parameter.")
    with the_store().tx() as db:
        row = db.execute("SELECT * FROM codes WHERE code = ?", (code,)).fetchone()
        if row is None or row["app_id"] != app.id:
            raise GraphError(100, "Invalid verification code format.", subcode=36007)
        if row["redirect_uri"] != redirect_uri:
            raise GraphError(
                100,
                "Error validating verification code. Please make sure your redirect_uri is identical to the "
                "one you used in the OAuth dialog request",
                subcode=36008,
            )
        if row["used"]:
            raise GraphError(100, "This authorization code has been used.", subcode=36009)
        if row["expires"] <= clock.now():
            raise GraphError(100, "This authorization code has expired.", subcode=36007)
        db.execute("UPDATE codes SET used = 1 WHERE code = ?", (code,))
        life = int(clock.conf("user_token_seconds"))
        made = tokens.new_token("USER", app.id, person_id=row["person_id"], expires=clock.now() + life)
    return {"access_token": made.token, "token_type": "bearer", "expires_in": life}


def _exchange(call: Call, app: Node) -> Answer:
    """A living user token for a new string of about 60 days; the old string keeps its own life."""
    old = tokens.find(call.required("fb_exchange_token"))
    if old is None or old.app_id != app.id:
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
    tokens.check_alive(old)
    if old.kind == "PAGE":
        return {"access_token": old.token, "token_type": "bearer"}
    life = int(clock.conf("long_token_seconds"))
    made = tokens.new_token(
        "USER",
        app.id,
        person_id=old.person_id,
        expires=clock.now() + life,
        long_lived=True,
        data_access_expires=old.data_access_expires,
    )
    return {"access_token": made.token, "token_type": "bearer", "expires_in": life}


def debug_token(call: Call) -> Answer:
    """Inspect ``input_token`` with the app's token (or a token of the same app); a dead one is HTTP 200,
    is_valid false.
    """
    asker = tokens.find(str(call.params.get("access_token") or ""))
    if asker is None:
        raise GraphError(190, "Invalid OAuth access token.")
    subject = tokens.find(call.required("input_token"))
    if subject is None:
        return {
            "data": {
                "error": {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"},
                "is_valid": False,
                "scopes": [],
            }
        }
    if subject.app_id != asker.app_id:
        raise invalid("The App_id in the input_token did not match the Viewing App")
    app = tokens.find_app(subject.app_id)
    grant = tokens.find_grant(subject.app_id, subject.person_id)
    data: dict[str, Any] = {
        "app_id": subject.app_id,
        "type": subject.kind,
        "application": app["name"] if app else "",
        "data_access_expires_at": int(subject.data_access_expires),
        "expires_at": int(subject.expires),
        "is_valid": True,
        "scopes": [s for s, status in grant.scopes.items() if status == "granted"] if grant else [],
        "granular_scopes": tokens.granular(grant) if grant else [],
    }
    if subject.long_lived:
        data["issued_at"] = int(subject.issued)
    if subject.person_id:
        data["user_id"] = subject.person_id
    if subject.page_id:
        data["profile_id"] = subject.page_id
    try:
        tokens.check_alive(subject)
    except GraphError as error:
        data["is_valid"] = False
        data["error"] = {"code": error.code, "message": error.message, "subcode": error.subcode}
    return {"data": data}


def _label(call: Call) -> str:
    kind = call.text("grant_type")
    return {"fb_exchange_token": "oauth.exchange", "client_credentials": "oauth.client_credentials"}.get(
        kind or "", "oauth.code"
    )


SPECIAL: dict[tuple[str, str], Special] = {
    ("GET", "oauth/access_token"): Special(access_token, _label),
    ("POST", "oauth/access_token"): Special(access_token, _label),
    ("GET", "debug_token"): Special(debug_token, lambda _: "debug_token"),
}
