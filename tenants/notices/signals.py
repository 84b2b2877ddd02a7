"""Asked while a digest is written: rooms above answer with sentences about the time since the last one."""

from django.dispatch import Signal

# send(sender=None, tenant=Tenant, since=datetime, now=datetime), inside the restaurant's schema
# -> list[str], short sentences for its owner.
digest_lines = Signal()
