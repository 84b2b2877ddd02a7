"""The words of the engine: calls, answers, findings, rows, moves and the policy's numbers. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from posting.states import State

S = State


class Call(StrEnum):
    PREPARE = "prepare"  # makes one invisible part; step `row.step`
    STATUS = "status"  # reads the invisible object
    FLIP = "flip"  # makes it visible: the only call that does
    READ = "read"  # reads whether it is visible
    DETAILS = "details"  # after publication: link, media id, count of photos
    COMMENT = "comment"  # after publication: writes the first comment
    COMMENTED = "commented"  # reads whether the first comment is there


class Class(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"  # a definite no; only believed before the flip
    UNKNOWN = "unknown"  # anything may have happened
    THROTTLED = "throttled"  # told to come back later
    TOKEN = "token"  # noqa: S105 - the access token is dead
    UNSENT = "unsent"  # the request certainly never left


class Comment(StrEnum):
    """What became of the first comment. A post without one has NONE from the beginning."""

    NONE = ""
    WANTED = "wanted"
    SENDING = "sending"  # intended, perhaps sent: only reading may follow
    DONE = "done"
    GIVEN_UP = "given_up"


class Finding(StrEnum):
    """What an accepted read says."""

    READY = "ready"  # STATUS: may be flipped
    WAIT = "wait"  # STATUS, PREPARE: not yet; READ: cannot tell yet
    FAILED = "failed"  # STATUS, DETAILS: Meta could not digest it, for good
    EXPIRED = "expired"  # STATUS: too old or gone; make it again
    INCOMPLETE = "incomplete"  # STATUS: a photo is missing from it; make it again
    VISIBLE = "visible"  # READ, DETAILS, COMMENTED
    HIDDEN = "hidden"  # READ, COMMENTED: definitely not there at this moment
    GONE = "gone"  # STATUS, READ: the object does not answer (any more, or yet)
    PENDING = "pending"  # DETAILS: visible, details not known yet
    SHORT = "short"  # DETAILS: visible with fewer photos than sent


@dataclass(frozen=True, slots=True)
class Why:
    """A reason as a code plus parameters; posting/reasons.py turns it into the owner's words."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    call: Call
    klass: Class
    finding: Finding | None = None
    object_id: str = ""  # PREPARE: the part that was just made; COMMENT, COMMENTED: the comment
    media_id: str = ""  # the published media (Instagram)
    permalink: str = ""
    why: Why | None = None  # REFUSED, FAILED, TOKEN: what to tell the owner
    again: bool = False  # REFUSED: only for the moment ("still working on the photo")
    afresh: bool = False  # REFUSED: this part is lost; make everything anew
    retry_after: timedelta | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """The engine's view of one Due row. Times are aware UTC datetimes of PostgreSQL's clock."""

    id: str
    due_at: datetime
    arm_at: datetime
    not_after: datetime
    steps: int  # how many PREPARE calls make the object
    readback: bool = True  # False: the platform offers no way to ask (Facebook stories)
    negatives_needed: int = 1  # negative reads that together prove "not visible"
    slow: bool = False  # a preparation may take minutes (Meta fetches a video)
    state: State = S.SCHEDULED
    step: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    next_action_at: datetime | None = None
    objects: tuple[str, ...] = ()  # the ids made so far, one a step
    object_id: str = ""  # the object that the flip makes visible
    object_at: datetime | None = None
    media_id: str = ""
    permalink: str = ""
    tries: int = 0  # unclear answers in a row in this state
    crash_count: int = 0  # leases that ran out at this step
    rebuilds: int = 0  # objects that were made, then found broken, and made anew
    negative_reads: int = 0
    first_negative_at: datetime | None = None
    flips: int = 0  # flips that may have been sent
    flip_intent_at: datetime | None = None
    doubt_at: datetime | None = None  # when the last flip (or comment) was over, with no clear answer
    intent_at: datetime | None = None  # when the call under this fence was decided
    published_at: datetime | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    comment: Comment = Comment.NONE
    comment_sends: int = 0  # comments that may have been sent
    comment_on_media: bool = False  # written below media_id (Instagram), which must be known first


@dataclass(frozen=True, slots=True)
class Lane:
    """What the channel of a row allows at this moment (its ChannelSlot)."""

    token_ok: bool = True
    blocked_until: datetime | None = None  # paused or cooling down: do not begin anything before
    last_flip_at: datetime | None = None
    cooling_until: datetime | None = None  # Meta asked for silence, and reads are heard, too


@dataclass(frozen=True, slots=True)
class Move:
    """The next version of a row, and the call its holder must make after the commit."""

    row: Row
    call: Call | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    quarantine: timedelta = timedelta(seconds=60)  # Q: late effects land within it (assumption A4)
    negatives_over: timedelta = timedelta(seconds=60)  # several negatives must span at least this
    doubt: timedelta = timedelta(hours=24)  # afterwards the owner is asked
    gone_after: timedelta = timedelta(minutes=10)  # an object that no longer answers: ask
    max_flips: int = 5
    max_crashes: int = 3
    max_crashes_in_company: int = 10  # its holder died with many others in hand: hardly this one's fault
    max_rebuilds: int = 5
    lag: timedelta = timedelta(minutes=2)  # a fresh object may answer "does not exist" this long
    flip_lease: timedelta = timedelta(seconds=60)
    lease: timedelta = timedelta(seconds=90)
    slow_lease: timedelta = timedelta(seconds=360)
    flip_margin: timedelta = timedelta(seconds=20)  # sent any closer to the deadline it may land after it
    object_life: timedelta = timedelta(hours=20)  # containers and unpublished photos live 24 h
    late: timedelta = timedelta(minutes=15)  # published later than this: the owner is told
    catch_up_gap: timedelta = timedelta(minutes=10)  # after an outage, between two late posts of a channel
    details_tries: int = 12  # about half an hour: a reel is transcoded after it is out
    max_comments: int = 3
    comment_within: timedelta = timedelta(hours=6)  # a "first" comment later than this is given up
    call_seconds: float = 30.0  # the longest one call may take, and so what must be left of its lease
    slow_call_seconds: float = 300.0


POLICY = Policy()
OPEN_LANE = Lane()


def hurried(factor: float) -> Policy:
    """The same rules with every wait of doubt `factor` times shorter, for soaks that kill a thousand times.

    Leases, time-outs and the quarantine shrink together, so that each still outlasts what it must outlast.
    """
    short = {
        name: getattr(POLICY, name) / factor
        for name in (
            "quarantine",
            "negatives_over",
            "gone_after",
            "flip_lease",
            "lease",
            "slow_lease",
            "flip_margin",
            "lag",
            "call_seconds",
            "slow_call_seconds",
        )
    }
    return replace(POLICY, **short)
