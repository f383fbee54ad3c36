"""Values as TOML, and lines with their comments in one column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from coverage.quarantine import printable

COMMENT_COLUMN = 35


def toml(value: Any) -> str:
    """A text, number, flag, list or table as an inline TOML value. JSON's escapes are TOML's, but for DEL."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_text(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def key_text(key: str) -> str:
    """A key as TOML: bare where it may be, else in quotation marks."""
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else toml(key)


def block(table: Mapping[str, Any]) -> list[str]:
    """``key = value`` lines with the equals signs in one column."""
    keys = {key: key_text(key) for key in table}
    width = max(map(len, keys.values()), default=0)
    return [f"{keys[key]:<{width}} = {toml(value)}" for key, value in table.items()]


def line(text: str, comment: str = "") -> str:
    """A line of the file with its comment in the file's comment column."""
    return f"{text:<{COMMENT_COLUMN}}# {printable(comment, 500)}" if comment else text
