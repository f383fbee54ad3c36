"""Raster overlays of all places: painted tile by tile, written and read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from commune_coverage.core.files import read_json, write_json
from commune_coverage.core.longitudes import centre_of, unwrapped
from commune_coverage.population.tables import read_tile, tile_count
from commune_coverage.runs.run import Run
from commune_coverage.site.geometry.raster_overlays import Canvas, Classes, OverlaySpec, RasterOverlay
from commune_coverage.site.geometry.tile_grid import CELL_M, Extent, tile_grid_of

ClassesOf = Callable[[int], Classes]
"""(overlays x places) of a tile."""
_HALF_TURN = 180.0
POINT_M = 500.0
"""Places further apart than cells of a raster are drawn this large."""


def write_overlays(target: Path, pictures: list[RasterOverlay]) -> None:
    """Write what is known of raster overlays, their images included."""
    write_json(target, [asdict(each) for each in pictures])


OVERLAYS = ("signal_overlay", "travel_overlays")
"""The artifacts that hold pictures."""


def read_overlays(folder: Path, names: Sequence[str] = OVERLAYS) -> list[RasterOverlay]:
    """Those that the stages have left in their folder, of the artifacts that are named."""
    sources = (folder / f"{name}.json" for name in names)
    return [RasterOverlay(**each) for source in sources if source.is_file() for each in read_json(source)]


def paint_places(run: Run, pictures: list[OverlaySpec], classes_of: ClassesOf) -> Canvas:
    """The pictures painted of all places, tile by tile."""
    folder = run.stages_folder
    tiles = range(tile_count(folder))
    extents = [_extent(folder, tile) for tile in tiles]
    middle = centre_of([extent.west for extent in extents], [extent.east for extent in extents])
    if middle:
        extents = [_moved(extent, middle) for extent in extents]
    canvas = Canvas(tile_grid_of(extents, _spacing_m(run)), pictures)
    for tile in tiles:
        at = read_tile(folder, tile, ["lon", "lat"])
        lon = unwrapped(at["lon"], middle) if middle else at["lon"].to_numpy()
        canvas.paint(tile, lon, at["lat"].to_numpy(), classes_of(tile))
    return canvas


def _extent(folder: Path, tile: int) -> Extent:
    """Degrees that the places of a tile lie within; to beyond 180 where they lie on both sides of it."""
    at = read_tile(folder, tile, ["lon", "lat"]).to_numpy()
    if np.ptp(at[:, 0]) > _HALF_TURN:
        at = np.column_stack([unwrapped(at[:, 0], _HALF_TURN), at[:, 1]])
    return Extent(*at.min(axis=0).tolist(), *at.max(axis=0).tolist())


def _moved(extent: Extent, middle: float) -> Extent:
    west = float(unwrapped(extent.west, middle))
    return extent._replace(west=west, east=extent.east + west - extent.west)


def _spacing_m(run: Run) -> float:
    """Of most places to the next: that of the raster, or more where people are villages."""
    from scipy.spatial import cKDTree

    if not tile_count(run.stages_folder):
        return POINT_M
    at = read_tile(run.stages_folder, 0, ["x_m", "y_m"]).to_numpy()
    if len(at) < 2:
        return POINT_M
    nearest = cKDTree(at).query(at[:: max(len(at) // 2000, 1)], k=2)[0][:, 1]
    return CELL_M if np.median(nearest) < 2 * CELL_M else POINT_M
