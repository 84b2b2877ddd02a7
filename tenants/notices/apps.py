from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "tenants.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Notices"
