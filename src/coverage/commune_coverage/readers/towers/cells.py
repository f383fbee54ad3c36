"""One file of cells, an OpenCelliD extract or a regulator's register, as typed rows with their operator."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.config.country import Country
from commune_coverage.config.layers import TEXT_SUFFIXES, TowersFile
from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.columns.converted import Ground, UnitHints, convert_units
from commune_coverage.readers.columns.pick import map_columns, pick_columns
from commune_coverage.readers.columns.unused import status_columns, unused_columns
from commune_coverage.readers.columns.words import month_of
from commune_coverage.readers.formats.csv import Headerless, is_spatial, read_table
from commune_coverage.readers.ground.elevation import ground_m
from commune_coverage.readers.parsing.coordinates import hints_of, locate_rows
from commune_coverage.readers.parsing.dates import epoch_seconds
from commune_coverage.readers.parsing.hemispheres import Bounds
from commune_coverage.readers.parsing.numbers import is_missing
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.readers.parsing.validation import check_rows, duplicated, mark_of_positions
from commune_coverage.readers.towers.operators import name_operators
from commune_coverage.readers.towers.sectors import known_sectors, without_degree_signs
from commune_coverage.readers.towers.technologies import is_technology, one_row_each, whole_rows
from commune_coverage.readers.towers.technology_columns import require_present, technology_flags
from commune_coverage.schema.inputs import CELLS, SECTOR_COLUMNS

OPENCELLID_COLUMNS = [
    "radio",
    "mcc",
    "net",
    "area",
    "cell",
    "unit",
    "lon",
    "lat",
    "range",
    "samples",
    "changeable",
    "created",
    "updated",
    "averageSignal",
]
CELL_KEY = ["technology", "mcc", "mnc", "area", "cell_id"]
STATED = ("band_mhz", "bandwidth_mhz", "eirp_dbm", "antenna_height_m")
_ORDERS = {
    "contradictory": "dates of updated have a day before the month in some rows and behind it in others; none is taken",
    "either": "dates of updated may have their day or their month first; the day is taken to be first",
}
_MAX_REPEATED = 0.2
REGISTER_KEY = [*CELL_KEY, "operator", "site_id", "band_mhz", "lon", "lat"]
_UNKNOWN_DEG = -1.0


def read_cells(
    file: TowersFile,
    country: Country,
    bounds: Bounds | None = None,
    pattern_gains_dbi: Mapping[str, float] | None = None,
) -> tuple[pd.DataFrame, RowLog]:
    """Read one file of cells.

    A row that names several technologies, or several bands of one, is several cells, which share its ``line``.

    Parameters
    ----------
    file : TowersFile
        An OpenCelliD file or a register.
    country : Country
        Names the operators; its elevation is the ground of heights above sea level.
    bounds : Bounds or None
        The country's, which decide where a position can be meant in two ways.
    pattern_gains_dbi : mapping of str to float or None
        Names of the antenna patterns that a register may name, with their gains.

    Returns
    -------
    tuple[DataFrame, RowLog]
        (cells,) sound rows with ``technology``, ``operator``, ``is_home`` and the columns of ``CELLS`` that it has; and
        the log.

    Raises
    ------
    UnreadableFileError
        When the file is damaged.
    MissingColumnError
        When it states no position or no technology.
    MissingCrsError
        When a vector file does not state its reference system.
    UnitError
        When a column's unit is not known or contradicts its name.
    AmbiguousRowsError
        When it has a row for each technology of each site, and nobody chose those that are there.
    """
    log = RowLog("towers", file.path.name)
    raw, ref = technology_flags(read_table(file, log, headerless_cells(file)), file, log)
    sources = map_columns(raw, CELLS, ref)
    cells, crs = pick_columns(raw, CELLS, ref), None if is_spatial(file) else file.crs
    if is_register(file):
        require_present(cells, raw, sources, file)
    written = mark_of_positions(cells, file.number_format)
    cells = locate_rows(cells, crs, written, log, hints_of(file, bounds))
    cells = one_row_each(cells, file, log)
    cells = without_degree_signs(cells)
    cells = convert_units(cells, CELLS, UnitHints(ref, sources, written, _ground(country)), log)
    cells = known_sectors(check_rows(_dated(cells, log), CELLS, log, written), pattern_gains_dbi or {}, log)
    cells = _once(name_operators(cells, country, file, log), raw, file, log)
    if is_register(file):
        for sentence in (*unused_columns(raw, sources, CELLS, ref), *status_columns(raw, ref)):
            log.note(sentence)
    absent = {name: np.nan for name in (*STATED, *SECTOR_COLUMNS, "samples", "updated") if name not in cells}
    cells = cells.assign(**absent)
    return (cells.assign(pattern="") if "pattern" in absent else cells), log


def _ground(country: Country) -> Ground | None:
    elevation = country.layers.elevation
    if elevation is None:
        return None
    return lambda rows: ground_m(elevation, rows["lon"].to_numpy(np.float64), rows["lat"].to_numpy(np.float64))


def _dated(cells: pd.DataFrame, log: RowLog) -> pd.DataFrame:
    """``updated`` in seconds since 1970, whichever way the file writes its dates."""
    if "updated" not in cells:
        return cells
    seconds, order = epoch_seconds(cells["updated"], month_of)
    lost = np.isnan(seconds) & ~is_missing(cells["updated"]) if np.isnan(seconds).any() else np.zeros(0, dtype=bool)
    if lost.any():
        log.blank("updated", Reason.NOT_A_DATE, cells[LINE].to_numpy()[lost], list(cells["updated"][lost]))
    if order in ("contradictory", "either"):
        log.note(f"{log.file}: {_ORDERS[order]}")
    return cells.assign(updated=seconds)


def _once(cells: pd.DataFrame, raw: pd.DataFrame, file: TowersFile, log: RowLog) -> pd.DataFrame:
    """Each cell once: a crowd's by its network identity, a register's by that, operator, band, position and azimuth.

    A site's number, which many cells share, is then no identity of one, not of its sectors either; rows of a register
    that are equal in every column of the file are one all the same.
    """
    if not is_register(file):
        return _without(cells, duplicated(cells, [key for key in CELL_KEY if key in cells]), Reason.DUPLICATE_ID, log)
    columns = [name for name in raw.columns if name != LINE]
    again = raw[LINE].to_numpy()[raw[columns].duplicated().to_numpy()]
    cells = _without(cells, np.isin(cells[LINE].to_numpy(), again), Reason.DUPLICATE_ROW, log)
    if "cell_id" not in cells:
        return cells
    keys = [key for key in REGISTER_KEY if key in cells and not (key in STATED and cells[key].isna().all())]
    compared = cells
    if "azimuth_deg" in cells:
        compared = cells.assign(azimuth_deg=cells["azimuth_deg"].fillna(_UNKNOWN_DEG))
        keys.append("azimuth_deg")
    again = duplicated(compared, keys)
    if is_shared(again):
        log.note(
            f"{log.file}: {int(again.sum()):,} rows share their cell_id with another: it is taken for a site's number"
        )
        return cells
    return _without(cells, again, Reason.DUPLICATE_ID, log)


def is_shared(again: npt.NDArray[np.bool_]) -> bool:
    """Tell whether numbers are those of sites: so many rows repeat one that they are no cells' numbers.

    Parameters
    ----------
    again : ndarray of bool
        (n,) rows whose number, operator and technology an earlier row has.

    Returns
    -------
    bool
        Whether they are.
    """
    return bool(len(again)) and float(again.mean()) > _MAX_REPEATED


def _without(cells: pd.DataFrame, gone: npt.NDArray[np.bool_], reason: Reason, log: RowLog) -> pd.DataFrame:
    if not gone.any():
        return cells
    lines = whole_rows(cells[LINE].to_numpy(), gone)
    first = cells[gone].drop_duplicates(LINE).set_index(LINE)
    keys = [key for key in (*CELL_KEY, "operator") if key in first]
    log.set_aside(lines, reason, list(first.loc[lines, keys].astype(str).agg("/".join, axis=1)) if len(lines) else "")
    return cells[~gone]


def is_register(file: TowersFile) -> bool:
    """Tell whether the file is an owner's register of what stands, not a crowd's list of what was heard.

    Parameters
    ----------
    file : TowersFile
        A file of cells.

    Returns
    -------
    bool
        Whether it is, by its format or its ending.
    """
    if file.format is not None:
        return file.format == "register"
    return file.path.suffix.lower() not in TEXT_SUFFIXES


def headerless_cells(file: TowersFile) -> Headerless | None:
    """Give OpenCelliD's columns for a file whose first row is data: country files often have no header.

    Parameters
    ----------
    file : TowersFile
        A file of cells.

    Returns
    -------
    Headerless or None
        None for a register, which has a header.
    """
    if is_register(file):
        return None
    stated = file.header
    return Headerless(OPENCELLID_COLUMNS, lambda first: not stated if stated is not None else is_technology(first[0]))
