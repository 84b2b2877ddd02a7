"""`Authorization: Bearer sk_live_...` (or `X-Api-Key`) -> the key's row as `request.auth`.

Kept free of rest_framework.views: DRF imports its default authentication while it imports its views.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from tenants import api_keys, throttles
from tenants.errors import Refused
from tenants.models import ApiKey
from tenants.services.keys import may_come_from

USED_RESOLUTION = timedelta(minutes=1)  # "last used" is written at most this often: reading stays reading
UNKNOWN_KEYS_AN_HOUR = 300  # per address; guessing 178 bits is hopeless, this spares the database


class ApiKeyAuthentication(BaseAuthentication):
    """The caller is a key, not a person: `request.user` stays anonymous, `request.auth` is the ApiKey."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        text = _key_text(request)
        if text is None:
            return None
        now = timezone.now()
        key = find_key(text, now=now, address=get_adapter().get_client_ip(request._request))
        note_use(key, now=now)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def find_key(text: str, *, now: datetime, address: str = "") -> ApiKey:
    """The usable key with this text; AuthenticationFailed with a reason that only the key's holder can
    learn.
    """
    if not api_keys.well_formed(text):
        raise _failed("key_malformed", _("This is not one of our keys, or it was cut while copying."))
    key = (
        ApiKey.objects.select_related("tenant", "partner")
        .filter(digest__in=api_keys.candidate_digests(text))
        .first()
    )
    if key is None:
        verdict = throttles.limiter().take(f"unknown-key:{address}", UNKNOWN_KEYS_AN_HOUR, strict=True)
        if not verdict.allowed:
            raise exceptions.Throttled(wait=verdict.reset)
        raise _failed("key_unknown", _("This key is not known. Make one under Settings, Keys."))
    if key.revoked_at is not None:
        raise _failed("key_revoked", _("This key was revoked. Make a new one under Settings, Keys."))
    if key.expires_at is not None and key.expires_at <= now:
        raise _failed("key_expired", _("This key has expired. Make a new one under Settings, Keys."))
    if not may_come_from(key=key, address=address):
        raise exceptions.PermissionDenied(
            _("This key may not be used from %(address)s. Add the address to it under Settings, Keys.")
            % {"address": address or "?"},
            code="address_not_allowed",
        )
    return key


def note_use(key: ApiKey, *, now: datetime) -> None:
    """Remember when the key was last used, to the minute; of parallel requests one writes."""
    stale = now - USED_RESOLUTION
    if key.last_used_at is not None and key.last_used_at > stale:
        return
    ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=key.pk).update(
        last_used_at=now
    )


def _key_text(request: Request) -> str | None:
    """The key in the request, or None when the request carries none and another kind of sign-in may be
    tried.
    """
    words = get_authorization_header(request).split()
    if words and words[0].lower() == b"bearer":
        if len(words) != 2:
            raise _failed("key_malformed", _("Write the header as: Authorization: Bearer sk_live_…"))
        return words[1].decode("latin-1")
    return request.headers.get("X-Api-Key")


def _failed(code: str, sentence: str) -> exceptions.AuthenticationFailed:
    return exceptions.AuthenticationFailed(sentence, code=code)


def caller_of(request: Request) -> str:
    """Who asks, as one word: "key:<uuid>" or "user:<id>". Never two callers with one word."""
    auth: Any = request.auth
    if isinstance(auth, ApiKey):
        return f"key:{auth.pk}"
    if request.user is not None and request.user.is_authenticated:
        return f"user:{request.user.pk}"
    raise Refused(_("Sign in or send a key."), code="not_authenticated", status=401)
