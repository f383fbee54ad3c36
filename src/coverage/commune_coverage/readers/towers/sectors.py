"""Sectors as a register states them: azimuths, patterns by name, and the radiated power of transmitter and antenna."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.core.quarantine import Reason, RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.schema.inputs import CELLS

Floats = npt.NDArray[np.float64]

_ANGLES = tuple(column.name for column in CELLS.columns if column.name.endswith("_deg"))
_DEGREE_SIGN = r"\s*(?:°|º|˚|deg\.?|degrees?)\s*$"
_NORTH_STEP_DEG = 1e-4
_MAX_STEP_M = 100.0
_MANY = 10
"""Cells: so many do not all point one way."""


def without_degree_signs(cells: pd.DataFrame) -> pd.DataFrame:
    """Take the signs of degrees from the angles of antennas.

    Parameters
    ----------
    cells : DataFrame
        Picked columns as text.

    Returns
    -------
    DataFrame
        '120°' is '120'.
    """
    angles = [name for name in _ANGLES if name in cells]
    return cells.assign(
        **{name: cells[name].astype("str").str.replace(_DEGREE_SIGN, "", case=False, regex=True) for name in angles}
    )


def known_sectors(cells: pd.DataFrame, pattern_gains_dbi: Mapping[str, float], log: RowLog) -> pd.DataFrame:
    """Look up the patterns that rows name, and the radiated power where its parts are stated.

    Parameters
    ----------
    cells : DataFrame
        Sound rows.
    pattern_gains_dbi : mapping of str to float
        Names of the pattern files that the country file lists, with their gains (NaN for none).
    log : RowLog
        Counts the names that are no pattern and notes what was computed; changed in place.

    Returns
    -------
    DataFrame
        ``pattern`` is the name of a file that is listed, or ''; azimuths are below 360, and none where all of many are
        the same, which stands for unknown ones; ``eirp_dbm`` is, where it is not stated, transmit power plus antenna
        gain less feeder loss.
    """
    if "azimuth_deg" in cells:
        cells = cells.assign(azimuth_deg=_real_azimuths_deg(cells, log))
    if "pattern" in cells:
        cells = _with_known_patterns(cells, list(pattern_gains_dbi), log)
    return _with_eirp(cells, pattern_gains_dbi, log) if "transmit_power_dbm" in cells else cells


def _real_azimuths_deg(cells: pd.DataFrame, log: RowLog) -> Floats:
    azimuth = np.mod(cells["azimuth_deg"].to_numpy(np.float64), 360.0)
    known = np.isfinite(azimuth)
    if int(known.sum()) >= _MANY and len(np.unique(azimuth[known])) == 1:
        value = azimuth[known][0]
        log.note(f"{log.file}: azimuth_deg is {value:g} in all {int(known.sum()):,} cells, as if unknown; not used")
        return np.full(len(cells), np.nan)
    return azimuth


def _with_known_patterns(cells: pd.DataFrame, names: list[str], log: RowLog) -> pd.DataFrame:
    """Names of files, whatever their case and with or without their ending; others are left blank and counted."""
    known = {PurePath(name).stem.lower(): name for name in names} | {name.lower(): name for name in names}
    stated = cells["pattern"].fillna("").astype("str").str.strip()
    found = stated.str.lower().map(known).fillna("")
    lost = ((stated != "") & (found == "")).to_numpy(dtype=bool)
    if lost.any():
        log.blank("pattern", Reason.UNKNOWN_PATTERN, cells[LINE].to_numpy()[lost], list(stated[lost]))
    return cells.assign(pattern=found)


def _with_eirp(cells: pd.DataFrame, pattern_gains_dbi: Mapping[str, float], log: RowLog) -> pd.DataFrame:
    def column(name: str) -> Floats:
        return cells[name].to_numpy(np.float64) if name in cells else np.full(len(cells), np.nan)

    gain = column("antenna_gain_dbi")
    if "pattern" in cells:
        gain = np.where(np.isnan(gain), cells["pattern"].map(dict(pattern_gains_dbi)).to_numpy(np.float64), gain)
    stated, made = column("eirp_dbm"), column("transmit_power_dbm") + gain - np.nan_to_num(column("feeder_loss_db"))
    least, most = CELLS["eirp_dbm"].minimum, CELLS["eirp_dbm"].maximum
    used = np.isnan(stated) & (made >= (least or -np.inf)) & (made <= (most or np.inf))
    if used.any():
        log.note(
            f"{log.file}: eirp_dbm of {int(used.sum()):,} cells is transmit power plus antenna gain less feeder loss"
        )
    return cells.assign(eirp_dbm=np.where(used, made, stated))


def grid_azimuth_deg(cells: pd.DataFrame, area: StudyArea) -> Floats:
    """Azimuths from the north of the metric system instead of true north.

    Parameters
    ----------
    cells : DataFrame
        ``azimuth_deg``, ``lon`` and ``lat`` (degrees), ``x_m`` and ``y_m`` (m).
    area : StudyArea
        Its plane.

    Returns
    -------
    (cells,) float64, degrees
        Clockwise, below 360; NaN where no azimuth is known.

    Notes
    -----
    The convergence of meridians is the direction in the plane of a step of 11 m to the north.
    """
    known = cells["azimuth_deg"].notna().to_numpy(dtype=bool)
    azimuth = np.full(len(cells), np.nan)
    if not known.any():
        return azimuth
    here = cells[known]
    x_m, y_m = area.to_metric(here["lon"].to_numpy(), here["lat"].to_numpy() + _NORTH_STEP_DEG)
    east, north = x_m - here["x_m"].to_numpy(), y_m - here["y_m"].to_numpy()
    is_step = np.hypot(east, north) < _MAX_STEP_M
    convergence = np.degrees(np.arctan2(np.where(is_step, east, 0.0), np.where(is_step, north, 1.0)))
    azimuth[known] = np.mod(here["azimuth_deg"].to_numpy(np.float64) + convergence, 360.0)
    return azimuth
