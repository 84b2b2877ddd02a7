"""Every address of the sandbox."""

from __future__ import annotations

from django.urls import path, re_path

from sandbox import control, dialog, graph, openai_api, public_pages, rupload

urlpatterns = [
    path("health", control.health),
    re_path(r"^graph(?:-video)?/(?P<path>.*)$", graph.view),
    re_path(r"^rupload/(?P<path>.*)$", rupload.view),
    re_path(r"^dialog/(?P<path>.*)$", dialog.view),
    path("openai/v1/chat/completions", openai_api.chat_completions),
    path("openai/v1/models", openai_api.models),
    path("openai/v1/models/<str:name>", openai_api.model),
    re_path(r"^control/(?P<path>.*)$", control.view),
    path("", public_pages.index),
    path("p/<str:page>/", public_pages.page),
    path("p/<str:page>/posts/<str:number>/", public_pages.post),
    path("p/<str:page>/photos/<str:photo_id>/", public_pages.photo),
    path("p/<str:page>/reel/<str:video_id>/", public_pages.reel),
    path("ig/<str:username>/", public_pages.profile),
    re_path(r"^ig/(?P<username>[^/]+)/(?:p|reel)/(?P<shortcode>[^/]+)/$", public_pages.ig_post),
    path("ig/<str:username>/stories/<str:media_id>/", public_pages.story),
    path("media/<str:name>", public_pages.media_file),
    path("avatar/<str:node_id>.png", public_pages.avatar),
    path("style.css", public_pages.style),
]
