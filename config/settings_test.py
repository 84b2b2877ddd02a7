"""The same product with the few switches a test run needs."""

import os

os.environ.setdefault("ENVIRONMENT", "test")
os.environ.setdefault("DEBUG", "false")

from config.settings import *  # noqa: F403

# Speed; no real password is ever hashed here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"  # wake-ups go nowhere; tests run the work themselves
_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES = {
    "default": {"BACKEND": _MEMORY, "LOCATION": "default", "KEY_FUNCTION": "tenants.context.cache_key"},
    "shared": {"BACKEND": _MEMORY, "LOCATION": "shared"},
}
# The cast's restaurants live as long as the test database: an hour's limit would bite the suite. Tests of limits
# set their own.
RATE_LIMITS = dict.fromkeys(("basic", "pro", "enterprise"), 1_000_000)
