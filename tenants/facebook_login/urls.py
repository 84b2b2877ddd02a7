from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from tenants.facebook_login.provider import SignInProvider

urlpatterns = default_urlpatterns(SignInProvider)  # without allauth's login_by_token
