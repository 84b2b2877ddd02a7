"""What an answer from Graph proves. A wrong "refused" posts twice, so refusals are an allow-list."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from social.graph import ErrorInfo, Fix, Kind, Retry, Scope, classify, judge
from social.graph.rules import RANGES, RULES, find


def error(code, subcode=None, **more):
    return {"message": "x", "type": "OAuthException", "code": code, "error_subcode": subcode, **more}


@pytest.mark.parametrize(
    ("code", "subcode"),
    [
        (100, None),
        (10, None),
        (200, None),
        (230, None),
        (299, None),
        (197, None),
        (324, None),
        (352, 2207026),
        (36000, 2207004),
        (36001, 2207005),
        (36003, 2207009),
        (36004, 2207010),
        (9004, 2207052),
        (9007, 2207027),
        (25, 2207050),
        (100, 2207023),
        (100, 2207028),
        (1609005, None),
        (2500, None),
        (100, 1366046),
        (3001, 1504028),
    ],
)
def test_definite_refusals_are_refused(code, subcode):
    assert classify(400, error(code, subcode)) == "refused"


@pytest.mark.parametrize(
    ("status", "code", "subcode"),
    [
        (500, 2, None),  # koala#699: seven times this, seven live photos
        (400, 1, None),
        (400, 2, None),
        (400, -1, 2207001),
        (400, 4, 2207051),
        (400, 368, None),
        (400, 368, 1390008),
        (400, 100, 33),
        (400, 24, 2207008),
        (400, 24, 2207006),
        (400, 506, None),
        (400, 100, 1366051),
        (400, -2, 2207020),
        (400, 6000, None),
        (400, 999_999, None),
        (400, None, None),
        (500, 100, None),
        (503, 190, 463),
        (200, 100, None),
        (302, 10, None),
    ],
)
def test_whatever_may_have_been_done_is_unknown(status, code, subcode):
    assert classify(status, error(code, subcode)) == "unknown"


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80000, 80001, 80002, 80009, 80014])
def test_throttles_come_as_http_400(code):
    assert classify(400, error(code)) == "throttled"


@pytest.mark.parametrize(
    ("subcode", "reason"),
    [
        (None, "invalid"),
        (456, "invalid"),
        (457, "invalid"),
        (458, "removed"),
        (459, "checkpoint"),
        (460, "password"),
        (461, "removed"),
        (462, "expired"),
        (463, "expired"),
        (464, "unconfirmed"),
        (465, "invalid"),
        (466, "logged_out"),
        (467, "invalid"),
        (468, "expired"),
        (492, "role_lost"),
        (77777, "invalid"),
    ],
)
def test_every_190_is_a_dead_token_with_its_reason(subcode, reason):
    for status in (400, 401):
        kind, rule = judge(status, error(190, subcode))
        assert (kind, rule.reason, rule.fix) == (Kind.TOKEN, reason, Fix.RECONNECT)


def test_a_wrong_appsecret_proof_is_our_fault_and_no_dead_token():
    problem = error(100) | {"message": "Invalid appsecret_proof provided in the API argument"}
    kind, rule = judge(400, problem)
    assert (kind, rule.fix, rule.reason) == (Kind.REFUSED, Fix.SUPPORT, "")


def test_too_few_story_viewers_is_no_lost_permission():
    problem = error(10) | {"message": "(#10) Not enough viewers for the media to show insights"}
    assert judge(400, problem)[1].reason == ""
    assert judge(400, error(10))[1].reason == "permission"


@pytest.mark.parametrize("code", [100, 190, 10])
def test_a_definite_code_that_calls_itself_transient_proves_nothing(code):
    assert classify(400, error(code, is_transient=True)) == "unknown"


def test_the_instagram_quota_stops_one_channel_and_is_waited_out():
    rule = judge(400, error(9, 2207042))[1]
    assert (rule.kind, rule.scope, rule.retry) == (Kind.THROTTLED, Scope.CHANNEL, Retry.LATER)


def test_app_limits_stop_everything_and_page_limits_one_channel():
    assert find(4, None).scope is Scope.APP
    assert find(32, None).scope is find(80001, None).scope is Scope.CHANNEL


def test_accepted_needs_a_2xx_without_error():
    assert classify(200, None) == "accepted"
    assert classify(204, None) == "accepted"
    for status in (None, 100, 301, 302, 400, 403, 404, 500, 502, 504):
        assert classify(status, None) == "unknown"
    assert classify(429, None) == "throttled"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a busy machine is no defect
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["code", "error_subcode", "message", "is_transient", "type"]), inner
            )
        ),
    ),
    st.integers(100, 599) | st.none(),
)
def test_no_answer_however_odd_breaks_the_judgement(problem, status):
    kind, rule = judge(status, problem)
    assert str(rule.sentence)
    if problem is not None and not (400 <= (status or 0) < 500):
        assert kind in (Kind.UNKNOWN, Kind.THROTTLED)


def test_numbers_sent_as_text_are_understood():
    assert classify(400, {"code": "190", "error_subcode": "463"}) == "token"
    assert ErrorInfo.read({"code": True}).code is None


def test_every_rule_speaks_to_the_owner_in_whole_sentences():
    for rule in [*RULES.values(), *(rule for _low, _high, rule in RANGES)]:
        text = str(rule.sentence)
        assert text[0].isupper() and text.rstrip()[-1] in ".)", text
        assert "token" not in text.lower() and "API" not in text
