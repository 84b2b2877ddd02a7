"""Every error of the reference (sections 4.6 and 5) has a class, a sentence and, where a person can help, a button."""

import pytest

from posting import reasons
from social.graph.rules import UNEXPLAINED, Kind, Retry, find

DEFINITE, UNCLEAR, LIMIT, TOKEN = Kind.REFUSED, Kind.UNKNOWN, Kind.THROTTLED, Kind.TOKEN
INSTAGRAM = {
    (-1, 2207001): UNCLEAR, (-1, 2207032): UNCLEAR, (-1, 2207053): UNCLEAR, (-2, 2207003): UNCLEAR,
    (-2, 2207020): UNCLEAR, (1, 2207057): DEFINITE, (4, 2207051): UNCLEAR, (9, 2207042): LIMIT,
    (24, 2207006): UNCLEAR, (24, 2207008): UNCLEAR, (25, 2207050): DEFINITE, (100, 2207023): DEFINITE,
    (100, 2207028): DEFINITE, (100, 2207035): DEFINITE, (100, 2207036): DEFINITE, (100, 2207037): DEFINITE,
    (100, 2207040): DEFINITE, (352, 2207026): DEFINITE, (9004, 2207052): DEFINITE, (9007, 2207027): DEFINITE,
    (36000, 2207004): DEFINITE, (36001, 2207005): DEFINITE, (36003, 2207009): DEFINITE,
    (36004, 2207010): DEFINITE, (None, 2207081): DEFINITE, (None, 2207082): UNCLEAR, (None, 2207077): UNCLEAR,
    (110, 2207013): DEFINITE,
}  # fmt: skip
GENERAL = {
    (1, None): UNCLEAR, (2, None): UNCLEAR, (3, None): DEFINITE, (4, None): LIMIT, (10, None): DEFINITE,
    (17, None): LIMIT, (32, None): LIMIT, (100, None): DEFINITE, (100, 33): UNCLEAR, (102, None): TOKEN,
    (104, None): DEFINITE, (190, None): TOKEN, (197, None): DEFINITE, (200, None): DEFINITE,
    (299, None): DEFINITE, (324, None): DEFINITE, (341, None): LIMIT, (352, None): DEFINITE,
    (382, None): DEFINITE, (389, None): DEFINITE, (368, None): UNCLEAR, (368, 1390008): UNCLEAR,
    (506, None): UNCLEAR, (613, None): LIMIT, (613, 1996): LIMIT, (803, None): DEFINITE,
    (2500, None): DEFINITE, (3001, 1504028): DEFINITE, (6000, None): UNCLEAR, (6001, None): UNCLEAR,
    (1609005, None): DEFINITE, **{(80000 + n, None): LIMIT for n in (0, 1, 2, 3, 4, 5, 6, 8, 9, 14)},
    **{(190, 456 + n): TOKEN for n in range(13)}, (190, 492): TOKEN,
}  # fmt: skip


@pytest.mark.parametrize(("pair", "kind"), [*INSTAGRAM.items(), *GENERAL.items()])
def test_each_error_of_the_reference_has_its_class_and_its_sentence(pair, kind):
    rule = find(*pair)
    assert rule is not UNEXPLAINED
    assert rule.kind is kind
    code = reasons.graph_code(*pair)
    assert reasons.sentence(code)
    assert reasons.fix(code) is not None
    assert rule.retry is Retry.NEVER or rule.kind in (UNCLEAR, LIMIT, DEFINITE)


def test_what_is_written_down_nowhere_is_unclear():
    assert find(987654, 321).kind is UNCLEAR


def test_a_place_without_an_address_says_so():
    rule = find(100, None, "Param location_id ... INSTAGRAM_PLATFORM_API__INVALID_LOCATION_ID")
    assert "no address" in str(rule.sentence)
