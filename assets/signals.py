"""News from the shelf to the rooms above, and one question to them."""

from django.dispatch import Signal

# asset=: its pictures are there and it may be used in posts.
asset_ready = Signal()

# asset_ids=: asked before assets go to the trash. A receiver answers with a list of `assets.usage.Use`.
who_uses = Signal()

# Asked when a photo is described. A receiver answers with (id, name) pairs of dishes.
name_dishes = Signal()

# since=: asked in public before libraries are tidied. A receiver answers with the schemas of restaurants that posted
# photos since, which are then counted (`sweeping`).
who_posted = Signal()

# now=: the tidying of one restaurant's library; the room above tells how often each photo was posted.
sweeping = Signal()

# asset=: asked when a photo's page is shown. A receiver answers with the name of a template that offers a description
# for its text field; it is included with asset_id, field (the field's id) and target (where its answer belongs).
offer_description = Signal()
