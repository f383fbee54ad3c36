"""What a tile is computed from, written beside it: communes and lines in the country's plane."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
import shapely
from pyarrow import feather

from commune_coverage.core.files import write_columns
from commune_coverage.readers.boundaries.study_area import OUTSIDE, StudyArea
from commune_coverage.readers.declared.tiles import Tile, rows_by_tile
from commune_coverage.readers.population.tiles import TILE_M
from commune_coverage.travel.graph.speeds import BOAT, FERRY

Floats = npt.NDArray[np.float64]
ROAD_STEP_M = 50.0
"""Roads are cut into parts of this length at most, each covered or not as its middle is."""
_ROWS_AT_ONCE = 20_000


class LineParts(NamedTuple):
    """Parts of lines: middle (m in the plane), commune, length on the ellipsoid as a whole number of mm, class."""

    x_m: Floats
    y_m: Floats
    commune: npt.NDArray[np.int64]
    length_mm: Floats
    line_class: npt.NDArray[np.object_]


def write_communes(folder: Path, area: StudyArea, tiles: list[Tile]) -> None:
    """Write the communes that touch each tile, in the plane.

    Parameters
    ----------
    folder : Path
        Where the files go.
    area : StudyArea
        The communes as an area.
    tiles : list of Tile
        The tiles.
    """
    shapes = area.system.frame(area.communes[["geometry"]]).geometry.to_numpy()
    parts, commune = shapely.get_parts(shapes, return_index=True)
    corners = np.array([tile.west_south_m for tile in tiles])
    boxes = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + TILE_M, corners[:, 1] + TILE_M)
    number, part = shapely.STRtree(parts).query(boxes)
    for row, tile in enumerate(tiles):
        there = np.sort(part[number == row])
        columns = {"commune": commune[there].astype(np.int64), "polygon": shapely.to_wkb(parts[there])}
        write_columns(communes_file(folder, tile), columns)


def communes_file(folder: Path, tile: Tile) -> Path:
    """Name the file of a tile's communes."""
    return folder / f"{tile.name}-communes.arrow"


def lines_file(folder: Path, kind: str, tile: Tile) -> Path:
    """Name the file of a tile's roads, railways or borders."""
    return folder / f"{tile.name}-{kind}.arrow"


def write_lines(folder: Path, source: Path, area: StudyArea, tiles: list[Tile], reach_m: float = 0.0) -> None:
    """Write the parts of lines in communes by tile; ferries and rivers with boats are no roads.

    Parameters
    ----------
    folder : Path
        Where the files go.
    source : Path
        Table of the layer, which is its name; nothing is written where it is not there.
    area : StudyArea
        The communes as an area.
    tiles : list of Tile
        The tiles.
    reach_m : float, m
        How far a part in no commune may lie from the nearest one, to which it then belongs.
    """
    if not source.is_file():
        return
    held: dict[Tile, list[LineParts]] = {tile: [] for tile in tiles}
    for parts in _line_parts(source, area, reach_m):
        for tile, rows in rows_by_tile(parts.x_m, parts.y_m).items():
            if tile in held:
                x_m, y_m, commune, length_mm, line_class = parts
                here = LineParts(x_m[rows], y_m[rows], commune[rows], length_mm[rows], line_class[rows])
                held[tile].append(here)
    for tile, pieces in held.items():
        if pieces:
            joined = {name: np.concatenate([getattr(one, name) for one in pieces]) for name in LineParts._fields}
            write_columns(lines_file(folder, source.stem, tile), joined)


def _line_parts(source: Path, area: StudyArea, reach_m: float) -> Iterator[LineParts]:
    file = pq.ParquetFile(source)
    names = [name for name in ("class", "route", "geometry") if name in file.schema_arrow.names]
    for batch in file.iter_batches(_ROWS_AT_ONCE, columns=names):
        table = batch.to_pandas()
        is_on_water = table["class"].str.lower().isin([FERRY, BOAT])
        if "route" in table:
            is_on_water |= table["route"].eq(FERRY)
        is_road = ~is_on_water
        lines = shapely.segmentize(shapely.from_wkb(table.loc[is_road, "geometry"].to_numpy()), ROAD_STEP_M)
        at, line = shapely.get_coordinates(lines, return_index=True)
        rows = np.flatnonzero(line[1:] == line[:-1])
        middle = (at[rows] + at[rows + 1]) / 2
        length_mm = np.rint(1000 * area.system.scale.lengths_m(at[rows], at[rows + 1]))
        degrees = area.system.to_degrees(*middle.T)
        commune = area.nearest_commune(*degrees, reach_m) if reach_m else area.commune_of(*degrees)
        inside = (commune != OUTSIDE) & np.isfinite(length_mm)
        line_class = table.loc[is_road, "class"].fillna("").to_numpy(dtype=object)[line[rows]]
        yield LineParts(middle[inside, 0], middle[inside, 1], commune[inside], length_mm[inside], line_class[inside])


def read_columns(source: Path) -> pd.DataFrame:
    """Read a file of columns; an empty table where it is not there."""
    return feather.read_feather(source) if source.is_file() else pd.DataFrame()
