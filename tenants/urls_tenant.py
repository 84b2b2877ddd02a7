"""Below /r/<slug>/settings/."""

from django.urls import include, path

from tenants import views, views_closing

urlpatterns = [
    path("", views.settings_page, name="settings"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("close/", views_closing.close, name="restaurant_close"),
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<int:member_id>/role/", views.person_role, name="person_role"),
    path("people/<int:member_id>/remove/", views.person_remove, name="person_remove"),
    path(
        "people/invitations/<uuid:invitation_id>/withdraw/",
        views.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("webhooks/", include("tenants.hooks.urls")),
    path("keys/", views.keys, name="keys"),
    path("keys/<uuid:key_id>/rotate/", views.key_rotate, name="key_rotate"),
    path("keys/<uuid:key_id>/revoke/", views.key_revoke, name="key_revoke"),
]
