from django.urls import path

from posting.slots import views

urlpatterns = [
    path("settings/times/", views.page, name="slots"),
    path("settings/times/add/", views.add, name="slots_add"),
    path("settings/times/<uuid:slot_id>/remove/", views.remove, name="slots_remove"),
    path("compose/next/", views.ahead, name="compose_next"),
]
