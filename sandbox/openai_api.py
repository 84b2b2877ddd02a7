"""The pretend OpenAI: chat completions (streamed or not, with JSON schemas) and the model list.

Answers are written by sandbox.copywriter from the facts found in the prompt, shaped by sandbox.schema_walk,
and are the same for the same seed and call number, so that a run can be repeated and yet no caption repeats
itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse

from sandbox import clock, copywriter, faults, graph, prompt_brief, schema_walk
from sandbox.store import the_store

MODELS = [
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4o",
    "gpt-4o-mini",
]
REFUSAL = "I'm sorry, but I can't help with that request."


class Refused(Exception):
    """An error answer in OpenAI's shape."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str,
        code: str | None = None,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def models(request: HttpRequest) -> HttpResponse:
    try:
        _authorize(request)
    except Refused as refused:
        return _refuse(refused)
    return _json({"object": "list", "data": [_model(name) for name in MODELS]})


def model(request: HttpRequest, name: str) -> HttpResponse:
    try:
        _authorize(request)
        if name not in MODELS:
            raise Refused(
                404, f"The model '{name}' does not exist", "invalid_request_error", "model_not_found", "model"
            )
    except Refused as refused:
        return _refuse(refused)
    return _json(_model(name))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 1_790_000_000, "owned_by": "sandbox"}


def _authorize(request: HttpRequest) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise Refused(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
            "invalid_request_error",
        )
    if not key.startswith("sk-"):
        raise Refused(
            401,
            f"Incorrect API key provided: {key[:4]}***. You can find your API key in your account page.",
            "invalid_request_error",
            "invalid_api_key",
        )


def chat_completions(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """``POST /openai/v1/chat/completions``; every request is kept for ``GET /control/prompts``."""
    pause = float(clock.conf("openai_latency_ms")) / 1000
    if pause:
        time.sleep(pause)
    body: dict[str, Any] = {}
    fault = None
    try:
        if request.method != "POST":
            raise Refused(405, "Only POST requests are accepted.", "invalid_request_error")
        _authorize(request)
        body = _read(request)
        text = json.dumps(body)
        fault = faults.take(
            "openai.chat", "POST", "/openai/v1/chat/completions", None, {"body": text}, faults.OPENAI_MODES
        )
        if fault is not None:
            _early(fault)
        answer = _answer(body, fault)
    except Refused as refused:
        _keep(body, None, fault.mode if fault else f"http {refused.status}")
        return _refuse(refused)
    except faults.Cut:
        _keep(body, None, fault.mode if fault else "cut")
        return graph.cut_connection(request, None)
    _keep(body, answer["choices"][0]["message"].get("content"), fault.mode if fault else "ok")
    if fault is not None and fault.mode == "openai_malformed" and not body.get("stream"):
        return HttpResponse(json.dumps(answer)[:-40], content_type="application/json")
    if body.get("stream"):
        cut = fault is not None and fault.mode == "openai_cut_stream"
        stream = StreamingHttpResponse(
            _stream(request, body, answer, cut), content_type="text/event-stream; charset=utf-8"
        )
        stream["Cache-Control"], stream["x-request-id"] = "no-cache", answer["id"]
        return stream
    if fault is not None and fault.mode == "openai_cut_stream":
        return graph.cut_connection(request, json.dumps(answer).encode()[:60])
    return _json(answer)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise Refused(
            400, "We could not parse the JSON body of your request.", "invalid_request_error"
        ) from None
    if not isinstance(body, dict) or not body.get("model"):
        raise Refused(400, "you must provide a model parameter", "invalid_request_error", param="model")
    if str(body["model"]) not in MODELS and not str(body["model"]).startswith(
        ("gpt-", "o", "ft:", "sandbox")
    ):
        raise Refused(
            404,
            f"The model `{body['model']}` does not exist or you do not have access to it.",
            "invalid_request_error",
            "model_not_found",
        )
    messages = body.get("messages")
    if (
        not isinstance(messages, list)
        or not messages
        or not all(isinstance(m, dict) and m.get("role") for m in messages)
    ):
        raise Refused(
            400,
            "Invalid 'messages': expected a non-empty array of messages with a role.",
            "invalid_request_error",
            param="messages",
        )
    shape = body.get("response_format") or {}
    if shape.get("type") == "json_schema":
        named = shape.get("json_schema") or {}
        if not named.get("name") or not isinstance(named.get("schema"), dict):
            raise Refused(
                400,
                "Missing required parameter: 'response_format.json_schema'.",
                "invalid_request_error",
                param="response_format.json_schema",
            )
        if named.get("strict"):
            problem = schema_walk.strict_problem(named["schema"])
            if problem:
                raise Refused(
                    400,
                    f"Invalid schema for response_format '{named['name']}': {problem}",
                    "invalid_request_error",
                    param="response_format",
                )
    if shape.get("type") == "json_object" and "json" not in json.dumps(messages).lower():
        raise Refused(
            400,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'.",
            "invalid_request_error",
            param="messages",
        )
    return body


def _early(fault: faults.Fault) -> None:
    """Faults that replace the answer altogether."""
    if fault.mode == "openai_429":
        raise Refused(
            429,
            "Rate limit reached for requests per min (RPM). Please try again later.",
            "requests",
            "rate_limit_exceeded",
            headers={"Retry-After": str(fault.options.get("retry_after", 2))},
        )
    if fault.mode == "openai_500":
        raise Refused(
            int(fault.options.get("http", 500)),
            "The server had an error while processing your request. Sorry about that!",
            "server_error",
        )
    if fault.mode == "openai_401":
        raise Refused(401, "Incorrect API key provided: sk-***.", "invalid_request_error", "invalid_api_key")
    if fault.mode == "openai_timeout":
        time.sleep(fault.seconds)
        raise faults.Cut


def _answer(body: dict[str, Any], fault: faults.Fault | None) -> dict[str, Any]:
    number = the_store().counter("openai")
    brief = prompt_brief.Brief.read(body["messages"])
    voice = copywriter.Writer(brief, f"{body.get('seed', 0)}:{number}")
    message: dict[str, Any] = {"role": "assistant", "content": "", "refusal": None, "annotations": []}
    finish = "stop"
    mode = fault.mode if fault else ""
    if mode == "openai_refusal":
        message["content"], message["refusal"] = None, REFUSAL
    elif mode != "openai_empty":
        message["content"] = _content(body, voice, mode)
    ceiling = body.get("max_completion_tokens") or body.get("max_tokens")
    words = message["content"] or ""
    longest = int(ceiling) * 4 if ceiling else len(words)
    if mode == "openai_length":
        longest = min(longest, len(words) // 2)  # a model that thought so long that its words did not fit
    if len(words) > longest:
        message["content"], finish = words[:longest], "length"
    sent = sum(len(str(m.get("content", ""))) for m in body["messages"])
    prompt_tokens, completion_tokens = sent // 4 + 8, len(message["content"] or REFUSAL) // 4 + 1
    return {
        "id": f"chatcmpl-sandbox{number:08d}",
        "object": "chat.completion",
        "created": int(clock.now()),
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {
                "reasoning_tokens": 0,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    }


def _content(body: dict[str, Any], voice: copywriter.Writer, mode: str) -> str:
    shape = body.get("response_format") or {}
    if shape.get("type") == "json_schema":
        value = schema_walk.fill(shape["json_schema"]["schema"], voice, overlong=mode == "openai_overlong")
        if mode == "openai_schema_breaking":
            value = {"unexpected": True, "note": voice.caption()}
        return json.dumps(value, ensure_ascii=False)[: -7 if mode == "openai_malformed" else None]
    if shape.get("type") == "json_object":
        made: dict[str, Any] = {
            "caption": voice.caption(),
            "hashtags": voice.hashtags(5),
            "alt_text": voice.alt_text(),
        }
        return json.dumps(made, ensure_ascii=False)[: -7 if mode == "openai_malformed" else None]
    text = voice.caption()
    return text * 40 if mode == "openai_overlong" else text


def _stream(request: HttpRequest, body: dict[str, Any], answer: dict[str, Any], cut: bool) -> Iterator[bytes]:
    """Server-sent events as OpenAI sends them: role, words, finish, usage if asked, [DONE]."""
    head = {k: answer[k] for k in ("id", "created", "model", "service_tier", "system_fingerprint")}

    def event(delta: dict[str, Any], finish: str | None = None, usage: Any = None) -> bytes:
        choices = [] if usage else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
        chunk = {**head, "object": "chat.completion.chunk", "choices": choices}
        if usage:
            chunk["usage"] = usage
        return f"data: {json.dumps(chunk)}\n\n".encode()

    message = answer["choices"][0]["message"]
    yield event({"role": "assistant", "content": "", "refusal": None})
    if message.get("refusal"):
        yield event({"refusal": message["refusal"]})
    words = (message["content"] or "").split(" ")
    step = int(clock.conf("openai_words_per_chunk"))
    pause = float(clock.conf("openai_chunk_ms")) / 1000
    for i in range(0, len(words), step):
        if cut and i >= len(words) // 2:
            graph.cut_connection(request, None)
            return
        piece = " ".join(words[i : i + step])
        if pause and i:
            time.sleep(pause)
        yield event({"content": piece if i == 0 else " " + piece})
    yield event({}, answer["choices"][0]["finish_reason"])
    if (body.get("stream_options") or {}).get("include_usage"):
        yield event({}, usage=answer["usage"])
    yield b"data: [DONE]\n\n"


def _keep(body: dict[str, Any], answer: str | None, outcome: str) -> None:
    with the_store().tx() as db:
        db.execute(
            "INSERT INTO prompts (at, model, body, answer, outcome) VALUES (?,?,?,?,?)",
            (clock.now(), body.get("model"), json.dumps(body), answer, outcome),
        )


def _json(value: Any, status: int = 200) -> JsonResponse:
    answer = JsonResponse(value, status=status, safe=False)
    answer["openai-version"], answer["x-ratelimit-remaining-requests"] = "2020-10-01", "9999"
    return answer


def _refuse(refused: Refused) -> JsonResponse:
    answer = _json(refused.body, refused.status)
    for name, value in refused.headers.items():
        answer[name] = value
    return answer
