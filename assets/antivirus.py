"""The virus check, when one is configured: a file is streamed to clamd and its verdict read.

https://docs.clamav.net/manual/Usage/Scanning.html and `man clamd`, INSTREAM: chunks, each after its length in
four bytes, and a zero length at the end. Off without CLAMD_ADDRESS.
"""

from __future__ import annotations

import socket
from pathlib import Path

import structlog

logger = structlog.get_logger(__name__)
CHUNK = 128 * 1024
SECONDS = 60.0  # for one step; a large video takes clamd a while


class NoAnswer(Exception):
    """The virus check could not say anything; the file waits, it never passes unseen."""


def scan(path: Path, address: str) -> str:
    """What was found in the file, "" when it is clean. Raises NoAnswer for anything but a verdict.

    `address`: host:port, or the path of clamd's socket.
    """
    try:
        with _line(address) as line, path.open("rb") as file:
            line.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                line.sendall(len(chunk).to_bytes(4, "big") + chunk)
            line.sendall(bytes(4))
            said = _answer(line)
    except OSError as trouble:  # also a timeout, and a line cut while sending (StreamMaxLength)
        logger.error("virus_check_silent", why=f"{type(trouble).__name__}: {trouble}")
        raise NoAnswer from None
    if said == "stream: OK":
        return ""
    if said.startswith("stream: ") and said.endswith(" FOUND"):
        found = said.removeprefix("stream: ").removesuffix(" FOUND")
        logger.warning("virus_found", what=found)
        return found[:80]
    logger.error("virus_check_failed", said=said[:200])
    raise NoAnswer


def _line(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(SECONDS)
        line.connect(address)
        return line
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), timeout=SECONDS)


def _answer(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and (more := line.recv(4096)) and len(said) < 65536:
        said += more
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
