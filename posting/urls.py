from django.urls import include, path

from posting import composer, composer_writer, home, views

urlpatterns = [
    path("", include("posting.slots.urls")),
    path("", include("posting.inbox.urls")),
    path("", include("posting.recurring.urls")),
    path("", include("posting.board.urls")),
    path("", home.home, name="home"),
    path("compose/", composer.compose, name="compose"),
    path("compose/save/", composer.autosave, name="compose_save"),
    path("compose/when/", composer.when, name="compose_when"),
    path("compose/write/", composer_writer.write, name="compose_write"),
    path("compose/write/<uuid:generation_id>/", composer_writer.writing, name="compose_writing"),
    path("compose/<uuid:post_id>/", composer.compose_existing, name="compose_post"),
    path("compose/<uuid:post_id>/checks/", composer.checks, name="compose_checks"),
    path("compose/<uuid:post_id>/save/", composer.autosave, name="compose_save_post"),
    path("home/week/", home.week, name="home_week"),
    path("numbers/", include("posting.analytics.urls")),
    path("posts/", views.posts, name="posts"),
    path("posts/history.csv", views.posts_csv, name="posts_csv"),
    path("posts/<uuid:post_id>/", views.post, name="post"),
    path("posts/<uuid:post_id>/delete/", views.delete, name="post_delete"),
    path("publications/<uuid:publication_id>/cancel/", views.cancel, name="publication_cancel"),
    path("publications/<uuid:publication_id>/reschedule/", views.reschedule, name="publication_reschedule"),
    path("publications/<uuid:publication_id>/undo/", views.put_back, name="publication_undo"),
    path("publications/<uuid:publication_id>/dish/", views.dish_back, name="publication_dish"),
    path("publications/<uuid:publication_id>/retry/", views.retry, name="publication_retry"),
    path("publications/<uuid:publication_id>/answer/", views.answer, name="publication_answer"),
]
