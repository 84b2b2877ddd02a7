"""The pretend OpenAI through the official client."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import jsonschema
import openai
import pytest

from tests.sandbox.conftest import http
from tests.sandbox_process import Sandbox

PROMPT = "Restaurant: Krusty Pizza\nDish: Margherita\nTone: humorous\nPlatform: instagram\nWrite 3 captions."
SCHEMA: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["variants"],
    "properties": {"variants": {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "required": ["caption", "hashtags", "alt_text"],
        "properties": {"caption": {"type": "string", "maxLength": 300}, "alt_text": {"type": "string"},
                       "hashtags": {"type": "array", "items": {"type": "string", "pattern": "^#"}, "maxItems": 4}},
    }}},
}  # fmt: skip
MONTH: dict[str, Any] = {
    "type": "object", "additionalProperties": False, "required": ["month", "slots"],
    "properties": {"month": {"type": "string", "pattern": r"^\d{4}-\d{2}$"}, "slots": {
        "type": "array", "minItems": 8, "maxItems": 8, "items": {
            "type": "object", "additionalProperties": False,
            "required": ["date", "time", "dish", "strategy", "reason", "score", "platform", "note"],
            "properties": {
                "date": {"type": "string", "format": "date"}, "time": {"type": "string"}, "dish": {"type": "string"},
                "strategy": {"enum": ["dish", "people", "place"]}, "reason": {"type": "string"},
                "score": {"type": "number", "minimum": 0, "maximum": 1}, "platform": {"$ref": "#/$defs/platform"},
                "note": {"anyOf": [{"type": "null"}, {"type": "string"}]}}}}},
    "$defs": {"platform": {"type": "string", "enum": ["facebook", "instagram"]}},
}  # fmt: skip


@pytest.fixture
def client(box: Sandbox) -> openai.OpenAI:
    return openai.OpenAI(base_url=box.openai, api_key="sk-test", max_retries=0, timeout=10,
                         http_client=httpx2.Client(trust_env=False))  # fmt: skip


def ask(
    client: openai.OpenAI, schema: dict[str, Any] | None = None, prompt: str = PROMPT, **more: Any
) -> Any:
    if schema:
        more["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "x", "strict": True, "schema": schema},
        }
    return client.chat.completions.create(
        model="gpt-5-mini", messages=[{"role": "user", "content": prompt}], **more
    )


def test_a_caption_names_the_dish_and_counts_its_tokens(client: openai.OpenAI) -> None:
    answer = ask(client)
    assert "Margherita" in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop" and answer.model == "gpt-5-mini"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_a_schema_is_honoured_and_the_asked_number_written(client: openai.OpenAI) -> None:
    value = json.loads(ask(client, SCHEMA).choices[0].message.content)
    jsonschema.validate(value, SCHEMA)
    assert len({v["caption"] for v in value["variants"]}) == 3
    assert all("Margherita" in v["caption"] for v in value["variants"])
    assert "#margherita" in value["variants"][0]["hashtags"]


def test_a_month_plan_takes_its_dishes_and_days_from_the_prompt(client: openai.OpenAI) -> None:
    menu = '{"menu": [{"name": "Margherita"}, {"name": "Tiramisu"}]}'
    prompt = f"Plan December 2026.\nMonth: December\nYear: 2026\n{menu}"
    value = json.loads(ask(client, MONTH, prompt).choices[0].message.content)
    jsonschema.validate(value, MONTH)
    days = [slot["date"] for slot in value["slots"]]
    assert value["month"] == "2026-12" and days == sorted(set(days)) and days[0].startswith("2026-12")
    assert {slot["dish"] for slot in value["slots"]} == {"Margherita", "Tiramisu"}


def test_it_says_nothing_twice_and_the_same_run_says_the_same(client: openai.OpenAI, box: Sandbox) -> None:
    def run() -> list[str]:
        box.reset()
        return [ask(client, seed=5).choices[0].message.content for _ in range(8)]

    first = run()
    assert len(set(first)) == 8 and run() == first


def test_a_stream_is_the_same_text_in_pieces_with_usage_when_asked(
    client: openai.OpenAI, box: Sandbox
) -> None:
    whole = ask(client, seed=1).choices[0].message.content
    box.reset()
    chunks = list(ask(client, seed=1, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole and len(chunks) > 4
    assert chunks[-1].usage.total_tokens > 0 and chunks[-2].choices[0].finish_reason == "stop"


def test_prompts_and_answers_are_kept_for_reading(client: openai.OpenAI, box: Sandbox) -> None:
    text = ask(client).choices[0].message.content
    (kept,) = box.control("prompts")["prompts"]
    assert (
        kept["body"]["messages"][0]["content"] == PROMPT
        and kept["answer"] == text
        and kept["outcome"] == "ok"
    )


def test_a_key_is_needed_and_must_look_like_one(box: Sandbox) -> None:
    url = f"{box.openai}/chat/completions"
    assert http.post(url, json={}).status_code == 401
    answer = http.post(url, json={}, headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")


def test_bad_requests_are_refused_in_openais_shape(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="gpt-5-mini", messages=[])
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="llama", messages=[{"role": "user", "content": "hi"}])
    loose = {**SCHEMA, "additionalProperties": True}
    with pytest.raises(openai.BadRequestError, match="additionalProperties"):
        ask(client, loose)
    assert any(m.id == "gpt-5-mini" for m in client.models.list())


def test_a_rate_limit_says_when_to_come_back(client: openai.OpenAI, box: Sandbox) -> None:
    box.fault("openai_429", retry_after=7)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client)
    assert caught.value.response.headers["retry-after"] == "7"
    assert ask(client).choices


def test_a_server_error_and_a_dead_key(client: openai.OpenAI, box: Sandbox) -> None:
    box.fault("openai_500", http=503)
    with pytest.raises(openai.InternalServerError):
        ask(client)
    box.fault("openai_401")
    with pytest.raises(openai.AuthenticationError):
        ask(client)


def test_a_timeout_and_a_cut_stream(client: openai.OpenAI, box: Sandbox) -> None:
    box.fault("openai_timeout", seconds=0.3)
    with pytest.raises(openai.APIConnectionError):
        ask(client, timeout=0.1)
    box.fault("openai_cut_stream")
    with pytest.raises(openai.APIConnectionError):
        list(ask(client, stream=True))
    box.fault("openai_cut_stream")
    with pytest.raises(openai.APIConnectionError):
        ask(client)


def test_answers_that_break_their_promise(client: openai.OpenAI, box: Sandbox) -> None:
    def content(mode: str, **more: Any) -> Any:
        box.fault(mode, **more)
        return ask(client, SCHEMA).choices[0]

    with pytest.raises(json.JSONDecodeError):
        box.fault("openai_malformed", times=1)
        json.loads(ask(client, SCHEMA, stream=False).choices[0].message.content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(content("openai_schema_breaking").message.content), SCHEMA)
    refused = content("openai_refusal").message
    assert refused.content is None and refused.refusal
    assert content("openai_empty").message.content == ""
    assert content("openai_length").finish_reason == "length"
    long = {
        "type": "object",
        "additionalProperties": False,
        "required": ["caption"],
        "properties": {"caption": {"type": "string"}},
    }
    box.fault("openai_overlong")
    assert len(json.loads(ask(client, long).choices[0].message.content)["caption"]) > 5000
