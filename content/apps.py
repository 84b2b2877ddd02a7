from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = _("Content")
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        super().import_models()
        import_module("content.calendar.models")  # a package with tables of this app

    def ready(self) -> None:
        from content import library_dishes  # noqa: F401 - needs the models
        from content.calendar import tasks  # noqa: F401 - Celery looks for them in `content.tasks` only
