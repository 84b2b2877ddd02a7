"""News that travels up to posting (which content does not know)."""

from django.dispatch import Signal

# After commit. sender=Post, post_id, version: words or pictures changed.
post_changed = Signal()
# After commit. sender=MenuItem, menu_item_id, available, post_ids: the posts that speak of this dish.
dish_availability_changed = Signal()
