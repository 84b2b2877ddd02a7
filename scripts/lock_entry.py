"""Prints the named packages' entries of requirements-dev.lock, hashes included, for `pip install -r`."""

import sys

from bootstrap import ROOT, requirements


def main(names: list[str]) -> int:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for entry in requirements(lock):  # a package may have an entry for each range of Pythons
        name = entry.partition("==")[0]
        found[name] = found.get(name, "") + entry
    if missing := [name for name in names if name not in found]:
        sys.stderr.write(f"Not in requirements-dev.lock: {', '.join(missing)}\n")
        return 1
    sys.stdout.write("".join(found[name] for name in names))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
