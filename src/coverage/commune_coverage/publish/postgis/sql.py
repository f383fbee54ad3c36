"""Names and texts as they stand in SQL, for statements that take no parameters."""

from __future__ import annotations

from commune_coverage.core.errors import PostgisError

_LONGEST_BYTES = 63


def identifier(*names: str) -> str:
    """A name, or names joined by dots, quoted. Raises PostgisError for one that the server would cut or refuse."""
    for name in names:
        if "\0" in name or not 0 < len(name.encode()) <= _LONGEST_BYTES:
            raise PostgisError(f"the name {name[:80]!r} cannot stand in a database; use 1 to {_LONGEST_BYTES} bytes")
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def literal(text: str) -> str:
    """A text as a constant, where ``standard_conforming_strings`` is on."""
    return "'" + storable(text).replace("'", "''") + "'"


def storable(text: str) -> str:
    """The text with a replacement character for NUL, which the server cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
