"""What is under water all year, and hence no land: a raster, or polygons cut into tiles."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from commune_coverage.config.layers import ExtentLayer
from commune_coverage.core.quarantine import RowLog
from commune_coverage.readers.boundaries.study_area import StudyArea
from commune_coverage.readers.declared.lookup import in_cells, in_polygons
from commune_coverage.readers.declared.tiles import PolygonTiles, Tile, polygon_file
from commune_coverage.readers.formats.vector_batches import vector_batches
from commune_coverage.readers.ground.grid import is_raster

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class Water(NamedTuple):
    """What is under water all year.

    Attributes
    ----------
    layer : ExtentLayer or None
        A raster of water.
    folder : Path
        Folder of its polygons by tile.
    crs : str
        Reference system of polygons; '' where there are none.
    """

    layer: ExtentLayer | None
    folder: Path
    crs: str

    def covers(self, tile: Tile, lon: Floats, lat: Floats) -> Flags:
        """Whether positions of a tile, in degrees, are under water."""
        if self.layer is not None:
            return in_cells(self.layer, lon, lat)
        path = polygon_file(self.folder, tile, 0)
        if not path.is_file():
            return np.zeros(len(lon), dtype=bool)
        return np.asarray(in_polygons(path, CRS.from_user_input(self.crs), lon, lat, 1)[0])


def write_water(folder: Path, layer: ExtentLayer | None, area: StudyArea) -> Water:
    """Write the polygons of water that touch each tile; a raster is read where it is.

    Parameters
    ----------
    folder : Path
        Where the files go.
    layer : ExtentLayer or None
        The country's water.
    area : StudyArea
        The communes as an area.

    Returns
    -------
    Water
    """
    if layer is None or is_raster(layer):
        return Water(layer, folder, "")
    crs = None
    with PolygonTiles(folder, area) as tiles:
        for batch in vector_batches(layer, RowLog("water", layer.path.name)):
            crs, shapes = batch.crs, shapely.make_valid(shapely.force_2d(batch.geometry.to_numpy()))
            parts = shapely.get_parts(shapes[~shapely.is_missing(shapes)])
            parts = parts[(shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)]
            tiles.add(0, np.zeros(len(parts), dtype=np.int64), parts, crs, tiles.touched(parts, crs))
    return Water(None, folder, "" if crs is None else str(crs.to_string()))
