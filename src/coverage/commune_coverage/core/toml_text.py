"""Values as the country file writes them, on one line, by tomlkit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def toml_value(value: Any) -> str:
    """A text, number, flag, list or mapping as a TOML value; mappings become inline tables.

    Characters that do not show, or turn the direction of writing, are escaped.
    """
    import tomlkit

    return _visible(tomlkit.item(_inline(value)).as_string())


def toml_key(*parts: str) -> str:
    """A key, dotted where it has several parts; parts that cannot be bare are quoted."""
    import tomlkit

    return _visible(tomlkit.key(list(parts)).as_string())


def _inline(value: Any) -> Any:
    """Mappings as tomlkit's inline tables, each by itself: it spaces nested plain ones unevenly."""
    import tomlkit

    if isinstance(value, list | tuple):
        return [_inline(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    table = tomlkit.inline_table()
    for key, each in value.items():
        table.add(key, _inline(each))
    return table


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in text)
