"""Rows against their declared table: typed where they fit, quarantined where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.layers import NumberFormat
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.parsing.number_marks import Writing
from commune_coverage.readers.parsing.numbers import (
    AS_FOUND,
    Floats,
    decimal_mark,
    is_missing,
    plain_numbers,
    to_sure_numbers,
)
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.schema.inputs import Column, Table

_MIX = np.uint64(0x9E3779B97F4A7C15)


def duplicated(frame: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.bool_]:
    """Tell which rows repeat the whole key of an earlier row; a row that lacks a part of its key repeats nothing.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    keys : list of str
        Columns of the key.

    Returns
    -------
    ndarray of bool
        (rows,) flags.
    """
    mixed = np.zeros(len(frame), dtype=np.uint64)
    for key in keys:
        mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX + _numbers(frame[key])
    repeated = np.zeros(len(frame), dtype=bool)
    # Keys that mix to the same number are nearly always the same; only these few are compared as they are.
    alike = np.flatnonzero(pd.Series(mixed).duplicated(keep=False))
    candidates = frame.iloc[alike][keys]
    if len(candidates):
        whole = ~np.logical_or.reduce([is_missing(candidates[key]) for key in keys])
        repeated[alike[whole]] = candidates[whole].duplicated().to_numpy()
    return repeated


def _numbers(values: pd.Series) -> npt.NDArray[np.uint64]:
    """Return a number for each value, the same for the same."""
    plain = plain_numbers(values)
    if plain is None:
        return pd.factorize(values)[0].astype(np.uint64)
    return plain.view(np.uint64)


_POSITION = ("lon", "lat")
_LOOKED_AT = 2000
_MOST = 0.8


def check_rows(frame: pd.DataFrame, table: Table, log: RowLog, written: NumberFormat = AS_FOUND) -> pd.DataFrame:
    """Type rows by their declaration: bad rows are quarantined, bad optional cells left blank and counted.

    A row is quarantined once, for the first fault in the order checked: required value missing, not a number, outside
    its range. Positions are checked before (``coordinates.locate_rows``) and skipped here.

    Parameters
    ----------
    frame : DataFrame
        Text columns and ``line``.
    table : Table
        The declared columns.
    log : RowLog
        Counts, notes, quarantined rows and blanked cells of the file; changed in place.
    written : NumberFormat
        Decimal and thousands mark, as far as they are known.

    Returns
    -------
    DataFrame
        (good rows,) numbers as float64, text stripped.

    Raises
    ------
    AmbiguousNumbersError
        When the numbers of a column can be read in two ways.
    """
    columns = [column for column in table.columns if column.name in frame and column.name not in _POSITION]
    for column in columns:
        if column.required:
            frame = _without(frame, is_missing(frame[column.name]), Reason.MISSING_VALUE, column, log)
    numbers = [column for column in columns if column.kind in ("number", "integer")]
    written = written if written.beside else replace(written, beside=_mark_beside(frame, numbers, written))
    for column in columns:
        if column in numbers:
            frame = _numeric(frame, column, log, written)
        elif column.kind == "text":
            frame = frame.assign(**{column.name: frame[column.name].fillna("").astype("str").str.strip()})
    _count_bare(frame, [column.name for column in columns if not column.required], log)
    return frame


def _count_bare(frame: pd.DataFrame, optional: list[str], log: RowLog) -> None:
    """Count the rows of which cells were left blank and no optional one is left."""
    if log.blanked_lines and optional:
        rows = frame[frame[LINE].isin(log.blanked_lines)]
        is_empty = np.logical_and.reduce([is_missing(rows[name]) for name in optional])
        log.bare += int(rows.loc[is_empty, LINE].nunique())


def rows_where(rows: pd.DataFrame, holds: pd.Series, reason: Reason, detail: str, log: RowLog) -> pd.DataFrame:
    """Keep the rows for which something holds; the others are quarantined.

    Parameters
    ----------
    rows : DataFrame, (rows,)
        Has the column LINE.
    holds : Series of bool, (rows,)
        Whether it holds, in the order of the rows.
    reason : Reason
        Why the others are set aside.
    detail : str
        Column whose value is shown with each of them.
    log : RowLog
        Takes the rows that are set aside.

    Returns
    -------
    DataFrame
        The rows that are kept.
    """
    wrong = ~np.asarray(holds, dtype=bool)
    log.set_aside(rows[LINE].to_numpy()[wrong], reason, list(rows[detail].astype(str)[wrong]))
    return rows[~wrong]


def mark_of_positions(frame: pd.DataFrame, written: NumberFormat) -> NumberFormat:
    """Let the decimal mark of a file's positions decide where a column's own numbers do not.

    Parameters
    ----------
    frame : DataFrame
        Text columns ``lon`` and ``lat``.
    written : NumberFormat
        What is known of the file's numbers.

    Returns
    -------
    NumberFormat
        The same, with the positions' mark ``beside``.
    """
    texts = [frame[name].head(_LOOKED_AT).astype("str") for name in _POSITION if name in frame]
    first = pd.concat(texts) if texts else pd.Series([], dtype="str")
    commas, dots = (int(first.str.contains(rf"^\s*-?\d+{mark}\d+\s*$").sum()) for mark in (",", r"\."))
    if max(commas, dots) < _MOST * (commas + dots) or not commas + dots:
        return written
    return replace(written, beside="," if commas > dots else ".")


def _mark_beside(frame: pd.DataFrame, numbers: list[Column], written: NumberFormat) -> str | None:
    """The one decimal mark that columns of the file have for sure; None where there is none, or both."""
    if written.decimal is not None or len(numbers) < 2:
        return None
    marks = {mark for column in numbers if (mark := decimal_mark(frame[column.name], written, column))}
    return marks.pop() if len(marks) == 1 else None


def _numeric(frame: pd.DataFrame, column: Column, log: RowLog, written: NumberFormat) -> pd.DataFrame:
    values, writing = to_sure_numbers(frame[column.name], written, column)
    _note_writing(column, writing, log)
    bad = ~np.isfinite(values)
    bad &= ~is_missing(frame[column.name]) if bad.any() else False
    if column.kind == "integer":
        bad |= np.isfinite(values) & (values % 1 != 0)
    frame, values = _set_aside(frame, values, bad, Reason.NOT_A_NUMBER, column, log)
    low = values < (-np.inf if column.minimum is None else column.minimum)
    reason = Reason.NEGATIVE_PEOPLE if column.unit == "people" and low.any() else Reason.OUT_OF_RANGE
    frame, values = _set_aside(frame, values, low, reason, column, log)
    high = values > (np.inf if column.maximum is None else column.maximum)
    frame, values = _set_aside(frame, values, high, Reason.OUT_OF_RANGE, column, log)
    return frame.assign(**{column.name: values})


def _note_writing(column: Column, writing: Writing, log: RowLog) -> None:
    if writing.footnotes:
        log.note(
            f"{column.name}: a footnote mark was set aside in {writing.footnotes:,} "
            f"value{'s' if writing.footnotes > 1 else ''}, such as '{writing.example}'"
        )
    if writing.thousands:
        log.note(f"{column.name}: {writing.thousands}")


def _set_aside(
    frame: pd.DataFrame, values: Floats, bad: npt.NDArray[np.bool_], reason: Reason, column: Column, log: RowLog
) -> tuple[pd.DataFrame, Floats]:
    """Quarantine the rows of wrong values; of a column that may be empty, leave the cells blank."""
    if not bad.any():
        return frame, values
    if column.required or column.decisive:
        return _without(frame, bad, reason, column, log), values[~bad]
    log.blank(column.name, reason, frame[LINE].to_numpy()[bad], list(frame.loc[bad, column.name]))
    return frame, np.where(bad, np.nan, values)


def _without(
    frame: pd.DataFrame, bad: npt.NDArray[np.bool_], reason: Reason, column: Column, log: RowLog
) -> pd.DataFrame:
    if not bad.any():
        return frame
    details = [f"{column.name} = {value!r}" for value in frame.loc[bad, column.name]]
    log.set_aside(frame[LINE].to_numpy()[bad], reason, details)
    return frame[~bad]


def drop_duplicates(frame: pd.DataFrame, keys: list[str], log: RowLog) -> pd.DataFrame:
    """Keep the first row of each key; later ones are quarantined. Rows with an empty key stay.

    Parameters
    ----------
    frame : DataFrame
        The rows, with ``line``.
    keys : list of str
        Columns of the key; those that are not there do not count.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        The rows that repeat none.
    """
    keys = [key for key in keys if key in frame]
    if not keys:
        return frame
    repeated = duplicated(frame, keys)
    if not repeated.any():
        return frame
    shown = frame.loc[repeated, keys].astype(str).agg("/".join, axis=1)
    log.set_aside(frame[LINE].to_numpy()[repeated], Reason.DUPLICATE_ID, list(shown))
    return frame[~repeated]
