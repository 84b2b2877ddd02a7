"""Access tokens: who they speak for, whether they still live, and the grants behind them.

A grant is what one person allowed one app: permissions with a status, Pages and Instagram accounts. Tokens
point at the grant, so un-ticking a Page or revoking a permission takes effect on tokens already handed out,
as it does at Meta. A Page token lives as long as the user token it was asked with (for ever, for a long-lived
one).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox import clock
from sandbox.errors import GraphError, invalid, token_dead
from sandbox.store import Node, the_store

DATA_ACCESS_SECONDS = 90 * 86_400
PERMISSIONS = [
    "public_profile",
    "email",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_metadata",
    "pages_read_user_content",
    "pages_manage_engagement",
    "pages_messaging",
    "pages_manage_ads",
    "read_insights",
    "business_management",
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_insights",
    "instagram_manage_comments",
    "instagram_manage_messages",
    "instagram_manage_contents",
    "ads_management",
    "ads_read",
    "catalog_management",
    "leads_retrieval",
    "whatsapp_business_management",
    "openid",
    "user_link",
    "user_gender",
]


@dataclass
class Grant:
    app_id: str
    person_id: str
    scopes: dict[str, str] = field(default_factory=dict)  # permission -> granted | declined | expired
    pages: list[str] = field(default_factory=list)
    igs: list[str] = field(default_factory=list)
    login_at: float = 0.0

    def has(self, *scopes: str) -> bool:
        return all(self.scopes.get(scope) == "granted" for scope in scopes)

    def save(self) -> None:
        data = {"scopes": self.scopes, "pages": self.pages, "igs": self.igs, "login_at": self.login_at}
        with the_store().tx() as db:
            db.execute(
                "INSERT OR REPLACE INTO grants VALUES (?,?,?)",
                (self.app_id, self.person_id, json.dumps(data)),
            )


@dataclass
class Token:
    token: str
    kind: str  # USER | PAGE | APP
    app_id: str
    person_id: str | None
    page_id: str | None
    parent: str | None
    issued: float
    expires: float  # 0 = never
    data_access_expires: float
    long_lived: bool
    dead_subcode: int | None


def find_grant(app_id: str, person_id: str | None) -> Grant | None:
    row = the_store().row("SELECT data FROM grants WHERE app_id=? AND person_id=?", app_id, person_id)
    return None if row is None else Grant(app_id, person_id or "", **json.loads(row["data"]))


def find_app(app_id: str) -> Node | None:
    return the_store().get(app_id, "app")


def new_token(
    kind: str,
    app_id: str,
    *,
    person_id: str | None = None,
    page_id: str | None = None,
    parent: str | None = None,
    expires: float = 0.0,
    long_lived: bool = False,
    data_access_expires: float | None = None,
) -> Token:
    issued = clock.now()
    if data_access_expires is None:
        data_access_expires = issued + DATA_ACCESS_SECONDS
    text = "EAA" + secrets.token_hex(64) if kind != "APP" else f"{app_id}|{secrets.token_urlsafe(20)}"
    made = Token(
        text, kind, app_id, person_id, page_id, parent, issued, expires, data_access_expires, long_lived, None
    )
    with the_store().tx() as db:
        db.execute(
            "INSERT INTO tokens VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                text,
                kind,
                app_id,
                person_id,
                page_id,
                parent,
                issued,
                expires,
                data_access_expires,
                int(long_lived),
                None,
            ),
        )
    return made


def find(text: str) -> Token | None:
    """The token's row, alive or dead; the literal ``{app-id}|{app-secret}`` is an app token as well."""
    row = the_store().row("SELECT * FROM tokens WHERE token = ?", text)
    if row is not None:
        return Token(**{**dict(row), "long_lived": bool(row["long_lived"])})
    app_id, bar, secret = text.partition("|")
    app = find_app(app_id) if bar else None
    if app is not None and hmac.compare_digest(secret.encode(), str(app["secret"]).encode()):
        return Token(text, "APP", app_id, None, None, None, 0.0, 0.0, 0.0, True, None)
    return None


def check_alive(token: Token) -> None:
    """Raise 190 with the right subcode when this token is dead."""
    if token.kind == "APP":
        return
    if token.dead_subcode:
        raise _dead(token, token.dead_subcode)
    if token.expires and token.expires <= clock.now():
        raise _dead(token, 463)
    if find_grant(token.app_id, token.person_id) is None:
        raise _dead(token, 458)
    if token.page_id:
        page = the_store().get(token.page_id, "page")
        if page is None or token.person_id not in (page["roles"] or {}):
            raise _dead(token, 492)


def _dead(token: Token, subcode: int) -> GraphError:
    def words(at: float) -> str:
        return datetime.fromtimestamp(at, UTC).strftime("%A, %d-%b-%y %H:%M:%S UTC")

    return token_dead(
        subcode, app=token.app_id, expired=words(token.expires or clock.now()), now=words(clock.now())
    )


def kill(
    subcode: int, *, token: str | None = None, person_id: str | None = None, page_id: str | None = None
) -> int:
    """Mark tokens dead with a 190 subcode; returns how many. Without a filter nothing is touched."""
    wheres = [
        (name, value)
        for name, value in (("token", token), ("person_id", person_id), ("page_id", page_id))
        if value
    ]
    if not wheres:
        return 0
    sql = "UPDATE tokens SET dead_subcode=? WHERE " + " AND ".join(f"{name}=?" for name, _ in wheres)
    with the_store().tx() as db:
        return db.execute(sql, (subcode, *(value for _, value in wheres))).rowcount


def page_token(user: Token, page_id: str) -> Token:
    """The Page token belonging to this user token: the same string each time it is asked for."""
    with the_store().tx():
        row = the_store().row("SELECT token FROM tokens WHERE parent=? AND page_id=?", user.token, page_id)
        found = find(row["token"]) if row else None
        return found or new_token(
            "PAGE",
            user.app_id,
            person_id=user.person_id,
            page_id=page_id,
            parent=user.token,
            expires=0.0 if user.long_lived else user.expires,
            long_lived=user.long_lived,
            data_access_expires=user.data_access_expires,
        )


def check_proof(token: Token, params: dict[str, Any]) -> bool:
    """Verify appsecret_proof; returns whether one was given. Wrong, or missing though required: code 100."""
    app = find_app(token.app_id)
    given = params.get("appsecret_proof")
    if app is None:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    if given is None:
        if clock.conf("require_appsecret_proof") and token.kind != "APP":
            raise GraphError(
                100,
                "API calls from the server require an appsecret_proof argument",
                type="GraphMethodException",
            )
        return False
    message = token.token
    if params.get("appsecret_time"):
        message += "|" + str(params["appsecret_time"])
    wanted = hmac.new(str(app["secret"]).encode(), message.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, str(given).lower()):
        raise GraphError(
            100, "Invalid appsecret_proof provided in the API argument", type="GraphMethodException"
        )
    return True


def granular(grant: Grant) -> list[dict[str, Any]]:
    """debug_token's granular_scopes: which Pages or accounts each granted permission is limited to."""
    answer: list[dict[str, Any]] = []
    for scope, status in grant.scopes.items():
        if status != "granted":
            continue
        if scope.startswith("pages_") or scope == "read_insights":
            answer.append({"scope": scope, "target_ids": list(grant.pages)})
        elif scope.startswith("instagram_"):
            answer.append({"scope": scope, "target_ids": list(grant.igs)})
        elif scope not in ("public_profile", "email", "openid"):
            answer.append({"scope": scope})
    return answer


def unknown_token(text: str) -> GraphError:
    if not text:
        return GraphError(
            2500, "An active access token must be used to query information about the current user."
        )
    return GraphError(190, "Invalid OAuth access token - Cannot parse access token")


__all__ = [
    "Grant",
    "Token",
    "check_alive",
    "check_proof",
    "find",
    "find_grant",
    "granular",
    "invalid",
    "kill",
    "new_token",
    "page_token",
    "unknown_token",
]
