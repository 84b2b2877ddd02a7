"""What a Facebook login granted, read back from Facebook itself before anything is believed or stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from social.graph import GraphClient, GraphTokenDead, GraphUnknown
from social.models import Connection
from social.pages import PageList, list_pages
from social.permissions import SCOPES, granular_of
from social.tokens import connection_client
from social.vault import Secret


@dataclass(frozen=True, slots=True)
class Grant:
    """What Facebook says we were given, read back from Facebook itself."""

    token: Secret
    app_id: str
    user_id: str
    me_id: str
    name: str
    kind: str
    valid: bool
    scopes: tuple[str, ...]
    declined: tuple[str, ...]
    granular: dict[str, list[str]]
    expires_at: datetime | None
    data_access_expires_at: datetime | None

    def wrong(self) -> str:
        """Why this grant must not be stored; "" when it may."""
        if not self.valid:
            return "token_not_valid"
        if self.app_id != settings.FACEBOOK_APP_ID:
            return "token_of_other_app"
        if self.kind != "USER" or not self.user_id or self.user_id != self.me_id:
            return "token_of_other_person"
        return ""


def inspect(token: Secret) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """(debug_token's data, granted scopes, declined or lapsed scopes) of a user token.

    /me/permissions is the better witness for scopes: it tells declined from never asked. Raises
    GraphTokenDead only when this very token is refused, other GraphErrors when nothing is known.
    """
    try:
        data = _twice(lambda: GraphClient.for_app().debug_token(token))["data"]
    except GraphTokenDead as error:  # it is our app's token that was refused: says nothing about this one
        raise GraphUnknown(http_status=error.http_status, cause="our app is not accepted") from None
    data = data if isinstance(data, dict) else {}
    if not data.get("is_valid"):
        return data, (), ()
    rows = _twice(lambda: GraphClient(token).permissions()).items
    granted = [str(row.get("permission")) for row in rows if row.get("status") == "granted"]
    refused = [str(row.get("permission")) for row in rows if row.get("status") in ("declined", "expired")]
    return data, tuple(granted), tuple(scope for scope in refused if scope in SCOPES)


def moment(value: Any) -> datetime | None:
    """Graph's unix seconds; 0 and nonsense mean "never"."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 32_503_680_000:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def read_grant(code: Secret, redirect: str, now: datetime) -> Grant:
    short = GraphClient(None).exchange_code(code, redirect_uri=redirect)  # single use, so asked once
    # Exchanging is repeatable: a lost answer costs nothing, the short token stays good.
    answer = _twice(lambda: GraphClient(None).exchange_long_lived(Secret(str(short["access_token"]))))
    token = Secret(str(answer["access_token"]))
    data, granted, declined = inspect(token)
    me = _twice(lambda: GraphClient(token).me()) if data.get("is_valid") else {}
    expires_at = moment(data.get("expires_at"))
    if expires_at is None and isinstance(answer.get("expires_in"), (int, float)) and "expires_at" not in data:
        expires_at = now + timedelta(seconds=int(answer["expires_in"]))
    return Grant(
        token=token,
        app_id=str(data.get("app_id", "")),
        user_id=str(data.get("user_id", ""))[:64],
        me_id=str(me.get("id", ""))[:64],
        name=str(me.get("name", ""))[:200].replace("\x00", ""),
        kind=str(data.get("type", "")),
        valid=data.get("is_valid") is True,
        scopes=granted,
        declined=declined,
        granular=granular_of(data.get("granular_scopes")),
        expires_at=expires_at,
        data_access_expires_at=moment(data.get("data_access_expires_at")),
    )


def pages_of(connection: Connection) -> PageList:
    """Every Page this connection shares with us, live from Facebook. Raises GraphError."""
    return list_pages(connection_client(connection), portfolios="business_management" in connection.scopes)


def _twice(ask: Any) -> Any:
    """Reads, and the repeatable exchange, are asked again once when the answer is unclear."""
    try:
        return ask()
    except GraphUnknown:
        return ask()
