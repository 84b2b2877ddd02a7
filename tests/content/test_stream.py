"""Captions that come as a stream: read piece by piece, stored whole, shown on the way; servers that know less."""

import json
from datetime import timedelta

import pytest

from content import exchanging, generating, services, stream
from content.models import Exchange, Generation, SpendMonth
from content.writer import Writer
from tests.content.model_server import fails, says, send, writes

CAPTION = "Friday wants a table and good company."
ANSWER = json.dumps({"variants": [{"caption": CAPTION, "hashtags": [], "dishes": [], "angle": "x"}]})


def chunk(**values):
    delta = {k: values.pop(k) for k in ("content", "refusal") if k in values}
    choice = (
        []
        if values.get("usage")
        else [{"index": 0, "delta": delta, "finish_reason": values.pop("finish", None)}]
    )
    return f"data: {json.dumps({'id': '1', 'model': 'm', 'choices': choice, **values})}\n\n"


def pieces(text: str, size: int = 7) -> str:
    return "".join(chunk(content=text[i : i + size]) for i in range(0, len(text), size))


WHOLE = (
    pieces(ANSWER)
    + chunk(finish="stop")
    + chunk(usage={"prompt_tokens": 900, "completion_tokens": 40})
    + "data: [DONE]\n\n"
)


def streams(text: str):
    def answer(handler, body):
        assert body["stream"] is True
        send(handler, 200, text.encode(), {"Content-Type": "text/event-stream"})

    return answer


@pytest.fixture
def write(ai, menu, by, now):
    generating._learned.clear()

    def inner(at=None, **values):
        asked = services.request_caption(platform="facebook", variants=1, by=by, now=now, **values)
        return generating.run_generation(
            generation_id=asked.pk,
            clock=lambda: at or now,
            writer_of=lambda: Writer(ai.url, "sk-test-0123456789", "gpt-4o-mini", 3),
        )

    return inner


def test_a_stream_is_stored_as_it_came_and_reads_like_a_whole_answer(write, ai, monkeypatch):
    monkeypatch.setattr(exchanging, "SHOW_EVERY", 0)
    ai.script = [streams(WHOLE)]
    done = write()
    assert (done.source, done.outcome, done.partial) == ("ai", "ok", [])
    assert [v["caption"] for v in done.variants] == [CAPTION]
    exchange = Exchange.objects.get()
    assert exchange.response["body"] == WHOLE
    assert (exchange.tokens_in, exchange.tokens_out) == (900, 40)
    assert stream.completion_of(WHOLE)["choices"][0]["message"]["content"] == ANSWER


def test_what_has_come_so_far_is_in_the_row_for_those_who_look(write, ai, monkeypatch):
    monkeypatch.setattr(exchanging, "SHOW_EVERY", 0)
    seen = []
    real = exchanging._Keep.progress

    def watching(keep, piece):
        for n in range(0, len(piece), 60):  # the network's pieces are as they please
            real(keep, piece[n : n + 60])
            seen.append(list(Generation.objects.get().partial))

    monkeypatch.setattr(exchanging._Keep, "progress", watching)
    ai.script = [streams(WHOLE)]
    write()
    texts = [drafts[0] for drafts in seen if drafts]
    assert texts == sorted(texts, key=len) and texts[-1] == CAPTION
    assert len(set(texts)) > 3 and all(CAPTION.startswith(text) for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        pieces(ANSWER)[:400],
        pieces(ANSWER),  # ends politely, but the model had not
        pieces(ANSWER[:20]) + 'data: {"error": {"message": "overloaded"}}\n\n',
        "data: garbage\n\n",
        ": ping\n\n",
    ],
)
def test_a_stream_that_breaks_off_is_asked_again_and_counted_in_full(write, ai, text):
    ai.script = [streams(text)]
    waiting = write()
    assert (waiting.state, waiting.reason, waiting.partial) == ("pending", "unavailable", waiting.partial)
    exchange = Exchange.objects.get()
    assert (exchange.error, exchange.cost) == ("unavailable", exchange.reserved)


def test_a_refusal_in_a_stream_is_a_refusal(write, ai):
    ai.script = [streams(chunk(refusal="I can") + chunk(refusal="not.") + chunk(finish="stop"))]
    assert write().reason == "refusal"


def test_a_server_that_does_not_know_streams_answers_whole(write, ai):
    ai.script = [writes(CAPTION)]
    assert write().source == "ai"
    assert ai.asked[0]["stream"] is True


def test_nobody_looks_on_in_a_batch_and_nothing_is_streamed(write, ai, settings):
    ai.script = [writes(CAPTION), writes("Another evening, another reason."), writes("Basil is patient.")]
    write(watched=False)
    settings.AI_STREAM = False
    write()
    assert all("stream" not in asked for asked in ai.asked)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["stream"], "stream is not supported by this model"),
        (["stream_options"], "Unknown parameter: 'stream_options'."),
        (["response_format"], "response_format.json_schema is not supported"),
        (["response_format"], "json_schema is not available"),
        (["max_completion_tokens"], "Unrecognized request argument supplied: max_completion_tokens"),
        (["response_format", "max_completion_tokens"], ""),
    ],
)
def test_a_server_that_does_not_know_a_parameter_is_asked_without_it_and_remembered(
    write, ai, names, message
):
    steps = len(names) + ("response_format" in names)  # a schema, any JSON, and then without

    def picky(handler, body):
        wrong = next((name for name in names if name in body), "")
        if wrong:
            return fails(400, message or f"unknown field {wrong}")(handler, body)
        line = CAPTION if len(ai.asked) <= steps + 1 else "Basil is patient, guests are not."
        return writes(line)(handler, body)

    ai.script = [picky]
    assert write().source == "ai"
    assert len(ai.asked) == steps + 1
    if "max_completion_tokens" in names:
        assert ai.asked[-1]["max_tokens"] == 2000
    assert write().source == "ai"
    assert len(ai.asked) == steps + 2, "the second caption knows already"
    assert SpendMonth.objects.get().reserved == 0
    assert [e.cost for e in Exchange.objects.filter(error="not_accepted")] == [0] * steps


def test_a_server_that_knows_json_but_no_schema_is_asked_for_json(write, ai):
    def picky(handler, body):
        if body["response_format"]["type"] == "json_schema":
            return fails(400, "This response_format type is unavailable now")(handler, body)
        return writes(CAPTION)(handler, body)

    ai.script = [picky]
    assert write().source == "ai"
    assert ai.asked[-1]["response_format"] == {"type": "json_object"}
    assert "json" in str(ai.asked[-1]["messages"]).lower(), "servers demand the word"


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_that_names_nothing_is_followed_by_the_plainest_question(write, ai, status):
    def plain_only(handler, body):
        if set(body) - {"model", "messages", "max_tokens"}:
            return fails(status, "Bad request")(handler, body)
        return writes(CAPTION)(handler, body)

    ai.script = [plain_only]
    assert write().source == "ai"
    assert len(ai.asked) == 2


@pytest.mark.parametrize("code", ["content_filter", "context_length_exceeded"])
def test_a_refusal_of_the_question_itself_is_not_asked_in_other_forms(write, ai, code):
    ai.script = [fails(400, "no", code=code)]
    done = write()
    assert done.reason == ("refusal" if code == "content_filter" else "not_accepted")
    assert len(ai.asked) == 1


WHOLE_JSON = json.dumps(
    {"variants": [{"caption": CAPTION, "hashtags": [], "dishes": [], "angle": "a"}]}, ensure_ascii=False
)


@pytest.mark.parametrize(
    "message",
    [
        {"content": [{"type": "text", "text": WHOLE_JSON[:20]}, {"type": "text", "text": WHOLE_JSON[20:]}]},
        {"content": None, "tool_calls": [{"function": {"name": "captions", "arguments": WHOLE_JSON}}]},
        {"content": "", "tool_calls": [{"function": {"name": "x", "arguments": json.loads(WHOLE_JSON)}}]},
        {"content": None, "function_call": {"name": "captions", "arguments": WHOLE_JSON}},
        {"content": f"Sure! Here it is:\n```json\n{WHOLE_JSON}\n```\nEnjoy!"},
        {"content": f"<think>Pizza {{hm}}</think>\n{WHOLE_JSON}"},
        {"content": f"\ufeff{WHOLE_JSON}"},
    ],
    ids=["parts", "tool", "parsed tool", "function", "friendly", "thinking", "bom"],
)
def test_an_answer_is_read_in_whatever_wrapping_it_comes(write, ai, message):
    ai.script = [says(**{"content": None} | message)]
    done = write(watched=False)
    assert (done.source, done.variants[0]["caption"]) == ("ai", CAPTION)
    assert len(ai.asked) == 1


def test_a_tool_call_that_comes_in_pieces_is_put_together(write, ai):
    reader = stream.Reader()
    for piece in (WHOLE_JSON[:9], WHOLE_JSON[9:]):
        data = {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}}]}
        reader.feed(f"data: {json.dumps(data)}\n\n")
    assert reader.text == WHOLE_JSON


def test_a_server_that_accepts_nothing_leaves_templates(write, ai):
    ai.script = [fails(400, "stream, response_format, max_completion_tokens: all wrong, and so is the model")]
    done = write()
    assert (done.source, done.reason) == ("template", "not_accepted")
    assert len(ai.asked) <= 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ('{"variants": [{"cap', []),
        ('{"variants": [{"caption": "', []),
        ('{"variants": [{"caption": "Half a', ["Half a"]),
        ('{"variants": [{"caption": "Line\\', ["Line"]),
        ('{"variants": [{"caption": "Line\\n', ["Line"]),
        ('{"variants": [{"caption": "Caf\\u00e', ["Caf"]),
        ('{"variants": [{"caption": "Caf\\u00e9', ["Café"]),
        ('{"variants": [{"caption": "Pizza \\ud83c', ["Pizza"]),
        ('{"variants": [{"caption": "Say \\"hi\\"", "hashtags": []}, {"caption": "Two', ['Say "hi"', "Two"]),
        ('{"alt_text": "A pizza on', ["A pizza on"]),
        ('```json\n{ "variants" : [ { "caption" : "Fenced', ["Fenced"]),
        ("no json at all", []),
    ],
)
def test_drafts_are_read_from_half_an_answer(text, found):
    assert stream.drafts(text) == found


def test_a_letter_cut_in_two_by_the_network_is_put_together():
    data = chunk(content="Crème brûlée 🍮").encode()
    raw = json.dumps({"choices": [{"delta": {"content": "Crème 🍮"}}]}, ensure_ascii=False)
    data += f"data: {raw}\n\n".encode()
    reader = stream.Reader()
    for n in range(len(data)):
        reader.feed_bytes(data[n : n + 1])
    assert reader.text == "Crème brûlée 🍮Crème 🍮"


def test_exchanges_are_really_gone_after_the_days_of_the_setting(write, ai, now, settings, cafe):
    from content.tasks import sweep_writing

    settings.AI_EXCHANGE_DAYS = 1
    ai.script = [streams(WHOLE)]
    done = write()
    Exchange.objects.update(sent_at=now - timedelta(days=400))
    sweep_writing.run()
    exchange = Exchange.objects.get()
    assert (exchange.request, exchange.response, exchange.error_text) == ({}, None, "")
    assert exchange.forgotten_at and exchange.cost > 0
    done.refresh_from_db()
    assert CAPTION not in str(Exchange.objects.values()) and done.variants[0]["caption"] == CAPTION
