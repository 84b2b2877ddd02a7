"""Outside any restaurant: the front page, choosing and opening restaurants, health, the back office."""

from django.contrib import admin
from django.urls import include, path, re_path

from tenants import health, views
from tenants.notices.views import service_worker

urlpatterns = [
    path("", views.landing, name="landing"),
    path("legal/<slug:page>/", views.legal, name="legal"),
    path("restaurants/", views.restaurants, name="restaurants"),
    path("restaurants/new/", views.restaurant_new, name="restaurant_new"),
    path("restaurants/<slug:slug>/leave/", views.leave, name="restaurant_leave"),
    path("partners/", include("tenants.partners.urls")),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    re_path(r"^ui/?$", views.lead_to_composer, name="lead_to_composer"),
    re_path(r"^assets/?$", views.lead_to_library, name="lead_to_library"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("sw.js", service_worker, name="service_worker"),
    path("health", health.health, name="health"),
    path("health/db", health.health_db, name="health_db"),
    path("health/redis", health.health_redis, name="health_redis"),
    path("admin/", admin.site.urls),
]
