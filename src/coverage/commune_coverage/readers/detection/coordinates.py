"""In which form a file's positions are written: degrees, angles, metres of which zone, swapped, both in one cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import permutations

import numpy as np
import pandas as pd

from commune_coverage.core.errors import MissingCrsError
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.columns.guess import Guess
from commune_coverage.readers.columns.position_parts import find_parts, position_column, words_in, zone_column
from commune_coverage.readers.columns.values import Values, look_at, sample_of
from commune_coverage.readers.detection.extent import Extent
from commune_coverage.readers.detection.grids import System, fitting_systems
from commune_coverage.readers.parsing.coordinates import Floats, PositionHints, locate_rows, parse_degrees
from commune_coverage.readers.parsing.hemispheres import (
    BOUNDS_MARGIN_DEGREES,
    NO_SIDE,
    UNDECIDED,
    in_letters,
    share_between,
)
from commune_coverage.readers.parsing.numbers import AS_FOUND
from commune_coverage.readers.parsing.point_text import point_of
from commune_coverage.readers.parsing.position_columns import AXES
from commune_coverage.readers.parsing.row_systems import reaches
from commune_coverage.readers.parsing.text import LINE

_MOSTLY = 0.8
_NEARLY_ALL = 0.95
_EAST_NORTH = frozenset(
    {"easting", "northing", "east", "north", "e", "n", "rechtswert", "hochwert", "este", "norte", "ost", "nord"}
)


@dataclass(frozen=True)
class Positions:
    """Where the positions are and how they are written.

    ``lon`` and ``lat`` are file columns, the same one where it holds both; ``others`` are columns of parts, hemispheres
    and zones by their declared names, which take their place or stand beside them. ``inside_share`` is the share of the
    sample that falls within the expected country, None when none was given. ``candidates`` are reference systems that
    fit equally well, of which a person has to choose. ``is_wider`` says that the file reaches far beyond the country,
    so that the share in it says nothing of how sure the rest is.
    """

    lon: str
    lat: str
    form: str
    crs: str | None = None
    decimal: str | None = None
    is_swapped: bool = False
    inside_share: float | None = None
    notes: tuple[str, ...] = ()
    others: dict[str, str] = field(default_factory=dict)
    candidates: tuple[System, ...] = ()
    is_wider: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """Declared column to column of the file, as the country file's ``columns`` has it."""
        whole = {
            axis: name for axis, name in (("lon", self.lon), ("lat", self.lat)) if f"{axis}_deg" not in self.others
        }
        return whole | self.others


def find_positions(frame: pd.DataFrame, guesses: list[Guess], country: Extent | None) -> Positions | None:
    """Find how the positions are written, from the guessed columns, else from values within the country.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    guesses : list of Guess
        Columns guessed so far.
    country : Extent or None
        Where the country lies; None where it is not known.

    Returns
    -------
    Positions or None
        None where the file has no positions.
    """
    sample = sample_of(frame)
    parts = find_parts(sample)
    if "lon_deg" in parts:
        return _in_parts(sample, parts, country)
    named = {guess.column: guess.source for guess in guesses}
    combined = _combined(sample, named)
    if combined is not None:
        return _in_one_cell(sample[combined], combined, country)
    pair = (named["lon"], named["lat"]) if {"lon", "lat"} <= set(named) else _by_values(sample, named, country)
    if pair is None:
        return None
    return _in_two_cells(sample, *pair, parts, country)


def shape_positions(frame: pd.DataFrame, country: Extent | None) -> Positions:
    """Tell whether the shapes of a spatial file lie in the country as the file's reference system has them.

    Parameters
    ----------
    frame : DataFrame
        ``lon`` and ``lat`` of a point on each shape, as text or numbers.
    country : Extent or None
        Where the country lies.

    Returns
    -------
    Positions
        With ``crs`` where they are metres of a system that the file does not state.
    """
    sample = sample_of(frame)
    x, y = (pd.to_numeric(sample[axis], errors="coerce").to_numpy(np.float64) for axis in AXES)
    inside = _share(x, y, country)
    found = Positions(*AXES, "those of its shapes", inside_share=inside, notes=_outside(inside))
    if country is None or inside is None or inside >= 0.5:
        return found
    if _is_far(x, y):
        system = _in_metres(*AXES, x, y, None, country, ())
        return replace(system, notes=(_STATES_DEGREES, *system.notes)) if not system.is_swapped else found
    if (country.share(y, x) or 0.0) >= 0.5:
        return replace(found, notes=(*found.notes, _SHAPES_SWAPPED))
    return found


_STATES_DEGREES = "the file states degrees and holds metres"
_SHAPES_SWAPPED = "its longitudes and latitudes are exchanged: export the file again with x before y"


def _free(sample: pd.DataFrame, named: dict[str, str]) -> list[str]:
    """Columns that nothing else than a position has claimed."""
    used = {source for column, source in named.items() if column not in ("lon", "lat")}
    return [str(name) for name in sample.columns if name != LINE and name not in used]


def _in_parts(sample: pd.DataFrame, parts: dict[str, str], country: Extent | None) -> Positions:
    """Degrees, minutes and seconds in columns of their own, with their hemispheres where there are such columns."""
    inside, notes = _read_back(sample, parts, country)
    sides = [f"{axis}_hemisphere" for axis in AXES if f"{axis}_hemisphere" not in parts]
    missing = ("no column says their hemisphere: they count as north and east, but where degrees are negative",) * bool(
        sides
    )
    form = "degrees, minutes and seconds in columns of their own"
    return Positions(
        parts["lon_deg"],
        parts["lat_deg"],
        form,
        inside_share=inside,
        notes=(*notes, *missing, *_outside(inside)),
        others=parts,
    )


def _read_back(
    sample: pd.DataFrame, columns: dict[str, str], country: Extent | None, crs: str | None = None
) -> tuple[float | None, tuple[str, ...]]:
    """The share of the sample in the country, read as the lines would have it read; and why it cannot be."""
    try:
        return _share(*_located(sample, columns, country, crs), country), ()
    except MissingCrsError as error:
        return None, (str(error).removeprefix("'': "),)


def _located(
    sample: pd.DataFrame, columns: dict[str, str], country: Extent | None, crs: str | None
) -> tuple[Floats, Floats]:
    rows = pd.DataFrame({name: sample[source] for name, source in columns.items()}).assign(**{LINE: sample[LINE]})
    log = RowLog("", "", read=len(rows))
    found = locate_rows(rows, crs, AS_FOUND, log, PositionHints(country.bounds if country else None))
    return found["lon"].to_numpy(dtype=np.float64), found["lat"].to_numpy(dtype=np.float64)


def sampled_places(
    frame: pd.DataFrame, positions: Positions, country: Extent | None
) -> dict[str, tuple[Floats, Floats]]:
    """Locate a sample of the rows, once for each reference system that fits.

    Parameters
    ----------
    frame : DataFrame
        The file's rows as text.
    positions : Positions
        How their positions are written.
    country : Extent or None
        Where the country lies.

    Returns
    -------
    dict of str to tuple of ndarray
        What the positions are taken for, to (n,) longitudes and (n,) latitudes, degrees; none where they cannot be
        read.
    """
    sample, places = sample_of(frame), {}
    for system in positions.candidates or (None,):
        columns = positions.columns
        if system is not None and system.is_swapped != positions.is_swapped:
            columns = columns | {"lon": positions.lat, "lat": positions.lon}
        crs = positions.crs if system is None else system.crs
        name = positions.form if system is None else f"{system.crs} ({system.name})" + " exchanged" * system.is_swapped
        try:
            places[name] = _located(sample, columns, country, crs)
        except MissingCrsError:
            continue
    return places


def _combined(sample: pd.DataFrame, named: dict[str, str]) -> str | None:
    if {"lon", "lat"} <= set(named):
        return None
    free = sample[[name for name in _free(sample, named) if list(sample.columns).count(name) == 1]]
    by_name = position_column(free)
    if by_name is not None:
        return by_name
    return next((str(name) for name in free if look_at(sample[name]).pair_share >= _MOSTLY), None)


def _in_one_cell(column: pd.Series, name: str, country: Extent | None) -> Positions:
    texts = [str(text).strip() for text in column if str(text).strip()]
    zones = (text for text in texts if point_of(text) is None)
    zoned = sum(text[:4].lower().startswith("utm") or text.split(" ")[0][-1:].isalpha() for text in zones) / len(texts)
    written = sum(text[:1] in '{["' or text[:1].isalpha() or len(text) > 40 for text in texts) / len(texts)
    frame = pd.DataFrame({"lon": column, "lat": column, LINE: range(len(column))})
    inside, notes = _read_back(frame, {"lon": "lon", "lat": "lat"}, country)
    form = "UTM with its zone, both in one column" if zoned > 0.5 else "latitude and longitude in one column"
    if zoned <= 0.5 < written:
        form = "points as a portal exports them, in one column"
    return Positions(name, name, form, inside_share=inside, notes=(*notes, *_notes(look_at(column), inside)))


def _by_values(sample: pd.DataFrame, named: dict[str, str], country: Extent | None) -> tuple[str, str] | None:
    """Two free columns whose values lie within the bounds, longitudes and latitudes, or eastings and northings."""
    if country is None:
        return None
    west, south, east, north = country.bounds
    margin = BOUNDS_MARGIN_DEGREES
    looks = {name: look_at(sample[name]) for name in _free(sample, named)}
    loose = {name: look for name, look in looks.items() if look.distinct > max(1, look.filled // 20)}
    lon = named.get("lon") or _only(
        name
        for name, look in loose.items()
        if look.within(-360.0, 360.0) >= _MOSTLY and share_between(parse_degrees(sample[name]), west, east) >= _MOSTLY
    )
    lat = named.get("lat") or _only(
        name for name, look in loose.items() if look.within(south - margin, north + margin) >= _MOSTLY
    )
    return (lon, lat) if lon and lat and lon != lat else _metres_by_values(sample, loose, country)


def _metres_by_values(sample: pd.DataFrame, looks: dict[str, Values], country: Extent) -> tuple[str, str] | None:
    """Return the only pair of columns, (easting, northing), that lies within the country as metres of a zone."""
    far = [name for name, look in looks.items() if look.within(100_000, 10_000_000) >= _MOSTLY][:8]
    values = {name: parse_degrees(sample[name]) for name in far}
    pairs = [
        (east, north)
        for east, north in permutations(far, 2)
        if looks[east].within(100_000, 900_000) >= _MOSTLY
        and any(
            system.share >= _MOSTLY
            for system in fitting_systems(values[east], values[north], country.bounds, country.share, in_order=True)
        )
    ]
    return pairs[0] if len(pairs) == 1 else None


def _only(names: Iterator[str]) -> str | None:
    listed = list(names)
    return listed[0] if len(listed) == 1 else None


def _in_two_cells(sample: pd.DataFrame, lon: str, lat: str, parts: dict[str, str], country: Extent | None) -> Positions:
    looks = (look_at(sample[lon]), look_at(sample[lat]))
    decimal = "," if max(look.decimal_comma_share for look in looks) > 0.5 else None
    notes = _notes(looks[0], None)
    if parts or looks[0].angle_share > 0.5 or looks[1].angle_share > 0.5:
        texts, more = _lettered(sample, lon, lat, country)
        sample, notes = sample.assign(**texts), (*notes, *more)
    x, y = parse_degrees(sample[lon]), parse_degrees(sample[lat])
    zone = zone_column(sample)
    if zone is not None and _is_far(x, y) and reaches(sample[zone], None if country is None else country.bounds):
        columns = {"lon": lon, "lat": lat, "crs": zone}
        inside, more = _read_back(sample, columns, country)
        form = "metres of the zone that a column states"
        return Positions(
            lon, lat, form, None, decimal, False, inside, (*notes, *more, *_outside(inside)), {"crs": zone}
        )
    if parts:
        inside, more = _read_back(sample, {"lon": lon, "lat": lat} | parts, country)
        form = "decimal degrees with a column of hemispheres"
        return Positions(lon, lat, form, None, decimal, False, inside, (*notes, *more, *_outside(inside)), parts)
    if _is_far(x, y):
        return _in_metres(lon, lat, x, y, decimal, country, notes)
    straight, crossed = _share(x, y, country), _share(y, x, country)
    is_swapped = bool(np.isfinite(y).any() and np.nanmedian(np.abs(y)) > 90)
    inside = None
    if straight is not None and crossed is not None:
        is_swapped, inside = crossed > straight, max(straight, crossed)
    pair = (lat, lon) if is_swapped else (lon, lat)
    is_angle = max(look.angle_share for look in looks) > 0.5
    form = "degrees, minutes and seconds" if is_angle else "decimal degrees"
    return Positions(*pair, form, None, decimal, is_swapped, inside, (*notes, *_outside(inside)))


def _lettered(
    sample: pd.DataFrame, lon: str, lat: str, country: Extent | None
) -> tuple[dict[str, pd.Series], tuple[str, ...]]:
    """Both columns with plain letters for directions, and what stays undecided."""
    bounds = None if country is None else country.bounds
    told = {name: in_letters(sample[name], axis, bounds, {}) for axis, name in (("lon", lon), ("lat", lat))}
    undecided = sum(int(sides.values.astype(str).str.contains(UNDECIDED).sum()) for sides in told.values())
    notes = tuple(sides.note for sides in told.values() if sides.note)
    if undecided:
        notes = (*notes, 'a letter can mean east or west: say which by hemispheres = { O = "W" } or { O = "E" }')
    texts = {
        name: sides.values.astype(str).str.replace(f"[{UNDECIDED}{NO_SIDE}]", "", regex=True)
        for name, sides in told.items()
    }
    return texts, notes


def _is_far(x: Floats, y: Floats) -> bool:
    """Whether numbers are too large for degrees."""
    both = np.array([*x, *y])
    return bool(np.isfinite(both).any() and np.nanmedian(np.abs(both)) > 180)


def _in_metres(
    lon: str, lat: str, x: Floats, y: Floats, decimal: str | None, country: Extent | None, notes: tuple[str, ...]
) -> Positions:
    if country is None:
        unknown = 'the reference system cannot be known without the country\'s bounds: set crs = "EPSG:…"'
        return Positions(lon, lat, "metres of an unknown system", None, decimal, notes=(*notes, unknown))
    in_order = bool(_EAST_NORTH & set(words_in(lon)) and _EAST_NORTH & set(words_in(lat)))
    systems = fitting_systems(x, y, country.bounds, country.share, in_order=in_order)
    is_wider = not systems
    notes = (*notes, *_WIDER * is_wider)
    systems = systems or _wider_systems(x, y, country, in_order=in_order)
    if not systems:
        form = "metres of an unknown system"
        why = _written_otherwise(x, y, country)
        told = (why,) if why else (*_outside(0.0), _ASK_FOR_CRS)
        form = "numbers that are neither degrees nor metres" if why else form
        return Positions(lon, lat, form, None, decimal, False, 0.0, (*notes[:-1], *told))
    first = systems[0]
    pair = (lat, lon) if first.is_swapped else (lon, lat)
    if len(systems) > 1:
        form = "metres of one of several systems that fit equally well"
        return Positions(*pair, form, None, decimal, first.is_swapped, first.share, notes, {}, tuple(systems), is_wider)
    alike = ", ".join(first.alike[:6])
    old = (f"the same grid on another datum ({alike}) lies up to some hundred metres off: ask the publisher",)
    form = f"metres of {first.crs} ({first.name})"
    told = (*notes, *old * bool(first.alike), *(() if is_wider else _outside(first.share)))
    return Positions(*pair, form, first.crs, decimal, first.is_swapped, first.share, told, is_wider=is_wider)


_WIDER = ("most of them lie elsewhere in the area that the system is made for: a wider register than the communes",)


def _wider_systems(x: Floats, y: Floats, country: Extent, *, in_order: bool) -> list[System]:
    """Systems for a register that reaches far beyond the communes, such as a nation's for one of its regions.

    Nearly all positions must lie where the system is used; those that put some into the communes come first.
    """

    def anywhere(lon: Floats, lat: Floats) -> float:
        return float((np.isfinite(lon) & np.isfinite(lat)).mean())

    fitting = fitting_systems(x, y, country.bounds, anywhere, in_order=in_order, min_share=_NEARLY_ALL)
    located = [replace(system, share=country.share(*system.degrees(x, y))) for system in fitting]
    return [system for system in located if system.share > 0 or _is_around(country, *system.degrees(x, y))]


def _is_around(country: Extent, lon: Floats, lat: Floats) -> bool:
    """Whether positions lie on all sides of the country, though none of them in it."""
    west, south, east, north = country.bounds
    off = (lon - (west + east) / 2 + 180) % 360 - 180
    middle = (south + north) / 2
    return bool(np.nanmin(off) < 0 < np.nanmax(off) and np.nanmin(lat) < middle < np.nanmax(lat))


def _written_otherwise(x: Floats, y: Floats, country: Extent) -> str:
    """Say that numbers are degrees times a power of ten, kilometres or packed angles, where that is in the country."""
    for power in range(1, 10):
        if country.share(x / 10**power, y / 10**power) >= _MOSTLY:
            return f"they are degrees times {10**power:,}, whose decimal mark was lost: divide them"
    if country.share(*(_unpacked(axis) for axis in (x, y))) >= _MOSTLY:
        return "they are degrees, minutes and seconds in one number: write them with blanks or signs between"
    for factor, unit in ((1000.0, "kilometres"), (0.01, "centimetres"), (0.001, "millimetres")):
        systems = fitting_systems(x * factor, y * factor, country.bounds, country.share)
        if systems:
            return f"they are {unit} of {systems[0].crs} ({systems[0].name}): write them in metres"
    return ""


def _unpacked(numbers: Floats) -> Floats:
    """1040751 is 104°07'51"; NaN where there would be more than 59 minutes or seconds."""
    degrees, rest = np.divmod(np.abs(numbers), 10_000)
    minutes, seconds = np.divmod(rest, 100)
    angles = np.sign(numbers) * (degrees + minutes / 60 + seconds / 3600)
    return np.where((minutes < 60) & (seconds < 60), angles, np.nan)


_ASK_FOR_CRS = 'no reference system puts half of them into the country: ask the publisher and set crs = "EPSG:…"'


def _share(lon: Floats, lat: Floats, country: Extent | None) -> float | None:
    return None if country is None else country.share(lon, lat)


def _notes(look: Values, inside: float | None) -> tuple[str, ...]:
    notes = ("they are written in digits of another script, which are read as they are",) * (
        look.other_digits_share > 0
    )
    return (*notes, *_outside(inside))


def _outside(inside: float | None) -> tuple[str, ...]:
    """Half of the rows in the sea or abroad is a reason to ask."""
    if inside is None or inside >= 0.5:
        return ()
    wrong = "the file is of a larger area, or the country's bounds, the reference system or the columns are not right"
    return (f"only {inside:.0%} of them lie in the country: {wrong}",)
