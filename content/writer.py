"""One question to an OpenAI-compatible chat endpoint (https://platform.openai.com/docs/api-reference/chat).

Knows no tables. Sends once: retrying is the caller's decision, for only the caller knows the budget. Errors
first:
"""

import json
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import httpx2

from content import stream
from content.data import load
from content.prompts import Message

if TYPE_CHECKING:
    import openai

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0  # for the whole answer, also one that drips in byte by byte
ANSWER_BYTES = 1_000_000
_MASKED = {"authorization", "api-key", "x-api-key", "cookie", "set-cookie", "proxy-authorization"}


class WriterError(Exception):
    """`code` is a content.words.Why value. `sent`: the request may have been worked on, hence charged."""

    code = "unavailable"
    sent = True


class Overloaded(WriterError):
    """HTTP 429 or 503 with Retry-After: ask again after `retry_after` seconds."""

    code = "overloaded"
    sent = False

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(WriterError):
    """No whole answer: no connection, too slow, cut off, or a fault on their side. Asking again may help."""

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class NotAccepted(WriterError):
    """Our key, address, model or request is wrong, or there is no credit. Asking again does not help."""

    code = "not_accepted"
    sent = False


class Declined(NotAccepted):
    """Their filter refused the question itself, by an error status."""

    code = "refusal"


class Unsupported(NotAccepted):
    """This server does not know `parameter`; the same question without it is worth asking."""

    def __init__(self, message: str, parameter: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class BadAnswer(WriterError):
    """A whole answer that is no chat completion. `text` is what came."""

    code = "bad_answer"

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class Refusal(WriterError):
    """The model or its filter declined to write."""

    code = "refusal"


class Recorder(Protocol):
    """Keeps the exchange as it happens: `sending` just before the bytes leave, `received` as far as an answer
    came. `progress` gets each piece of a streamed answer on its way.
    """

    def sending(self, request: dict[str, Any]) -> None: ...

    def progress(self, piece: bytes) -> None: ...

    def received(self, response: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Reply:
    """The useful part of a chat completion. Token counts are None where the server does not tell."""

    text: str
    finish_reason: str
    model: str
    tokens_in: int | None
    tokens_out: int | None


@dataclass(frozen=True)
class Writer:
    base_url: str
    api_key: str
    model: str
    seconds: float = ANSWER_SECONDS
    dropped: frozenset[str] = (
        frozenset()
    )  # parameters this server does not know; ANYTHING: asked plainly already

    def without(self, parameter: str) -> "Writer":
        """The same without a parameter; without any that can be left out when the server named none ("")."""
        left_out = {parameter} if parameter else {*_OPTIONAL, ANYTHING}
        return replace(self, dropped=self.dropped | left_out)

    def body(
        self,
        messages: Sequence[Message],
        response_format: dict[str, Any],
        max_tokens: int,
        *,
        streamed: bool = False,
    ) -> dict[str, Any]:
        """The parameters of the request, so that its size is known before money is set aside."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": list(messages),
            "response_format": {"type": "json_object"} if "json_schema" in self.dropped else response_format,
            "max_completion_tokens": max_tokens,
        }
        if effort := model_facts(self.model).get("effort"):
            body["reasoning_effort"] = effort
        if streamed and "stream" not in self.dropped:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        if "max_completion_tokens" in self.dropped:
            body["max_tokens"] = max_tokens
        return {name: value for name, value in body.items() if name not in self.dropped}

    def ask(self, body: dict[str, Any], recorder: Recorder) -> Reply:
        """Send `body` once; the Reply, or one of the errors above. Everything is recorded with the key
        masked.
        """
        import openai  # over a second of processor time: only the process that asks pays it, not each at its start

        deadline = time.monotonic() + self.seconds
        watched = _Watched(deadline, recorder if body.get("stream") else None)
        mask = _Mask(self.api_key)

        def on_request(request: httpx2.Request) -> None:
            recorder.sending(mask.request(request))

        def on_response(response: httpx2.Response) -> None:
            try:
                response.read()
            finally:
                recorder.received(mask.response(response, watched.so_far()))

        timeout = httpx2.Timeout(self.seconds, connect=min(CONNECT_SECONDS, self.seconds))
        hooks: dict[str, list[Any]] = {"request": [on_request], "response": [on_response]}
        with httpx2.Client(
            transport=watched, timeout=timeout, event_hooks=hooks, follow_redirects=False
        ) as http:
            client = openai.OpenAI(
                base_url=self.base_url, api_key=self.api_key, max_retries=0, http_client=http
            )
            try:
                answer = client.chat.completions.with_raw_response.create(
                    **body, extra_headers={"Accept-Encoding": "identity"}
                )
            except openai.APIStatusError as error:
                raise _status_error(error, mask, body) from error
            except openai.APIConnectionError as error:
                cause = error.__cause__
                sent = not isinstance(cause, (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout))
                raise Unavailable(mask.text(f"{type(cause).__name__}: {cause}"), sent=sent) from error
            if stream.broke_off(answer.text):
                raise Unavailable("The answer broke off.")
            return reply_of(answer.text)


def reply_of(text: str) -> Reply:
    """Read a chat completion from its raw body: live and again from the stored exchange after a crash.

    Raises BadAnswer when it is none, Refusal when the model declined.
    """
    try:
        data = stream.completion_of(text) if stream.is_stream(text) else json.loads(text)
        choice = data["choices"][0]
        message = choice["message"] if "message" in choice else {"content": choice["text"]}
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise BadAnswer("The answer is not a chat completion.", text[:2000]) from error
    finish = str(choice.get("finish_reason") or "") if isinstance(choice, dict) else ""
    if not isinstance(message, dict):
        raise BadAnswer("The answer is not a chat completion.", text[:2000])
    if message.get("refusal") or finish == "content_filter":
        raise Refusal(str(message.get("refusal") or "content_filter")[:500])
    usage: Any = data.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Reply(
        text=stream.words_of(message),
        finish_reason=finish,
        model=str(data.get("model") or ""),
        tokens_in=_count(usage.get("prompt_tokens")),
        tokens_out=_count(usage.get("completion_tokens")),
    )


def usage_of(text: str) -> tuple[int | None, int | None]:
    """(tokens in, tokens out) of a raw body, also of one that is a refusal or otherwise of no use."""
    try:
        usage = (stream.completion_of(text) if stream.is_stream(text) else json.loads(text))["usage"]
        return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, None


def model_facts(model: str) -> dict[str, Any]:
    """Price and parameters of a model: the entry with the longest fitting prefix, else the dear default."""
    table: dict[str, dict[str, Any]] = load("models.yaml")
    name = model.rsplit("/", 1)[-1]
    fitting = [known for known in table if known != "default" and name.startswith(known)]
    return table[max(fitting, key=len)] if fitting else table["default"]


def _count(value: Any) -> int | None:
    return (
        value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000_000 else None
    )


# In the order they are looked for in a refusal: the longer name before the one inside it.
_OPTIONAL = (
    "stream_options",
    "stream",
    "response_format",
    "max_completion_tokens",
    "reasoning_effort",
)
# Other words for the wish for a JSON form.
_FORM = ("json_schema", "response_format", "structured output", "structured_output", "guided_", "grammar")
ANYTHING = "anything"


# Refusals that no other form of the question would change.
_NOT_OURS = (
    *("context_length_exceeded", "model_not_found", "invalid_api_key", "insufficient_quota"),
    "string_above_max_length",
)


def _status_error(error: "openai.APIStatusError", mask: "_Mask", body: dict[str, Any]) -> WriterError:
    status, message = error.status_code, mask.text(str(error.message))[:500]
    code = str(getattr(error, "code", "") or "")
    if status == 429 and code == "insufficient_quota":
        return NotAccepted(message)
    retry_after = _retry_after(error.response.headers)
    if status == 429 or (status == 503 and retry_after is not None):
        return Overloaded(message, 5.0 if retry_after is None else retry_after)
    if status >= 500 or status in (408, 409):
        return Unavailable(f"HTTP {status}: {message}")
    if code in ("content_filter", "content_policy_violation"):
        return Declined(message)
    if status in (400, 404, 422):
        said = f"{getattr(error, 'param', '') or ''} {message}".casefold()
        name = next((word for word in _OPTIONAL if word in said and word in body), "")
        form = body.get("response_format") or {}
        if form and any(word in said for word in _FORM):
            # First the older, looser wish for JSON; the prompt asks for it too.
            name = "json_schema" if form.get("type") == "json_schema" else "response_format"
        if name:
            return Unsupported(f"HTTP {status}: {message}", name)
        # Refused without saying what: once more as plainly as it can be asked.
        if status in (400, 422) and code not in _NOT_OURS and set(_OPTIONAL) & set(body):
            return Unsupported(f"HTTP {status}: {message}", "")
    return NotAccepted(f"HTTP {status}: {message}")


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds, at most an hour; the vendor's millisecond header first. RFC 9110: a number or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name)
        if value:
            try:
                return min(max(float(value) * unit, 0.0), 3600.0)
            except ValueError:
                return _until(value)
    return None


def _until(value: str) -> float:
    """Seconds to an HTTP date; a minute where it is none."""
    try:
        wait = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 60.0
    return min(max(wait, 0.0), 3600.0)


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes 30 ms of processor time: once a process, not once a caption."""
    return httpx2.create_ssl_context()


class _Watched(httpx2.HTTPTransport):
    """Holds the whole answer to one deadline and one size, and keeps what came for the record."""

    def __init__(self, deadline: float, listener: Recorder | None = None) -> None:
        super().__init__(verify=_tls())
        self.deadline = deadline
        self.listener = listener
        self.chunks: list[bytes] = []

    def so_far(self) -> bytes:
        return b"".join(self.chunks)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        response = super().handle_request(request)
        response.stream = _Stream(response.stream, self)  # type: ignore[arg-type]
        return response


class _Stream(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, watched: _Watched) -> None:
        self.inner = inner
        self.watched = watched

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self.inner:
            size += len(chunk)
            self.watched.chunks.append(chunk)
            if size > ANSWER_BYTES:
                raise httpx2.ReadError(f"more than {ANSWER_BYTES} bytes of answer")
            if time.monotonic() > self.watched.deadline:
                raise httpx2.ReadTimeout("the answer took too long")
            if self.watched.listener:
                self.watched.listener.progress(chunk)
            yield chunk

    def close(self) -> None:
        self.inner.close()


class _Mask:
    """Nothing stored may hold the key, also when a server repeats it in an error."""

    def __init__(self, key: str) -> None:
        self.key = key

    def text(self, text: str) -> str:
        # PostgreSQL's JSON cannot hold a NUL character.
        text = text.replace("\x00", "\ufffd")
        return text.replace(self.key, "***") if len(self.key) > 5 else text

    def headers(self, headers: httpx2.Headers) -> list[list[str]]:
        return [[k, "***" if k.lower() in _MASKED else self.text(v)] for k, v in headers.multi_items()]

    def request(self, request: httpx2.Request) -> dict[str, Any]:
        return {
            "method": request.method,
            "url": self.text(str(request.url)),
            "headers": self.headers(request.headers),
            "body": self.text(request.content.decode("utf-8", "replace")),
        }

    def response(self, response: httpx2.Response, body: bytes) -> dict[str, Any]:
        return {
            "status": response.status_code,
            "headers": self.headers(response.headers),
            "body": self.text(body.decode("utf-8", "replace")),
        }
