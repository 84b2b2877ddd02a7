from django.urls import path

from posting import views

urlpatterns = [
    path("", views.home, name="home"),
    path("posts/", views.posts, name="posts"),
    path("posts/<uuid:post_id>/", views.post, name="post"),
    path("publications/<uuid:publication_id>/cancel/", views.cancel, name="publication_cancel"),
    path("publications/<uuid:publication_id>/reschedule/", views.reschedule, name="publication_reschedule"),
    path("publications/<uuid:publication_id>/retry/", views.retry, name="publication_retry"),
    path("publications/<uuid:publication_id>/answer/", views.answer, name="publication_answer"),
]
