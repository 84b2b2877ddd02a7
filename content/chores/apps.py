from django.apps import AppConfig


class ChoresConfig(AppConfig):
    """The writing's public table: which restaurant waits for words, and when somebody must look after them."""

    name = "content.chores"
    label = "content_chores"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Writing chores"
