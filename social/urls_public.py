from django.urls import path

from social import views_public

urlpatterns = [
    path("webhooks/meta", views_public.meta_webhook, name="meta_webhook"),
    path("webhooks/meta/deauthorize", views_public.deauthorized, name="meta_deauthorized"),
    path("webhooks/meta/data-deletion", views_public.delete_data, name="meta_data_deletion"),
    path("legal/deletion/<slug:code>/", views_public.deletion_status, name="data_deletion_status"),
]
