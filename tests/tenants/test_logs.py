"""What must not be read in a log."""

import logging

import pytest
from django.test import Client, RequestFactory

from config.logging import LOGGING, _scrub_event, scrub


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/reset/key/2-c7a1b2-SECRETSECRET/",
        "/accounts/confirm-email/Mg:SECRETSECRET/",
        "/invitations/SECRETSECRET/",
        "/api/v1/oauth/facebook/callback?code=SECRETSECRET&state=1",
    ],
)
def test_mailed_links_and_login_codes_are_blacked_out_also_inside_objects(address):
    request = RequestFactory().get(address)
    event = _scrub_event(
        None, "", {"event": f"GET {address}", "request": request, "error": ValueError(address)}
    )
    assert "SECRETSECRET" not in str(event)
    assert "SECRETSECRET" not in scrub(f"Not Found: {address}")


def test_djangos_own_line_about_a_failed_request_holds_no_code(db):
    import io

    from django.utils.module_loading import import_string

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = dict(LOGGING["formatters"]["line"])  # type: ignore[index]
    kind = formatter.pop("()")
    handler.setFormatter((import_string(kind) if isinstance(kind, str) else kind)(**formatter))
    logger = logging.getLogger("django")
    logger.addHandler(handler)
    try:
        Client().get("/nowhere/?code=SECRETSECRET")
        logging.getLogger("django.request").error(
            "Internal Server Error", extra={"request": RequestFactory().get("/x?code=SECRETSECRET")}
        )
    finally:
        logger.removeHandler(handler)
    assert "Internal Server Error" in stream.getvalue() and "SECRETSECRET" not in stream.getvalue()
