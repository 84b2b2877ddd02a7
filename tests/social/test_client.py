"""The client against a server that answers well, badly, late, or not at all: sent once, nothing leaks."""

import hashlib
import hmac
import logging
import threading

import pytest

from social.graph import (
    GraphClient,
    GraphRefused,
    GraphThrottled,
    GraphTokenDead,
    GraphUnknown,
    dialog_url,
    new_client,
)
from social.vault import Secret
from tests.social.loopback import APP_SECRET, Script

TOKEN = "EAACANARYpageTOKEN0123456789abcdef"


@pytest.fixture
def client(server):
    with new_client(connections=5) as http:
        yield GraphClient(Secret(TOKEN), config=server.config, http=http, seconds=2)


def proof(token: str) -> str:
    return hmac.new(APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()


def test_a_write_carries_token_and_proof_in_the_body_and_nothing_in_the_url(server, client):
    server.script = [Script({"id": "1_2"})]
    answer = client.create_unpublished_post("1", message="Hi & <b>", media_fbids=["5", "6"])
    seen = server.seen[0]
    assert answer.id == "1_2"
    assert (seen.method, seen.path, seen.query) == ("POST", "/graph/v26.0/1/feed", {})
    assert seen.form == {
        "message": "Hi & <b>",
        "published": "false",
        "attached_media": '[{"media_fbid":"5"},{"media_fbid":"6"}]',
        "access_token": TOKEN,
        "appsecret_proof": proof(TOKEN),
    }


def test_a_read_carries_the_token_in_the_header_only(server, client):
    server.script = [Script({"id": "1_2", "is_published": False})]
    client.read_post("1_2")
    seen = server.seen[0]
    assert TOKEN not in seen.url
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.query["appsecret_proof"] == proof(TOKEN)


def test_a_simulator_that_reads_only_the_query_is_served_and_remembered(server, client):
    def answer(seen):
        if "access_token" not in seen.query:
            return Script({"error": {"message": "An access token is required", "code": 104}}, 400)
        return Script({"id": "7"})

    server.answer = answer
    assert client.me().id == "7"
    assert client.me().id == "7"
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    "error",
    [
        {"message": "(#100) You must provide an app access token", "code": 100},
        {"message": "Invalid appsecret_proof provided in the API argument", "code": 100},
        {"message": "An active access token must be used", "code": 2500},
    ],
)
def test_a_simulator_that_misses_the_token_in_its_own_words_is_served_also_for_goodbyes(
    server, client, error
):
    server.answer = lambda seen: Script(
        {"success": True} if "access_token" in seen.query else {"error": error},
        200 if "access_token" in seen.query else 400,
    )
    client.revoke("7")
    client.unsubscribe_page("8")
    assert [(seen.method, "access_token" in seen.query) for seen in server.seen] == [
        ("DELETE", False), ("DELETE", True), ("DELETE", True),
    ]  # fmt: skip


def test_a_wrong_parameter_is_no_missing_token(server, client):
    server.script = [Script({"error": {"message": "(#100) Unsupported get request", "code": 100}}, 400)]
    with pytest.raises(GraphRefused):
        client.me()
    assert len(server.seen) == 1


def test_a_host_that_has_read_the_header_never_gets_the_token_in_a_url(server, client):
    server.script = [Script({"id": "7"}), Script({"error": {"message": "x", "code": 190}}, 401)]
    client.me()
    with pytest.raises(GraphTokenDead):
        client.me()
    assert len(server.seen) == 2


def test_nothing_can_create_a_visible_photo_or_post(server, client):
    server.script = [Script({"id": "5"}), Script({"id": "1_2"}), Script({"id": "9"})]
    client.upload_photo("1", url="https://x.test/a.jpg", alt_text="A pizza")
    client.create_unpublished_post("1", message="x")
    client.create_video("1", file_url="https://x.test/a.mp4")
    assert [seen.form["published"] for seen in server.seen] == ["false", "false", "false"]


def test_a_photo_can_travel_in_the_request(server, client):
    server.script = [Script({"id": "5"})]
    client.upload_photo_bytes("1", content=b"\xff\xd8\xffJPEG", alt_text="A pizza")
    assert b"\xff\xd8\xffJPEG" in server.seen[0].body
    assert b'name="source"' in server.seen[0].body


def test_the_flip_and_the_instagram_calls_send_what_meta_documents(server, client):
    server.script = [
        Script({"success": True}),
        Script({"id": "c1"}),
        Script({"id": "c2"}),
        Script({"id": "m1"}),
    ]
    client.flip_post("1_2")
    client.create_photo_container("9", image_url="https://x.test/a.jpg", caption="no", is_carousel_item=True)
    client.create_carousel_container("9", children=["c1", "c3"], caption="Hi")
    client.publish_container("9", "c2")
    forms = [
        {k: v for k, v in s.form.items() if k not in ("access_token", "appsecret_proof")} for s in server.seen
    ]
    assert [seen.path for seen in server.seen][1:] == ["/graph/v26.0/9/media"] * 2 + [
        "/graph/v26.0/9/media_publish"
    ]
    assert forms == [
        {"is_published": "true"},
        {"image_url": "https://x.test/a.jpg", "is_carousel_item": "true"},
        {"media_type": "CAROUSEL", "children": "c1,c3", "caption": "Hi"},
        {"creation_id": "c2"},
    ]


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (Script(cut=True), "cut"),
        (Script({"id": "1"}, cut_in_body=True), "cut"),
        (Script(b"<html>", 502), ""),
        (Script(b"", 500), ""),
        (Script(b"not json", 200), "not a JSON object"),
        (Script([], 200), "not a JSON object"),
        (Script({}, 200), "no id in the answer"),
        (Script({"id": ""}, 200), "no id in the answer"),
        (Script({"id": None}, 200), "no id in the answer"),
        (Script(b"", 302, {"location": "http://127.0.0.1:1/steal"}), ""),
        (Script({"error": {"code": 2, "message": "retry later", "is_transient": True}}, 500), ""),
        (Script(b"[" * 100_000, 200), "not a JSON object"),
        (Script(b"x" * (4 * 1024 * 1024 + 1), 200), "too large"),
    ],
)
def test_a_lost_or_odd_answer_to_a_write_is_unknown_and_sent_once(server, client, script, cause):
    server.script = [script]
    with pytest.raises(GraphUnknown) as caught:
        client.publish_container("9", "c2")
    assert len(server.seen) == 1
    assert caught.value.cause == cause or not cause
    assert not caught.value.never_left


def test_a_slow_answer_is_unknown_after_the_time_given(server, client):
    gate = threading.Event()
    server.script = [Script({"id": "1"}, stall=gate)]
    with pytest.raises(GraphUnknown) as caught:
        client.call("flip", "POST", "1_2", needs="id", seconds=0.05)
    gate.set()
    assert caught.value.cause == "timeout"


def test_no_connection_at_all_is_known_to_have_done_nothing(server):
    config = server.config
    closed = GraphClient(
        Secret(TOKEN),
        config=type(config)(
            **{
                name: getattr(config, name)
                for name in ("app_id", "app_secret", "version", "dialog_url", "video_url", "rupload_url")
            },
            graph_url="http://127.0.0.1:9",
        ),
        seconds=1,
    )
    with pytest.raises(GraphUnknown) as caught:
        closed.publish_container("9", "c2")
    assert caught.value.never_left


def test_errors_carry_what_an_attempt_wants(server, client):
    server.script = [
        Script(
            {"error": {"message": "(#80001) too many", "code": 80001, "fbtrace_id": "Abc"}},
            400,
            {"X-Business-Use-Case-Usage": '{"1":[{"call_count":100,"estimated_time_to_regain_access":7}]}'},
        ),
        Script(
            {
                "error": {
                    "message": "too large",
                    "code": 36000,
                    "error_subcode": 2207004,
                    "error_user_msg": "8 MiB",
                }
            },
            400,
        ),
    ]
    with pytest.raises(GraphThrottled) as throttled:
        client.flip_post("1_2")
    assert (throttled.value.regain_minutes, throttled.value.fbtrace_id, throttled.value.code) == (
        7,
        "Abc",
        80001,
    )
    with pytest.raises(GraphRefused) as refused:
        client.flip_post("1_2")
    assert (refused.value.code, refused.value.subcode, refused.value.user_message) == (
        36000,
        2207004,
        "8 MiB",
    )
    assert refused.value.as_dict()["kind"] == "refused"


def test_the_hook_sees_every_call_and_its_failure_loses_no_answer(server):
    calls = []

    def hook(call):
        calls.append(call)
        raise RuntimeError("ledger down")

    client = GraphClient(Secret(TOKEN), config=server.config, on_call=hook)
    server.script = [Script({"id": "1_2"}), Script({"error": {"code": 190, "error_subcode": 463}}, 400)]
    assert client.create_unpublished_post("1", message="x").id == "1_2"
    with pytest.raises(GraphTokenDead):
        client.flip_post("1_2")
    assert [(call.name, call.kind.value, call.object_id) for call in calls] == [
        ("create_post", "accepted", "1_2"),
        ("flip_post", "token", ""),
    ]
    assert TOKEN not in repr(calls)


def test_equal_calls_have_equal_digests_whatever_the_token(server):
    digests = []
    for token in ("EAAone", "EAAtwo"):
        client = GraphClient(
            Secret(token), config=server.config, on_call=lambda call: digests.append(call.digest)
        )
        server.script = [Script({"id": "1"})]
        client.create_unpublished_post("1", message="x")
    assert digests[0] == digests[1]


def test_paging_goes_by_cursor_never_by_the_url_with_the_token(server, client):
    def page(number, after):
        paging = {
            "cursors": {"after": after},
            "next": f"https://evil.test/?access_token={TOKEN}&after={after}",
        }
        return Script(
            {"data": [{"id": str(number)}], "paging": paging if after else {"cursors": {"after": "end"}}}
        )

    server.script = [page(1, "b"), page(2, "c"), page(3, "")]
    ids = [row["id"] for answer in client.accounts() for row in answer.items]
    assert ids == ["1", "2", "3"]
    assert [seen.query.get("after") for seen in server.seen] == [None, "b", "c"]


def test_a_cursor_that_leads_back_ends_the_list(server, client):
    server.answer = lambda seen: Script({"data": [], "paging": {"next": "x", "cursors": {"after": "same"}}})
    list(client.accounts())
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "path", ["../me", "me?x=1", "me#x", "", "a b", "http://evil.test", "me//accounts", "//evil.test"]
)
def test_a_path_is_made_of_ids_and_names(client, path):
    with pytest.raises(ValueError):
        client.call("x", "GET", path)


def test_uploads_go_only_to_the_configured_hosts(server, client):
    server.script = [Script({"success": True}), Script({"success": True})]
    client.upload_from_url({"video_id": "7", "upload_url": "https://evil.test/steal"}, "https://x.test/a.mp4")
    client.upload_bytes({"video_id": "7", "upload_url": f"{server.url}/rupload/special/7"}, b"movie")
    assert [seen.path for seen in server.seen] == ["/rupload/video-upload/v26.0/7", "/rupload/special/7"]
    assert server.seen[0].headers["authorization"] == f"OAuth {TOKEN}"
    assert (server.seen[1].headers["file_size"], server.seen[1].body) == ("5", b"movie")


@pytest.mark.parametrize(
    ("retriable", "kind", "message", "error", "code"),
    [
        (False, "ProcessingFailedError", "Request processing failed", GraphRefused, 352),
        (False, "ProcessingFailedError", "Cannot fetch file_url", GraphRefused, 389),
        (True, "ProcessingFailedError", "Please retry", GraphUnknown, 6000),
        (True, "PartialRequestError", "Expected 5 bytes", GraphUnknown, 6000),
        (False, "NotFoundError", "Unknown upload", GraphUnknown, 6000),
    ],
)
def test_an_upload_that_fails_in_metas_own_shape_is_refused_only_where_meta_says_so(
    server, client, retriable, kind, message, error, code
):
    server.script = [Script({"debug_info": {"retriable": retriable, "type": kind, "message": message}}, 400)]
    with pytest.raises(error) as caught:
        client.upload_bytes({"video_id": "7"}, b"movie")
    assert (caught.value.code, kind in caught.value.message) == (code, True)


def test_code_and_secret_stand_in_no_url(server, client):
    server.script = [Script({"access_token": "EAAnew", "expires_in": 5000})]
    client.exchange_code(Secret("the-code"), redirect_uri="https://x.test/cb")
    seen = server.seen[0]
    assert (seen.method, seen.query) == ("POST", {})
    assert seen.form["code"] == "the-code" and seen.form["client_secret"] == APP_SECRET


def test_a_simulator_that_knows_only_the_documented_get_is_served(server, client):
    server.script = [Script(b"", 405), Script({"access_token": "EAAnew"})]
    client.exchange_long_lived(Secret("EAAold"))
    assert [seen.method for seen in server.seen] == ["POST", "GET"]


def test_a_simulator_that_refuses_the_post_unread_is_asked_by_get_and_one_that_read_the_code_is_not(
    server, client
):
    def answer(seen):
        if seen.method == "POST":
            return Script({"error": {"message": "Missing client_id parameter.", "code": 101}}, 400)
        return Script({"access_token": "EAAnew"})

    server.answer = answer
    assert (
        client.exchange_code(Secret("the-code"), redirect_uri="https://x.test/cb")["access_token"] == "EAAnew"
    )
    used = {"message": "This authorization code has been used.", "code": 100, "error_subcode": 36009}
    server.answer = lambda seen: Script({"error": used}, 400)
    with pytest.raises(GraphRefused):
        client.exchange_code(Secret("the-code"), redirect_uri="https://x.test/cb")
    assert [seen.method for seen in server.seen] == ["POST", "GET", "POST"]


def test_a_portfolio_that_knows_no_tasks_is_read_without_them(server, client):
    def answer(seen):
        if "tasks" in seen.query["fields"]:
            message = "(#100) Tried accessing nonexisting field (tasks) on node type (Page)"
            return Script({"error": {"message": message, "code": 100}}, 400)
        return Script({"data": [{"id": "5", "name": "Krusty", "access_token": "EAApage"}]})

    server.answer = answer
    (page,) = [row for found in client.business_pages("9", "owned_pages") for row in found.items]
    assert page["id"] == "5"
    assert "access_token" in server.seen[-1].query["fields"]


def test_meta_repeating_a_token_in_its_message_does_not_reach_us(server, client, caplog):
    caplog.set_level(logging.DEBUG)
    other = "EAABsomebodyElses0123456789"
    message = f"Malformed access token {TOKEN} or {other}; secret {APP_SECRET}"
    server.answer = lambda seen: Script(
        {"error": {"message": message, "code": 190, "error_user_msg": message}}, 400
    )
    with pytest.raises(GraphTokenDead) as caught:
        client.flip_post("1_2")
    with pytest.raises(GraphTokenDead) as debugged:
        client.debug_token(Secret(other))
    for error in (caught.value, debugged.value):
        text = f"{error!r} {error} {error.as_dict()} {error.user_message} {caplog.text}"
        for secret in (TOKEN, other, APP_SECRET):
            assert secret not in text


def test_network_errors_hold_no_url_and_no_token(server, client, caplog):
    caplog.set_level(logging.DEBUG)
    server.answer = lambda seen: Script(cut=True)
    with pytest.raises(GraphUnknown) as caught:
        client.debug_token(Secret("EAAinput"))
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert chain[1:] == [None, None]
    assert "EAAinput" not in f"{chain!r}{caplog.text}" and TOKEN not in caplog.text


def test_the_dialog_asks_for_exactly_what_we_say(server):
    url = dialog_url(
        server.config, redirect_uri="https://x.test/cb", state="s", scopes=["a", "b"], auth_type="rerequest"
    )
    assert url == (
        f"{server.url}/dialog/v26.0/dialog/oauth?client_id=1000000000000001&redirect_uri=https%3A%2F%2Fx.test%2Fcb"
        "&state=s&response_type=code&scope=a%2Cb&auth_type=rerequest"
    )
