from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Restaurants and people"

    def ready(self) -> None:
        from tenants import openapi, receivers  # noqa: F401 - both register themselves
