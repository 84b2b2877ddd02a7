"""Free ports on loopback, chosen once and remembered, so that addresses stay the same between starts."""

import json
import socket

from config.services.errors import Stop
from config.services.local import Local

HOST = "127.0.0.1"
# Below the range that systems hand out for outgoing connections (32768 and up on Linux).
FIRST = {"postgres": 25432, "redis": 26379, "sandbox": 28900, "web": 8000}
TRIES = 400


def is_free(port: int, host: str = HOST) -> bool:
    """Could a server listen there now? Lingering closed connections do not count, as for servers."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)  # two binds with SO_REUSEADDR agree; only listening tells
        except (OSError, OverflowError):
            return False
    return True


def remembered(local: Local) -> dict[str, int]:
    try:
        kept = json.loads(local.ports.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in kept.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # never written, or cut short by a crash: choose anew


def choose(name: str, local: Local, *, avoid: frozenset[int] = frozenset()) -> int:
    """The remembered port of `name` when it is free, else the next free one from its first on; remembered."""
    kept = remembered(local)
    first = FIRST[name]
    taken = {port for other, port in kept.items() if other != name} | avoid
    for port in (kept.get(name, first), *range(first, first + TRIES)):
        if port not in taken and is_free(port):
            if kept.get(name) != port:
                scratch = local.ports.with_suffix(".new")
                scratch.write_text(json.dumps(kept | {name: port}, indent=1), encoding="utf-8")
                scratch.replace(local.ports)
            return port
    raise Stop(
        f"No free port between {first} and {first + TRIES} for {name}. Close a few programs and try again."
    )


def for_web(wish: str, local: Local, host: str = HOST) -> int:
    """PORT when it is given (and then that one or a sentence), else 8000 or the next free one."""
    if not wish:
        return FIRST["web"] if is_free(FIRST["web"], host) else choose("web", local)
    if not wish.isdigit() or not 1 <= int(wish) <= 65535:
        raise Stop(f"PORT is {wish!r}: write a number from 1 to 65535, for example PORT=8001.")
    if not is_free(int(wish), host):
        raise Stop(
            f"Port {wish} is taken by another program (or not yours to use)."
            f" Choose another, for example: make up PORT={int(wish) % 65535 + 1}"
        )
    return int(wish)
