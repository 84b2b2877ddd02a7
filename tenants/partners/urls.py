"""Below /partners/."""

from django.urls import path

from tenants.partners import views

urlpatterns = [
    path("", views.partners, name="partners"),
    path("<uuid:partner_id>/", views.partner, name="partner"),
    path("<uuid:partner_id>/keys/", views.keys, name="partner_keys"),
    path("<uuid:partner_id>/keys/<uuid:key_id>/rotate/", views.rotate, name="partner_key_rotate"),
    path("<uuid:partner_id>/keys/<uuid:key_id>/revoke/", views.revoke, name="partner_key_revoke"),
]
