"""Which tiles of a publisher's grid a country's bounds meet, by the names that their addresses use."""

from __future__ import annotations

import math

from commune_coverage.download.bounds import Bounds
from commune_coverage.download.errors import FetchError

_MOST_TILES = 4000
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
        for lon in columns
    ]


def ghsl_tiles(bounds: Bounds) -> list[str]:
    """Tiles of ten degrees, such as R8_C29, rows counted from the north and columns from the west, from 1."""
    west, south, east, north = bounds
    first_row = math.floor((_GHSL_NORTH_DEG - north) / _GHSL_TILE_DEG) + 1
    last_row = math.ceil((_GHSL_NORTH_DEG - south) / _GHSL_TILE_DEG)
    first_column = math.floor((west - _GHSL_WEST_DEG) / _GHSL_TILE_DEG) + 1
    last_column = math.ceil((east - _GHSL_WEST_DEG) / _GHSL_TILE_DEG)
    rows = range(max(first_row, 1), min(last_row, 18) + 1)
    columns = range(max(first_column, 1), min(last_column, 36) + 1)
    return [f"R{row}_C{column}" for row in rows for column in columns]


def _require_few(number: int) -> None:
    if number > _MOST_TILES:
        raise FetchError(
            f"the country's bounds meet {number:,} tiles; more than {_MOST_TILES:,} are not fetched: "
            'give values.bounds = "west,south,east,north" of a part of it'
        )
