from django.apps import AppConfig


class RecurringIndexConfig(AppConfig):
    name = "posting.recurring.index"
    label = "recurring_index"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Repeating posts, when due"
