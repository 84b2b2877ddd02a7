"""Meta fetches our photos. A moment in which it cannot is no refusal of the photo."""

import pytest

from posting.states import State


@pytest.mark.parametrize(
    ("where", "label", "code", "subcode"),
    [("page", "page.photos.create", 100, 1366046), ("instagram", "ig.media.create", 9004, 2207052)],
)
def test_a_photo_that_could_not_be_fetched_for_a_moment_still_goes_out_once(
    kitchen, where, label, code, subcode
):
    channel = getattr(kitchen, where)
    publication = kitchen.plan(channel, kitchen.post(photos=1))
    kitchen.meta.fault("code", label, code=code, subcode=subcode)
    for _ in range(3):
        kitchen.run()
        kitchen.later(publication, seconds=30)
    assert kitchen.fresh(publication).state == State.PUBLISHED
    assert len(kitchen.visible(channel)) == 1
