"""A Secret cannot be written anywhere by accident."""

import copy
import json
import logging
import pickle

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from kombu.utils.json import dumps as celery_dumps

from social.vault import Secret

SECRET = Secret("EAAcanary")


@pytest.mark.parametrize(
    "write",
    [
        str, bytes, pickle.dumps, copy.copy, copy.deepcopy, json.dumps, list, hash,
        lambda secret: f"{secret}", lambda secret: "%s" % secret, lambda secret: "a" + secret,  # noqa: UP031
        lambda secret: json.dumps(secret, cls=DjangoJSONEncoder), celery_dumps,
    ],
)  # fmt: skip
def test_writing_a_secret_raises(write):
    with pytest.raises(TypeError) as caught:
        write(SECRET)
    assert "EAAcanary" not in str(caught.value)


def test_showing_a_secret_shows_nothing():
    assert repr(SECRET) == repr([SECRET])[1:-1] == "<Secret>"
    assert "%r" % SECRET == "<Secret>"  # noqa: UP031
    assert not hasattr(SECRET, "__dict__")


def test_a_secret_in_a_log_call_does_not_reach_the_log(capsys, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", True)
    handler = logging.StreamHandler()
    log = logging.getLogger("a.secret.test")
    log.addHandler(handler)
    log.propagate = False
    log.warning("token %s", SECRET)
    log.warning("token %r", SECRET)
    written = capsys.readouterr().err
    assert "<Secret>" in written
    assert "EAAcanary" not in written


def test_secrets_compare_and_reveal():
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert SECRET.reveal() == "EAAcanary"


@pytest.mark.parametrize("value", ["", None, b"x", 5])
def test_an_empty_or_odd_secret_is_refused(value):
    with pytest.raises(ValueError):
        Secret(value)
