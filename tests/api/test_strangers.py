"""A thing of another restaurant and a thing that does not exist get the same answer, at every endpoint."""

import uuid

import pytest

from tests.api.test_schemathesis import OPERATIONS, offline, things  # noqa: F401 - fixtures
from tests.tenants.conftest import Api

WITH_ID = [operation for operation in OPERATIONS if "{" in operation]


def ask(api, operation, ids):
    method, path = operation.split(" ")
    address = path.removeprefix("/api/v1/")
    for name, value in ids.items():
        address = address.replace("{" + name + "}", str(value))
    answer = api.call(method, address, {} if method != "GET" else None, If_Match="*")
    body = answer.json() if answer.content else None
    if body:
        body.pop("request_id", None)
    return answer.status_code, body


class _Unknown(dict):
    """An id nobody has, for any name."""

    def items(self):
        return [(name, "1" if name == "number" else uuid.uuid4()) for name in self]


def names(operation):
    return [part[1:-1] for part in operation.split("/") if part.startswith("{")]


@pytest.fixture
def stranger(cast, make_key):
    return Api(make_key(tenant=cast.bakery))


def test_there_are_endpoints_to_ask():
    assert len(WITH_ID) > 35


@pytest.mark.parametrize("chunk", range(4))
def test_what_is_anothers_looks_like_what_is_not_there(stranger, things, chunk):  # noqa: F811
    wrong = []
    for operation in WITH_ID[chunk::4]:
        foreign = {name: things.get(name) or uuid.uuid4() for name in names(operation)}
        foreign |= {"number": 1} if "number" in foreign else {}
        theirs = ask(stranger, operation, foreign)
        nobodys = ask(stranger, operation, _Unknown.fromkeys(names(operation)))
        if theirs != nobodys or theirs[0] not in (400, 404, 415):
            wrong.append((operation, theirs, nobodys))
    assert wrong == []
