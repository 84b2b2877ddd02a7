from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.socialaccount.providers.facebook.views import FacebookOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from tenants.urls_of import absolute, public_url


class Adapter(FacebookOAuth2Adapter):
    """POST keeps the secret out of access logs; one fixed callback address, whatever host the browser
    named.
    """

    access_token_method = "POST"  # noqa: S105 - a method's name

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return absolute(f"{public_url('facebook_login')}callback/")


def _where_configured(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Without FACEBOOK_APP_ID there is no such way to sign in, rather than an error page."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.SOCIALACCOUNT_PROVIDERS["facebook"]["APPS"]:
            raise Http404
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"  # the callback's address holds the code
        response["Cache-Control"] = "no-store"
        return response

    return inner


oauth2_login = _where_configured(OAuth2LoginView.adapter_view(Adapter))
oauth2_callback = _where_configured(OAuth2CallbackView.adapter_view(Adapter))
