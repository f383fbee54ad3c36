"""Coverage that somebody else has published: by nation or area, operator and technology."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.config.layers import KnownCoverageFile, KnownCoverageLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.layer_spec import ReadContext, ReadResult
from commune_coverage.readers.measured.area_codes import with_levels
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.readers.towers.technologies import technologies_in
from commune_coverage.schema.inputs import KNOWN_COVERAGE

ANY_OPERATOR = "any"
COLUMNS = [
    "level",
    "code",
    "operator",
    "technology",
    "measure",
    "covered_share",
    "tolerance_share",
    "date",
    "published_by",
    "use",
    "min_level_dbm",
]
_KEY = ["level", "code", "operator", "technology", "measure", "date"]


def read_known_coverage(layer: KnownCoverageLayer, context: ReadContext) -> ReadResult:
    """Read published coverage of all files.

    Quarantined are rows of unknown areas, technologies, measures or uses, rows of no date, rows that state no share,
    and rows that repeat another.

    Parameters
    ----------
    layer : KnownCoverageLayer
        Tables of shares by area, operator and technology.
    context : ReadContext
        Without an area codes are not looked up.

    Returns
    -------
    ReadResult
        Table ``known_coverage``: (rows,) with ``COLUMNS``; ``level`` is 'nation', 'commune', 'district' or 'province',
        ``covered_share`` and ``tolerance_share`` are parts of one.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file has no column of technologies.
    """
    communes = None if context.area is None else context.area.communes
    read = [_read_file(file, communes) for file in (layer, *layer.also)]
    table = pd.concat([rows for rows, _ in read], ignore_index=True)
    return ReadResult({"known_coverage": table}, [log for _, log in read], {"figures": len(table)})


def _read_file(file: KnownCoverageFile, communes: gpd.GeoDataFrame | None) -> tuple[pd.DataFrame, RowLog]:
    log = RowLog("known_coverage", file.path.name)
    rows = pick_columns(read_table(file, log), KNOWN_COVERAGE, file)
    rows = _with_all_columns(check_rows(rows, KNOWN_COVERAGE, log, file.number_format))
    rows = _with_choices(_with_shares(_with_defaults(rows, file), log), log)
    rows = _with_dates(with_levels(rows, communes, log), log)
    repeated = rows.duplicated(_KEY)
    rows = rows_where(rows, ~repeated, Reason.DUPLICATE_ROW, "technology", log)
    log.kept = len(rows)
    return rows[COLUMNS].reset_index(drop=True), log


def _with_all_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Texts that a file does not have are empty, numbers unknown."""
    empty = {column.name: np.nan if column.kind == "number" else "" for column in KNOWN_COVERAGE.columns}
    return rows.assign(**{name: value for name, value in empty.items() if name not in rows})


def _with_defaults(rows: pd.DataFrame, file: KnownCoverageFile) -> pd.DataFrame:
    """The file's settings where a row does not state its own."""
    return rows.assign(
        measure=rows["measure"].str.lower().replace("", "people"),
        use=rows["use"].str.lower().replace("", file.use),
        published_by=rows["published_by"].replace("", file.publisher),
        tolerance_share=rows["tolerance_share"].astype(np.float64).fillna(file.tolerance_share),
        min_level_dbm=rows["min_level_dbm"].astype(np.float64).fillna(file.min_level_dbm or np.nan),
    )


def _with_shares(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """``covered_share`` as it is stated, of percent, or of people; rows of which none can be had are set aside."""
    share, percent, covered, people = (
        rows[name].astype(np.float64) for name in ("covered_share", "covered_percent", "people_covered", "people")
    )
    share = share.fillna(percent / 100).fillna((covered / people.where(people > 0)).astype(np.float64))
    rows = rows.assign(covered_share=share)
    rows = rows_where(rows, share.notna(), Reason.MISSING_VALUE, "covered_share", log)
    return rows_where(rows, rows["covered_share"] <= 1, Reason.OUT_OF_RANGE, "covered_share", log)


def _with_choices(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """One technology, and a measure and a use that are known."""
    named = {word: technologies_in(str(word)) for word in pd.unique(rows["technology"])}
    known = {word: pairs[0][0] for word, pairs in named.items() if len(pairs) == 1}
    rows = rows_where(rows, rows["technology"].isin(list(known)), Reason.UNKNOWN_TECHNOLOGY, "technology", log)
    operator = rows["operator"].mask(rows["operator"].str.lower().isin(["", ANY_OPERATOR]), ANY_OPERATOR)
    rows = rows.assign(technology=[known[word] for word in rows["technology"]], operator=operator)
    for name in ("measure", "use"):
        rows = rows_where(rows, rows[name].isin(KNOWN_COVERAGE[name].values), Reason.OUT_OF_RANGE, name, log)
    return rows


def _with_dates(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Rows whose date, where they state one, is one."""
    is_date = rows["date"].map(lambda text: not text or _is_date(text)).astype(bool)
    return rows_where(rows, is_date, Reason.NOT_A_DATE, "date", log)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
