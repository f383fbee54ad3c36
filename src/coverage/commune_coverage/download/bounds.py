"""The country's bounds: taken from its communes or written by hand, and as a request carries them."""

from __future__ import annotations

import math

import shapely

from commune_coverage.config.layers import FileRef
from commune_coverage.core.errors import FetchError
from commune_coverage.core.longitudes import centre_of_shapes, on_globe, unwrapped_shapes
from commune_coverage.readers.formats.vector import read_vector

# West, south, east and north, in degrees; east is beyond 180 where a country lies on both sides of it.
Bounds = tuple[float, float, float, float]
_EDGE = 180.0


def parse_bounds(text: str) -> Bounds:
    """Bounds from "w,s,e,n" in degrees, west larger than east across 180 degrees. Raises FetchError."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    is_on_globe = abs(west) <= _EDGE and abs(east) <= _EDGE and (west < east or west - east >= _EDGE)
    if not (is_on_globe and -90 <= south < north <= 90):
        raise FetchError('bounds are written "west,south,east,north" in degrees, such as "102.3,9.9,107.7,14.7"')
    return west, south, east if west < east else east + 2 * _EDGE, north


def windows_of(bounds: Bounds) -> list[Bounds]:
    """The bounds in one piece, or in two, one on each side of 180 degrees."""
    west, south, east, north = bounds
    if east <= _EDGE:
        return [bounds]
    return [(west, south, _EDGE, north), (-_EDGE, south, east - 2 * _EDGE, north)]


def bounds_text(bounds: Bounds) -> str:
    """The bounds in hundredths of a degree, widened to them: a new edition of a border seldom changes them."""
    west, south, east, north = bounds
    low = (max(math.floor(west * 100), -18000), max(math.floor(south * 100), -9000))
    high = (min(math.ceil(east * 100), 18000), min(math.ceil(north * 100), 9000))
    if east > _EDGE:
        high = (math.ceil(east * 100) - 36000, high[1])
    return ",".join(f"{edge / 100:.2f}" for edge in (*low, *high))


def bounds_of(communes: FileRef) -> str:
    """The bounds of all communes of a file, as text. Raises CoverageError when it cannot be read."""
    shapes = read_vector(communes).geometry.to_crs("EPSG:4326")
    whole = on_globe(shapes.to_numpy())[0]
    moved = unwrapped_shapes(whole, centre_of_shapes(whole))
    edges = shapely.total_bounds(moved) if len(moved) else [math.nan] * 4
    west, south, east, north = (float(edge) for edge in edges)
    if west < -_EDGE:
        west, east = west + 2 * _EDGE, east + 2 * _EDGE
    if not all(map(math.isfinite, (west, south, east, north))):
        raise FetchError(f"'{communes.path.name}' holds no shape to take bounds from")
    return bounds_text((west, south, east, north))


def widened(bounds: Bounds, margin_deg: float) -> Bounds:
    """The bounds with a margin, still on the globe."""
    west, south, east, north = bounds
    if east > _EDGE:
        return west - margin_deg, max(-90.0, south - margin_deg), east + margin_deg, min(90.0, north + margin_deg)
    return (
        max(-180.0, west - margin_deg),
        max(-90.0, south - margin_deg),
        min(180.0, east + margin_deg),
        min(90.0, north + margin_deg),
    )


_MAX_TILES = 4000
# Upper left corner of the GHSL grid of 10-degree tiles in EPSG:4326, half a pixel off the globe's: unconfirmed.
_GHSL_WEST_DEG, _GHSL_NORTH_DEG, _GHSL_TILE_DEG = -180.00792, 89.09958, 10.0


def copernicus_tiles(bounds: Bounds) -> list[str]:
    """Tiles of one degree, such as N11_00_E104_00, named by their lower left corner; from the south-west on."""
    west, south, east, north = bounds
    rows = range(math.floor(south), max(math.ceil(north), math.floor(south) + 1))
    columns = range(math.floor(west), max(math.ceil(east), math.floor(west) + 1))
    _require_few(len(rows) * len(columns))
    return [
        f"{'N' if lat >= 0 else 'S'}{abs(lat):02d}_00_{'E' if lon >= 0 else 'W'}{abs(lon):03d}_00"
        for lat in rows
        for lon in ((column + 180) % 360 - 180 if column >= 180 else column for column in columns)
    ]


def ghsl_tiles(bounds: Bounds) -> list[str]:
    """Tiles of ten degrees, such as R8_C29, rows counted from the north and columns from the west, from 1."""
    if bounds[2] > _EDGE:
        return list(dict.fromkeys(tile for window in windows_of(bounds) for tile in ghsl_tiles(window)))
    west, south, east, north = bounds
    first_row = math.floor((_GHSL_NORTH_DEG - north) / _GHSL_TILE_DEG) + 1
    last_row = math.ceil((_GHSL_NORTH_DEG - south) / _GHSL_TILE_DEG)
    first_column = math.floor((west - _GHSL_WEST_DEG) / _GHSL_TILE_DEG) + 1
    last_column = math.ceil((east - _GHSL_WEST_DEG) / _GHSL_TILE_DEG)
    rows = range(max(first_row, 1), min(last_row, 18) + 1)
    columns = range(max(first_column, 1), min(last_column, 36) + 1)
    return [f"R{row}_C{column}" for row in rows for column in columns]


def _require_few(number: int) -> None:
    if number > _MAX_TILES:
        raise FetchError(
            f"the country's bounds meet {number:,} tiles; more than {_MAX_TILES:,} are not fetched: "
            'give values.bounds = "west,south,east,north" of a part of it'
        )
