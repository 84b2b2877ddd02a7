from django.apps import AppConfig


class ChoresConfig(AppConfig):
    """The library's public table: which restaurant has something to tidy, and when."""

    name = "assets.chores"
    label = "assets_chores"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Library chores"
