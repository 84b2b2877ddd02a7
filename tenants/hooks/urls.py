"""Below /r/<slug>/settings/webhooks/."""

from django.urls import path

from tenants.hooks import views

urlpatterns = [
    path("", views.webhooks, name="webhooks"),
    path("<uuid:webhook_id>/", views.webhook, name="webhook"),
    path("<uuid:webhook_id>/<slug:act>/", views.webhook_act, name="webhook_act"),
    path(
        "<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay/",
        views.webhook_replay,
        name="webhook_replay",
    ),
]
