"""XLSX workbooks as rows of text with the sheet row each came from: titles, merged cells and several sheets too."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from xml.etree import ElementTree

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import (
    CoverageError,
    EmptyTableError,
    MissingColumnError,
    UnreadableFileError,
    UnsafeArchiveError,
)
from commune_coverage.core.quarantine import RowLog, printable
from commune_coverage.readers.formats.header_row import HEAD_ROWS, Row, column_names, header_position
from commune_coverage.readers.parsing.text import cell_text
from commune_coverage.readers.safety.content import root_element
from commune_coverage.readers.safety.files import check_zip

_CHUNK_BYTES = 1 << 20
END = 1 << 30  # a row that no sheet reaches
_MERGE = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref=[\"']\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})"
)
Merge = tuple[int, int, int, int]  # first row, last row, first column, last column, from 1


@dataclass(frozen=True)
class Workbook:
    """An open workbook: openpyxl's sheets by title, and the archive with the part that each sheet is in."""

    sheets: dict[str, Any]
    archive: zipfile.ZipFile
    parts: dict[str, str]


@contextmanager
def open_workbook(ref: FileRef) -> Iterator[Workbook]:
    """Open a workbook to be read row by row.

    Parameters
    ----------
    ref : FileRef
        An XLSX or XLSM file.

    Yields
    ------
    Workbook
        Closed at the end of the block.

    Raises
    ------
    UnreadableFileError
        When it is no workbook, is damaged or has a password; also for damage that the block meets.
    UnsafeArchiveError
        When it declares an XML document type, or unpacks to far more than it should.
    """
    from openpyxl.reader.excel import ExcelReader

    with check_zip(ref.path) as archive:
        _check_parts(archive, ref.path.name)
        try:
            reader = ExcelReader(ref.path, read_only=True, data_only=True)
            reader.read()
            try:
                parts = {sheet.name: link.target for sheet, link in reader.parser.find_sheets()}
                yield Workbook({sheet.title: sheet for sheet in reader.wb.worksheets}, archive, parts)
            finally:
                reader.wb.close()
        except CoverageError:
            raise
        except _DAMAGED_SHEET as error:
            raise UnreadableFileError(f"'{ref.path.name}' is not a readable XLSX workbook") from error


def merged_areas(book: Workbook, title: str) -> list[Merge]:
    """List the merged areas, from the end of the sheet's XML, which openpyxl does not read row by row.

    Parameters
    ----------
    book : Workbook
        An open workbook.
    title : str
        One of its sheets.

    Returns
    -------
    list of (int, int, int, int)
        First row, last row, first column, last column, from 1; sorted.
    """
    from openpyxl.utils import column_index_from_string

    areas: list[Merge] = []
    rest = b""
    with book.archive.open(book.parts[title]) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            text = rest + chunk
            end = 0
            for match in _MERGE.finditer(text):
                left, top, right, bottom = match.groups()
                areas.append((int(top), int(bottom), *(column_index_from_string(c.decode()) for c in (left, right))))
                end = match.end()
            rest = text[max(end, len(text) - 400) :]
    return sorted(areas)


def joined_rows(merges: Iterable[Merge]) -> set[int]:
    """List the sheet rows in which cells merged sideways begin.

    Parameters
    ----------
    merges : iterable of (int, int, int, int)
        As ``merged_areas`` gives them.

    Returns
    -------
    set of int
        Row numbers from 1.
    """
    return {top for top, _, left, right in merges if right > left}


def with_merged(rows: Iterator[Row], merges: list[Merge]) -> Iterator[Row]:
    """Give the rows that are not empty, with a merged value in each of the cells that it stands for.

    Parameters
    ----------
    rows : iterator of (int, list of str)
        Sheet row and cells, every row of the sheet.
    merges : list of (int, int, int, int)
        As ``merged_areas`` gives them.

    Yields
    ------
    (int, list of str)
    """
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


ALL_SHEETS = "*"
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


def sheet_rows(ref: FileRef, log: RowLog | None = None) -> tuple[list[str], list[Row]]:
    """Read the table of a workbook: of the sheet ``layer``, of all for '*', else of the one sheet that fits.

    A sheet fits when it holds a table with the columns that the country file names. A merged value stands in every
    cell that was merged. Columns without any value are left out. Of several sheets, rows have the column ``sheet`` and
    go on counting from one sheet to the next.

    Parameters
    ----------
    ref : FileRef
        An XLSX or XLSM file.
    log : RowLog or None
        Its notes say which sheets were read; changed in place.

    Returns
    -------
    header : list of str
        Column names, each once.
    rows : list of (int, list of str)
        Sheet row and cells below the header, all as wide as the header.

    Raises
    ------
    UnreadableFileError
        When it is no workbook, has no such sheet, several that fit, or no rows.
    UnsafeArchiveError
        When it declares an XML document type, unpacks to far more than it should or is larger than a sheet can be.
    """
    with open_workbook(ref) as book:
        if ref.layer == ALL_SHEETS:
            header, rows = _all_sheets(book, ref, log)
        else:
            header, rows = _table(book, _chosen(book, ref), ref.path.name)
    if not rows:
        raise EmptyTableError(f"'{ref.path.name}' has no rows in its sheet")
    return header, rows


def _check_parts(archive: zipfile.ZipFile, name: str) -> None:
    """No part may declare an XML document type, whatever its ending: a workbook may call its sheets as it likes."""
    for part in archive.namelist():
        try:
            with archive.open(part) as stream:
                root_element(stream, name)
        except UnreadableFileError:
            continue  # a picture; or damaged XML, which openpyxl refuses
        except _DAMAGED_SHEET as error:
            raise UnreadableFileError(f"'{name}' is not a readable XLSX workbook") from error


def _all_sheets(book: Workbook, ref: FileRef, log: RowLog | None) -> tuple[list[str], list[Row]]:
    """The tables of all visible sheets under one another; those without any of the stated columns are left out."""
    header, rows, read, skipped = ["sheet"], [], [], []
    last = 0
    for title in (title for title, sheet in book.sheets.items() if sheet.sheet_state == "visible"):
        names, table = _table(book, title, ref.path.name)
        if not _has_stated(names, ref, title) or not table:
            skipped.append(title)
            continue
        header += [name for name in names if name not in header]
        rows += [(last + line, {"sheet": title, **dict(zip(names, cells, strict=True))}) for line, cells in table]
        read.append(f"'{printable(title, 40)}' from line {last + 1}")
        last = rows[-1][0]
    if log is not None:
        left_out = f"; left out: {', '.join(printable(title, 40) for title in skipped)}" if skipped else ""
        log.note(f"{ref.path.name}: {len(read)} sheets read: {', '.join(read)}{left_out}")
    return header, [(line, [cells.get(name, "") for name in header]) for line, cells in rows]


def _has_stated(names: list[str], ref: FileRef, title: str) -> bool:
    """Tell whether a sheet has the stated columns; one that has some of them and not the others is refused."""
    lower = {name.lower() for name in names}
    absent = [name for name in ref.columns.values() if name.lower() not in {*lower, "sheet"}]
    if absent and len(absent) < len(ref.columns):
        raise MissingColumnError(
            f"'{ref.path.name}': sheet '{printable(title, 40)}' has no column '{printable(absent[0], 40)}'; "
            f"it has: {', '.join(printable(name, 40) for name in names[:20])}"
        )
    return not absent and len(names) > 1


def _table(book: Workbook, title: str, name: str) -> tuple[list[str], list[Row]]:
    merges = merged_areas(book, title)
    rows = with_merged(_rows(book.sheets[title], name), merges)
    head = list(islice(rows, HEAD_ROWS))
    position = header_position(head, joined_rows(merges)) or 0
    if len(head) < 2:
        return [], []
    return _even(head[position][1], head[position - 1][1] if position else [], [*head[position + 1 :], *rows])


def _chosen(book: Workbook, ref: FileRef) -> str:
    """Choose the sheet named by ``layer``, else the only one, else the only one that fits; else name them all."""
    shown = ", ".join(printable(title, 40) for title in list(book.sheets)[:20])
    if ref.layer is not None:
        if ref.layer not in book.sheets:
            raise UnreadableFileError(f"'{ref.path.name}' has no sheet '{printable(ref.layer, 40)}'; it has: {shown}")
        return ref.layer
    if len(book.sheets) == 1:
        return next(iter(book.sheets))
    fitting = [title for title in book.sheets if _fits(book, title, ref)]
    if len(fitting) > 1:
        shown = ", ".join(printable(title, 40) for title in fitting[:20])
        raise UnreadableFileError(
            f"'{ref.path.name}' has {len(fitting)} sheets that could be meant: {shown}; set layer = \"…\""
        )
    if not fitting:
        raise UnreadableFileError(f"'{ref.path.name}' has no sheet with such a table among: {shown}; set layer = \"…\"")
    return fitting[0]


def _fits(book: Workbook, title: str, ref: FileRef) -> bool:
    sheet = book.sheets[title]
    if sheet.sheet_state != "visible":
        return False
    merges = merged_areas(book, title)
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


def _even(header: list[str], groups: list[str], rows: list[Row]) -> tuple[list[str], list[Row]]:
    """Header and rows of one width, without the columns that are empty throughout."""
    width = max(len(header), max((len(cells) for _, cells in rows), default=0))
    header = header + [""] * (width - len(header))
    used = [bool(name) for name in header]
    for _, cells in rows:
        for column in range(len(cells)):
            if cells[column]:
                used[column] = True
    names = column_names(header, groups)
    filled = [column for column in range(width) if used[column]]
    if len(filled) == width:
        return names, [(line, cells + [""] * (width - len(cells))) for line, cells in rows]
    return [names[c] for c in filled], [
        (line, [cells[c] if c < len(cells) else "" for c in filled]) for line, cells in rows
    ]


def sheet_names(ref: FileRef) -> list[str]:
    """List the visible sheets of a workbook.

    Parameters
    ----------
    ref : FileRef
        An XLSX or XLSM file.

    Returns
    -------
    list of str
        Titles in the order of the workbook.

    Raises
    ------
    UnreadableFileError
        When it is no workbook, or is damaged.
    UnsafeArchiveError
        When it declares an XML document type, or unpacks to far more than it should.
    """
    with open_workbook(ref) as book:
        return [title for title, sheet in book.sheets.items() if sheet.sheet_state == "visible"]
