"""The vault: tokens at rest are AES-256-GCM under a restaurant's own data key."""

from social.vault.keyring import KeyRing, KeyUnavailable, KeyWrapper, Tampered, UnknownKey, VaultError
from social.vault.secret import Secret
from social.vault.store import new_data_key, rewrap, seal, shred, unseal, wrapper

__all__ = [
    "KeyRing",
    "KeyUnavailable",
    "KeyWrapper",
    "Secret",
    "Tampered",
    "UnknownKey",
    "VaultError",
    "new_data_key",
    "rewrap",
    "seal",
    "shred",
    "unseal",
    "wrapper",
]
