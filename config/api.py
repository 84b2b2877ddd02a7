"""Table of contents of the API, below /api/v1/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularRedocView, SpectacularSwaggerView

urlpatterns = [
    path("", include("tenants.api")),
    path("", include("social.api")),
    path("", include("assets.api")),
    path("", include("content.api")),
    path("", include("posting.api")),
]
documents = [
    path("openapi.json", SpectacularJSONAPIView.as_view(urlconf="config.urls_public"), name="openapi"),
    path("docs", SpectacularSwaggerView.as_view(url_name="openapi"), name="swagger"),
    path("redoc", SpectacularRedocView.as_view(url_name="openapi"), name="redoc"),
]
