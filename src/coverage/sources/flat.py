"""Delimited text files as rows with the physical line each came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from coverage.country import FileRef
from coverage.errors import UnreadableFileError
from coverage.quarantine import RowLog
from coverage.sources import text
from coverage.sources.files import read_bytes


@dataclass(frozen=True)
class Headerless:
    """Column names of a text file without a header, and how to tell that its first row is data."""

    columns: list[str]
    is_data: Callable[[list[str]], bool]


def text_rows(
    ref: FileRef, headerless: Headerless | None, log: RowLog
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    content, encoding = text.decode(read_bytes(ref.path), ref.encoding, ref.path.name)
    if encoding not in ("utf-8", "utf-8-sig"):
        log.note(f"{ref.path.name}: decoded as {encoding}")
    found = list(text.rows(content, ref.delimiter))
    if not found:
        raise UnreadableFileError(f"'{ref.path.name}' is empty")
    if headerless is not None and headerless.is_data(found[0][1]):
        return headerless.columns, found
    header = [name.strip() for name in found[0][1]]
    if len(found) == 1:
        raise UnreadableFileError(f"'{ref.path.name}' has a header and no rows")
    return header, found[1:]
