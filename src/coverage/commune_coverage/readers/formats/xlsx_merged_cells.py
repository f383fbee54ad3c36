"""Merged cells of a sheet: where they are, and their value in each cell that they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from commune_coverage.readers.detection.header_row import Row

_CHUNK_BYTES = 1 << 20
END = 1 << 30  # a row that no sheet reaches
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"
)

Merge = tuple[int, int, int, int]  # first row, last row, first column, last column, from 1


def merged_areas(book: Any, sheet: Any) -> list[Merge]:
    """The merged areas, from the end of the sheet's XML, which openpyxl does not read row by row."""
    from openpyxl.utils import column_index_from_string

    found: list[Merge] = []
    rest = b""
    with book._archive.open(sheet._worksheet_path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            text = rest + chunk
            end = 0
            for match in _MERGE.finditer(text):
                left, top, right, bottom = match.groups()
                found.append((int(top), int(bottom), *(column_index_from_string(c.decode()) for c in (left, right))))
                end = match.end()
            rest = text[max(end, len(text) - 400) :]
    return sorted(found)


def joined_rows(merges: Iterable[Merge]) -> set[int]:
    """Sheet rows in which cells merged sideways begin."""
    return {top for top, _, left, right in merges if right > left}


def with_merged(rows: Iterator[Row], merges: list[Merge]) -> Iterator[Row]:
    """The rows that are not empty, with a merged value in each of the cells that it stands for."""
    coming = chain(merges, [(END, 0, 0, 0)])
    upcoming = next(coming)
    active: list[tuple[Merge, str]] = []
    for line, cells in rows:
        own = any(cells)
        while upcoming[0] <= line:
            left = upcoming[2]
            if upcoming[0] == line and left <= len(cells) and cells[left - 1]:
                active.append((upcoming, cells[left - 1]))
            upcoming = next(coming)
        if not own:
            continue
        active = [(merge, value) for merge, value in active if merge[1] >= line]
        for (_, _, left, right), value in active:
            _fill(cells, left, right, value)
        yield line, cells


def _fill(cells: list[str], left: int, right: int, value: str) -> None:
    right = min(right, left + 500)
    cells.extend([""] * (right - len(cells)))
    for column in range(left - 1, right):
        cells[column] = cells[column] or value
