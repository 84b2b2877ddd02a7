"""A thing of another restaurant and a thing that does not exist get the same answer, at every endpoint."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from tenants import services
from tenants.access import Actor, Can
from tenants.models import ApiKey
from tests.api.test_schemathesis import OPERATIONS, offline, things  # noqa: F401 - fixtures
from tests.tenants.conftest import Api

WITH_ID = [operation for operation in OPERATIONS if "{" in operation]


def ask(api, operation, ids):
    method, path = operation.split(" ")
    address = path.removeprefix("/api/v1/")
    for name, value in ids.items():
        address = address.replace("{" + name + "}", str(value))
    answer = api.call(method, address, {} if method not in ("GET", "DELETE") else None, If_Match="*")
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


@pytest.fixture
def turned_away(cast, make_key):
    """{who: (client, the answer)}: people and programs that may not do what they ask."""
    revoked = make_key(tenant=cast.cafe, name="revoked")
    row = ApiKey.objects.get(name="revoked")
    services.revoke_key(key=row, by=Actor.system("test"), now=timezone.now())
    ended = make_key(tenant=cast.cafe, name="ended", now=timezone.now() - timedelta(days=2))
    ApiKey.objects.filter(name="ended").update(expires_at=timezone.now() - timedelta(days=1))
    return {
        "nobody": (Api(), 401),
        "a revoked key": (Api(revoked), 401),
        "an ended key": (Api(ended), 401),
        "a key of no network of ours": (Api(make_key(tenant=cast.cafe, allowed=["203.0.113.7"])), 403),
        "a key without the scope": (Api(make_key(tenant=cast.cafe, scopes=[Can.VIEW])), 403),
        "who may only look": (Api(client=cast.client(cast.vera)), 403),
    }


def test_who_may_not_learns_nothing_about_what_is_there(turned_away, things):  # noqa: F811
    """Existing and invented ids get the same bytes, whoever asks."""
    wrong = []
    for place, operation in enumerate(WITH_ID):
        real = {name: things.get(name) or uuid.uuid4() for name in names(operation)}
        real |= {"number": 1} if "number" in real else {}
        # A path that names the restaurant is answered 404 for another; here it is the own one.
        made_up = {name: real[name] if name == "tenant_id" else uuid.uuid4() for name in real}
        made_up |= {"number": 1} if "number" in real else {}
        for who, (api, status) in turned_away.items():
            of_this_restaurant = who in ("a key without the scope", "who may only look")
            if of_this_restaurant and operation.startswith("GET"):
                continue  # looking is what they may
            if not of_this_restaurant and place % 6:
                continue  # turned away before the address is read: a sample of endpoints is enough
            there, nowhere = ask(api, operation, real), ask(api, operation, made_up)
            if there != nowhere or there[0] not in (status, 415):  # 415: pieces of a file are no JSON
                wrong.append((operation, who, there, nowhere))
    assert wrong == []
