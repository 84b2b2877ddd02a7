from django.urls import path

from social import views

urlpatterns = [
    path("", views.channels, name="channels"),
    path("connect/", views.connect, name="channels_connect"),
    path("choose/<uuid:connection_id>/", views.choose, name="channels_choose"),
    path("<uuid:channel_id>/pause/", views.pause, name="channel_pause"),
    path("<uuid:channel_id>/resume/", views.resume, name="channel_resume"),
    path("<uuid:channel_id>/check/", views.check, name="channel_check"),
    path("<uuid:channel_id>/disconnect/", views.disconnect, name="channel_disconnect"),
]
