from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "posting.board"
    label = "board"
    verbose_name = "Calendar"

    def ready(self) -> None:
        from posting.board import answers  # noqa: F401 - listens
