"""Spectrum that operators hold: by band, in the nation or an area, from when until when."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from commune_coverage.config.layers import SpectrumFile, SpectrumLayer
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.converted import UnitHints, convert_units
from commune_coverage.readers.columns.pick import map_columns, pick_columns
from commune_coverage.readers.formats.csv import read_table
from commune_coverage.readers.layer_spec import Assumption, ReadContext, ReadResult
from commune_coverage.readers.measured.area_codes import with_levels
from commune_coverage.readers.parsing.bands import band_range_mhz, is_unpaired
from commune_coverage.readers.parsing.validation import check_rows, rows_where
from commune_coverage.readers.towers.technologies import technologies_in
from commune_coverage.schema.areas import NATION
from commune_coverage.schema.inputs import SPECTRUM

UNPAIRED_DOWNLINK_SHARE = 0.75
"""3GPP TS 36.211 table 4.2-2, configuration 2: six subframes down, two special and two up in ten."""
COLUMNS = [
    "operator",
    "technology",
    "band_mhz",
    "bandwidth_mhz",
    "downlink_share",
    "low_mhz",
    "high_mhz",
    "level",
    "code",
    "valid_from",
    "valid_until",
    "is_in_force",
]


def read_spectrum(layer: SpectrumLayer, context: ReadContext) -> ReadResult:
    """Read the holdings of all files.

    Quarantined are rows without an operator, a band or a width, of unknown technologies or areas, of what is no date
    or a last day before the first, and rows that repeat another.

    Parameters
    ----------
    layer : SpectrumLayer
        Tables of holdings.
    context : ReadContext
        Without an area codes are not looked up; without a run date every holding is in force.

    Returns
    -------
    ReadResult
        Table ``spectrum``: (rows,) with ``COLUMNS``; ``level`` is 'nation', 'commune', 'district' or 'province',
        ``technology`` is '' where the operator may choose, carriers from ``low_mhz`` to ``high_mhz`` are in the band.
        Table ``spectrum_areas``: (areas,) ``level``, ``code`` and geometry (degrees, WGS 84) of those that are named.

    Raises
    ------
    UnreadableFileError
        When a file is damaged.
    MissingColumnError
        When a file has no column of operators, bands or widths.
    UnitError
        When the unit of bands or widths is not known.
    """
    communes = None if context.area is None else context.area.communes
    read = [_read_file(file, communes) for file in (layer, *layer.also)]
    table = pd.concat([rows for rows, _ in read], ignore_index=True)
    table = table.assign(is_in_force=_is_in_force(table, context.run_date))
    tables = {"spectrum": table[COLUMNS]}
    if communes is not None:
        tables["spectrum_areas"] = _areas(table, communes)
    facts = {"holdings": len(table), "holdings_in_force": int(table["is_in_force"].sum())}
    return ReadResult(tables, [log for _, log in read], facts, assumptions=_assumptions(table))


def _read_file(file: SpectrumFile, communes: gpd.GeoDataFrame | None) -> tuple[pd.DataFrame, RowLog]:
    log = RowLog("spectrum", file.path.name)
    raw = read_table(file, log)
    hints = UnitHints(file, map_columns(raw, SPECTRUM, file), file.number_format)
    rows = convert_units(pick_columns(raw, SPECTRUM, file), SPECTRUM, hints, log)
    rows = _with_all_columns(check_rows(rows, SPECTRUM, log, file.number_format))
    rows = _with_dates(_with_technology(with_levels(rows, communes, log), log), log)
    shown = [column.name for column in SPECTRUM.columns]
    rows = rows_where(rows, ~rows.duplicated(shown), Reason.DUPLICATE_ROW, "operator", log)
    log.kept = len(rows)
    ranges = np.array([band_range_mhz(mhz) for mhz in rows["band_mhz"]], dtype=np.float64).reshape(-1, 2)
    return _with_downlink(rows.assign(low_mhz=ranges[:, 0], high_mhz=ranges[:, 1])).reset_index(drop=True), log


def _with_all_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """Texts that a file does not have are empty, numbers unknown."""
    empty = {column.name: np.nan if column.kind == "number" else "" for column in SPECTRUM.columns}
    return rows.assign(**{name: value for name, value in empty.items() if name not in rows})


def _with_technology(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """One technology, or none where the row states none."""
    named = {word: technologies_in(str(word)) for word in pd.unique(rows["technology"]) if word}
    known = {"": ""} | {word: pairs[0][0] for word, pairs in named.items() if len(pairs) == 1}
    rows = rows_where(rows, rows["technology"].isin(list(known)), Reason.UNKNOWN_TECHNOLOGY, "technology", log)
    return rows.assign(technology=[known[word] for word in rows["technology"]])


def _with_dates(rows: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """Days as ISO dates, the last not before the first."""
    for name in ("valid_from", "valid_until"):
        is_date = rows[name].map(lambda text: not text or _is_date(text)).astype(bool)
        rows = rows_where(rows, is_date, Reason.NOT_A_DATE, name, log)
    is_open = (rows["valid_from"] == "") | (rows["valid_until"] == "")
    return rows_where(
        rows, is_open | (rows["valid_from"] <= rows["valid_until"]), Reason.OUT_OF_RANGE, "valid_until", log
    )


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _with_downlink(rows: pd.DataFrame) -> pd.DataFrame:
    """Paired spectrum carries downlink all the time, unpaired as stated or as most networks have it."""
    usual = [UNPAIRED_DOWNLINK_SHARE if is_unpaired(mhz) else 1.0 for mhz in rows["band_mhz"]]
    stated = rows["downlink_share"].astype(np.float64)
    is_assumed = stated.isna() & (np.array(usual) < 1)
    return rows.assign(downlink_share=stated.fillna(pd.Series(usual, rows.index, np.float64)), is_assumed=is_assumed)


def _is_in_force(rows: pd.DataFrame, run_date: date | None) -> pd.Series:
    if run_date is None:
        return pd.Series(np.ones(len(rows), dtype=bool), rows.index)
    day = run_date.isoformat()
    has_begun = (rows["valid_from"] == "") | (rows["valid_from"] <= day)
    return has_begun & ((rows["valid_until"] == "") | (rows["valid_until"] >= day))


def _areas(rows: pd.DataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The areas that holdings name, once each."""
    named = rows.loc[rows["level"] != NATION, ["level", "code"]].drop_duplicates().sort_values(["level", "code"])
    shapes = [
        communes.geometry[(communes[f"{level}_code"].astype(str) == code).to_numpy()].union_all()
        for level, code in named.itertuples(index=False)
    ]
    return gpd.GeoDataFrame(named.reset_index(drop=True), geometry=gpd.GeoSeries(shapes, crs=communes.crs))


def _assumptions(rows: pd.DataFrame) -> list[Assumption]:
    used = rows[rows["is_in_force"]]
    text = f"{len(used):,} holdings of {used['operator'].nunique():,} operators in force"
    found = [Assumption("internet", "spectrum that operators hold", text, "", "spectrum layer")]
    if used["is_assumed"].any():
        share = f"{UNPAIRED_DOWNLINK_SHARE:.0%} of the time"
        source = "3GPP TS 36.211 table 4.2-2, configuration 2; assumption"
        found.append(Assumption("internet", "downlink of unpaired spectrum that does not state it", share, "", source))
    return found
