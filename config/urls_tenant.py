"""Pages of one restaurant, below /r/<slug>/ (tenants/middleware.py)."""

from django.urls import include, path

urlpatterns = [
    path("", include("posting.urls")),
    path("", include("content.urls")),
    path("library/", include("assets.urls")),
    path("channels/", include("social.urls")),
    path("settings/", include("tenants.urls_tenant")),
    path("", include("tenants.notices.urls")),
]
