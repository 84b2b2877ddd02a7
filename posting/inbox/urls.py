from django.urls import path

from posting.inbox import views

urlpatterns = [
    path("needs-you/", views.inbox, name="inbox"),
    path("publications/<uuid:publication_id>/seen/", views.seen, name="publication_seen"),
]
