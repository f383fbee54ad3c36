"""Values as the country file writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def text(value: str) -> str:
    """A TOML string on one line; signs that do not show (or turn the direction of writing) are escaped."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)


def inline_table(entries: Mapping[str, str]) -> str:
    """A table of strings on one line."""
    keys = {key: key if _BARE_KEY.fullmatch(key) else text(key) for key in entries}
    return "{ " + ", ".join(f"{keys[key]} = {text(value)}" for key, value in entries.items()) + " }"
