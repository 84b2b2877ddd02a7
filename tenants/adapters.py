"""What allauth asks us: where people land, which address stands in mails, how TOTP secrets are kept."""

from __future__ import annotations

import base64
import os
import time
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context as context_
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants import queries
from tenants.partners import queries as partners
from tenants.urls_of import absolute, public_url, tenant_url

_VERSION = b"\x01"
_PURPOSE = b"tenants.mfa.secret.v1"


class AccountAdapter(DefaultAccountAdapter):
    """Where people land after signing in, and links in mails that nobody can bend by a Host header."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("This e-mail address and this password do not belong together.")
    }

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        restaurants = list(queries.restaurants_of(request.user)[:2])  # type: ignore[arg-type]
        if not restaurants:
            if request.user.is_staff:  # type: ignore[union-attr]
                return "/admin/"  # they come to work in the office
            # An agency's people have no restaurant of their own, and should not be asked to open one.
            partner = partners.partners_of_user(request.user).exists()  # type: ignore[arg-type]
            return public_url("partners" if partner else "restaurant_new")
        if len(restaurants) == 1:
            return tenant_url(restaurants[0].tenant, "home")
        return public_url("restaurants")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return public_url("restaurant_new")

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _ours(super().get_email_confirmation_url(request, emailconfirmation))

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _ours(super().get_reset_password_from_key_url(key))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        # allauth would name the request's host; a forged one would stand in our mail.
        site = {"name": settings.MFA_TOTP_ISSUER, "domain": urlsplit(settings.PUBLIC_URL).netloc}
        ours = {"current_site": site, "site_url": settings.PUBLIC_URL}
        super().send_mail(template_prefix, email, {**context, **ours})

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes is not asked for the same password again."""
        request = context_.request
        records = get_authentication_records(request, request.user)
        newest = max((record.get("at", 0) for record in records), default=0)
        return time.time() - newest >= account_settings.REAUTHENTICATION_TIMEOUT

    def format_email_subject(self, subject: str) -> str:
        return subject  # no "[host]" before it

    def get_client_ip(self, request: HttpRequest) -> str:
        # A unix socket or a test has no address; one shared bucket is stricter, not weaker.
        return super().get_client_ip(request) if request.META.get("REMOTE_ADDR") else "unknown"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Facebook is a way to sign in to one's own account; it never signs in by a matching address
    (takeover).
    """

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        return False

    def get_requests_session(self) -> Any:
        session = super().get_requests_session()
        session.max_redirects = 0
        return session


class MFAAdapter(DefaultMFAAdapter):
    """TOTP secrets and recovery seeds rest encrypted (AES-256-GCM under the ENCRYPTION_KEY ring), as tokens
    do.
    """

    error_messages = DefaultMFAAdapter.error_messages | {
        "unverified_email": _(
            "First confirm your e-mail address: under “E-mail” we send you the link again."
        ),
        "incorrect_code": _("These digits are not right, or too old. Take the ones that the app shows now."),
    }

    def encrypt(self, text: str) -> str:
        key_id, key = settings.ENCRYPTION_KEY[0]
        nonce = os.urandom(12)
        sealed = AESGCM(key).encrypt(nonce, text.encode(), _PURPOSE + key_id.encode())
        return f"{key_id}:{base64.b64encode(_VERSION + nonce + sealed).decode()}"

    def decrypt(self, encrypted_text: str) -> str:
        key_id, _, encoded = encrypted_text.partition(":")
        raw = base64.b64decode(encoded)
        for known_id, key in settings.ENCRYPTION_KEY:
            if known_id == key_id and raw[:1] == _VERSION:
                return AESGCM(key).decrypt(raw[1:13], raw[13:], _PURPOSE + key_id.encode()).decode()
        raise ImproperlyConfigured(
            f"ENCRYPTION_KEY no longer holds the key {key_id!r}: put it back, at the end of the list."
        )

    def _get_site_name(self) -> str:
        return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def has_second_factor(user: AbstractBaseUser) -> bool:
    """True when the account has an authenticator app set up."""
    return MFAAdapter().is_mfa_enabled(user, types=["totp"])


def _ours(url: str) -> str:
    """The same path under PUBLIC_URL."""
    parts = urlsplit(url)
    return absolute(parts.path + (f"?{parts.query}" if parts.query else ""))
