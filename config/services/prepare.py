"""`python -m config.services.prepare`: migrate, then the demo data, in one process.

Each start of Django costs seconds of processor time, which is most of a warm `make up`; two commands in one
process save one of them. The runner learns from the line MIGRATED that the other processes may start.
"""

import os
import sys
import time
import traceback

import django
from django.core.management import CommandError, call_command

from config.services import env
from config.services.up import MIGRATED, answers

SANDBOX_SECONDS = 60


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        call_command("migrate_all")
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    print(MIGRATED, flush=True)
    if env.wants_demo():
        wait_for_sandbox(env.given("SANDBOX_URL"))
        seed()
    return 0


def seed() -> None:
    """Without demo data the product is still the product: say what went wrong and go on."""
    try:
        call_command("seed_demo")
    except Exception as error:  # whatever another Graph simulator may answer
        traceback.print_exc()
        print(
            f"The demo restaurants are not finished: {error}. The next `make up` goes on with them.",
            flush=True,
        )


def wait_for_sandbox(url: str) -> None:
    """The demo restaurants connect to it; an address that never answers is for the seed to report."""
    end = time.monotonic() + SANDBOX_SECONDS
    while url and not answers(f"{url}/health") and time.monotonic() < end:
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
