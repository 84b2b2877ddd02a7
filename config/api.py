"""Table of contents of the API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from tenants import api_docs, problems

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("tenants.api")),
    path("", include("tenants.hooks.api")),
    path("", include("social.api")),
    path("", include("assets.api")),
    path("", include("content.api")),
    path("", include("content.api_brand")),
    path("", include("content.calendar.api")),
    path("", include("posting.board.api")),
    path("", include("posting.api")),
    path("", include("posting.api_history")),
    path("", include("posting.recurring.api")),
    path("", include("posting.slots.api")),
    path("", include("posting.api_posts")),
    path("", include("posting.analytics.api")),
    re_path(r"^.*$", problems.no_such_endpoint, name="api_not_found"),  # last: a problem, also while DEBUG
]
documents = [
    path("openapi.json", api_docs.Document.as_view(urlconf="config.urls_public"), name="openapi"),
    path("docs", api_docs.Swagger.as_view(), name="swagger"),
    path("redoc.js", api_docs.redoc_script, name="redoc_script"),
    path("redoc", api_docs.Redoc.as_view(), name="redoc"),
]
