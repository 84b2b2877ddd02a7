"""Data files of this room, read once: food words, phrases, prompts, prices."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@cache
def load(name: str) -> Any:
    """The parsed YAML file `name` below content/data/; treat what you get as read-only."""
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
