"""kill -9 of a worker at each step of a piece of writing: nothing is lost, nothing paid twice, nothing said twice."""

import ctypes
import os
import signal
import time
from datetime import timedelta

import pytest
from django.db import connections
from django_tenants.utils import tenant_context

from content import exchanging, generating, money, services
from content.models import Exchange, Generation, Post, SpendMonth
from content.services import posts
from content.writer import Writer
from tenants.access import Actor
from tests.content.model_server import ModelServer, writes

BY = Actor("user", "1", "Alice")
CAPTION = "Friday wants a table and good company."


def die(*_args, **_kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def after(owner, name):
    """The real thing happens, then the process is gone."""
    real = getattr(owner, name)

    def wrapped(*args, **kwargs):
        real(*args, **kwargs)
        die()

    setattr(owner, name, wrapped)


# step -> (how the child dies there, is the model asked a second time, is the lost call counted in full)
STEPS = {
    "claimed": (lambda: after(generating, "_claim"), 1, False),
    "money set aside": (lambda: after(exchanging, "open_exchange"), 1, False),
    "request stored": (lambda: after(exchanging._Keep, "sending"), 1, True),
    "answer on its way": (lambda: setattr(exchanging._Keep, "received", die), 2, True),
    "answer stored": (lambda: after(exchanging._Keep, "received"), 1, False),
    "call settled": (lambda: after(money, "settle"), 1, False),
    "before it is shown": (lambda: setattr(generating, "_finish", die), 1, False),
    "shown": (lambda: after(generating, "_finish_first"), 1, False),
}


def killed(work) -> None:
    """Run `work` in a process of its own, which must end by SIGKILL."""
    connections.close_all()  # a child must not speak on its parent's line
    pid = os.fork()
    if pid == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        try:
            work()
        finally:
            os._exit(3)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (
                "it never came to that step"
            )
            return
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise AssertionError("it hung")


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("step", STEPS)
def test_a_worker_killed_at_any_step_costs_no_caption_and_no_second_payment(
    committed_cast, model: ModelServer, settings, now, step, streamed
):
    settings.AI_CONFIGURED = True
    prepare, calls, in_full = STEPS[step]
    model.script = [writes(CAPTION)]
    with tenant_context(committed_cast.cafe):
        asked = services.request_caption(
            platform="facebook", variants=1, wake=False, watched=streamed, by=BY, now=now
        )

    def run(at=now):
        return generating.run_generation(
            generation_id=asked.pk,
            clock=lambda: at,
            writer_of=lambda: Writer(model.url, "k", "gpt-4o-mini", 5),
        )

    def child():
        with tenant_context(committed_cast.cafe):
            prepare()
            run()

    import openai  # noqa: F401 - a second of processor time, once here and not in each child

    killed(child)
    later = now + timedelta(minutes=10)
    with tenant_context(committed_cast.cafe):
        if step != "shown":
            assert run(now + timedelta(seconds=5)) is None, "the lease of the dead worker still holds"
        done = run(later) or Generation.objects.get()
        assert (done.state, done.source) == ("answered", "ai")
        assert [v["caption"] for v in done.variants] == [CAPTION]
        assert len(model.asked) == calls
        rows = list(Exchange.objects.order_by("number"))
        spent = SpendMonth.objects.get()
        assert (spent.reserved, spent.spent) == (0, sum(row.cost for row in rows))
        assert all(row.settled for row in rows)
        assert (rows[0].cost == rows[0].reserved) is in_full
        assert run(later + timedelta(minutes=10)) is None, "and it is done"


def test_killed_while_a_post_takes_the_words_leaves_them_for_the_next_try(committed_cast, settings, now):
    settings.AI_CONFIGURED = False
    with tenant_context(committed_cast.cafe):
        written = services.request_caption(platform="facebook", variants=1, by=BY, now=now)

    def compose():
        return services.compose_post(
            caption=written.variants[0]["text"], generation_id=written.pk, by=BY, now=now
        )

    def child():
        with tenant_context(committed_cast.cafe):
            after(posts, "mark_used")
            compose()

    killed(child)
    with tenant_context(committed_cast.cafe):
        assert not Post.objects.exists()
        assert Generation.objects.get().used_by is None
        post = compose()
        assert Generation.objects.get().used_by == post
