from django.apps import AppConfig


class PostingConfig(AppConfig):
    name = "posting"
    verbose_name = "Posting"

    def ready(self) -> None:
        from posting import receivers  # noqa: F401 - signals need the models
