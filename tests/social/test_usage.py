import httpx2
import pytest

from social.graph import read_usage


def test_the_fullest_limit_and_the_minutes_to_wait_are_found():
    usage = read_usage(
        httpx2.Headers(
            {
                "X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":31}',
                "X-Business-Use-Case-Usage": '{"123":[{"type":"pages","call_count":100,"total_cputime":25,'
                '"total_time":25,"estimated_time_to_regain_access":19}],"456":[{"type":"instagram","call_count":3}]}',
            }
        )
    )
    assert usage.app_percent == 31
    assert usage.highest == 100
    assert usage.regain_minutes == 19
    assert (usage.of("123"), usage.of("456"), usage.of("789")) == (100, 3, 0)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "null",
        "[]",
        "{",
        '{"1": 5}',
        '{"1":[7,null]}',
        '{"1":[{"call_count":"many"}]}',
        '{"1":[{"call_count":1e999}]}',
        '"text"',
        "[" * 5000,
    ],
)
def test_a_broken_header_counts_as_absent(header):
    usage = read_usage(httpx2.Headers({"x-app-usage": header, "x-business-use-case-usage": header}))
    assert (usage.highest, usage.regain_minutes) == (0, 0)
