"""Reading a streamed chat completion (server-sent events), whole or while it comes. Pure.

https://platform.openai.com/docs/api-reference/chat-streaming: "data: {chunk}" lines, the words in
choices[0].delta.content, the token counts in a last chunk without choices, then "data: [DONE]".
"""

import json
import re
from typing import Any

_DRAFT = re.compile(r'"(?:caption|alt_text)"\s*:\s*"((?:[^"\\]|\\.)*)(?P<closed>")?', re.S)
_DRAFTS_SHOWN = 5


class Reader:
    """Feed it bytes or text as they come; `text` is what the model has said so far."""

    def __init__(self) -> None:
        self.text = ""
        self.refusal = ""
        self.finish: str | None = None
        self.usage: Any = None
        self.model = ""
        self.done = False
        self.broken = False  # an error inside the stream, or a line that is no chunk
        self._rest = ""
        self._bytes = b""

    def feed_bytes(self, data: bytes) -> None:
        """Like `feed`; a letter cut in two waits for its other half."""
        self._bytes += data
        cut = self._bytes.rfind(b"\n") + 1
        ready, self._bytes = self._bytes[:cut], self._bytes[cut:]
        if ready:
            self.feed(ready.decode("utf-8", "replace"))

    def feed(self, text: str) -> "Reader":
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._line(line.strip())
        return self

    def end(self) -> "Reader":
        """Nothing more comes: a last line without its line feed counts too."""
        if self._rest.strip():
            self._line(self._rest.strip())
        self._rest = ""
        return self

    def _line(self, line: str) -> None:
        if not line.startswith("data:"):
            return
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            self.done = True
            return
        try:
            chunk = json.loads(data)
        except ValueError:
            self.broken = True
            return
        if not isinstance(chunk, dict) or chunk.get("error"):
            self.broken = True
            return
        self.model = str(chunk.get("model") or self.model)
        if isinstance(chunk.get("usage"), dict):
            self.usage = chunk["usage"]
        choices = chunk.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(first, dict):
            return
        delta = first.get("delta") or first.get("message")
        if isinstance(delta, dict):
            self.text += words_of(delta)
            self.refusal += delta["refusal"] if isinstance(delta.get("refusal"), str) else ""
        self.finish = str(first["finish_reason"]) if first.get("finish_reason") else self.finish

    @property
    def whole(self) -> bool:
        """The model came to its end. Some servers send no [DONE], others no finish_reason: one is enough."""
        return not self.broken and (self.done or self.finish is not None)


def words_of(message: dict[str, Any]) -> str:
    """What a message, or a piece of one, says: its text, its list of text parts, or what it would call a tool with."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        content = "".join(part for part in parts if isinstance(part, str))
    if isinstance(content, str) and content:
        return content
    called = message.get("tool_calls")
    calls = called if isinstance(called, list) else []
    given = [call.get("function") for call in calls if isinstance(call, dict)] or [
        message.get("function_call")
    ]
    first = given[0] if isinstance(given[0], dict) else {}
    arguments = first.get("arguments")
    if isinstance(arguments, dict):  # some servers parse them for us
        return json.dumps(arguments, ensure_ascii=False)
    return arguments if isinstance(arguments, str) else ""


def is_stream(body: str) -> bool:
    """A stream by its first line; a server that does not know streaming answers with plain JSON."""
    return body.lstrip()[:6].startswith(("data:", ":", "event:"))


def completion_of(body: str) -> dict[str, Any]:
    """A stored stream as the chat completion it adds up to, as far as it came."""
    reader = Reader().feed(body).end()
    message = {"role": "assistant", "content": reader.text, "refusal": reader.refusal or None}
    return {
        "model": reader.model,
        "choices": [{"index": 0, "finish_reason": reader.finish, "message": message}],
        "usage": reader.usage,
    }


def broke_off(body: str) -> bool:
    """True for a stream that ended before the model had."""
    return is_stream(body) and not Reader().feed(body).end().whole


def drafts(text: str) -> list[str]:
    """The captions in a JSON answer that is still being written, the last one as far as it is."""
    found = []
    for match in _DRAFT.finditer(text):
        raw = re.sub(r"\\(?:u[0-9a-fA-F]{0,3})?$", "", match[1])
        try:
            words = str(json.loads(f'"{raw}"', strict=False))
        except ValueError:
            continue
        # Half of a pair (an emoji cut in two) is no text yet, and the database would not take it.
        words = "".join(c for c in words if not "\ud800" <= c <= "\udfff" and c != "\x00").strip()
        if words:
            found.append(words)
    return found[:_DRAFTS_SHOWN]
