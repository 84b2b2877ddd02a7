"""A key for web push, as a line for the environment."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management.base import BaseCommand

from tenants.notices.webpush import b64


class Command(BaseCommand):
    help = "Print a fresh VAPID_PRIVATE_KEY. Changing it later silences every device until it is switched on again."

    def handle(self, *args: Any, **options: Any) -> None:
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        self.stdout.write(f"VAPID_PRIVATE_KEY={b64(number.to_bytes(32))}")
