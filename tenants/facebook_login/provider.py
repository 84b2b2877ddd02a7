from allauth.socialaccount.providers.facebook.provider import FacebookProvider

from tenants.facebook_login.views import Adapter


class SignInProvider(FacebookProvider):
    oauth2_adapter_class = Adapter
    supports_token_authentication = False

    @classmethod
    def get_package(cls) -> str:
        return "tenants.facebook_login"


provider_classes = [SignInProvider]
