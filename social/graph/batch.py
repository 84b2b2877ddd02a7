"""Several reads in one exchange: Graph's batch. Each part counts against the limits like a call of its own,
but all of them wait for the network once.

https://developers.facebook.com/docs/graph-api/batch-requests
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2

from social.graph.base import Answer, Calls
from social.graph.errors import GraphError, GraphUnknown
from social.graph.transport import Reply, as_text

MOST_PARTS = 50
_PATH = re.compile(r"[A-Za-z0-9_:.-]+(/[A-Za-z0-9_:.-]+)*")


@dataclass(frozen=True, slots=True)
class Read:
    """One part: a GET of `path` (ids and edge names). `needs` as in GraphClient.call."""

    name: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict)
    needs: str = ""

    @property
    def relative_url(self) -> str:
        if not _PATH.fullmatch(self.path) or ".." in self.path:
            raise ValueError("A Graph path is made of ids and edge names.")
        given = {key: as_text(value) for key, value in self.params.items() if value is not None}
        return f"{self.path}?{urlencode(given)}" if given else self.path


class BatchCalls(Calls):
    def batch(self, reads: Sequence[Read], *, seconds: float | None = None) -> list[Answer | GraphError]:
        """At most 50 reads with one token; for each an Answer or the error it met, in order.

        A part that Graph had no time for is a GraphUnknown. Raises a GraphError when the exchange as a whole
        failed. Reads only: nothing here is safe for a write, whose part may have been carried out.
        """
        if not 0 < len(reads) <= MOST_PARTS:
            raise ValueError(f"A batch has 1 to {MOST_PARTS} parts.")
        parts = [{"method": "GET", "relative_url": read.relative_url} for read in reads]
        whole = self.call("batch", "POST", "", {"batch": parts}, needs="data", seconds=seconds)
        answers = whole["data"] if isinstance(whole["data"], list) else []
        found = [
            self.read_part(read.name, read.needs, _reply(part))
            for read, part in zip(reads, answers, strict=False)
        ]
        missing = reads[len(found) :]
        return [*found, *(GraphUnknown(call=read.name, cause="no part") for read in missing)]

    def read(self, read: Read, *, seconds: float | None = None) -> Answer:
        """The same read by itself."""
        return self.call(read.name, "GET", read.path, read.params, needs=read.needs, seconds=seconds)

    def read_part(self, name: str, needs: str, reply: Reply) -> Answer | GraphError:
        raise NotImplementedError


def _reply(part: Any) -> Reply:
    """A part as if it had come alone; Graph puts null for what it had no time for."""
    if not isinstance(part, Mapping):
        return Reply(None, httpx2.Headers(), cause="timeout")
    code, body = part.get("code"), part.get("body")
    status = code if isinstance(code, int) and not isinstance(code, bool) else None
    text = body if isinstance(body, str) else ""
    return Reply(status, _headers(part.get("headers")), text.encode("utf-8", "replace"), cause="no part")


def _headers(rows: Any) -> httpx2.Headers:
    pairs: Iterable[Any] = rows if isinstance(rows, list) else []
    return httpx2.Headers(
        [
            (str(row["name"]), str(row["value"]))
            for row in pairs
            if isinstance(row, Mapping) and "name" in row and str(row.get("value", "")).isascii()
        ]
    )
