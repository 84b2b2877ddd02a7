from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Restaurants and people"

    def ready(self) -> None:
        from tenants import form_words, openapi, receivers  # noqa: F401 - the last two register themselves

        form_words.speak_plainly()
