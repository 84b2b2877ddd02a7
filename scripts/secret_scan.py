"""Looks for secrets in the files that git keeps. A line that ends with `not-a-secret` is passed over.

Standard library only; exit code 1 with the place (never the secret) of each finding.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATTERNS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "an AWS key id": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a Meta token": r"\bEAA[0-9A-Za-z]{40,}",
    "an OpenAI key": r"\bsk-(?:proj-)?[0-9A-Za-z_-]{24,}",
    "a GitHub token": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{60,})",
    "a Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a Sentry address": r"https://[0-9a-f]{32}@[0-9a-z.-]+/\d+",
    "a password in an address": r"(?:postgres(?:ql)?|rediss?|amqps?)://[^\s:/@{}$<]*:(?![^@\s]{0,16}@)[^@\s{}$<]{17,}@",
    "a secret in an assignment": (
        r"""(?i)(?:secret|token|password|api_?key|encryption_key)\w*["']?\s*[:=]\s*["'](?:[\w.-]+:)?"""
        r"""(?=[^"']*\d)(?=[^"']*[a-z])(?=[^"']*[A-Z])[0-9A-Za-z+/_=-]{32,}["']"""
    ),
}
SKIPPED = {".lock", ".png", ".jpg", ".jpeg", ".webp", ".heic", ".woff2", ".ico", ".mp4", ".mov", ".svg"}
EXCUSE = "not-a-secret"


def findings(text: str) -> list[tuple[int, str]]:
    """(line number, what it looks like) of every suspicious line."""
    return [
        (number, what)
        for number, line in enumerate(text.splitlines(), start=1)
        if not line.rstrip().endswith(EXCUSE)
        for what, pattern in PATTERNS.items()
        if re.search(pattern, line)
    ]


def is_expected(name: str, line: str, what: str) -> bool:
    """Tests plant tokens and look for them later; development secrets are public, not for production."""
    return what == "a secret in an assignment" and (
        name.startswith("tests/") or line.startswith("DEVELOPMENT_")
    )


def main() -> int:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    wrong = 0
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        if path.suffix in SKIPPED or path.name == "package-lock.json" or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        for number, what in findings(text):
            if is_expected(name, text.splitlines()[number - 1], what):
                continue
            wrong += 1
            sys.stdout.write(f"{name}:{number}: looks like {what}\n")
    sys.stdout.write(f"{wrong} possible secrets.\n" if wrong else "No secrets found.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
