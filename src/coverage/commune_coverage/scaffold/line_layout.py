"""Lines of the country file: equals signs and comments in columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from commune_coverage.core.quarantine import printable
from commune_coverage.core.toml_text import toml_key, toml_value

COMMENT_COLUMN = 35
WIDTH = 110


def block(table: Mapping[str, Any]) -> list[str]:
    """``key = value`` lines with the equals signs in one column; a long inner table takes a line a key."""
    groups = [list(_pairs(key, value)) for key, value in table.items()]
    plain = max((len(group[0][0]) for group in groups if len(group) == 1), default=0)
    widths = [plain if len(group) == 1 else max(len(key) for key, _ in group) for group in groups]
    return [f"{key:<{width}} = {value}" for group, width in zip(groups, widths, strict=True) for key, value in group]


def _pairs(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """The key and its value, or dotted keys where the line would be long."""
    if isinstance(value, Mapping) and len(f"{toml_key(key)} = {toml_value(value)}") > WIDTH:
        for inner, inner_value in value.items():
            yield toml_key(key, inner), toml_value(inner_value)
    else:
        yield toml_key(key), toml_value(value)


def line(text: str, comment: str = "") -> str:
    """A line of the file with its comment in the file's comment column."""
    return f"{text + '  ':<{COMMENT_COLUMN}}# {printable(comment, 500)}" if comment else text


def note(sentence: str, indent: str = "") -> list[str]:
    """Comment lines of one sentence; ``~`` in it is a space that no line ends at."""
    lines = textwrap.wrap(
        printable(sentence, 2000), WIDTH - len(indent), break_on_hyphens=False, break_long_words=False
    )
    return [f"# {indent}{text}".replace("~", " ") for text in lines]
