from django.apps import AppConfig


class SlotsConfig(AppConfig):
    name = "posting.slots"
    label = "slots"
    verbose_name = "Weekly times"
