"""Facebook Login as a server does it: exchange, inspect, list Pages, revoke.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from social.graph.base import Answer, Calls, GraphConfig
from social.graph.errors import GraphError
from social.vault.secret import Secret

PAGE_FIELDS = (
    "id,name,access_token,tasks,category,picture,instagram_business_account{id,username,profile_picture_url}"
)

PAGE_SIZE = 100
CODE_SUBCODES = frozenset(
    {36007, 36008, 36009}
)  # the code itself was looked at: wrong, of another address, used


def dialog_url(
    config: GraphConfig, *, redirect_uri: str, state: str, scopes: Sequence[str], auth_type: str = ""
) -> str:
    """Where the person goes to say yes. `auth_type`: "rerequest" asks again for what was declined,
    "reauthorize" renews the 90 days of data access.
    """
    query = {
        "client_id": config.app_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        "scope": ",".join(scopes),
    }
    if auth_type:
        query["auth_type"] = auth_type
    return f"{config.dialog_url}/{config.version}/dialog/oauth?{urlencode(query)}"


class LoginCalls(Calls):
    def exchange_code(self, code: Secret, *, redirect_uri: str) -> Answer:
        """A code (single use) for a short-lived user token. By POST, so that the app's secret stands in no
        URL.

        https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow#exchangecode
        """
        return self._token("exchange_code", {"redirect_uri": redirect_uri}, "code", code)

    def exchange_long_lived(self, token: Secret) -> Answer:
        """A valid user token for a new one of about 60 days. An expired token cannot be exchanged.

        https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
        """
        return self._token("exchange_token", {"grant_type": "fb_exchange_token"}, "fb_exchange_token", token)

    def _token(self, name: str, params: dict[str, str], key: str, value: Secret) -> Answer:
        secret = self.config.app_secret
        if secret is None:
            raise RuntimeError("FACEBOOK_APP_SECRET is not set.")
        given = {
            "client_id": self.config.app_id,
            "client_secret": secret.reveal(),
            key: value.reveal(),
            **params,
        }
        try:
            return self.call(name, "POST", "oauth/access_token", given, needs="access_token", secrets=[value])
        except GraphError as error:
            # A stand-in for Meta may know the documented GET only. It has not looked at the code then.
            unheard = error.http_status in (404, 405, 501) or (
                error.http_status == 400
                and error.code in (100, 101, 2500)
                and error.subcode not in CODE_SUBCODES
            )
            if self.config.is_meta or not unheard:
                raise
            return self.call(name, "GET", "oauth/access_token", given, needs="access_token", secrets=[value])

    def debug_token(self, token: Secret) -> Answer:
        """With the app's token: `data.is_valid`, `scopes`, `granular_scopes`, `expires_at`,
        `data_access_expires_at`, `user_id`, `app_id`, `type`. A dead token is HTTP 200 with is_valid false
        and `data.error`.

        https://developers.facebook.com/docs/graph-api/reference/debug_token
        """
        return self.call(
            "debug_token",
            "GET",
            "debug_token",
            {"input_token": token.reveal()},
            needs="data",
            secrets=[token],
        )

    def me(self, *, fields: str = "id,name") -> Answer:
        """https://developers.facebook.com/docs/graph-api/reference/user"""
        return self.call("me", "GET", "me", {"fields": fields}, needs="id")

    def permissions(self) -> Answer:
        """`data`: permission and status (granted, declined, expired).

        https://developers.facebook.com/docs/graph-api/reference/user/permissions
        """
        return self.call("permissions", "GET", "me/permissions", needs="data")

    def accounts(self) -> Iterator[Answer]:
        """The person's Pages with their tokens. Pages of a business portfolio are silently missing without
        business_management. https://developers.facebook.com/docs/graph-api/reference/user/accounts
        """
        return self.pages_of("accounts", "me/accounts", {"fields": PAGE_FIELDS, "limit": PAGE_SIZE})

    def businesses(self) -> Iterator[Answer]:
        """https://developers.facebook.com/docs/graph-api/reference/user/businesses"""
        return self.pages_of("businesses", "me/businesses", {"fields": "id,name", "limit": PAGE_SIZE})

    def business_pages(self, business_id: str, edge: str) -> Iterator[Answer]:
        """`edge`: owned_pages or client_pages.

        The person's tasks are documented for /me/accounts only; where a portfolio refuses them (100, a field that
        does not exist) its Pages are read without, and count as usable when they come with a token.
        https://developers.facebook.com/docs/marketing-api/reference/business/owned_pages
        """
        path, params = f"{business_id}/{edge}", {"fields": PAGE_FIELDS, "limit": PAGE_SIZE}
        try:
            pages = list(self.pages_of(edge, path, params))
        except GraphError as error:
            if error.code != 100 or "field" not in error.message.lower():
                raise
            params["fields"] = PAGE_FIELDS.replace("tasks,", "")
            pages = list(self.pages_of(edge, path, params))
        return iter(pages)

    def subscribe_app(
        self, object_name: str, *, callback_url: str, verify_token: Secret, fields: Sequence[str]
    ) -> Answer:
        """With the app's token: where Meta sends this kind of event. Meta calls the address during this call.

        https://developers.facebook.com/docs/graph-api/reference/application/subscriptions
        """
        params = {
            "object": object_name,
            "callback_url": callback_url,
            "verify_token": verify_token.reveal(),
            "fields": ",".join(fields),
            "include_values": True,
        }
        path = f"{self.config.app_id}/subscriptions"
        return self.call("subscribe_app", "POST", path, params, needs="success", secrets=[verify_token])

    def revoke(self, user_id: str) -> Answer:
        """Take back everything this person granted us; their Pages' tokens die too.

        https://developers.facebook.com/docs/facebook-login/guides/permissions/request-revoke
        """
        return self.call("revoke", "DELETE", f"{user_id}/permissions", needs="success")
