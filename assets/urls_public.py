from django.urls import re_path

from assets import public_views

urlpatterns = [
    re_path(
        r"^m/(?P<token>[\w-]{20,80}\.[\w-]{20,80})\.(?P<suffix>jpg|webp|mp4)$",
        public_views.media,
        name="media",
    ),
]
