"""Pages outside any restaurant, the API, webhooks and health."""

from django.conf import settings
from django.urls import include, path

from config import api

urlpatterns = [
    path("", include("tenants.urls_public")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include(api.urlpatterns)),
    *api.documents,
]
urlpatterns += [
    path("", include(module))
    for module in ("social.urls_public", "assets.urls_public", "posting.urls_public")
]
if not settings.PRODUCTION:
    from config import styleguide

    urlpatterns.append(path("styleguide/", styleguide.page, name="styleguide"))
handler404 = "tenants.views.page_not_found"
