from django.apps import AppConfig


class PostingConfig(AppConfig):
    name = "posting"
    verbose_name = "Posting"

    def ready(self) -> None:
        from posting import channel_lines, closing, photo_uses, receivers  # noqa: F401 - they need the models
        from posting.analytics import offers  # noqa: F401 - answers
        from posting.insights import nudges  # noqa: F401 - listens
