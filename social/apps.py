from django.apps import AppConfig


class SocialConfig(AppConfig):
    name = "social"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Channels"

    def ready(self) -> None:
        from social import receivers  # noqa: F401 - listens
