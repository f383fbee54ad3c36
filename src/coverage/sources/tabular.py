"""Any table, flat or spatial, as text columns with the line each row came from."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from coverage.country import FileRef
from coverage.errors import UnreadableFileError
from coverage.quarantine import Reason, RowLog
from coverage.sources import text
from coverage.sources.files import check_zip, read_bytes
from coverage.sources.vector import LINE, cell_text, read_vector, vector_as_text

SHEET_SUFFIXES = (".xlsx", ".xlsm")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".gz")
_DAMAGED_SHEET = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, OSError, RuntimeError, LookupError, TypeError,
    ValueError, AttributeError,
)  # fmt: skip


@dataclass(frozen=True)
class Headerless:
    """Column names of a text file without a header, and how to tell that its first row is data."""

    columns: list[str]
    is_data: Callable[[list[str]], bool]


def read_table(ref: FileRef, log: RowLog, headerless: Headerless | None = None) -> pd.DataFrame:
    """A CSV, XLSX or vector file as text columns plus ``line``; ragged rows are quarantined."""
    suffix = ref.path.suffix.lower()
    if suffix in SHEET_SUFFIXES:
        return _as_frame(*_sheet_rows(ref), log)
    if suffix in TEXT_SUFFIXES:
        return _as_frame(*_text_rows(ref, headerless, log), log)
    return vector_as_text(read_vector(ref, log), log)


def is_spatial(ref: FileRef) -> bool:
    """Whether the file carries geometry and a CRS of its own, unlike a sheet or a text file."""
    return ref.path.suffix.lower() not in (*TEXT_SUFFIXES, *SHEET_SUFFIXES)


def _text_rows(
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


def _sheet_rows(ref: FileRef) -> tuple[list[str], list[tuple[int, list[str]]]]:
    check_zip(ref.path).close()
    try:
        found = _cells(ref)
    except _DAMAGED_SHEET as error:
        raise UnreadableFileError(f"'{ref.path.name}' is not a readable XLSX workbook") from error
    if len(found) < 2:
        raise UnreadableFileError(f"'{ref.path.name}' has no rows in its sheet")
    width = len(found[0][1])
    padded = [(number, cells + [""] * (width - len(cells))) for number, cells in found]
    return [name.strip() for name in padded[0][1]], padded[1:]


def _cells(ref: FileRef) -> list[tuple[int, list[str]]]:
    """(sheet row, cells as text) of every row that is not empty."""
    from openpyxl import load_workbook

    book = load_workbook(ref.path, read_only=True, data_only=True)
    if ref.layer is not None and ref.layer not in book.sheetnames:
        raise UnreadableFileError(f"'{ref.path.name}' has no sheet '{ref.layer}'; it has: {', '.join(book.sheetnames)}")
    sheet = book[ref.layer or book.sheetnames[0]]
    found = [
        (number, [cell_text(value) for value in row])
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if any(value is not None for value in row)
    ]
    book.close()
    return found


def _as_frame(header: list[str], found: list[tuple[int, list[str]]], log: RowLog) -> pd.DataFrame:
    width = len(header)
    log.read += len(found)
    ragged = [(line, fields) for line, fields in found if len(fields) != width]
    log.set_aside(
        [line for line, _ in ragged],
        Reason.RAGGED_ROW,
        [f"{len(fields)} fields, {width} expected" for _, fields in ragged],
    )
    even = [(line, fields) for line, fields in found if len(fields) == width]
    columns = dict(zip(header, zip(*(fields for _, fields in even), strict=True), strict=True)) if even else {}
    frame = pd.DataFrame({name: pd.Series(columns.get(name, ()), dtype=object) for name in header})
    frame[LINE] = np.array([line for line, _ in even], dtype=np.int64)
    return frame
