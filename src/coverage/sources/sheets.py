"""XLSX workbooks as rows of text with the sheet row each came from."""

from __future__ import annotations

import zipfile
import zlib
from xml.etree import ElementTree

from coverage.country import FileRef
from coverage.errors import UnreadableFileError
from coverage.sources.files import check_zip
from coverage.sources.vector import cell_text

_DAMAGED_SHEET = (
    zipfile.BadZipFile, zlib.error, ElementTree.ParseError, EOFError, OSError, RuntimeError, LookupError, TypeError,
    ValueError, AttributeError,
)  # fmt: skip


def sheet_rows(ref: FileRef) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the (sheet row, cells) below it. Raises UnreadableFileError or UnsafeArchiveError."""
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
