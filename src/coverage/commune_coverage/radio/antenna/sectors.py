"""Sector antennas of a network: what a register states of them, and which pattern each has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from commune_coverage.radio.antenna.directivity import (
    ALL_ROUND,
    OMNIDIRECTIONAL,
    Directivity,
    Mounting,
    make_directivity,
)
from commune_coverage.radio.antenna.patterns import (
    TR36814_HORIZONTAL,
    TR36814_VERTICAL,
    TR36942_HORIZONTAL,
    AntennaPattern,
    ParabolicCut,
    parabolic_pattern,
)
from commune_coverage.schema.inputs import BEAMWIDTH_COLUMNS, SECTOR_COLUMNS, TILT_COLUMNS

Integers = npt.NDArray[np.int64]
Patterns = Mapping[str, AntennaPattern]
"""Measured patterns by name."""

ANTENNA_COLUMNS = (*SECTOR_COLUMNS, "pattern_digest")
_BEAMWIDTH_STEP_DEG = 0.1
_PATTERN_COLUMNS = ("pattern", "horizontal_db", "vertical_db", "max_attenuation_db", "electrical_tilt_deg")
_KIND = ("pattern", *BEAMWIDTH_COLUMNS, "has_vertical_cut")


def sector_columns(cells: pd.DataFrame, patterns: Patterns) -> pd.DataFrame:
    """Antennas of cells, blank where no azimuth is known.

    Parameters
    ----------
    cells : DataFrame
        Any of ``SECTOR_COLUMNS``; those that are not there are blank.
    patterns : mapping of str to AntennaPattern
        Measured patterns by the names in ``pattern``.

    Returns
    -------
    DataFrame
        ``ANTENNA_COLUMNS``: beamwidths to 0.1 degrees, and the digest of each measured pattern.
    """
    blank = pd.DataFrame(
        {name: np.full(len(cells), np.nan) for name in SECTOR_COLUMNS} | {"pattern": ""}, index=cells.index
    )
    columns = blank.assign(**{name: cells[name] for name in SECTOR_COLUMNS if name in cells})
    known = columns["azimuth_deg"].notna()
    columns = columns.where(known, blank).assign(pattern=lambda table: table["pattern"].fillna("").astype(str))
    for name in BEAMWIDTH_COLUMNS:
        columns[name] = np.round(columns[name].to_numpy(np.float64) / _BEAMWIDTH_STEP_DEG) * _BEAMWIDTH_STEP_DEG
    digests = {name: _digest_of(pattern) for name, pattern in patterns.items()}
    return columns.assign(pattern_digest=[digests.get(name, "") for name in columns["pattern"]])


def _digest_of(pattern: AntennaPattern) -> str:
    whole = hashlib.sha256(pattern.horizontal_db.tobytes() + pattern.vertical_db.tobytes())
    whole.update(np.array([pattern.max_attenuation_db, pattern.electrical_tilt_deg]).tobytes())
    return whole.hexdigest()[:16]


def sector_numbers(table: pd.DataFrame) -> Integers:
    """Number the antennas that hang alike.

    Parameters
    ----------
    table : DataFrame
        ``ANTENNA_COLUMNS``.

    Returns
    -------
    (rows,) int64
        The same number for equal antennas, ALL_ROUND where no azimuth is known.
    """
    known = table["azimuth_deg"].notna().to_numpy()
    numbers = np.full(len(table), ALL_ROUND, dtype=np.int64)
    if known.any():
        alike = table.loc[known, list(ANTENNA_COLUMNS)].groupby(list(ANTENNA_COLUMNS), dropna=False, sort=False)
        numbers[known] = alike.ngroup().to_numpy()
    return numbers


def is_directional(transmitters: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which transmitters point somewhere.

    Parameters
    ----------
    transmitters : DataFrame
        Column ``azimuth_deg``; without it none does.

    Returns
    -------
    (transmitters,) bool
        Whether the azimuth is known.
    """
    if "azimuth_deg" not in transmitters:
        return np.zeros(len(transmitters), dtype=np.bool_)
    return np.asarray(transmitters["azimuth_deg"].notna().to_numpy(dtype=np.bool_))


def interfering_groups(transmitters: pd.DataFrame) -> Integers:
    """Number the transmitters that do not interfere with each other.

    Parameters
    ----------
    transmitters : DataFrame
        Columns ``carrier``, ``site`` and ``azimuth_deg``.

    Returns
    -------
    (transmitters,) int64
        A number for each azimuth of each site, for cells that point the same way have channels of their own; one for
        all cells of a site on a carrier of which any has no azimuth: what those send to the others nobody knows.
    """
    if not is_directional(transmitters).any():
        return transmitters["site"].to_numpy(np.int64)
    azimuth_deg = transmitters["azimuth_deg"]
    has_unknown = azimuth_deg.isna().groupby([transmitters["site"], transmitters["carrier"]]).transform("any")
    table = pd.DataFrame({"site": transmitters["site"], "azimuth_deg": azimuth_deg.mask(has_unknown)})
    numbers = table.groupby(["site", "azimuth_deg"], dropna=False, sort=True).ngroup()
    return np.asarray(numbers, dtype=np.int64)


def directivity_of(transmitters: pd.DataFrame, patterns: Patterns, receiver_height_m: float) -> Directivity:
    """Where the transmitters of a network point and how they radiate.

    Parameters
    ----------
    transmitters : DataFrame
        Column ``effective_height_m`` and ``ANTENNA_COLUMNS``.
    patterns : mapping of str to AntennaPattern
        Measured patterns by the names in ``pattern``.
    receiver_height_m : float, m
        Height of the receivers.

    Returns
    -------
    Directivity
        One row a transmitter; OMNIDIRECTIONAL where no azimuth is known.

    Notes
    -----
    A measured pattern where one is named. Else by the parabolas of 3GPP with the beamwidths that are stated: where a
    vertical beamwidth or a tilt is known those of TR 36.814 (70 and 10 degrees where unstated, 25 dB), otherwise that
    of TR 36.942 around the mast alone (65 degrees, 20 dB).
    """
    known = is_directional(transmitters)
    if not known.any():
        return OMNIDIRECTIONAL
    table = transmitters[known].reset_index(drop=True)
    is_tilted = (table[list(TILT_COLUMNS)].fillna(0.0) != 0.0).any(axis=1)
    is_measured = table["pattern"] != ""
    table["has_vertical_cut"] = (is_tilted | table["vertical_beamwidth_deg"].notna()) & ~is_measured
    table.loc[is_measured, list(BEAMWIDTH_COLUMNS)] = np.nan
    kind = table.groupby(list(_KIND), dropna=False, sort=True).ngroup().to_numpy(np.int64)
    first = table.assign(kind=kind).drop_duplicates("kind").sort_values("kind")
    rows = zip(first["pattern"], *(first[name].to_numpy() for name in _KIND[1:]), strict=True)
    made = [_pattern_of(str(name), (across, down), bool(vertical), patterns) for name, across, down, vertical in rows]
    held_deg = np.array([pattern.electrical_tilt_deg for pattern in made])[kind]
    stated_deg = table["electrical_tilt_deg"].to_numpy(np.float64)
    turned_deg = np.where(np.isfinite(stated_deg), stated_deg - held_deg, 0.0)
    filled = {name: np.full(len(transmitters), value) for name, value in (("kind", ALL_ROUND), ("turned", 0.0))}
    filled["kind"][known], filled["turned"][known] = kind, turned_deg
    azimuth, mechanical = (
        transmitters[name].fillna(0.0).to_numpy(np.float64) for name in ("grid_azimuth_deg", "mechanical_tilt_deg")
    )
    over_receiver_m = transmitters["effective_height_m"].to_numpy(np.float64) - receiver_height_m
    mounting = Mounting(filled["kind"].astype(np.int64), azimuth, mechanical, filled["turned"], over_receiver_m)
    return make_directivity(mounting, made)


def _pattern_of(
    name: str, beamwidths_deg: tuple[float, float], has_vertical_cut: bool, patterns: Patterns
) -> AntennaPattern:
    """A measured pattern by its name, or that of an antenna of these beamwidths, horizontal and vertical."""
    if name:
        return patterns[name]
    across, down = beamwidths_deg
    if not has_vertical_cut:
        return parabolic_pattern(_of_width(TR36942_HORIZONTAL, across))
    return parabolic_pattern(_of_width(TR36814_HORIZONTAL, across), _of_width(TR36814_VERTICAL, down))


def _of_width(cut: ParabolicCut, beamwidth_deg: float) -> ParabolicCut:
    """The cut with another beamwidth, where one is stated."""
    return cut if np.isnan(beamwidth_deg) else ParabolicCut(beamwidth_deg, cut.max_attenuation_db)


def patterns_table(patterns: Patterns) -> pd.DataFrame:
    """Write measured patterns as a table.

    Parameters
    ----------
    patterns : mapping of str to AntennaPattern
        Patterns by name.

    Returns
    -------
    DataFrame
        One row a pattern: ``pattern``, both cuts as lists (dB), ``max_attenuation_db``, ``electrical_tilt_deg``.
    """
    rows = [
        {
            "pattern": name,
            "horizontal_db": one.horizontal_db.tolist(),
            "vertical_db": one.vertical_db.tolist(),
            "max_attenuation_db": one.max_attenuation_db,
            "electrical_tilt_deg": one.electrical_tilt_deg,
        }
        for name, one in sorted(patterns.items())
    ]
    return pd.DataFrame(rows, columns=list(_PATTERN_COLUMNS))


def patterns_from(table: pd.DataFrame) -> dict[str, AntennaPattern]:
    """Read measured patterns from their table.

    Parameters
    ----------
    table : DataFrame
        As ``patterns_table`` writes it.

    Returns
    -------
    dict of str to AntennaPattern
        Patterns by name.
    """
    return {
        str(name): AntennaPattern(
            np.asarray(horizontal, dtype=np.float64), np.asarray(vertical, dtype=np.float64), float(most), float(tilt)
        )
        for name, horizontal, vertical, most, tilt in zip(*(table[name] for name in _PATTERN_COLUMNS), strict=True)
    }
