"""Shares of households that fixed lines reach, by area, technology and speed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.config.layers import FixedFile
from commune_coverage.core.errors import MissingColumnError
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.pick import pick_columns
from commune_coverage.readers.declared.claims import ClaimNumbers
from commune_coverage.readers.fixed.lines import with_lines
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.measured.area_codes import with_levels
from commune_coverage.readers.parsing.text import plain_name
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.schema.areas import LEVELS
from commune_coverage.schema.inputs import FIXED_SHARES

SHARE_COLUMNS = ("level", "code", "operator", "technology", "speed_mbps", "covered_share")
_KEY = list(SHARE_COLUMNS[:-1])


def read_shares_of_areas(
    number: int, file: FixedFile, communes: gpd.GeoDataFrame | None, claims: ClaimNumbers, log: RowLog
) -> pd.DataFrame:
    """Read the share of households that lines of at least a speed reach, by area.

    An area is found by its code among communes, districts and provinces, else by a name that only one of them has.
    Quarantined are rows of unknown areas, of no speed or share, of shares above one, and rows that repeat another.

    Parameters
    ----------
    number : int
        Number of the file.
    file : FixedFile
        The table.
    communes : GeoDataFrame or None
        The communes with codes and names; without them areas are not looked up.
    claims : ClaimNumbers
        Takes the lines that are stated.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame, (rows,)
        ``SHARE_COLUMNS``: ``level`` is 'nation', 'commune', 'district' or 'province', the share a part of one.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it has positions, and so is no table of areas, or states no share.
    """
    raw = read_table(file, log)
    rows = pick_columns(raw, FIXED_SHARES, file)
    _require_shares(raw, rows, file)
    rows = with_lines(check_rows(rows, FIXED_SHARES, log, file.number_format), file, log)
    rows = _with_shares(rows.assign(code=rows.get("code", "")), log)
    rows = with_levels(_by_names(rows, communes, log), communes, log)
    rows = rows_where(rows, ~rows.duplicated(_KEY), Reason.DUPLICATE_ROW, "code", log)
    claims.number(number, rows)
    log.kept = len(rows)
    return rows[list(SHARE_COLUMNS)].reset_index(drop=True)


def _require_shares(raw: pd.DataFrame, rows: pd.DataFrame, file: FixedFile) -> None:
    named = {str(name).lower() for name in raw.columns}
    if {"lon", "lat"} <= named or {"longitude", "latitude"} <= named:
        raise MissingColumnError(f"'{file.path.name}' has positions; set format = \"points\" for addresses")
    if not {"covered_share", "covered_percent"} & set(rows) and not {"households_passed", "households"} <= set(rows):
        wanted = "covered_share, covered_percent, or households_passed and households"
        raise MissingColumnError(f"'{file.path.name}' states no share of households: it needs {wanted}")


def _with_shares(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """``covered_share`` as it is stated, of percent, or of households."""
    unknown = pd.Series(np.nan, rows.index)
    share, percent, passed, all_of_them = (
        rows[name].astype(np.float64) if name in rows else unknown
        for name in ("covered_share", "covered_percent", "households_passed", "households")
    )
    share = share.fillna(percent / 100).fillna(passed / all_of_them.where(all_of_them > 0))
    rows = rows.assign(covered_share=share)
    rows = rows_where(rows, share.notna(), Reason.MISSING_VALUE, "covered_share", log)
    return rows_where(rows, rows["covered_share"] <= 1, Reason.OUT_OF_RANGE, "covered_share", log)


def _by_names(rows: pd.DataFrame, communes: gpd.GeoDataFrame | None, log: RowLog) -> pd.DataFrame:
    """Put the code in the place of a name that one area alone has: a commune, else a district, else a province."""
    if communes is None:
        return rows
    known: dict[str, str] = {}
    for level in reversed(LEVELS):
        known |= _codes_by_name(communes, level)
    codes = {str(code) for level in LEVELS if f"{level}_code" in communes for code in communes[f"{level}_code"]}
    plain = rows["code"].map(plain_name)
    is_name = ~rows["code"].isin(codes) & plain.isin(list(known))
    if is_name.any():
        log.note(f"{int(is_name.sum()):,} areas are found by their name")
    return rows.assign(code=rows["code"].mask(is_name, plain.map(known)))


def _codes_by_name(communes: gpd.GeoDataFrame, level: str) -> dict[str, str]:
    """Codes of one level by plain names, in any language, that only one area of the level has."""
    if f"{level}_code" not in communes:
        return {}
    names = [name for name in communes.columns if str(name).startswith(f"{level}_name")]
    pairs = {
        (plain_name(text), str(code))
        for name in names
        for text, code in zip(communes[name].astype(str), communes[f"{level}_code"], strict=True)
    }
    table = pd.DataFrame(sorted(pairs), columns=["name", "code"])
    table = table[(table["name"] != "") & (table["code"] != "") & ~table["name"].duplicated(keep=False)]
    return dict(zip(table["name"], table["code"], strict=True))
