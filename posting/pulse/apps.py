from django.apps import AppConfig


class PulseConfig(AppConfig):
    name = "posting.pulse"
    label = "pulse"
    verbose_name = "Numbers"
