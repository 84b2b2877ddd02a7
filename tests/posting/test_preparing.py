"""Making a post invisibly, while Meta answers unclearly for long."""

from datetime import UTC, datetime, timedelta

import pytest

from posting.dispatch import engine
from posting.dispatch.terms import Answer, Call, Class, Row
from posting.states import State

ARM = datetime(2026, 11, 24, 17, 50, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "least", "most"), [(0, 0, 2), (5, 30, 31), (60, 120, 121)])
def test_parts_are_made_anew_ever_more_rarely_while_their_joining_stays_unclear(minutes, least, most):
    row = Row(
        id="one",
        due_at=ARM + timedelta(minutes=10),
        arm_at=ARM,
        not_after=ARM + timedelta(hours=3),
        steps=3,
        state=State.PREPARING,
        step=2,
        objects=("1", "2"),
    )
    now = ARM + timedelta(minutes=minutes)
    move = engine.settle(row, Answer(Call.PREPARE, Class.UNKNOWN), now)
    assert (move.row.state, move.row.step, move.row.objects) == (State.SCHEDULED, 0, ())
    assert least <= (move.row.next_action_at - now).total_seconds() <= most
