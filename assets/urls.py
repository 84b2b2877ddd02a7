"""Below /r/<slug>/library/."""

from django.urls import re_path

from assets import views

urlpatterns = [
    re_path(
        r"^file/(?P<rendition_id>[0-9a-f-]{36})\.(?P<suffix>jpg|webp|mp4)$",
        views.rendition_file,
        name="library_file",
    ),
]
