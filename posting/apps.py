from django.apps import AppConfig


class PostingConfig(AppConfig):
    name = "posting"
    verbose_name = "Posting"

    def ready(self) -> None:
        from posting import channel_lines, receivers  # noqa: F401 - both need the models
