"""Positions as registers hold them: degrees in every writing, metres of a stated system, UTM text, both in one cell."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj.exceptions import ProjError

from commune_coverage.config.layers import NumberFormat
from commune_coverage.core.errors import MissingCrsError
from commune_coverage.core.quarantine import Reason, RowLog, printable
from commune_coverage.readers.parsing.angles import (
    EASTERN,
    NORTHERN,
    SIDE,
    angle,
    angle_and_side,
    metres_of,
    position_of,
    tidy,
    transformer_from,
)
from commune_coverage.readers.parsing.numbers import AS_FOUND, is_missing, plain_numbers, to_numbers
from commune_coverage.readers.parsing.text import LINE

Floats = npt.NDArray[np.float64]

_PARTS = re.compile(r"\d\s+\d|\d-\d")


def parse_degrees(values: pd.Series, written: NumberFormat = AS_FOUND) -> Floats:
    """Parse decimal degrees, or degrees, minutes and seconds.

    Parameters
    ----------
    values : Series
        (n,) text.
    written : NumberFormat
        Decimal and thousands mark, as far as they are known.

    Returns
    -------
    ndarray of float64
        (n,) degrees; NaN where the text is neither.
    """
    plain = plain_numbers(values)
    if plain is not None:
        return plain
    in_parts = values.astype(str).str.contains(_PARTS)
    parsed = to_numbers(values.where(~in_parts, ""), written if written != AS_FOUND else NumberFormat(","))
    for position in np.flatnonzero(np.isnan(parsed) & ~is_missing(values)):
        parsed[position] = angle(tidy(values.iloc[position]))
    return parsed


def locate_rows(frame: pd.DataFrame, crs: str | None, written: NumberFormat, log: RowLog) -> pd.DataFrame:
    """Parse the positions of rows; rows without a usable one are quarantined.

    Angles with a direction are degrees whatever ``crs`` says.

    Parameters
    ----------
    frame : DataFrame
        Text columns ``lon`` and ``lat`` (or x and y of ``crs`` under those names) and ``line``. Both may be the same
        column, which then holds whole positions.
    crs : str or None
        Reference system of the positions; None for degrees of WGS 84.
    written : NumberFormat
        Decimal and thousands mark, as far as they are known.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.

    Returns
    -------
    DataFrame
        (rows,) with ``lon`` and ``lat`` in degrees, WGS 84.

    Raises
    ------
    MissingCrsError
        When ``crs`` is no reference system of the Earth.
    """
    x, y = parse_degrees(frame["lon"], written), parse_degrees(frame["lat"], written)
    if crs is not None:
        x, y = _metres(frame["lon"], x), _metres(frame["lat"], y)
    lon, lat = _to_wgs84(x, y, crs)
    crossed = _correct_texts(frame, (x, y, lon, lat), crs)
    unknown = np.isnan(x) | np.isnan(y)
    missing = (is_missing(frame["lon"]) | is_missing(frame["lat"])) if unknown.any() else unknown
    infinite = np.isinf(x) | np.isinf(y)
    off_globe = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    faults = (
        (missing | infinite, Reason.COORDINATE_MISSING),
        (unknown, Reason.NOT_A_NUMBER),
        (crossed, Reason.SWAPPED_COORDINATES),
        (off_globe, Reason.COORDINATE_OUT_OF_RANGE),
        ((x == 0) & (y == 0), Reason.NULL_ISLAND),
    )
    good = np.ones(len(frame), dtype=bool)
    for mask, reason in faults:
        hit = mask & good
        if hit.any():
            bad = frame[hit]
            log.set_aside(bad[LINE], reason, list(bad["lon"].astype(str) + ", " + bad["lat"].astype(str)))
        good &= ~mask
    return frame.assign(lon=lon, lat=lat)[good]


def _correct_texts(
    frame: pd.DataFrame, positions: tuple[Floats, Floats, Floats, Floats], crs: str | None
) -> npt.NDArray[np.bool_]:
    """Put right, in place, rows that are more than two numbers; True where a row's directions say it is swapped."""
    x, y, lon, lat = positions
    crossed = np.zeros(len(frame), dtype=bool)
    if plain_numbers(frame["lon"]) is not None and plain_numbers(frame["lat"]) is not None:
        return crossed
    combined = frame["lon"].equals(frame["lat"])
    for row, (east, north) in enumerate(zip(frame["lon"].astype(str), frame["lat"].astype(str), strict=True)):
        if combined:
            x[row], y[row] = lon[row], lat[row] = position_of(east)
        elif not (east.isascii() and north.isascii()) or SIDE.search(east) or SIDE.search(north):
            first, second = tidy(east), tidy(north)
            (a, a_side), (b, b_side) = angle_and_side(first), angle_and_side(second)
            crossed[row] = a_side not in EASTERN or b_side not in NORTHERN
            marked = (a_side or "°" in first) and (b_side or "°" in second)
            if crs is not None and marked and not np.isnan(a + b):
                x[row], y[row] = lon[row], lat[row] = a, b
    return crossed


def _metres(values: pd.Series, parsed: Floats) -> Floats:
    """Metres with a letter behind them ("491 234 mE") next to those that are plain numbers."""
    for position in np.flatnonzero(np.isnan(parsed) & ~is_missing(values)):
        parsed[position] = metres_of(tidy(values.iloc[position]))
    return parsed


def _to_wgs84(x: Floats, y: Floats, crs: str | None) -> tuple[Floats, Floats]:
    if crs is None:
        return x.copy(), y.copy()
    try:
        lon, lat = transformer_from(crs).transform(x, y)
    except ProjError as error:
        raise MissingCrsError(
            f"crs = '{printable(crs, 60)}' is no known reference system of the Earth; write it as \"EPSG:…\""
        ) from error
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
