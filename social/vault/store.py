"""Seal and open values with each restaurant's own data key, which the key ring wraps.

Deleting a restaurant's `TenantDataKey` rows shreds everything sealed for it, in every backup that lacks them.
"""

from __future__ import annotations

import os
import uuid
from collections import OrderedDict
from datetime import datetime
from functools import lru_cache
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from social.registry.models import TenantDataKey
from social.vault.envelope import Place, decrypt, encrypt, key_id_of
from social.vault.keyring import KEY_BYTES, KeyRing, KeyWrapper, UnknownKey
from social.vault.secret import Secret

CACHE_SECONDS = 60.0  # how long a shredded key may still open values in a process that had it in hand
CACHE_SIZE = 2_000


@lru_cache(maxsize=4)
def _ring(keys: tuple[tuple[str, bytes], ...]) -> KeyRing:
    return KeyRing(keys)


def wrapper() -> KeyWrapper:
    """The guard of the data keys: the ring. A KMS client takes its place by being returned here."""
    return _ring(tuple((key_id, bytes(key)) for key_id, key in settings.ENCRYPTION_KEY))


class _OpenKeys:
    """Unwrapped data keys by id for a minute, so that a busy publisher does not ask the ring (or a KMS) per
    token.

    Only opening uses it. Sealing reads the row each time: a key created in a transaction that was rolled
    back must not be used again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: OrderedDict[uuid.UUID, tuple[float, str, bytes]] = OrderedDict()

    def get(self, key_id: uuid.UUID, tenant: str) -> bytes | None:
        with self._lock:
            until, owner, key = self._keys.get(key_id, (0.0, "", b""))
            return key if until > monotonic() and owner == tenant else None

    def put(self, key_id: uuid.UUID, tenant: str, key: bytes) -> None:
        with self._lock:
            self._keys[key_id] = (monotonic() + CACHE_SECONDS, tenant, key)
            self._keys.move_to_end(key_id)
            while len(self._keys) > CACHE_SIZE:
                self._keys.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._keys.clear()


open_keys = _OpenKeys()


def seal(
    secret: Secret, *, tenant: Any, table: str, row: Any, field: str, under: TenantDataKey | None = None
) -> bytes:
    """Encrypt for one place. `tenant` is a Tenant or its id; `row` the primary key the record will be
    stored under. `under`: a committed data key of this restaurant, to spare looking it up for each of many.
    """
    tenant_id = _id(tenant)
    data_key = under or _current(tenant_id)
    place = Place(tenant_id, table, str(row), field)
    return encrypt(secret, key=_unwrap(data_key), key_id=data_key.pk, place=place)


def unseal(record: bytes | memoryview, *, tenant: Any, table: str, row: Any, field: str) -> Secret:
    """Open what `seal` made for exactly this place.

    Raises Tampered (changed or moved), UnknownKey (the data key was destroyed), KeyUnavailable (its wrapping
    key is not in the ring).
    """
    tenant_id, record = _id(tenant), bytes(record)
    key_id = key_id_of(record)
    key = open_keys.get(key_id, tenant_id)
    if key is None:
        data_key = TenantDataKey.objects.filter(pk=key_id, tenant_id=tenant_id).first()
        if data_key is None:
            raise UnknownKey("The data key of this value is gone, or belongs to another restaurant.")
        key = _unwrap(data_key)
        open_keys.put(key_id, tenant_id, key)
    return decrypt(record, key=key, place=Place(tenant_id, table, str(row), field))


def new_data_key(tenant: Any, *, now: datetime) -> TenantDataKey:
    """Make a fresh data key the current one. Values under the older key stay readable until they are sealed
    anew.
    """
    tenant_id = _id(tenant)
    with transaction.atomic():
        TenantDataKey.objects.filter(tenant_id=tenant_id, retired_at=None).update(retired_at=now)
        return _create(tenant_id)


def rewrap(data_key: TenantDataKey) -> bool:
    """Wrap one data key by the ring's current key. False when somebody else changed the row in between.

    The values sealed by the data key are not touched and stay readable at every moment.
    """
    guard = wrapper()
    before = bytes(data_key.wrapped)
    wrapped = guard.wrap(_unwrap(data_key), _context(data_key.tenant_id, data_key.pk))
    changed = TenantDataKey.objects.filter(pk=data_key.pk, wrapped=before).update(
        wrapped=wrapped, wrapped_by=guard.current_id
    )
    return changed == 1


def shred(tenant: Any) -> int:
    """Destroy a restaurant's data keys: whatever was sealed for it can never be opened again. Returns how
    many.
    """
    open_keys.clear()
    deleted, _ = TenantDataKey.objects.filter(tenant_id=_id(tenant)).delete()
    return deleted


def _id(tenant: Any) -> str:
    return str(getattr(tenant, "pk", tenant))


def _context(tenant_id: Any, key_id: uuid.UUID) -> bytes:
    return f"{tenant_id}|{key_id}".encode()


def _unwrap(data_key: TenantDataKey) -> bytes:
    context = _context(data_key.tenant_id, data_key.pk)
    return wrapper().unwrap(data_key.wrapped_by, bytes(data_key.wrapped), context)


def _current(tenant_id: str) -> TenantDataKey:
    found = TenantDataKey.objects.filter(tenant_id=tenant_id, retired_at=None).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return _create(tenant_id)
    except IntegrityError:  # another process made the first key of this restaurant at the same moment
        return TenantDataKey.objects.get(tenant_id=tenant_id, retired_at=None)


def _create(tenant_id: str) -> TenantDataKey:
    guard, key_id = wrapper(), uuid.uuid4()
    wrapped = guard.wrap(os.urandom(KEY_BYTES), _context(tenant_id, key_id))
    return TenantDataKey.objects.create(
        pk=key_id, tenant_id=tenant_id, wrapped=wrapped, wrapped_by=guard.current_id
    )
