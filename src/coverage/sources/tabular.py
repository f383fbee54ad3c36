"""Any table, flat or spatial, as text columns with the line each row came from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from coverage.country import FileRef
from coverage.quarantine import Reason, RowLog
from coverage.sources.flat import Headerless, text_rows
from coverage.sources.sheets import sheet_rows
from coverage.sources.vector import LINE, read_vector, vector_as_text

SHEET_SUFFIXES = (".xlsx", ".xlsm")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".gz")


def read_table(ref: FileRef, log: RowLog, headerless: Headerless | None = None) -> pd.DataFrame:
    """A CSV, XLSX or vector file as text columns plus ``line``; ragged rows are quarantined."""
    suffix = ref.path.suffix.lower()
    if suffix in SHEET_SUFFIXES:
        return _as_frame(*sheet_rows(ref), log)
    if suffix in TEXT_SUFFIXES:
        return _as_frame(*text_rows(ref, headerless, log), log)
    return vector_as_text(read_vector(ref, log), log)


def is_spatial(ref: FileRef) -> bool:
    """Whether the file carries geometry and a CRS of its own, unlike a sheet or a text file."""
    return ref.path.suffix.lower() not in (*TEXT_SUFFIXES, *SHEET_SUFFIXES)


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
