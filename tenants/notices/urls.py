"""Below /r/<slug>/."""

from django.urls import path

from tenants.notices import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/bell/", views.bell, name="notices_bell"),
    path("notices/read/", views.read_all, name="notices_read"),
    path("notices/<uuid:notice_id>/", views.go, name="notice"),
    path("settings/notices/device/", views.device_add, name="device_add"),
    path("settings/notices/device/<uuid:device_id>/remove/", views.device_remove, name="device_remove"),
    path("settings/notices/", views.preferences, name="notice_preferences"),
]
