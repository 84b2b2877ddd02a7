from django.apps import AppConfig


class RecurringConfig(AppConfig):
    name = "posting.recurring"
    label = "recurring"
    verbose_name = "Repeating posts"
