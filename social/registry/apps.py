from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The social room's public tables: what must be known before, or outside of, a restaurant's schema."""

    name = "social.registry"
    label = "social_registry"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Connections"
