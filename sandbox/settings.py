"""Django settings of the sandbox process alone (never shared with the product).

Only request parsing, routing and templates of Django are used: no database, no sessions, no middleware.
"""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent

SECRET_KEY = "sandbox-only-nothing-is-signed-with-this"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "sandbox.urls"
APPEND_SLASH = False
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["sandbox.middleware.content_length"]
DATABASES: dict[str, dict[str, str]] = {}
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_CHARSET = "utf-8"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {"builtins": ["sandbox.templating"]},
    }
]
# Meta takes photos of 10 MB and reels of hundreds of MB: small parts stay in memory, videos go to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
LOGGING_CONFIG = None

DATA_DIR = Path(os.environ.get("SANDBOX_DATA_DIR", ".local/sandbox")).resolve()
# Absolute address of this process as browsers see it; permalinks and media links start with it.
PUBLIC_URL = os.environ.get("SANDBOX_PUBLIC_URL", "http://127.0.0.1:8900").rstrip("/")
