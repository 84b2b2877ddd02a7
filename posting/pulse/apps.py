from django.apps import AppConfig


class PulseConfig(AppConfig):
    name = "posting.pulse"
    label = "pulse"
    verbose_name = "Numbers"

    def ready(self) -> None:
        from posting.pulse import receivers  # noqa: F401 - registers them; models are loaded only now
