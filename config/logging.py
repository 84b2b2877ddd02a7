"""Logs as data, with secrets scrubbed before a line is rendered; Sentry when a DSN is given."""

import os
import re
from typing import Any

import structlog

# Access tokens (EAA...), our API keys, bearer headers, app secrets in query strings.
_SECRETS = re.compile(
    r"(EAA[A-Za-z0-9]{8,}|sk_(?:live|test)_[A-Za-z0-9]{8,}|sk-[A-Za-z0-9_-]{12,}"
    r"|(?i:(?:access_token|client_secret|fb_exchange_token|input_token|appsecret_proof|code)=)[^&\s\"']+"
    r"|(?i:bearer|oauth)\s+[A-Za-z0-9._|-]{12,}"
    # Mailed links: whoever holds one may set a password, confirm an address, see an invitation.
    r"|(?<=/reset/key/)[^/\s\"'?]+|(?<=/confirm-email/)[^/\s\"'?]+|(?<=/invitations/)[^/\s\"'?]+)"
)
_PLAIN = (str, dict, list, tuple, bool, int, float, type(None))


def scrub(value: Any) -> Any:
    """The same value with every token-like text replaced; walks dicts and lists."""
    if isinstance(value, str):
        return _SECRETS.sub("[secret]", value)
    if isinstance(value, dict):
        return {key: scrub(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(scrub(item) for item in value)
    return value


def _scrub_event(_logger: Any, _method: str, event: Any) -> Any:
    # An object becomes text only when the line is rendered, which is too late: a request's text is its address
    # with the login code in it. What begins with "_" is the formatter's own.
    return scrub(
        {
            name: value if name.startswith("_") or isinstance(value, _PLAIN) else str(value)
            for name, value in event.items()
        }
    )


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
    structlog.processors.UnicodeDecoder(),
    _scrub_event,
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_SHARED,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # JSON for machines in production; for people, a line and the stack below it.
                structlog.processors.JSONRenderer(default=str)
                if os.environ.get("ENVIRONMENT") == "production"
                else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
            ],
            "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *_SHARED],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # Both log full URLs at INFO; a URL can hold a code or a proof.
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
    },
}


def configure_sentry(dsn: str, *, environment: str) -> None:
    if not dsn:
        return
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        send_default_pii=False,
        include_local_variables=False,  # locals of a failing frame may hold a revealed token
        max_request_body_size="never",
        before_send=lambda event, _hint: scrub(event),
    )
