"""In which form a file's positions are written: degrees, angles, metres of which zone, swapped, both in one cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
import pandas as pd
from pyproj import Transformer

from commune_coverage.readers.columns.guess import Guess
from commune_coverage.readers.columns.values import Values, look_at, sample_of
from commune_coverage.readers.parsing.angles import position_of
from commune_coverage.readers.parsing.coordinates import Floats, parse_degrees
from commune_coverage.readers.parsing.text import LINE

Bounds = tuple[float, float, float, float]  # west, south, east, north in degrees
_MOSTLY = 0.8
_MARGIN_DEGREES = 0.5


@dataclass(frozen=True)
class Positions:
    """Where the positions are and how they are written.

    ``lon`` and ``lat`` are file columns, the same one where it holds both. ``inside_share`` is the share of the
    sample that falls within the expected bounds, None when none were given.
    """

    lon: str
    lat: str
    form: str
    crs: str | None = None
    decimal: str | None = None
    is_swapped: bool = False
    inside_share: float | None = None
    notes: tuple[str, ...] = ()


def find_positions(frame: pd.DataFrame, guesses: list[Guess], bounds: Bounds | None) -> Positions | None:
    """Find how the positions are written, from the guessed columns, else from values within the bounds.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    guesses : list of Guess
        Columns guessed so far.
    bounds : Bounds or None
        West, south, east, north in degrees (WGS 84); None where the country is not known.

    Returns
    -------
    Positions or None
        None where the file has no positions.
    """
    sample = sample_of(frame)
    named = {guess.column: guess.source for guess in guesses}
    combined = _combined(sample, named)
    if combined is not None:
        return _in_one_cell(sample[combined], combined, bounds)
    pair = (named["lon"], named["lat"]) if {"lon", "lat"} <= set(named) else _by_values(sample, named, bounds)
    if pair is None:
        return None
    return _in_two_cells(sample, *pair, bounds)


def _free(sample: pd.DataFrame, named: dict[str, str]) -> list[str]:
    """Columns that nothing else than a position has claimed."""
    used = {source for column, source in named.items() if column not in ("lon", "lat")}
    return [str(name) for name in sample.columns if name not in (LINE, "geometry") and name not in used]


def _combined(sample: pd.DataFrame, named: dict[str, str]) -> str | None:
    if {"lon", "lat"} <= set(named):
        return None
    return next((name for name in _free(sample, named) if look_at(sample[name]).pair_share >= _MOSTLY), None)


def _in_one_cell(column: pd.Series, name: str, bounds: Bounds | None) -> Positions:
    texts = [str(text).strip() for text in column if str(text).strip()]
    positions = np.array([position_of(text) for text in texts], dtype=np.float64)
    zoned = sum(text[:4].lower().startswith("utm") or text.split(" ")[0][-1:].isalpha() for text in texts) / len(texts)
    inside = _share_inside(positions[:, 0], positions[:, 1], bounds)
    form = "UTM with its zone, both in one column" if zoned > 0.5 else "latitude and longitude in one column"
    return Positions(name, name, form, inside_share=inside, notes=_notes(look_at(column), inside))


def _by_values(sample: pd.DataFrame, named: dict[str, str], bounds: Bounds | None) -> tuple[str, str] | None:
    """Two free columns whose values lie within the bounds, longitudes and latitudes, or eastings and northings."""
    if bounds is None:
        return None
    west, south, east, north = _widened(bounds)
    looks = {name: look_at(sample[name]) for name in _free(sample, named)}
    loose = {name: look for name, look in looks.items() if look.distinct > max(1, look.filled // 20)}
    lon = named.get("lon") or _only(name for name, look in loose.items() if look.within(west, east) >= _MOSTLY)
    lat = named.get("lat") or _only(name for name, look in loose.items() if look.within(south, north) >= _MOSTLY)
    return (lon, lat) if lon and lat and lon != lat else _metres_by_values(sample, loose, bounds)


def _metres_by_values(sample: pd.DataFrame, looks: dict[str, Values], bounds: Bounds) -> tuple[str, str] | None:
    """Return the only pair of columns, (easting, northing), that lies within the bounds as metres of a zone."""
    far = [name for name, look in looks.items() if look.within(100_000, 10_000_000) >= _MOSTLY]
    values = {name: parse_degrees(sample[name]) for name in far}
    pairs = [
        (east, north)
        for east, north in permutations(far, 2)
        if looks[east].within(100_000, 900_000) >= _MOSTLY
        and any(_mostly_inside(values[east], values[north], crs, bounds) for crs in _zones(bounds))
    ]
    return pairs[0] if len(pairs) == 1 else None


def _mostly_inside(x: Floats, y: Floats, crs: str, bounds: Bounds) -> bool:
    return (_share_inside(*_degrees(x, y, crs), bounds) or 0.0) >= _MOSTLY


def _only(names: Iterator[str]) -> str | None:
    listed = list(names)
    return listed[0] if len(listed) == 1 else None


def _in_two_cells(sample: pd.DataFrame, lon: str, lat: str, bounds: Bounds | None) -> Positions:
    x, y = parse_degrees(sample[lon]), parse_degrees(sample[lat])
    looks = (look_at(sample[lon]), look_at(sample[lat]))
    crs, swapped, inside = _system(x, y, bounds)
    form = _form(looks, x, y, crs)
    decimal = "," if max(look.decimal_comma_share for look in looks) > 0.5 else None
    if swapped:
        lon, lat = lat, lon
    notes = _notes(looks[0], inside)
    if crs is None and form.startswith("metres"):
        notes = (*notes, 'the reference system cannot be known without the country\'s bounds: set crs = "EPSG:…"')
    if crs is not None:
        notes = (*notes, "a zone on an older datum looks the same and lies some hundred metres off: ask the publisher")
    return Positions(lon, lat, form, crs, decimal, swapped, inside, notes)


def _system(x: Floats, y: Floats, bounds: Bounds | None) -> tuple[str | None, bool, float | None]:
    """Return the system (None for degrees, or unknown), whether x and y are swapped, and the share inside."""
    if np.nanmedian(np.abs([*x, *y])) <= 180 if np.isfinite([*x, *y]).any() else True:
        straight, crossed = _share_inside(x, y, bounds), _share_inside(y, x, bounds)
        if straight is None or crossed is None:
            return None, bool(np.isfinite(y).any() and np.nanmedian(np.abs(y)) > 90), None
        return None, crossed > straight, max(straight, crossed)
    tried = [
        (_share_inside(*_degrees(a, b, crs), bounds) or 0.0, crs, swapped)
        for crs in _zones(bounds)
        for a, b, swapped in ((x, y, False), (y, x, True))
    ]
    share, crs, swapped = max(tried, key=lambda one: one[0], default=(0.0, None, False))
    return (crs, swapped, share) if share >= 0.5 else (None, False, None if bounds is None else share)


def _zones(bounds: Bounds | None) -> list[str]:
    """Return the UTM zones that reach the bounds, and the web's Mercator."""
    if bounds is None:
        return []
    west, south, east, north = bounds
    zones = range(max(1, int((west + 180) // 6) + 1), min(60, int((east + 180) // 6) + 1) + 1)
    halves = [*([32600] if north > 0 else []), *([32700] if south < 0 else [])]
    return [*(f"EPSG:{half + zone}" for half in halves for zone in zones), "EPSG:3857"]


def _degrees(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    lon, lat = _transformer(crs).transform(x, y)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


@lru_cache(maxsize=128)
def _transformer(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def _share_inside(lon: Floats, lat: Floats, bounds: Bounds | None) -> float | None:
    if bounds is None:
        return None
    west, south, east, north = _widened(bounds)
    known = np.isfinite(lon) & np.isfinite(lat)
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return float((inside & known).sum() / max(1, known.sum()))


def _widened(bounds: Bounds) -> Bounds:
    west, south, east, north = bounds
    return west - _MARGIN_DEGREES, south - _MARGIN_DEGREES, east + _MARGIN_DEGREES, north + _MARGIN_DEGREES


def _form(looks: tuple[Values, Values], x: Floats, y: Floats, crs: str | None) -> str:
    if max(look.angle_share for look in looks) > 0.5:
        return "degrees, minutes and seconds"
    far = np.isfinite([*x, *y]).any() and float(np.nanmedian(np.abs([*x, *y]))) > 180
    if crs is not None or far:
        return "metres of " + (crs or "an unknown system")
    return "decimal degrees"


def _notes(look: Values, inside: float | None) -> tuple[str, ...]:
    notes = ("they are written in digits of another script, which are read as they are",) * (
        look.other_digits_share > 0
    )
    if inside is not None and inside < 0.5:
        return (*notes, f"only {inside:.0%} of them lie in the country: its bounds or the columns are not right")
    return notes
