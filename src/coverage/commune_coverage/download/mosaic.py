"""Raster tiles of one grid merged into one tiled, compressed GeoTIFF, a window at a time."""

from __future__ import annotations

import math
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.io import DatasetReader
from rasterio.merge import merge
from rasterio.transform import Affine, array_bounds
from rasterio.windows import Window
from rasterio.windows import transform as transform_of

from commune_coverage.core.errors import UnreadableFileError
from commune_coverage.core.gdal_environment import READING
from commune_coverage.download.bounds import Bounds, widened
from commune_coverage.readers.formats.raster import DAMAGED_RASTER

_BLOCK_CELLS = 512
_WINDOW_CELLS = 2048
_CACHE_MB = 128
_EDGE_DEG = 180.0


def merge_tiles(tiles: list[Path], bounds: Bounds, margin_deg: float, target: Path) -> None:
    """Write band 1 of the tiles (EPSG:4326, north up) within the bounds and the margin to ``target``.

    Cells lie on the grid of the finest tile and are taken as they are, or from the nearest cell of a coarser tile.
    Where there is no tile the value is the tiles' nodata, 0 without one. For bounds on both sides of 180 degrees the
    file reaches once around the earth, and holds nothing of what lies between. Memory holds one window of 2,048 cells
    on a side and a cache of 128 MB. Raises UnreadableFileError.
    """
    try:
        with rasterio.Env(GDAL_CACHEMAX=_CACHE_MB, **READING), ExitStack() as stack:
            opened = [stack.enter_context(rasterio.open(tile, driver="GTiff")) for tile in tiles]
            finest = min(opened, key=lambda tile: float(tile.res[0] * tile.res[1]))
            if any(tile.crs is None or not tile.crs.is_geographic for tile in opened):
                raise UnreadableFileError("a tile is not in degrees of longitude and latitude")
            wanted, is_whole_turn = widened(bounds, margin_deg), bounds[2] > _EDGE_DEG
            if is_whole_turn:
                wanted = (-_EDGE_DEG, wanted[1], _EDGE_DEG, wanted[3])
            transform, width, height = _grid(finest, wanted, opened)
            profile = _profile(finest, transform, width, height) | ({"SPARSE_OK": True} if is_whole_turn else {})
            with rasterio.open(target, "w", **profile) as sink:
                for window in _windows(width, height):
                    _write(sink, opened, window, finest.res, skips_empty=is_whole_turn)
    except DAMAGED_RASTER as error:
        raise UnreadableFileError("the tiles cannot be merged; is one damaged?") from error


def _grid(finest: DatasetReader, wanted: Bounds, opened: list[DatasetReader]) -> tuple[Affine, int, int]:
    """Whole cells of the finest tile's grid that cover the wanted bounds where there are tiles."""
    edges = list(zip(*(tile.bounds for tile in opened), strict=True))
    west, south = max(wanted[0], min(edges[0])), max(wanted[1], min(edges[1]))
    east, north = min(wanted[2], max(edges[2])), min(wanted[3], max(edges[3]))
    if west >= east or south >= north:
        raise UnreadableFileError("the tiles do not lie where their names say")
    x_deg, y_deg = finest.res
    left = round(math.floor((west - finest.bounds.left) / x_deg + 1e-6))
    right = round(math.ceil((east - finest.bounds.left) / x_deg - 1e-6))
    top = round(math.floor((finest.bounds.top - north) / y_deg + 1e-6))
    bottom = round(math.ceil((finest.bounds.top - south) / y_deg - 1e-6))
    origin = Affine.translation(finest.bounds.left + left * x_deg, finest.bounds.top - top * y_deg)
    return origin @ Affine.scale(x_deg, -y_deg), right - left, bottom - top


def _profile(finest: DatasetReader, transform: Affine, width: int, height: int) -> dict[str, Any]:
    kind = finest.dtypes[0]
    return {
        "driver": "GTiff",
        "crs": finest.crs,
        "transform": transform,
        "width": width,
        "height": height,
        "count": 1,
        "dtype": kind,
        "nodata": finest.nodata,
        "tiled": True,
        "blockxsize": _BLOCK_CELLS,
        "blockysize": _BLOCK_CELLS,
        "compress": "deflate",
        "predictor": 3 if kind.startswith("float") else 2,
        "BIGTIFF": "IF_SAFER",
    }


def _windows(width: int, height: int) -> list[Window]:
    return [
        Window(column, row, min(_WINDOW_CELLS, width - column), min(_WINDOW_CELLS, height - row))
        for row in range(0, height, _WINDOW_CELLS)
        for column in range(0, width, _WINDOW_CELLS)
    ]


def _write(
    sink: Any, opened: list[DatasetReader], window: Window, res: tuple[float, float], *, skips_empty: bool
) -> None:
    box = array_bounds(window.height, window.width, transform_of(window, sink.transform))
    here = [tile for tile in opened if _meet(tile.bounds, box)]
    if here:
        values, _ = merge(here, bounds=box, res=res, indexes=[1], nodata=sink.nodata)
        sink.write(values[0][: window.height, : window.width], 1, window=window)
    elif sink.nodata is not None and not skips_empty:
        sink.write(_empty(sink, window), 1, window=window)


def _empty(sink: Any, window: Window) -> Any:
    return np.full((window.height, window.width), sink.nodata, dtype=sink.dtypes[0])


def _meet(one: Bounds, other: Bounds) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
