"""Positions as registers hold them: degrees in every writing, metres of a stated system, UTM text, both in one cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from pyproj.exceptions import ProjError

from commune_coverage.config.layers import FileRef, NumberFormat
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
from commune_coverage.readers.parsing.hemispheres import (
    BOUNDS_MARGIN_DEGREES,
    NO_SIDE,
    UNDECIDED,
    Bounds,
    in_letters,
    share_between,
)
from commune_coverage.readers.parsing.numbers import (
    AS_FOUND,
    as_text,
    is_missing,
    is_plain,
    plain_numbers,
    to_numbers,
    to_sure_numbers,
)
from commune_coverage.readers.parsing.point_text import mark_hexadecimal
from commune_coverage.readers.parsing.position_columns import join_parts
from commune_coverage.readers.parsing.row_systems import reaches, systems_of
from commune_coverage.readers.parsing.text import LINE
from commune_coverage.schema.inputs import LON, Column

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BARE_PAIR = r"[\s(\[]*[-+]?\d+(?:[.,]\d+)?[\s,;/|]+[-+]?\d+(?:[.,]\d+)?[\s)\]]*"

_MOST_DEGREES = 180.0
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
    parsed = to_numbers(_without_parts(values), written, LON)
    for position in np.flatnonzero(~(np.abs(parsed) <= _MOST_DEGREES) & ~is_missing(values)):
        degrees = angle(tidy(values.iloc[position]))
        parsed[position] = parsed[position] if np.isnan(degrees) else degrees
    return parsed


def _without_parts(values: pd.Series) -> pd.Series:
    """The column without texts of several numbers, such as degrees and minutes."""
    in_parts = ~is_plain(values)
    in_parts[in_parts] = [_PARTS.search(text) is not None for text in as_text(values[in_parts]).to_pylist()]
    return values.where(~in_parts, "") if in_parts.any() else values


def _parse_metres(values: pd.Series, written: NumberFormat, name: str) -> Floats:
    """Metres of a stated system; angles with their direction stay degrees. Refused where thousands may be decimals."""
    if plain_numbers(values) is None:
        metres, _ = to_sure_numbers(_without_parts(values), written, Column(name, "number", ""))
        for position in np.flatnonzero(np.isnan(metres) & ~is_missing(values)):
            text = tidy(values.iloc[position])
            degrees = angle(text)
            metres[position] = metres_of(text) if np.isnan(degrees) else degrees
        return metres
    return to_sure_numbers(values, written, Column(name, "number", ""))[0]


@dataclass(frozen=True)
class PositionHints:
    """What may decide how a position is meant where its text does not.

    Parameters
    ----------
    bounds : Bounds or None
        West, south, east and north of the country, degrees.
    hemispheres : mapping of str to str
        Letters of hemispheres that the country file explains, to N, S, E or W.
    is_system_stated : bool
        Whether the country file names the column of reference systems; else zones far from the country are none.
    """

    bounds: Bounds | None = None
    hemispheres: Mapping[str, str] = field(default_factory=dict)
    is_system_stated: bool = True


NO_HINTS = PositionHints()


def hints_of(file: FileRef, bounds: Bounds | None) -> PositionHints:
    """Gather what decides how positions of a file are meant.

    Parameters
    ----------
    file : FileRef
        The file; its ``hemispheres`` explain letters.
    bounds : Bounds or None
        The country's.

    Returns
    -------
    PositionHints
    """
    return PositionHints(bounds, file.hemispheres, "crs" in file.columns)


def locate_rows(
    frame: pd.DataFrame, crs: str | None, written: NumberFormat, log: RowLog, hints: PositionHints = NO_HINTS
) -> pd.DataFrame:
    """Parse the positions of rows; rows without a usable one are quarantined.

    Angles with a direction are degrees whatever ``crs`` says.

    Parameters
    ----------
    frame : DataFrame
        Text columns ``lon`` and ``lat`` (or x and y of ``crs`` under those names) and ``line``. Both may be the same
        column, which then holds whole positions. Columns of parts (``lon_deg``, ``lon_hemisphere``, ...) are joined;
        ``crs`` is the reference system of each row.
    crs : str or None
        Reference system of the positions; None for degrees of WGS 84.
    written : NumberFormat
        Decimal and thousands mark, as far as they are known.
    log : RowLog
        Counts, notes and quarantined rows of the file; changed in place.
    hints : PositionHints
        What decides where a text can mean two things.

    Returns
    -------
    DataFrame
        (rows,) with ``lon`` and ``lat`` in degrees, WGS 84.

    Raises
    ------
    MissingCrsError
        When ``crs`` is no reference system of the Earth, or the letters of most rows can mean east or west.
    """
    if "crs" in frame and not hints.is_system_stated and not reaches(frame["crs"], hints.bounds):
        log.note(f"{log.file}: a column of zones names none of the country's and is no reference system")
        frame = frame.drop(columns="crs")
    stated = _marked(join_parts(frame, hints.hemispheres))
    frame, sideless = _in_letters(stated, hints, log)
    systems = systems_of(frame["crs"], crs, hints.bounds) if "crs" in frame else None
    if systems is None:
        found = _positions(frame, crs, written)
    else:
        found = _positions_by_system(frame, systems, written)
        if (np.abs(found.x) > _MOST_DEGREES).any():
            _note_systems(systems, log)
    lon, lat = _in_order(frame, found, hints.bounds, log)
    unknown = np.isnan(found.x) | np.isnan(found.y)
    missing = (is_missing(frame["lon"]) | is_missing(frame["lat"])) if unknown.any() else unknown
    infinite = np.isinf(found.x) | np.isinf(found.y)
    off_globe = ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    faults = (
        (missing | infinite, Reason.COORDINATE_MISSING),
        (sideless, Reason.UNKNOWN_HEMISPHERE),
        (unknown, Reason.NOT_A_NUMBER),
        (found.is_crossed, Reason.SWAPPED_COORDINATES),
        (found.is_unknown_system, Reason.UNKNOWN_SYSTEM),
        (off_globe, Reason.COORDINATE_OUT_OF_RANGE),
        ((found.x == 0) & (found.y == 0), Reason.NULL_ISLAND),
    )
    good = np.ones(len(frame), dtype=bool)
    for mask, reason in faults:
        hit = mask & good
        if hit.any():
            log.set_aside(frame.loc[hit, LINE], reason, _details(stated[hit], reason))
        good &= ~mask
    return frame.assign(lon=lon, lat=lat)[good].drop(columns=[] if systems is None else "crs")


def _details(bad: pd.DataFrame, reason: Reason) -> list[str]:
    texts = bad["lon"].astype(str) + ", " + bad["lat"].astype(str)
    texts = texts.str.replace(f" ?[{UNDECIDED}{NO_SIDE}]", "", regex=True)
    return list(texts if reason is not Reason.UNKNOWN_SYSTEM else texts + " in '" + bad["crs"].astype(str) + "'")


class _Positions(NamedTuple):
    """x and y as written, what they are in degrees, rows that are swapped by their letters, and unknown systems."""

    x: Floats
    y: Floats
    lon: Floats
    lat: Floats
    is_crossed: Flags
    is_unknown_system: Flags


def _positions(frame: pd.DataFrame, crs: str | None, written: NumberFormat) -> _Positions:
    if crs is None or _is_in_degrees(crs):
        x, y = parse_degrees(frame["lon"], written), parse_degrees(frame["lat"], written)
    else:
        x, y = _parse_metres(frame["lon"], written, "lon"), _parse_metres(frame["lat"], written, "lat")
    lon, lat = _to_wgs84(x, y, crs)
    crossed = _correct_texts(frame, (x, y, lon, lat), crs)
    return _Positions(x, y, lon, lat, crossed, np.zeros(len(frame), dtype=bool))


def _positions_by_system(frame: pd.DataFrame, systems: pd.Series, written: NumberFormat) -> _Positions:
    """Read rows by the system of each; those that are degrees by their numbers are degrees."""
    names = systems.to_numpy(dtype=object)
    numbers = {name: np.full(len(frame), np.nan) for name in ("x", "y", "lon", "lat")}
    crossed = np.zeros(len(frame), dtype=bool)
    for name in pd.unique(systems):
        rows = np.flatnonzero(names == name)
        part = _positions(frame.iloc[rows], name or None, written)
        degrees = (np.abs(part.x) <= 180) & (np.abs(part.y) <= 90)
        part.lon[degrees], part.lat[degrees] = part.x[degrees], part.y[degrees]
        for key, values in numbers.items():
            values[rows] = getattr(part, key)
        crossed[rows] = part.is_crossed
    whole = ~np.isnan(numbers["lon"]) & (np.abs(numbers["x"]) <= 180)
    return _Positions(**numbers, is_crossed=crossed, is_unknown_system=(names == "") & ~whole)


def _note_systems(systems: pd.Series, log: RowLog) -> None:
    counts = systems[systems != ""].value_counts()
    shown = ", ".join(f"{name} {rows:,}" for name, rows in sorted(counts.items())[:12])
    log.note(f"the reference system is stated by row: {shown} rows")


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows, points of one cell that could be taken for numbers marked."""
    if not frame["lon"].equals(frame["lat"]):
        return frame
    cells = mark_hexadecimal(frame["lon"])
    return frame.assign(lon=cells, lat=cells)


def _in_letters(frame: pd.DataFrame, hints: PositionHints, log: RowLog) -> tuple[pd.DataFrame, Flags]:
    """Write the directions of every angle in plain letters; True where a row's is not known."""
    unknown, odd = np.zeros(len(frame), dtype=bool), _odd_rows(frame)
    if not len(odd):
        return frame, unknown
    undecided = 0
    for axis in ("both",) if frame["lon"].equals(frame["lat"]) else ("lon", "lat"):
        columns = ["lon", "lat"] if axis == "both" else [axis]
        told = in_letters(frame[columns[0]].iloc[odd], axis, hints.bounds, hints.hemispheres)
        frame = frame.assign(**{column: _replaced(frame[column], odd, told.values) for column in columns})
        unknown[odd] |= told.is_undecided
        undecided += int(told.values.astype(str).str.contains(UNDECIDED).sum()) if "lon" in columns else 0
        if told.note:
            log.note(told.note)
    if undecided > len(frame) / 2:
        raise MissingCrsError(
            f"'{log.file}': a letter of its longitudes can mean west (O for ouest or oeste) or east (O for Ost); "
            'write hemispheres = { O = "W" } or hemispheres = { O = "E" }'
        )
    return frame, unknown


def _odd_rows(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rows that are more than two plain numbers."""
    return np.flatnonzero(~(is_plain(frame["lon"]) & is_plain(frame["lat"])))


def _replaced(values: pd.Series, rows: npt.NDArray[np.int64], told: pd.Series) -> pd.Series:
    written = values.copy()
    written.iloc[rows] = told.to_numpy()
    return written


def _in_order(frame: pd.DataFrame, found: _Positions, bounds: Bounds | None, log: RowLog) -> tuple[Floats, Floats]:
    """Longitudes and latitudes; pairs without directions in one cell are turned where only that is in the country."""
    lon, lat = found.lon, found.lat
    if bounds is None or not frame["lon"].equals(frame["lat"]) or not len(frame):
        return lon, lat
    bare = frame["lon"].astype(str).str.fullmatch(BARE_PAIR).to_numpy(dtype=bool)
    straight, turned = (share_inside(*pair, bounds) for pair in ((lon[bare], lat[bare]), (lat[bare], lon[bare])))
    if not bare.any() or straight >= 0.5 or turned < 0.5:
        return lon, lat
    log.note(f"{int(bare.sum()):,} positions in one column are longitude first: only so do they lie in the country")
    return np.where(bare, lat, lon), np.where(bare, lon, lat)


def share_inside(lon: Floats, lat: Floats, bounds: Bounds) -> float:
    """Count the positions within bounds.

    Parameters
    ----------
    lon : ndarray of float64
        (n,) degrees.
    lat : ndarray of float64
        (n,) degrees.
    bounds : Bounds
        West, south, east, north; also across the 180th meridian.

    Returns
    -------
    float
        Share of the known positions, 0 to 1; a margin of half a degree counts.
    """
    known = np.isfinite(lon) & np.isfinite(lat)
    high = (lat >= bounds[1] - BOUNDS_MARGIN_DEGREES) & (lat <= bounds[3] + BOUNDS_MARGIN_DEGREES) & known
    return share_between(lon[high], bounds[0], bounds[2]) * float(high.sum()) / max(1, int(known.sum()))


def _correct_texts(frame: pd.DataFrame, positions: tuple[Floats, Floats, Floats, Floats], crs: str | None) -> Flags:
    """Put right, in place, rows that are more than two numbers; True where a row's directions say it is swapped."""
    x, y, lon, lat = positions
    crossed, odd = np.zeros(len(frame), dtype=bool), _odd_rows(frame)
    combined = len(odd) > 0 and frame["lon"].equals(frame["lat"])
    rows = np.arange(len(frame)) if combined else odd
    texts = (as_text(frame[axis].iloc[rows]).to_pylist() for axis in ("lon", "lat"))
    for row, east, north in zip(rows, *texts, strict=True):
        if combined:
            x[row], y[row] = lon[row], lat[row] = position_of(east, crs)
        elif not (east.isascii() and north.isascii()) or SIDE.search(east) or SIDE.search(north):
            first, second = tidy(east), tidy(north)
            (a, a_side), (b, b_side) = angle_and_side(first), angle_and_side(second)
            crossed[row] = a_side not in EASTERN or b_side not in NORTHERN
            marked = (a_side or "°" in first) and (b_side or "°" in second)
            if crs is not None and marked and not np.isnan(a + b):
                x[row], y[row] = lon[row], lat[row] = a, b
    return crossed


def _is_in_degrees(crs: str) -> bool:
    source = _transformer(crs).source_crs
    return source is not None and bool(source.is_geographic)


def _transformer(crs: str) -> Transformer:
    try:
        return transformer_from(crs)
    except ProjError as error:
        raise MissingCrsError(
            f"crs = '{printable(crs, 60)}' is no known reference system of the Earth; write it as \"EPSG:…\""
        ) from error


def _to_wgs84(x: Floats, y: Floats, crs: str | None) -> tuple[Floats, Floats]:
    if crs is None:
        return x.copy(), y.copy()
    lon, lat = _transformer(crs).transform(x, y)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
