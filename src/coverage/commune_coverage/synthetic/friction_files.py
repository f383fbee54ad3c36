"""A friction surface of the invented country: minutes a metre, on the roads where there are any, else on foot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import shapely

from commune_coverage.core.files import atomic_write
from commune_coverage.synthetic.frame import Floats, Frame
from commune_coverage.synthetic.raw_files import label
from commune_coverage.synthetic.roads import ROAD_CLASSES
from commune_coverage.synthetic.world import World

FILE = "friction.tif"
_CELLS = 10
"""Side of a cell in people cells: 30 arc-seconds, about 1 km, as such surfaces are published."""
_NODATA = -9999.0
_ROAD_KMH = (80.0, 70.0, 55.0, 40.0, 30.0, 15.0)
"""By class of road: what a surface of the world would take, not what the lines state."""
_WALKING_KMH, _HARDEST_KMH = 5.0, 2.0
"""On foot on easy ground, and high in the mountains."""
_MIN_PER_M_AT_1_KMH = 60 / 1000


def write_friction(world: World, folder: Path) -> None:
    """friction.tif: float32 minutes a metre; water has no value, as nothing drives or walks there."""
    frame = world.terrain.frame
    kmh = np.maximum(_on_foot_kmh(world), _by_road_kmh(world))
    friction = np.where(np.isfinite(kmh), _MIN_PER_M_AT_1_KMH / kmh, _NODATA).astype(np.float32)
    profile = {
        "driver": "GTiff",
        "height": friction.shape[0],
        "width": friction.shape[1],
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:4326",
        "nodata": _NODATA,
        "transform": frame.transform(_CELLS),
        "compress": "deflate",
    }
    with atomic_write(folder / FILE) as target, rasterio.open(target, "w", **profile) as sink:
        sink.write(friction, 1)
    label(folder / FILE, "Friction surface, 30 arc-seconds", world.seed)


def _on_foot_kmh(world: World) -> Floats:
    """Speed on foot at the middle of each cell, slower where building is hard; NaN where there is no land."""
    lon, lat = _middles(world.terrain.frame)
    is_land = shapely.contains_xy(world.terrain.landmass, lon, lat)
    hardness = world.terrain.hardness(lon.ravel(), lat.ravel()).reshape(lon.shape)
    return np.where(is_land, _WALKING_KMH + hardness * (_HARDEST_KMH - _WALKING_KMH), np.nan)


def _middles(frame: Frame) -> tuple[Floats, Floats]:
    side = frame.cells // _CELLS
    column, row = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    return frame.place(column / side, 1 - row / side)


def _by_road_kmh(world: World) -> Floats:
    """Speed of the fastest road in each cell, and nothing where there is none."""
    frame = world.terrain.frame
    side = frame.cells // _CELLS
    speed = np.zeros((side, side))
    roads = world.roads[world.roads["highway"].isin(ROAD_CLASSES)]
    points, line = shapely.get_coordinates(roads.geometry.to_numpy(), return_index=True)
    kmh = roads["highway"].map(dict(zip(ROAD_CLASSES, _ROAD_KMH, strict=True))).to_numpy(float)
    np.maximum.at(speed, frame.pixel(points[:, 0], points[:, 1], _CELLS), kmh[line])
    return speed
