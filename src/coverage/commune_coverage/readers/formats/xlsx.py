"""XLSX workbooks as rows of text with the sheet row each came from: titles, merged cells and several sheets too."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any
from xml.etree import ElementTree

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import CoverageError, UnreadableFileError, UnsafeArchiveError
from commune_coverage.core.quarantine import printable
from commune_coverage.readers.detection.header_row import HEAD_ROWS, Row, column_names, header_position
from commune_coverage.readers.formats.vector import cell_text
from commune_coverage.readers.safety.content import root_element
from commune_coverage.readers.safety.files import check_zip

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


MAX_SHEET_ROWS = 1_048_576
MAX_SHEET_COLUMNS = 16_384
MAX_CELLS = 50_000_000
_DAMAGED_SHEET = (
    zipfile.BadZipFile,
    zlib.error,
    ElementTree.ParseError,
    EOFError,
    OSError,
    RuntimeError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
)


def sheet_rows(ref: FileRef) -> tuple[list[str], list[Row]]:
    """The header and the (sheet row, cells) below it: of the sheet ``layer``, else of the one sheet that fits.

    A sheet fits when it holds a table with the columns that the country file names. A merged value stands in every
    cell that was merged. Columns without any value are left out. Raises UnreadableFileError or UnsafeArchiveError.
    """
    with check_zip(ref.path) as archive:
        _check_parts(archive, ref.path.name)
    try:
        header, found = _table(ref)
    except CoverageError:
        raise
    except _DAMAGED_SHEET as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a readable XLSX workbook") from error
    if not found:
        raise UnreadableFileError(f"'{ref.path.name}' has no rows in its sheet")
    return header, found


def _check_parts(archive: zipfile.ZipFile, name: str) -> None:
    """No part may declare an XML document type, whatever its ending: a workbook may call its sheets as it likes."""
    for part in archive.namelist():
        try:
            with archive.open(part) as stream:
                root_element(stream, name)
        except UnreadableFileError:
            continue  # a picture; or damaged XML, which openpyxl will say
        except _DAMAGED_SHEET as error:
            raise UnreadableFileError(f"'{name}' is not a readable XLSX workbook") from error


def _table(ref: FileRef) -> tuple[list[str], list[Row]]:
    from openpyxl import load_workbook

    book = load_workbook(ref.path, read_only=True, data_only=True)
    try:
        sheet = _chosen(book, ref)
        merges = merged_areas(book, sheet)
        rows = with_merged(_rows(sheet, ref.path.name), merges)
        head = list(islice(rows, HEAD_ROWS))
        position = header_position(head, joined_rows(merges)) or 0
        if len(head) < 2:
            return [], []
        found = [*head[position + 1 :], *rows]
        return _even(head[position][1], head[position - 1][1] if position else [], found)
    finally:
        book.close()


def _chosen(book: Any, ref: FileRef) -> Any:
    """The sheet named by ``layer``, else the only one that fits, else the only one, else an error that names them."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    shown = ", ".join(printable(title, 40) for title in list(sheets)[:20])
    if ref.layer is not None:
        if ref.layer not in sheets:
            raise UnreadableFileError(f"'{ref.path.name}' has no sheet '{printable(ref.layer, 40)}'; it has: {shown}")
        return sheets[ref.layer]
    if len(sheets) == 1:
        return next(iter(sheets.values()))
    fitting = [title for title, sheet in sheets.items() if _fits(book, sheet, ref)]
    if len(fitting) > 1:
        shown = ", ".join(printable(title, 40) for title in fitting[:20])
        raise UnreadableFileError(
            f"'{ref.path.name}' has {len(fitting)} sheets that could be meant: {shown}; set layer = \"…\""
        )
    if not fitting:
        raise UnreadableFileError(f"'{ref.path.name}' has no sheet with such a table among: {shown}; set layer = \"…\"")
    return sheets[fitting[0]]


def _fits(book: Any, sheet: Any, ref: FileRef) -> bool:
    if sheet.sheet_state != "visible":
        return False
    merges = merged_areas(book, sheet)
    head = list(islice(with_merged(_rows(sheet, ref.path.name), merges), HEAD_ROWS))
    position = header_position(head, joined_rows(merges))
    if position is None:
        return False
    header, _ = _even(head[position][1], head[position - 1][1] if position else [], head[position + 1 :])
    lower = {name.lower() for name in header}
    return len(header) > 1 and all(name.lower() in lower for name in ref.columns.values())


def _rows(sheet: Any, name: str) -> Iterator[Row]:
    """(sheet row, cells as text) of every row, empty ones too; whatever size the sheet says it has is not believed."""
    sheet.reset_dimensions()
    cells = 0
    for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells += len(row)
        if line > MAX_SHEET_ROWS or len(row) > MAX_SHEET_COLUMNS or cells > MAX_CELLS:
            raise UnsafeArchiveError(
                f"'{name}' has a sheet larger than a workbook can hold; refused, export it as .csv"
            )
        yield line, [cell_text(value) for value in row]


def _even(header: list[str], groups: list[str], found: list[Row]) -> tuple[list[str], list[Row]]:
    """Header and rows of one width, without the columns that are empty throughout."""
    width = max(len(header), max((len(cells) for _, cells in found), default=0))
    header = header + [""] * (width - len(header))
    used = [bool(name) for name in header]
    for _, cells in found:
        for column in range(len(cells)):
            if cells[column]:
                used[column] = True
    names = column_names(header, groups)
    kept = [column for column in range(width) if used[column]]
    if len(kept) == width:
        return names, [(line, cells + [""] * (width - len(cells))) for line, cells in found]
    return [names[c] for c in kept], [
        (line, [cells[c] if c < len(cells) else "" for c in kept]) for line, cells in found
    ]


def sheet_names(ref: FileRef) -> list[str]:
    """The visible sheets of a workbook. Raises UnreadableFileError or UnsafeArchiveError."""
    from openpyxl import load_workbook

    with check_zip(ref.path) as archive:
        _check_parts(archive, ref.path.name)
    try:
        book = load_workbook(ref.path, read_only=True)
        names = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        book.close()
    except _DAMAGED_SHEET as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a readable XLSX workbook") from error
    return names
