from django.urls import path

from posting.recurring import views

urlpatterns = [
    path("repeating/", views.page, name="recurring"),
    path("posts/<uuid:post_id>/repeat/", views.new, name="recurring_new"),
    path("repeating/<uuid:recurrence_id>/change/", views.change, name="recurring_change"),
    path("repeating/<uuid:recurrence_id>/", views.act, name="recurring_act"),
]
