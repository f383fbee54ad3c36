"""Delimited text files as text columns with the physical line each row came from.

Plain files, the usual and the large ones, are split by Arrow; a file with quotation marks, in which a field can
hold line ends, is split by Python's reader. Both give the same rows and lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from commune_coverage.config.layers import TEXT_SUFFIXES, FileRef
from commune_coverage.core.errors import EmptyTableError, UnreadableFileError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.formats import encoding as text
from commune_coverage.readers.formats.header_row import HEAD_ROWS, numbered, titles_above
from commune_coverage.readers.formats.parquet import is_plain_parquet, parquet_rows
from commune_coverage.readers.formats.row_filter import select_rows
from commune_coverage.readers.formats.vector import read_vector, vector_as_text
from commune_coverage.readers.formats.xlsx import sheet_rows
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.safety.files import read_bytes

_HEAD_CHARACTERS = 1 << 20
_FORMULA = r'^\s*="(.*)"\s*$'


@dataclass(frozen=True)
class Headerless:
    """Column names of a text file without a header, and what tells whether its first row is data."""

    columns: list[str]
    is_data: Callable[[list[str]], bool]


def read_text(ref: FileRef, log: RowLog, headerless: Headerless | None = None) -> pd.DataFrame:
    """Read a delimited text file; ragged rows are quarantined, blank ones are not rows.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.
    headerless : Headerless or None
        How a file without a header is known, and its columns.

    Returns
    -------
    DataFrame
        (rows,) text columns and ``line``, the physical line from 1.

    Raises
    ------
    UnreadableFileError
        When the file is damaged, cannot be decoded or has no row.
    UnsafeArchiveError
        When a gzip file unpacks to far more than it should.
    """
    content, encoding = text.decode(read_bytes(ref.path), ref.encoding, ref.path.name)
    if encoding not in ("utf-8", "utf-8-sig"):
        log.note(f"{ref.path.name}: decoded as {encoding}")
    content = text.one_line_end(content)
    delimiter = ref.delimiter or text.guess_delimiter(content)
    header, skipped = _header(content, delimiter, headerless, log)
    frame = None if '"' in content else split_plain(content, delimiter, header, skipped, log)
    if frame is None:
        rows = [row for row in text.rows(content, delimiter) if row[0] > skipped]
        frame = without_formulas(as_frame(header, rows, log)) if '="' in content else as_frame(header, rows, log)
    if not log.read:
        raise EmptyTableError(f"'{ref.path.name}' has a header and no rows")
    return frame


def _header(content: str, delimiter: str, headerless: Headerless | None, log: RowLog) -> tuple[list[str], int]:
    """Column names, and the physical line that data begin below."""
    head = list(islice(text.rows(content[:_HEAD_CHARACTERS], delimiter), HEAD_ROWS))
    head = head or list(islice(text.rows(content, delimiter), HEAD_ROWS))
    if not head:
        raise UnreadableFileError(f"'{log.file}' is empty")
    line, fields = head[0]
    if headerless is not None and headerless.is_data(fields):
        return headerless.columns, line - 1
    position = titles_above(head)
    if position:
        log.note(f"{log.file}: the header is in line {head[position][0]}, below {position} lines of titles")
    line, fields = head[position]
    names = [name.strip() for name in fields]
    _note_doubled(names, log)
    return numbered(names), line


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the text out of formulas that keep a spreadsheet from changing it: '="010101"' is '010101'.

    Parameters
    ----------
    frame : DataFrame
        Text columns.

    Returns
    -------
    DataFrame
        The frame with the texts.
    """
    texts = [name for name in frame.columns if name != LINE]
    return frame.assign(**{name: frame[name].str.replace(_FORMULA, r"\1", regex=True) for name in texts})


def _note_doubled(names: list[str], log: RowLog) -> None:
    for name, times in Counter(filter(None, names)).items():
        if times > 1:
            log.note(f"{log.file}: {times} columns are called '{name}'; the second is read as '{name} (2)'")


def as_frame(header: list[str], rows: list[tuple[int, list[str]]], log: RowLog) -> pd.DataFrame:
    """Make a table of rows; ragged ones are quarantined.

    Parameters
    ----------
    header : list of str
        Column names.
    rows : list[tuple[int, list of str]]
        Line and fields of each row.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        (rows,) text columns and ``line``.
    """
    width = len(header)
    log.read += len(rows)
    _set_ragged_aside([(line, len(fields)) for line, fields in rows if len(fields) != width], width, log)
    even = [(line, fields) for line, fields in rows if len(fields) == width]
    columns = dict(zip(header, zip(*(fields for _, fields in even), strict=True), strict=True)) if even else {}
    frame = pd.DataFrame({name: pd.Series(columns.get(name, ()), dtype="str") for name in header})
    frame[LINE] = np.array([line for line, _ in even], dtype=np.int64)
    return frame


def _set_ragged_aside(ragged: list[tuple[int, int]], width: int, log: RowLog) -> None:
    lines = [line for line, _ in ragged]
    log.set_aside(lines, Reason.RAGGED_ROW, [f"{fields} fields, {width} expected" for _, fields in ragged])


def split_plain(content: str, delimiter: str, header: list[str], skipped: int, log: RowLog) -> pd.DataFrame | None:
    """Split text without quotation marks by Arrow; the same rows and lines as ``as_frame`` gives.

    Parameters
    ----------
    content : str
        The text, lines ended by LF.
    delimiter : str
        One character.
    header : list of str
        Column names.
    skipped : int
        Lines before the first row of data.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame or None
        (rows,) text columns and ``line``; None where Arrow cannot split the text.
    """
    data = content.encode("utf-8", "surrogatepass")
    odd: list[csv.InvalidRow] = []
    try:
        table = _arrow(data, delimiter, len(header), skipped, odd, use_threads=True)
        if odd:
            odd.clear()
            table = _arrow(data, delimiter, len(header), skipped, odd, use_threads=False)
    except pa.ArrowInvalid:
        return None
    lines = np.arange(skipped + 1, skipped + 1 + table.num_rows + len(odd), dtype=np.int64)
    lines = lines[~np.isin(lines, [row.number for row in odd])]
    blank = _is_blank(table)
    table, lines = (table.filter(pa.array(~blank)), lines[~blank]) if blank.any() else (table, lines)
    ragged = [(row.number, row.actual_columns) for row in odd if row.text.replace(delimiter, "").strip()]
    log.read += len(lines) + len(ragged)
    _set_ragged_aside(ragged, len(header), log)
    frame = pd.DataFrame({name: pd.Series(_texts(table.column(i))) for i, name in enumerate(header)})
    return frame.assign(**{LINE: lines})


def _arrow(
    data: bytes, delimiter: str, width: int, skipped: int, odd: list[csv.InvalidRow], *, use_threads: bool
) -> pa.Table:
    def aside(row: csv.InvalidRow) -> str:
        odd.append(row)
        return "skip"

    names = [str(position) for position in range(width)]
    return csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(use_threads=use_threads, skip_rows=skipped, column_names=names),
        csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False, invalid_row_handler=aside),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False),
    )


def _is_blank(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Rows in which every field is empty or white."""
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        blank &= pc.equal(pc.utf8_trim_whitespace(column), "").to_numpy()
        if not blank.any():
            break
    return blank


def _texts(column: pa.ChunkedArray) -> pd.Series:
    return pd.Series(pd.array(column, dtype="str"))


SHEET_SUFFIXES = (".xlsx", ".xlsm")


def read_table(ref: FileRef, log: RowLog, headerless: Headerless | None = None) -> pd.DataFrame:
    """Read a CSV, XLSX, Parquet or vector file as text; ragged rows are quarantined.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.
    headerless : Headerless or None
        How a text file without a header is known, and its columns.

    Returns
    -------
    DataFrame
        (rows,) text columns and ``line``; a vector file with ``lon`` and ``lat`` of a point on each feature.

    Raises
    ------
    UnreadableFileError
        When the file is damaged or has no row.
    UnsafeArchiveError
        When it could write outside its folder, unpack without end or run code.
    MissingCrsError
        When a vector file does not state its reference system.
    """
    suffix = ref.path.suffix.lower()
    if suffix in SHEET_SUFFIXES:
        return select_rows(as_frame(*sheet_rows(ref, log), log), ref, log)
    if suffix in TEXT_SUFFIXES:
        return select_rows(read_text(ref, log, headerless), ref, log)
    if is_plain_parquet(ref.path):
        return select_rows(parquet_rows(ref, log), ref, log)
    return vector_as_text(read_vector(ref, log), log)


def is_spatial(ref: FileRef) -> bool:
    """Tell whether the file carries geometry and a reference system of its own, unlike a sheet or a text file.

    Parameters
    ----------
    ref : FileRef
        The file, how it is written and what its columns are called.

    Returns
    -------
    bool
        Whether it does, by its ending; of a Parquet file, by its metadata.
    """
    return ref.path.suffix.lower() not in (*TEXT_SUFFIXES, *SHEET_SUFFIXES) and not is_plain_parquet(ref.path)
