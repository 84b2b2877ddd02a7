"""The same product with the few switches a test run needs."""

import os

os.environ.setdefault("ENVIRONMENT", "test")
os.environ.setdefault("DEBUG", "false")

from config.settings import *  # noqa: E402,F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed; no real password is ever hashed here
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BROKER_URL = "memory://"  # wake-ups go nowhere; tests run the work themselves
CACHES = {
    name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
    | ({"KEY_FUNCTION": "tenants.context.cache_key"} if name == "default" else {})
    for name in ("default", "shared")
}


# The cast's restaurants live as long as the test database: an hour's limit would bite the suite. Tests of limits
# set their own.
RATE_LIMITS = dict.fromkeys(("basic", "pro", "enterprise"), 1_000_000)
