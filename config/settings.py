"""All settings in one file, read from the environment; `.env.example` documents every name."""

import base64
import hashlib
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers
from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE  # noqa: F401
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
env.load_dotenv(BASE_DIR / ".env")
LOCAL_DIR = Path(env.text("LOCAL_DIR", str(BASE_DIR / ".local")))

ENVIRONMENT = env.text("ENVIRONMENT", "development")
if ENVIRONMENT not in ("development", "test", "production"):
    raise ImproperlyConfigured("ENVIRONMENT: write development, test or production.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.flag("DEBUG", False)

# --- secrets -------------------------------------------------------------------------------------
# Known to everybody who reads this file, therefore refused in production (below).
DEVELOPMENT_SECRET_KEY = "development-only-secret-key-do-not-use-in-production-0123456789"  # noqa: S105
DEVELOPMENT_ENCRYPTION_KEY = "dev:" + base64.b64encode(hashlib.sha256(b"development only").digest()).decode()
SECRET_KEY = env.text("SECRET_KEY", DEVELOPMENT_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
API_KEY_PEPPER = env.text("API_KEY_PEPPER")  # empty: derived from SECRET_KEY
ENCRYPTION_KEY = env.keyring("ENCRYPTION_KEY", DEVELOPMENT_ENCRYPTION_KEY)

# --- addresses -----------------------------------------------------------------------------------
PORT = env.number("PORT", 8000, low=1, high=65535)
PUBLIC_URL = env.url("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
API_URL = env.url("API_URL", PUBLIC_URL)
_PUBLIC_HOST, _API_HOST = (urlsplit(address).hostname or "" for address in (PUBLIC_URL, API_URL))
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"{_PUBLIC_HOST},{_API_HOST}" if PRODUCTION else "*")
CSRF_TRUSTED_ORIGINS = sorted({PUBLIC_URL, API_URL, *env.words("CSRF_TRUSTED_ORIGINS")})
CORS_ALLOWED_ORIGINS = env.words("CORS_ORIGINS")
CORS_URLS_REGEX = r"^/(api/|openapi\.json)"
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "if-match", "x-api-key", "x-tenant-id")
CORS_EXPOSE_HEADERS = (
    "ETag",
    "Deprecation",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "X-Request-Id",
)

# --- Meta ----------------------------------------------------------------------------------------
SANDBOX_URL = env.text("SANDBOX_URL").rstrip("/")  # set by `make up`; production refuses it
# In development the sandbox's own app also serves another simulator, named by the FACEBOOK_*_URL alone.
_SIMULATED = bool(SANDBOX_URL) or (not PRODUCTION and bool(env.text("FACEBOOK_GRAPH_URL")))
FACEBOOK_APP_ID = env.text("FACEBOOK_APP_ID", "1000000000000001" if _SIMULATED else "")
FACEBOOK_APP_SECRET = env.text("FACEBOOK_APP_SECRET", "sandbox-app-secret" if _SIMULATED else "")
FACEBOOK_GRAPH_VERSION = env.text("FACEBOOK_GRAPH_VERSION", "v26.0")
FACEBOOK_GRAPH_URL = env.url(
    "FACEBOOK_GRAPH_URL", f"{SANDBOX_URL}/graph" if SANDBOX_URL else "https://graph.facebook.com"
)
FACEBOOK_DIALOG_URL = env.url(
    "FACEBOOK_DIALOG_URL", f"{SANDBOX_URL}/dialog" if SANDBOX_URL else "https://www.facebook.com"
)
# Another simulator that is named by FACEBOOK_GRAPH_URL alone takes videos, too: a token of its world belongs
# neither to Meta's own hosts nor to our sandbox.
_GRAPH_HOST = urlsplit(env.text("FACEBOOK_GRAPH_URL")).hostname or ""
_ELSEWHERE = _GRAPH_HOST and not _GRAPH_HOST.endswith(".facebook.com")
_OURS = bool(SANDBOX_URL) and FACEBOOK_GRAPH_URL.startswith(SANDBOX_URL)
_STAND_IN = FACEBOOK_GRAPH_URL if _ELSEWHERE and not _OURS else ""
FACEBOOK_VIDEO_URL = env.url(
    "FACEBOOK_VIDEO_URL",
    _STAND_IN or (f"{SANDBOX_URL}/graph-video" if SANDBOX_URL else "https://graph-video.facebook.com"),
)
FACEBOOK_RUPLOAD_URL = env.url(
    "FACEBOOK_RUPLOAD_URL",
    _STAND_IN or (f"{SANDBOX_URL}/rupload" if SANDBOX_URL else "https://rupload.facebook.com"),
)
FACEBOOK_WEBHOOK_VERIFY_TOKEN = env.text(
    "FACEBOOK_WEBHOOK_VERIFY_TOKEN", hashlib.sha256(f"webhook:{SECRET_KEY}".encode()).hexdigest()[:32]
)
TOKEN_REFRESH_THRESHOLD_DAYS = env.number("TOKEN_REFRESH_THRESHOLD_DAYS", 7, low=1, high=59)
TOKEN_REFRESH_INTERVAL = timedelta(hours=env.number("TOKEN_REFRESH_INTERVAL", 24, low=1, high=24 * 30))
OAUTH_STATE_EXPIRATION_MINUTES = env.number("OAUTH_STATE_EXPIRATION_MINUTES", 10, low=1, high=60)
if FACEBOOK_GRAPH_VERSION in ("v17.0", "v18.0", "v19.0", "v20.0"):
    raise ImproperlyConfigured(f"FACEBOOK_GRAPH_VERSION {FACEBOOK_GRAPH_VERSION} is dead at Meta: use v26.0.")

# --- notices on devices (web push); off without a key, `manage.py vapid_key` makes one ------------
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY")
VAPID_SUBJECT = env.text(
    "VAPID_SUBJECT", PUBLIC_URL if PUBLIC_URL.startswith("https://") else "mailto:hello@localhost"
)
if VAPID_PRIVATE_KEY and not re.fullmatch(r"[A-Za-z0-9_-]{43}=?", VAPID_PRIVATE_KEY):
    raise ImproperlyConfigured("VAPID_PRIVATE_KEY is not a key: make one with `manage.py vapid_key`.")

# --- AI ------------------------------------------------------------------------------------------
OPENAI_BASE_URL = env.url(
    "OPENAI_BASE_URL", f"{SANDBOX_URL}/openai/v1" if SANDBOX_URL else "https://api.openai.com/v1"
)
_LOCAL_MODEL = bool(SANDBOX_URL) and OPENAI_BASE_URL.startswith(SANDBOX_URL)
_LOCAL_MODEL = _LOCAL_MODEL or (not PRODUCTION and bool(env.text("OPENAI_BASE_URL")))  # it may need no key
OPENAI_API_KEY = env.text("OPENAI_API_KEY", "sk-sandbox" if _LOCAL_MODEL else "")
GPT_TEXT_MODEL = env.text("GPT_TEXT_MODEL", "gpt-5-mini")
GPT_VISION_MODEL = env.text("GPT_VISION_MODEL", GPT_TEXT_MODEL)  # describes photos; must take pictures
AI_STREAM = env.flag("AI_STREAM", True)  # people see captions while they are written
AI_EXCHANGE_DAYS = env.number("AI_EXCHANGE_DAYS", 365, low=1)  # then prompts and raw answers are forgotten
INSIGHTS_FULL_DAYS = env.number("INSIGHTS_FULL_DAYS", 90, low=1)  # then one snapshot a day stays
INSIGHTS_KEEP_DAYS = env.number(
    "INSIGHTS_KEEP_DAYS", 800, low=31
)  # then a post keeps only its newest numbers
AI_CONFIGURED = bool(OPENAI_API_KEY)  # without it captions come from templates and say so

# Addresses that partners name are fetched only from the public internet; a development machine may
# name its own (the sandbox's pictures).
ALLOW_PRIVATE_FETCH = env.flag("ALLOW_PRIVATE_FETCH", False) and not PRODUCTION

# --- plans ---------------------------------------------------------------------------------------
RATE_LIMITS = {  # API requests an hour
    "basic": env.number("RATE_LIMIT_BASIC", 100, low=1),
    "pro": env.number("RATE_LIMIT_PRO", 500, low=1),
    "enterprise": env.number("RATE_LIMIT_ENTERPRISE", 2000, low=1),
}
POST_LIMITS = {  # posts a day
    "basic": env.number("POST_LIMIT_BASIC", 10, low=1),
    "pro": env.number("POST_LIMIT_PRO", 50, low=1),
    "enterprise": env.number("POST_LIMIT_ENTERPRISE", 200, low=1),
}

# --- apps ----------------------------------------------------------------------------------------
# An app is either shared or of a tenant; public tables of a tenant app live in a sub-app.
SHARED_APPS = [
    "unfold.apps.BasicAppConfig",  # before django_tenants, whose admin templates would win; our site, not its
    "django_tenants",
    "tenants",
    "tenants.hooks",
    "tenants.notices",
    "social.registry",
    "assets.chores",
    "content.chores",
    "posting.dispatch",
    "posting.recurring.index",
    "posting.pulse",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",  # trigram search
    "tenants.office.apps.OfficeConfig",  # django.contrib.admin with our two-factor site
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "tenants.facebook_login",  # allauth's provider without its secret in a GET URL
    "allauth.mfa",
    "allauth.usersessions",
    "django_celery_beat",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",  # the other one puts its own template loaders in place of ours
    "django_structlog",
    "django_prometheus",
]
TENANT_APPS = [
    "social",
    "assets",
    "content",
    "posting",
    "posting.slots",
    "posting.recurring",
    "posting.board",
]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"  # required by django-tenants; we route by path, it stays empty
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
PUBLIC_SCHEMA_NAME = "public"
TENANT_LIMIT_SET_CALLS = False  # the search path is asserted before every statement

MIDDLEWARE = [
    "tenants.health.ProbeMiddleware",  # before anything asks for the host's name
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.TenantMiddleware",  # right after authentication: membership decides
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "tenants.middleware.RefusedMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "config.urls_public"
TENANT_URLCONF = "config.urls_tenant"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "tenants.components.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "tenants.templatetags.components",
                "tenants.templatetags.icons",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "tenants.context_processors.site",
            ],
        },
    }
]
COTTON_DIR = "cotton"

# --- database, cache, queue ----------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.database("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/social_automation"),
        "ENGINE": "tenants.db",
        "CONN_MAX_AGE": 600,  # seconds; a backend's catalog cache grows with each schema it meets
        "CONN_HEALTH_CHECKS": True,
        "TEST": {"NAME": env.text("TEST_DATABASE_NAME", "test_social_automation")},
    }
}
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    # Tenant-prefixed: a key written for one restaurant cannot be read for another.
    "default": {
        "BACKEND": "tenants.cache.SturdyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "tenants.context.cache_key",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    },
    "shared": {
        "BACKEND": "tenants.cache.SturdyRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "shared",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # a Redis restart signs nobody out

CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None  # rows are the results
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False  # a missed wake-up is found by the sweeps; a page must not wait for it
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "max_connections": 64,  # at least twice the worker's concurrency (docs/operations.md)
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DJANGO_STRUCTLOG_CELERY_ENABLED = True

# --- people --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"  # literal: reverse() would add the restaurant's prefix
LOGIN_REDIRECT_URL = "/restaurants/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tenants.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    name: f"tenants.account_forms.{form}"
    for name, form in {
        "login": "LoginForm",
        "signup": "SignupForm",
        "add_email": "AddEmailForm",
        "change_password": "ChangePasswordForm",
        "set_password": "SetPasswordForm",
        "reset_password": "ResetPasswordForm",
        "reset_password_from_key": "ResetPasswordKeyForm",
        "reauthenticate": "ReauthenticateForm",
    }.items()
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = env.text("EMAIL_VERIFICATION", "mandatory" if PRODUCTION else "optional")
ACCOUNT_DEFAULT_HTTP_PROTOCOL = PUBLIC_URL.split(":")[0]
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
USERSESSIONS_TRACK_ACTIVITY = False  # a session is listed when it begins; tracking costs four queries a page
ALLAUTH_TRUSTED_PROXY_COUNT = env.number(
    "TRUSTED_PROXIES", int(PRODUCTION), high=5
)  # whose X-Forwarded-For counts
SOCIALACCOUNT_ADAPTER = "tenants.adapters.SocialAccountAdapter"
MFA_ADAPTER = "tenants.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Social Automation"
MFA_TOTP_TOLERANCE = 1  # the code before and after counts too: phones' clocks differ
SOCIALACCOUNT_STORE_TOKENS = False  # allauth would store them in clear
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {
    # Sign-in only. Connecting Pages has its own flow in the social room, bound to a restaurant.
    "facebook": {
        "APPS": [{"client_id": FACEBOOK_APP_ID, "secret": FACEBOOK_APP_SECRET}] if FACEBOOK_APP_ID else [],
        "SCOPE": ["email"],
        "FIELDS": ["id", "name", "email", "first_name", "last_name"],
        "VERSION": FACEBOOK_GRAPH_VERSION,
        "GRAPH_API_URL": f"{FACEBOOK_GRAPH_URL}/{FACEBOOK_GRAPH_VERSION}",
        "AUTHORIZE_URL": f"{FACEBOOK_DIALOG_URL}/{FACEBOOK_GRAPH_VERSION}/dialog/oauth",
        "EXCHANGE_TOKEN": False,
        "VERIFIED_EMAIL": False,
    }
}

# --- API -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api_auth.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.api_permissions.Declared"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "tenants.openapi.Schema",
    "EXCEPTION_HANDLER": "tenants.problems.handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Social Automation API",
    "DESCRIPTION": "Social media for restaurants: library, captions, scheduling, history.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "AUTHENTICATION_WHITELIST": ["tenants.api_auth.ApiKeyAuthentication"],  # the cookie is for our own pages
    "SERVE_AUTHENTICATION": [],  # the document is public
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_URLCONF": "config.urls_public",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVERS": [{"url": API_URL}],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tenants.openapi_more.complete",
    ],
    # One name per set of words, wherever it stands; without these the names carry hashes.
    "ENUM_NAME_OVERRIDES": {
        "PlatformEnum": "social.registry.models.Platform",
        "WebhookDeliveryStateEnum": "tenants.hooks.models.DeliveryState",
        "PlatformNameEnum": ["facebook", "instagram"],
        "GenerationKindEnum": "content.words.Kind",
        "GenerationStatusEnum": "content.words.State",
        "RepeatingStatusEnum": ["running", "paused", "over"],
        "BrandModeEnum": "content.words.WritingMode",
        "PostApprovalEnum": "content.words.Approval",
        "CalendarModeEnum": "content.calendar.words.PlanMode",
        "CalendarApprovalEnum": "content.calendar.words.ApprovalMode",
        "CalendarStatusEnum": "content.calendar.words.CalendarState",
        "CalendarDayStatusEnum": "content.calendar.words.SlotState",
        "PostStatusEnum": [
            "draft",
            "needs_approval",
            "scheduled",
            "publishing",
            "published",
            "needs_you",
            "failed",
        ],
    },
}

from tenants.office.look import UNFOLD  # noqa: E402,F401

# --- files ---------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [
    path for path in (BASE_DIR / "static" / "dist", BASE_DIR / "static" / "img") if path.is_dir()
]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(LOCAL_DIR / "media")))
AWS_ACCESS_KEY_ID = env.text("AWS_ACCESS_KEY_ID") or None
AWS_SECRET_ACCESS_KEY = env.text("AWS_SECRET_ACCESS_KEY") or None
AWS_STORAGE_BUCKET_NAME = env.text("AWS_S3_BUCKET")
AWS_S3_REGION_NAME = env.text("AWS_S3_REGION", "us-east-1")
AWS_S3_ENDPOINT_URL = env.text("AWS_S3_ENDPOINT_URL") or None
AWS_S3_CUSTOM_DOMAIN = env.text("AWS_S3_CUSTOM_DOMAIN") or None  # CloudFront
AWS_DEFAULT_ACL = None
AWS_QUERYSTRING_AUTH = True
AWS_S3_SIGNATURE_VERSION = "s3v4"  # newer regions take no other signed addresses
AWS_S3_FILE_OVERWRITE = False
STORAGES = {
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage"}
        if AWS_STORAGE_BUCKET_NAME
        else {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    ),
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION  # a new build is seen at once, and no start scans all files
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_HANDLERS = [
    "assets.upload_handlers.CappedUpload",  # first: nothing beyond the limit reaches the disk
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FFMPEG_BINARY = env.text("FFMPEG_BINARY")
CLAMD_ADDRESS = env.text("CLAMD_ADDRESS")  # host:port or a socket; uploads then wait for its verdict

# --- language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "config.formats"

# --- mail ----------------------------------------------------------------------------------------
_MAIL = "smtp.EmailBackend" if env.text("EMAIL_HOST") else "filebased.EmailBackend"
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    "anymail.backends.amazon_ses.EmailBackend"
    if PRODUCTION and not env.text("EMAIL_HOST")
    else f"django.core.mail.backends.{_MAIL}",
)
# boto finds the credentials by itself (the environment, or the machine's role), never a region.
ANYMAIL = {
    "AMAZON_SES_CLIENT_PARAMS": {"region_name": env.text("AWS_SES_REGION", AWS_S3_REGION_NAME)},
}
EMAIL_FILE_PATH = LOCAL_DIR / "mail"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text(
    "DEFAULT_FROM_EMAIL", f"Social Automation <hello@{_PUBLIC_HOST if PRODUCTION else 'localhost'}>"
)

# --- security ------------------------------------------------------------------------------------
_HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # tunnels and load balancers
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "__Host-session" if _HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _HTTPS else "csrftoken"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = _HTTPS and PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^health"]
# A browser remembers this for a year, so a development tunnel must not say it.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS and PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION and env.flag("HSTS_SUBDOMAINS", True)
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Our bucket and no other: browsers send the pieces of large files there. Files are shown through our own pages.
_BUCKET = []
if AWS_STORAGE_BUCKET_NAME and AWS_S3_ENDPOINT_URL:
    _scheme, _host = urlsplit(AWS_S3_ENDPOINT_URL)[:2]
    _BUCKET = [f"{_scheme}://{_host}", f"{_scheme}://{AWS_STORAGE_BUCKET_NAME}.{_host}"]
elif AWS_STORAGE_BUCKET_NAME:
    for _host in ("s3.amazonaws.com", f"s3.{AWS_S3_REGION_NAME}.amazonaws.com"):
        # The second is how a bucket with a dot in its name is addressed.
        _BUCKET += [
            f"https://{AWS_STORAGE_BUCKET_NAME}.{_host}",
            f"https://{_host}/{AWS_STORAGE_BUCKET_NAME}/",
        ]
_MEDIA_HOSTS = [*_BUCKET, *([f"https://{AWS_S3_CUSTOM_DOMAIN}"] if AWS_S3_CUSTOM_DOMAIN else [])]
# Browsers hold a form's redirects to form-action too, and Facebook sends phones on to m.facebook.com.
_DIALOG = [FACEBOOK_DIALOG_URL]
if (urlsplit(FACEBOOK_DIALOG_URL).hostname or "").endswith(".facebook.com"):
    _DIALOG.append("https://*.facebook.com")
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": (),
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [
            SELF,
            "data:",
            "blob:",
            "https://*.fbcdn.net",
            "https://*.cdninstagram.com",
            *_MEDIA_HOSTS,
            "/".join(FACEBOOK_GRAPH_URL.split("/")[:3]),  # profile pictures
        ],
        "media-src": [SELF, "blob:", *_MEDIA_HOSTS],
        "connect-src": [SELF, *_BUCKET],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, *_DIALOG],
    },
}

# --- logs, errors --------------------------------------------------------------------------------
from config.logging import LOGGING, configure_sentry  # noqa: E402,F401

configure_sentry(env.text("SENTRY_DSN"), environment=ENVIRONMENT)

# --- what production refuses ---------------------------------------------------------------------
if PRODUCTION:
    for problem, sentence in (
        (
            SECRET_KEY == DEVELOPMENT_SECRET_KEY or len(SECRET_KEY) < 50,
            "SECRET_KEY: write 50 random characters or more.",
        ),
        (
            any(
                key == ENCRYPTION_KEY_[1]
                for key in [hashlib.sha256(b"development only").digest()]
                for ENCRYPTION_KEY_ in ENCRYPTION_KEY
            ),
            "ENCRYPTION_KEY: the development key is public; write your own.",
        ),
        (bool(SANDBOX_URL), "SANDBOX_URL is for development: unset it."),
        (DEBUG, "DEBUG must be off."),
        (not PUBLIC_URL.startswith("https://"), "PUBLIC_URL must be https."),
    ):
        if problem:
            raise ImproperlyConfigured(f"Production will not start. {sentence}")
