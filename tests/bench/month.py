"""`make bench-month`: 31 captions of one restaurant against a model that takes two seconds for each."""

import itertools
import json
import random
import re
import time

import pytest
from django.utils import timezone
from django_tenants.utils import tenant_context

from content import batching, services
from content.models import Generation
from content.repetition import opening
from content.writer import Writer
from tenants.access import Actor
from tests.content import model_server

WORDS = re.findall(
    r"\w+",
    """evening window table street corner music rain friends candle light chair laughter story neighbour season
    morning market walk door bell chef apron flour garden summer winter river bridge lantern football tickets
    parents birthday holiday quiet loud early late warm golden slow quick honest simple proud curious hungry""",
)
SECONDS = 2.0


@pytest.mark.parametrize("plan", ["basic", "pro"])
def test_31_captions_with_a_two_second_model(committed_cast, settings, plan):
    settings.AI_CONFIGURED = True
    rng = random.Random(7)  # words that share little, as a good model's do: what is measured is the time
    lines = (" ".join(rng.sample(WORDS, 14)).capitalize() + "." for _ in itertools.count())

    def slow(handler, body):
        text = next(lines)
        time.sleep(SECONDS)
        variant = {"caption": text, "hashtags": [], "dishes": [], "angle": text[:10]}
        model_server.send(handler, 200, model_server.completion(json.dumps({"variants": [variant]})))

    committed_cast.cafe.plan = plan
    committed_cast.cafe.save(update_fields=["plan"])
    with model_server.running() as model, tenant_context(committed_cast.cafe):
        model.script = [slow]
        now = timezone.now()
        by = Actor("user", "1", "Alice")
        ids = [
            services.request_caption(platform="facebook", variants=1, wake=False, by=by, now=now).pk
            for _ in range(31)
        ]
        began = time.monotonic()
        batching.write_many(generation_ids=ids, writer_of=lambda: Writer(model.url, "k", "gpt-4o-mini", 10))
        took = time.monotonic() - began
        rows = list(Generation.objects.all())
        openings = {opening(row.variants[0]["caption"]) for row in rows}
        print(
            f"\n{plan}: {batching.places(plan)} at once, {took:.1f} s, {len(model.asked)} calls,"
            f" {len(openings)} different openings, {sum(r.source == 'ai' for r in rows)} by AI"
        )
        assert len(openings) == 31
