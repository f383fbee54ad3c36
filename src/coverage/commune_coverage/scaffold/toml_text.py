"""Values as TOML, and lines with their comments in one column."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from commune_coverage.core.quarantine import printable

COMMENT_COLUMN = 35
WIDTH = 110
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def toml(value: Any) -> str:
    """A text, number, flag, list or table as an inline TOML value."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key_text(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    if isinstance(value, str) and '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    # JSON's escapes are TOML's, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def key_text(key: str) -> str:
    """A key as TOML: bare where it may be, else in quotation marks."""
    return key if _BARE_KEY.fullmatch(key) else toml(key)


def block(table: Mapping[str, Any]) -> list[str]:
    """``key = value`` lines with the equals signs in one column; a long inner table takes a line a key."""
    groups = [list(_pairs(key_text(key), value)) for key, value in table.items()]
    plain = max((len(group[0][0]) for group in groups if len(group) == 1), default=0)
    widths = [plain if len(group) == 1 else max(len(key) for key, _ in group) for group in groups]
    return [f"{key:<{width}} = {value}" for group, width in zip(groups, widths, strict=True) for key, value in group]


def _pairs(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """The key and its value, or dotted keys where the line would be long."""
    if isinstance(value, Mapping) and len(f"{key} = {toml(value)}") > WIDTH:
        for inner, inner_value in value.items():
            yield f"{key}.{key_text(inner)}", toml(inner_value)
    else:
        yield key, toml(value)


def line(text: str, comment: str = "") -> str:
    """A line of the file with its comment in the file's comment column."""
    return f"{text + '  ':<{COMMENT_COLUMN}}# {printable(comment, 500)}" if comment else text


def note(sentence: str, indent: str = "") -> list[str]:
    """Comment lines of one sentence; ``~`` in it is a space that no line ends at."""
    lines = textwrap.wrap(
        printable(sentence, 2000), WIDTH - len(indent), break_on_hyphens=False, break_long_words=False
    )
    return [f"# {indent}{text}".replace("~", " ") for text in lines]
