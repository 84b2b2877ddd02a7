"""The connect flow: from "Continue with Facebook" to a sealed, inspected connection.

allauth's Facebook provider is used for signing in only. Connecting has this small flow of its own, because
its state must be bound to a restaurant besides person and browser, live for minutes, and be consumed by one
DELETE; and because the token is exchanged, inspected and sealed by us and never stored by allauth.
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django_tenants.utils import tenant_context

from social import notices
from social.attaching import restore_channels
from social.grants import Grant, pages_of, read_grant
from social.graph import GraphConfig, GraphError, GraphUnknown, dialog_url
from social.health import explain
from social.models import Channel, Connection, ConnectionState
from social.permissions import SCOPES
from social.registry.models import OAuthState
from social.tokens import LOCKED, mirror, next_check, put_token
from social.vault import Secret, VaultError
from tenants import audit
from tenants.access import Actor, Can, has
from tenants.errors import Refused
from tenants.models import Membership, Tenant, User
from tenants.urls_of import absolute, public_url

logger = logging.getLogger(__name__)

STATE_BYTES = 32  # 256 bit; RFC 9700 asks for what cannot be guessed
WANTS = ("facebook", "instagram")


@dataclass
class ConnectFailed(Refused):
    """The way back from Facebook did not lead to a connection. `tenant` is known once the state was found."""

    tenant: Tenant | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """A connection that stands. `restored` work again, `lost` were connected by it and were not shared this
    time.
    """

    tenant: Tenant
    connection: Connection
    want: str
    other_person: bool  # a reconnect was asked for and somebody else logged in
    restored: list[Channel] = field(default_factory=list)
    lost: list[Channel] = field(default_factory=list)


def redirect_uri() -> str:
    """The one address registered with the Facebook app. On PUBLIC_URL, where the session's cookie lives."""
    return absolute(public_url("connect_callback"))


def start_connect(
    *,
    tenant: Tenant,
    user: User,
    session_key: str,
    now: datetime,
    want: str = "facebook",
    connection: Connection | None = None,
    ask: str = "",
) -> str:
    """Where to send the person. The state in that address works once, for this person in this browser, for
    minutes.

    `connection`: the one to renew. `ask`: Facebook's auth_type ("rerequest" asks again for what was
    declined). Raises Refused when the person may not connect, or when no Facebook app is set up.
    """
    config = GraphConfig.from_settings()
    if not config.complete:
        raise Refused(
            _("Facebook is not set up on this server yet. Ask whoever runs it to set FACEBOOK_APP_ID."),
            code="facebook_not_configured",
            status=503,
        )
    _require_role(tenant, user)
    if not session_key:
        raise Refused(_("Sign in first, then connect."), code="no_session", status=403)
    state = secrets.token_urlsafe(STATE_BYTES)
    OAuthState.objects.filter(expires_at__lt=now).delete()
    OAuthState.objects.create(
        state_hash=_hash(state),
        session_hash=_hash(session_key),
        user=user,
        tenant=tenant,
        redirect_uri=redirect_uri(),
        scopes=list(SCOPES),
        intent={
            "want": want if want in WANTS else "facebook",
            "connection": str(connection.pk) if connection else "",
        },
        expires_at=now + timedelta(minutes=settings.OAUTH_STATE_EXPIRATION_MINUTES),
    )
    auth_type = ask or (explain(connection.reason).ask if connection else "")
    return dialog_url(config, redirect_uri=redirect_uri(), state=state, scopes=SCOPES, auth_type=auth_type)


def consume_state(*, state: str, session_key: str, user: Any, now: datetime) -> OAuthState:
    """Take the state out of the table, whatever comes of it, and refuse it unless everything matches.

    DELETE ... RETURNING is atomic: of two requests with one state, one gets it. Raises ConnectFailed,
    audited.
    """
    deleted = OAuthState.objects.raw(
        f"DELETE FROM {OAuthState._meta.db_table} WHERE state_hash = %s RETURNING *",  # noqa: S608 - a constant name
        [_hash(state)],
    )
    found = list(deleted)
    if not found:
        raise ConnectFailed(
            _("This link was used already, or is not ours. Start again."), code="state_unknown", status=400
        )
    row = found[0]
    if not getattr(user, "is_authenticated", False) or row.user_id != user.pk:
        _refuse(
            row,
            "state_user",
            _("Somebody else started this. Sign in as the same person and start again."),
            None,
        )
    if bytes(row.session_hash) != _hash(session_key):
        _refuse(
            row, "state_session", _("This was started in another browser. Start again in this one."), None
        )
    if row.expires_at <= now:
        sentence = _("This took longer than %(minutes)s minutes. Start again.")
        _refuse(
            row, "state_expired", sentence % {"minutes": settings.OAUTH_STATE_EXPIRATION_MINUTES}, row.tenant
        )
    try:
        _require_role(row.tenant, row.user)
    except Refused as refused:
        _refuse(row, "role", refused.sentence, None)
    return row


def cancel_connect(*, state: str, session_key: str, user: Any, error: str, now: datetime) -> ConnectFailed:
    """The person said no at Facebook, or Facebook did. Returns what to show; the state is spent."""
    row = consume_state(state=state, session_key=session_key, user=user, now=now)
    if error == "access_denied":
        sentence = _("You said no at Facebook, so nothing was connected. You can try again at any time.")
        return ConnectFailed(sentence, code="denied", tenant=row.tenant)
    sentence = _("Facebook could not finish. Nothing was connected; try again.")
    return ConnectFailed(sentence, code="facebook_error", tenant=row.tenant)


def finish_connect(*, state: str, code: str, session_key: str, user: Any, now: datetime) -> Finished:
    """Turn the code into a sealed connection of the restaurant the flow was started for.

    Channels that this connection had before work again with fresh tokens; no other Page is attached. Raises
    ConnectFailed with a sentence for the person.
    """
    row = consume_state(state=state, session_key=session_key, user=user, now=now)
    tenant = row.tenant
    if not code or len(code) > 2000:
        raise ConnectFailed(_("Facebook sent no login code. Start again."), code="no_code", tenant=tenant)
    try:
        grant = read_grant(Secret(code), row.redirect_uri, now)
    except GraphError as error:
        raise ConnectFailed(_explain(error), code="exchange_failed", status=502, tenant=tenant) from None
    wrong = grant.wrong()
    if wrong:
        audit.record("connect.refused", by=Actor.of(row.user), tenant_id=tenant.pk, why=wrong)
        sentence = _("Facebook's answer did not belong to this app. Nothing was connected; start again.")
        raise ConnectFailed(sentence, code=wrong, tenant=tenant)
    with tenant_context(tenant):
        try:
            connection = _store(grant, by=row.user, tenant=tenant, now=now)
        except VaultError:
            logger.exception("a fresh token cannot be sealed")
            raise ConnectFailed(str(LOCKED.sentence), code="vault", status=503, tenant=tenant) from None
        restored, lost = _renew_channels(connection, by=Actor.of(row.user), now=now)
        notices.tell(connection, now=now)
    wanted = row.intent.get("connection", "")
    return Finished(
        tenant=tenant,
        connection=connection,
        want=row.intent.get("want", "facebook"),
        other_person=bool(wanted) and wanted != str(connection.pk),
        restored=restored,
        lost=lost,
    )


@transaction.atomic
def _store(grant: Grant, *, by: User, tenant: Tenant, now: datetime) -> Connection:
    found = Connection.objects.select_for_update().filter(facebook_user_id=grant.user_id).first()
    connection = found or Connection(facebook_user_id=grant.user_id)
    actor = Actor.of(by)
    connection.name = grant.name
    connection.scopes, connection.declined = list(grant.scopes), list(grant.declined)
    connection.granular = grant.granular
    connection.expires_at = grant.expires_at
    connection.data_access_expires_at = grant.data_access_expires_at
    connection.state, connection.reason = ConnectionState.HEALTHY, ""
    connection.checked_at = connection.refreshed_at = connection.connected_at = now
    connection.next_check_at = next_check(connection, now=now)
    connection.connected_by, connection.connected_by_id = actor.label[:200], actor.user_id
    put_token(connection, grant.token)
    connection.save()
    mirror(connection)
    audit.record(
        "connection.renewed" if found else "connection.made",
        by=actor,
        tenant_id=tenant.pk,
        connection=str(connection.pk),
        scopes=list(grant.scopes),
    )
    return connection


def _renew_channels(
    connection: Connection, *, by: Actor, now: datetime
) -> tuple[list[Channel], list[Channel]]:
    if not connection.channels.connected().exists():
        return [], []
    try:
        pages = pages_of(connection)
    except GraphError:
        # The old Page tokens may work still; the check that is due at once finds out.
        connection.next_check_at = now
        connection.save(update_fields=["next_check_at"])
        mirror(connection)
        return [], []
    return restore_channels(connection, pages, by=by, now=now)


def _require_role(tenant: Tenant, user: Any) -> None:
    membership = Membership.objects.filter(tenant=tenant, user=user, tenant__closed_at=None).first()
    if membership is None or not has(membership.role, Can.CONNECT):
        raise Refused(_("Only owners and managers connect channels."), code="role", status=403)


def _refuse(row: OAuthState, code: str, sentence: str, tenant: Tenant | None) -> None:
    """A mismatch is refused and audited. `tenant` is told only to somebody who is known to belong there."""
    audit.record("connect.refused", by=Actor.of(row.user), tenant_id=row.tenant_id, why=code)
    raise ConnectFailed(sentence, code=code, status=403 if tenant is None else 400, tenant=tenant)


def _explain(error: GraphError) -> str:
    if isinstance(error, GraphUnknown):
        return _("Facebook did not answer clearly. Nothing was connected; try again in a minute.")
    if error.code == 100:
        return _("Facebook no longer accepts this login link. Start again.")
    return _("Facebook said no: %(sentence)s") % {"sentence": error.sentence}


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()
