from typing import Any

from allauth.socialaccount.providers.facebook.views import FacebookOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import HttpRequest

from tenants.urls_of import absolute, public_url


class Adapter(FacebookOAuth2Adapter):
    """POST keeps the secret out of access logs; one fixed callback address, whatever host the browser
    named.
    """

    access_token_method = "POST"  # noqa: S105 - a method's name

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return absolute(public_url("facebook_callback"))


oauth2_login = OAuth2LoginView.adapter_view(Adapter)
oauth2_callback = OAuth2CallbackView.adapter_view(Adapter)
