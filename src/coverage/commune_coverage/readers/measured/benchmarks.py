"""Figures of the nation that others have published, from files: a table, or the SDG database's answer."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from commune_coverage.config.benchmarks import FIGURE
from commune_coverage.config.layers import BenchmarksFile, BenchmarksLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.formats.un_sdg import read_sdg
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.scaffold.facts import countries
from commune_coverage.schema.inputs import PUBLISHED_FIGURES
from commune_coverage.schema.official import SERIES

COLUMNS = PUBLISHED_FIGURES.names
_KEY = ["figure", "date", "source"]
_DATABASE = "Global SDG indicators database"
_YEAR = re.compile(r"\d{4}(\.0)?")


def read_benchmarks(layer: BenchmarksLayer, context: ReadContext) -> ReadResult:
    """Read published figures of all files.

    Quarantined are rows without figure, value, date, source or definition, and rows that repeat another. Of an answer
    of the SDG database other countries are out of area, and series that are none of ours are filtered.

    Parameters
    ----------
    layer : BenchmarksLayer
        Tables, or answers of the United Nations' SDG database.
    context : ReadContext
        Country, for its area code.

    Returns
    -------
    ReadResult
        Table ``benchmarks``: (rows,) with ``COLUMNS``; ``date`` is an ISO date, the last day of a year that is all
        that is stated.

    Raises
    ------
    UnreadableFileError
        When a file is damaged, or is one page of several.
    MissingColumnError
        When a table has no column of figures, values or dates.
    """
    read = [_read_file(file, context.country.code) for file in (layer, *layer.also)]
    table = pd.concat([rows for rows, _ in read], ignore_index=True)
    return ReadResult({"benchmarks": table}, [log for _, log in read], {"figures": len(table)})


def _read_file(file: BenchmarksFile, country_code: str) -> tuple[pd.DataFrame, RowLog]:
    log = RowLog("benchmarks", file.path.name)
    if file.format == "un-sdg" or (file.format is None and file.path.suffix.lower() == ".json"):
        rows = _of_database(read_sdg(file.path, log), country_code, log)
    else:
        rows = pick_columns(read_table(file, log), PUBLISHED_FIGURES, file)
    rows = check_rows(rows, PUBLISHED_FIGURES, log, file.number_format)
    rows = _with_defaults(rows, file)
    for name in ("source", "definition"):
        rows = rows_where(rows, rows[name] != "", Reason.MISSING_VALUE, name, log)
    rows = rows_where(rows, rows["figure"].str.fullmatch(FIGURE), Reason.OUT_OF_RANGE, "figure", log)
    is_possible = rows["value"].between(0, 1) | ~rows["figure"].str.contains("_share")
    rows = rows_where(rows, is_possible, Reason.OUT_OF_RANGE, "value", log)
    dates = rows["date"].map(_iso_date)
    rows = rows_where(rows.assign(date=dates.fillna(rows["date"])), dates.notna(), Reason.NOT_A_DATE, "date", log)
    rows = rows_where(rows, ~rows.duplicated(_KEY), Reason.DUPLICATE_ROW, "figure", log)
    log.kept = len(rows)
    return rows[COLUMNS].reset_index(drop=True), log


def _with_defaults(rows: pd.DataFrame, file: BenchmarksFile) -> pd.DataFrame:
    """The file's settings where a row does not state its own."""
    absent = {name: "" for name in ("source", "definition") if name not in rows}
    rows = rows.assign(**absent)
    tolerance = rows["tolerance"] if "tolerance" in rows else pd.Series(float("nan"), index=rows.index)
    publisher = rows["source"].replace("", file.publisher)
    return rows.assign(tolerance=tolerance.astype(float).fillna(file.tolerance), source=publisher)


def _of_database(rows: pd.DataFrame, country_code: str, log: RowLog) -> pd.DataFrame:
    """Rows of the country and of our series, under the names and in the units of our figures, as text."""
    known = countries().get(country_code)
    is_own = rows["area_code"] == ("" if known is None else known.m49)
    log.leave_outside(rows.loc[~is_own, LINE].tolist())
    of_code = {series.series: series for series in SERIES if series.series}
    is_ours = rows["series"].isin(list(of_code))
    if others := sorted(set(rows.loc[is_own & ~is_ours, "series"])):
        log.filtered += int((is_own & ~is_ours).sum())
        log.note(f"series that are none of ours are left out: {', '.join(others)}")
    rows = rows[is_own & is_ours]
    ours = [of_code[code] for code in rows["series"]]
    stated = [f"{_DATABASE}, {one.series}: {source}" for one, source in zip(ours, rows["source"], strict=True)]
    percent = pd.to_numeric(rows["value"], errors="coerce")
    is_share = pd.Series([bool(one.share) for one in ours], index=rows.index, dtype=bool)
    value = rows["value"].mask(is_share & percent.notna(), (percent / 100).astype(str))
    return pd.DataFrame(
        {
            "figure": [one.share or one.series for one in ours],
            "value": value.to_numpy(),
            "date": rows["year"].to_numpy(),
            "source": [text.removesuffix(": ") for text in stated],
            "definition": [one.definition for one in ours],
            LINE: rows[LINE].to_numpy(),
        }
    )


def _iso_date(text: str) -> str | None:
    """The date in ISO, the last day of a year; None where it is none."""
    stated = f"{text[:4]}-12-31" if _YEAR.fullmatch(text) else text
    try:
        return date.fromisoformat(stated).isoformat()
    except ValueError:
        return None
