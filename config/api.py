"""Table of contents of the API, below /api/v1/."""

from django.urls import include, path

from tenants import api_docs

urlpatterns = [
    path("", include("tenants.api")),
    path("", include("social.api")),
    path("", include("assets.api")),
    path("", include("content.api")),
    path("", include("posting.api")),
]
documents = [
    path("openapi.json", api_docs.Document.as_view(urlconf="config.urls_public"), name="openapi"),
    path("docs", api_docs.Swagger.as_view(), name="swagger"),
    path("redoc.js", api_docs.redoc_script, name="redoc_script"),
    path("redoc", api_docs.Redoc.as_view(), name="redoc"),
]
