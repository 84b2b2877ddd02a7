from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "posting.dispatch"
    label = "dispatch"
    verbose_name = "Delivery"
