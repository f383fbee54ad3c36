"""Any table, flat or spatial, as text columns with the line each row came from."""

from __future__ import annotations

import pandas as pd

from commune_coverage.config.layers import FileRef
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.formats.csv import Headerless, as_frame, read_text
from commune_coverage.readers.formats.vector import read_vector, vector_as_text
from commune_coverage.readers.formats.xlsx import sheet_rows

SHEET_SUFFIXES = (".xlsx", ".xlsm")
TEXT_SUFFIXES = (".csv", ".txt", ".tsv", ".gz")


def read_table(ref: FileRef, log: RowLog, headerless: Headerless | None = None) -> pd.DataFrame:
    """A CSV, XLSX or vector file as text columns plus ``line``; ragged rows are quarantined."""
    suffix = ref.path.suffix.lower()
    if suffix in SHEET_SUFFIXES:
        return as_frame(*sheet_rows(ref), log)
    if suffix in TEXT_SUFFIXES:
        return read_text(ref, log, headerless)
    return vector_as_text(read_vector(ref, log), log)


def is_spatial(ref: FileRef) -> bool:
    """Whether the file carries geometry and a CRS of its own, unlike a sheet or a text file."""
    return ref.path.suffix.lower() not in (*TEXT_SUFFIXES, *SHEET_SUFFIXES)
