from django.apps import AppConfig


class HooksConfig(AppConfig):
    name = "tenants.hooks"
    label = "hooks"
    verbose_name = "Webhooks to partners"
