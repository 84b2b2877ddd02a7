"""One channel's questions put to Meta: batches of 50, single reads where a stand-in knows no batches.

Runs in a thread without a database. A throttle or a dead token ends the channel's turn at once: more calls
would lengthen the ban or meet the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from posting.insights.reading import Found, Outcome, Wanted, single_reads, understand, worth_splitting
from social.graph import (
    MOST_PARTS,
    GraphClient,
    GraphError,
    GraphThrottled,
    GraphTokenDead,
    Read,
    Usage,
)

_no_batch: set[str] = set()  # hosts of stand-ins for Meta that refused a batch


@dataclass(slots=True)
class Asked:
    """What came of one channel's turn. `stopped_by`: the answer that ended it early."""

    found: list[Found] = field(default_factory=list)
    stopped_by: GraphError | None = None
    app_percent: int = 0
    channel_percent: int = 0
    regain_minutes: int = 0
    calls: int = 0  # exchanges over the network

    def heed(self, usage: Usage, remote_id: str) -> None:
        self.app_percent = max(self.app_percent, usage.app_percent)
        self.channel_percent = max(self.channel_percent, usage.of(remote_id))
        self.regain_minutes = max(self.regain_minutes, usage.regain_minutes)


def ask(client: GraphClient, wanted: Sequence[Wanted], *, remote_id: str, now: datetime) -> Asked:
    """Everything about one channel, as far as Meta answers. Never raises a GraphError."""
    asked = Asked()
    for some in _chunks(wanted):
        reads = [read for one in some for read in one.reads]
        outcomes = dict(zip(_places(some), _read_all(client, reads, asked, remote_id), strict=False))
        # One metric that is refused costs all of its call: those reads again, metric by metric.
        split = [place for place, outcome in outcomes.items() if worth_splitting(_at(some, place), outcome)]
        parts: dict[tuple[int, int], list[tuple[Read, Outcome]]] = {
            place: [(_at(some, place), outcome)] for place, outcome in outcomes.items()
        }
        if split and asked.stopped_by is None:
            singles = [(place, read) for place in split for read in single_reads(_at(some, place))]
            answers = _read_all(client, [read for _, read in singles], asked, remote_id)
            for place in split:
                parts[place] = []
            for (place, read), outcome in zip(singles, answers, strict=False):
                parts[place].append((read, outcome))
        for number, one in enumerate(some):
            mine = [pair for place, pairs in parts.items() if place[0] == number for pair in pairs]
            if mine:
                asked.found.append(understand(one, mine, now=now))
        if asked.stopped_by is not None:
            break
    return asked


def _chunks(wanted: Sequence[Wanted]) -> Iterator[list[Wanted]]:
    """As many as fit into one batch, each with all of its reads."""
    chunk: list[Wanted] = []
    size = 0
    for one in wanted:
        if chunk and size + len(one.reads) > MOST_PARTS:
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += len(one.reads)
    if chunk:
        yield chunk


def _places(some: Sequence[Wanted]) -> list[tuple[int, int]]:
    return [(number, position) for number, one in enumerate(some) for position in range(len(one.reads))]


def _at(some: Sequence[Wanted], place: tuple[int, int]) -> Read:
    return some[place[0]].reads[place[1]]


def _read_all(client: GraphClient, reads: Sequence[Read], asked: Asked, remote_id: str) -> list[Outcome]:
    """The outcomes of as many reads as were carried out before something ended the turn."""
    outcomes: list[Outcome] = []
    for start in range(0, len(reads), MOST_PARTS):
        for outcome in _read_some(client, reads[start : start + MOST_PARTS], asked):
            asked.heed(outcome.usage, remote_id)
            outcomes.append(outcome)
            if isinstance(outcome, (GraphThrottled, GraphTokenDead)):
                asked.stopped_by = outcome
        if asked.stopped_by is not None:
            break
    return outcomes


def _read_some(client: GraphClient, reads: Sequence[Read], asked: Asked) -> list[Outcome]:
    host = urlsplit(client.config.graph_url).netloc
    if host not in _no_batch:
        asked.calls += 1
        try:
            return client.batch(reads)
        except GraphError as error:
            # Meta knows batches. A simulator named in the environment may not; then each read goes alone.
            unknown_there = error.http_status is not None and not isinstance(
                error, (GraphThrottled, GraphTokenDead)
            )
            if client.config.is_meta or not unknown_there:
                asked.stopped_by = error
                return []
    outcomes: list[Outcome] = []
    for read in reads:
        asked.calls += 1
        try:
            outcomes.append(client.read(read))
            _no_batch.add(host)
        except GraphError as error:
            outcomes.append(error)
            if isinstance(error, (GraphThrottled, GraphTokenDead)):
                break
    return outcomes
