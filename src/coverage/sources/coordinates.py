"""Positions as registers hold them: decimal degrees, degrees-minutes-seconds, or metres in a stated system."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from coverage.quarantine import Reason, RowLog
from coverage.sources.numbers import is_missing, latin_digits, plain_numbers, to_numbers

Floats = npt.NDArray[np.float64]

_PARTS = re.compile(r"\d\s+\d")
_DMS = re.compile(
    r"""^\s*(?P<sign>-)?(?P<deg>\d{1,3})\s*[°ºd:\s]\s*(?P<min>\d{1,2}(?:[.,]\d+)?)\s*(?:['’′m:\s]\s*
    (?:(?P<sec>\d{1,2}(?:[.,]\d+)?)\s*(?:["”″s]|'')?)?)?\s*(?P<side>[NSEW])?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)


def parse_degrees(values: pd.Series, decimal: str | None = None) -> Floats:
    """Degrees from decimal or degrees-minutes-seconds text; NaN where it is neither."""
    plain = plain_numbers(values)
    if plain is not None:
        return plain
    in_parts = values.astype(str).str.contains(_PARTS)
    parsed = to_numbers(values.where(~in_parts, ""), decimal or ",")
    for position in np.flatnonzero(np.isnan(parsed) & ~is_missing(values)):
        parsed[position] = _from_dms(latin_digits(str(values.iloc[position])))
    return parsed


def _from_dms(text: str) -> float:
    match = _DMS.match(text)
    if match is None:
        return float("nan")
    minutes, seconds = (float((match[part] or "0").replace(",", ".")) for part in ("min", "sec"))
    if minutes >= 60 or seconds >= 60:
        return float("nan")
    degrees = int(match["deg"]) + minutes / 60 + seconds / 3600
    negative = match["sign"] or (match["side"] or "").upper() in ("S", "W")
    return -degrees if negative else degrees


def locate_rows(frame: pd.DataFrame, crs: str | None, decimal: str | None, log: RowLog) -> pd.DataFrame:
    """Rows with ``lon`` and ``lat`` as WGS 84 floats; the others are quarantined.

    ``frame`` has text columns lon, lat (or x, y of ``crs`` under those names) and ``line``.
    """
    x, y = parse_degrees(frame["lon"], decimal), parse_degrees(frame["lat"], decimal)
    unknown = np.isnan(x) | np.isnan(y)
    missing = (is_missing(frame["lon"]) | is_missing(frame["lat"])) if unknown.any() else unknown
    lon, lat = _to_wgs84(x, y, crs)
    infinite = np.isinf(x) | np.isinf(y)
    off_globe = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    faults = (
        (missing | infinite, Reason.COORDINATE_MISSING),
        (unknown, Reason.NOT_A_NUMBER),
        (off_globe, Reason.COORDINATE_OUT_OF_RANGE),
        ((x == 0) & (y == 0), Reason.NULL_ISLAND),
    )
    good = np.ones(len(frame), dtype=bool)
    for mask, reason in faults:
        hit = mask & good
        if hit.any():
            bad = frame[hit]
            log.set_aside(bad["line"], reason, list(bad["lon"].astype(str) + ", " + bad["lat"].astype(str)))
        good &= ~mask
    return frame.assign(lon=lon, lat=lat)[good]


def _to_wgs84(x: Floats, y: Floats, crs: str | None) -> tuple[Floats, Floats]:
    if crs is None:
        return x, y
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
