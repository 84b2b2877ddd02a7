"""``python -m sandbox --port 8900 --data .local/sandbox``: run the pretend Meta and OpenAI."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this machine only)"
    )
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument(
        "--data", type=Path, default=Path(".local/sandbox"), help="folder of its memory (kept over restarts)"
    )
    parser.add_argument(
        "--threads", type=int, default=32, help="calls answered at once; benchmarks with latency want more"
    )
    parser.add_argument(
        "--public-url", default="", help="address that permalinks start with (default: http://HOST:PORT)"
    )
    options = parser.parse_args(argv)
    if os.environ.get("ENVIRONMENT", "").strip().lower() in ("production", "prod"):
        print(
            "The sandbox is for development and tests: it does not start with ENVIRONMENT=production.",
            file=sys.stderr,
        )
        return 2
    options.data.mkdir(parents=True, exist_ok=True)
    host = "127.0.0.1" if options.host in ("0.0.0.0", "::") else options.host
    os.environ["SANDBOX_DATA_DIR"] = str(options.data.resolve())
    os.environ["SANDBOX_PUBLIC_URL"] = options.public_url or f"http://{host}:{options.port}"
    from sandbox.server import Server

    Server(options.host, options.port, options.threads, options.data.resolve()).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
