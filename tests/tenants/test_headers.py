"""What every answer carries, with development's and with production's settings."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client

PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "a-secret-of-fifty-characters-or-more-for-this-test-only-0123456789",
    "ENCRYPTION_KEY": "k1:" + "A" * 43 + "=",
    "PUBLIC_URL": "https://social.example",
    "ALLOWED_HOSTS": "social.example",
    "FACEBOOK_APP_ID": "1",
    "FACEBOOK_APP_SECRET": "s",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
SCRIPT = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
answer = Client(headers={"Host": "social.example"}).get("/health/redis", secure=True)
plain = Client(headers={"Host": "social.example"}).get("/accounts/login/")
by_address = Client(headers={"Host": "10.0.0.4:8000"})
print(json.dumps({
    "headers": dict(answer.headers), "status": answer.status_code,
    "by_address": by_address.get("/health/redis").status_code,
    "plain": [plain.status_code,
    plain.headers["Location"]], "settings": {name: getattr(settings, name) for name in (
        "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
        "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "DEBUG",
        "ACCOUNT_EMAIL_VERIFICATION", "SOCIALACCOUNT_STORE_TOKENS", "SOCIALACCOUNT_LOGIN_ON_GET",
        "SECURE_HSTS_SECONDS")},
}, default=str))
"""


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    names = set(PRODUCTION) | {"SANDBOX_URL", "DEBUG"}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    environment = inherited | PRODUCTION | changes | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def production() -> dict:
    done = run("-c", SCRIPT)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_production_answers_carry_every_guard(production):
    headers = production["headers"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_productions_content_policy_is_strict(production):
    policy = dict(
        part.strip().split(" ", 1) for part in production["headers"]["Content-Security-Policy"].split(";")
    )
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == "'none'"
    assert policy["default-src"] == "'self'"
    assert not any("unsafe" in value or "http:" in value for value in policy.values())


def test_productions_cookies_are_bound_to_the_host(production):
    found = production["settings"]
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-") and found["CSRF_COOKIE_NAME"].startswith(
        "__Host-"
    )
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["SESSION_COOKIE_HTTPONLY"]
    assert (found["SESSION_COOKIE_SAMESITE"], found["SESSION_COOKIE_DOMAIN"]) == ("Lax", None)


def test_production_sends_http_to_https_but_answers_probes(production):
    assert production["plain"] == [301, "https://social.example/accounts/login/"]
    assert production["status"] == 503  # no Redis in this test; the probe was answered, not redirected
    assert production["by_address"] == 503  # a load balancer knows no name


def test_production_asks_for_verified_addresses_and_keeps_no_facebook_tokens(production):
    found = production["settings"]
    assert found["ACCOUNT_EMAIL_VERIFICATION"] == "mandatory"
    assert (
        not found["SOCIALACCOUNT_STORE_TOKENS"]
        and not found["SOCIALACCOUNT_LOGIN_ON_GET"]
        and not found["DEBUG"]
    )


# The settings alone: a start of the whole product for each question would cost seconds.
PRINT = """
import json
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in (
    "ALLOWED_HOSTS", "EMAIL_BACKEND", "ANYMAIL", "DEFAULT_FROM_EMAIL", "CONTENT_SECURITY_POLICY",
    "FACEBOOK_APP_ID", "OPENAI_API_KEY")}, default=str))
"""


def settings_with(**changes: str) -> dict:
    done = run("-c", PRINT, **changes)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_an_api_on_a_name_of_its_own_is_answered():
    found = settings_with(ALLOWED_HOSTS="", API_URL="https://api.social.example:8443")
    assert found["ALLOWED_HOSTS"] == ["social.example", "api.social.example"]


def test_another_simulator_works_by_its_address_alone_but_not_in_production():
    addresses = {"FACEBOOK_GRAPH_URL": "http://127.0.0.1:9/graph", "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    nothing = {"FACEBOOK_APP_ID": "", "OPENAI_API_KEY": "", **addresses}
    found = settings_with(ENVIRONMENT="development", **nothing)
    assert found["FACEBOOK_APP_ID"]
    assert found["OPENAI_API_KEY"]
    assert settings_with(OPENAI_API_KEY="", **addresses)["OPENAI_API_KEY"] == ""


def test_mails_leave_by_ses_with_a_region_or_by_the_named_server():
    by_ses = settings_with(EMAIL_HOST="", EMAIL_BACKEND="", DEFAULT_FROM_EMAIL="", AWS_S3_REGION="eu-west-1")
    assert by_ses["EMAIL_BACKEND"] == "anymail.backends.amazon_ses.EmailBackend"
    assert by_ses["ANYMAIL"]["AMAZON_SES_CLIENT_PARAMS"]["region_name"] == "eu-west-1"
    assert by_ses["DEFAULT_FROM_EMAIL"] == "Social Automation <hello@social.example>"
    by_smtp = settings_with(EMAIL_HOST="mail.example", EMAIL_BACKEND="")
    assert by_smtp["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"


def test_the_browser_may_talk_to_our_bucket_and_to_no_other():
    found = settings_with(
        AWS_S3_BUCKET="photos", AWS_S3_REGION="eu-west-1", AWS_S3_CUSTOM_DOMAIN="cdn.example"
    )
    policy = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert "https://photos.s3.eu-west-1.amazonaws.com" in policy["connect-src"]
    assert "https://cdn.example" in policy["img-src"]
    assert not any("*.amazonaws" in source for sources in policy.values() for source in sources)
    own = settings_with(AWS_S3_BUCKET="photos", AWS_S3_ENDPOINT_URL="https://minio.example:9000")
    policy = own["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert "https://minio.example:9000" in policy["connect-src"]


def test_connecting_goes_on_to_facebooks_pages_for_phones():
    policy = settings_with(FACEBOOK_DIALOG_URL="")["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["form-action"] == ["'self'", "https://www.facebook.com", "https://*.facebook.com"]
    policy = settings_with(FACEBOOK_DIALOG_URL="https://sim.example/d")["CONTENT_SECURITY_POLICY"][
        "DIRECTIVES"
    ]
    assert policy["form-action"] == ["'self'", "https://sim.example/d"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"ENCRYPTION_KEY": ""}, "ENCRYPTION_KEY"),
        ({"SANDBOX_URL": "http://127.0.0.1:8900"}, "SANDBOX_URL"),
        ({"DEBUG": "true"}, "DEBUG"),
        ({"PUBLIC_URL": "http://social.example"}, "PUBLIC_URL"),
    ],
)
def test_production_does_not_start_with_a_developments_setting(change, word):
    done = run("-c", "from django.conf import settings; settings.DEBUG", **change)
    assert done.returncode != 0
    assert word in done.stderr.splitlines()[-1]


def test_djangos_deploy_check_has_nothing_to_say():
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/legal/privacy/"])
def test_pages_allow_no_inline_script_or_style(db, path):
    answer = Client().get(path)
    policy = answer["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy and "'unsafe-eval'" not in policy
    html = answer.content.decode()
    assert "<style" not in html and " style=" not in html and "onclick=" not in html
