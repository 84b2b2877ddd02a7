from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "django.contrib.admin.sites.AdminSite"
