"""People from a raster in any CRS: populated cells and their exact commune fractions, tile by tile."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import CRS, Transformer

from coverage.errors import UnreadableFileError
from coverage.layers import PeopleLayer
from coverage.quarantine import Reason
from coverage.sources.rasters import crs_of, open_raster, read_window

Floats = npt.NDArray[np.float64]
Window = tuple[int, int, int, int]

_EDGE_DEGREES = 0.01
_FULL = 1 - 1e-5
_LISTED_PER_TILE = 200
NODATA_LIKE = 1e9


@dataclass
class TileCells:
    """Populated cells of one window: position, people, and (cell, commune, fraction) triples."""

    lon: Floats
    lat: Floats
    people: Floats
    cell: npt.NDArray[np.int64]
    commune: npt.NDArray[np.int64]
    fraction: Floats
    people_read: float = 0.0
    cells_read: int = 0
    faults: list[tuple[Reason, list[int], list[str], int]] = field(default_factory=list)


def read_tile(layer: PeopleLayer, communes_path: Path, window: Window) -> TileCells:
    """Read one window. ``communes_path`` is the communes stage's GeoParquet, in code order.

    Raises UnreadableFileError when the raster is damaged.
    """
    with open_raster(layer) as source:
        crs = crs_of(source, layer)
        values = read_window(source, window)
        transform, width = source.transform, source.width
    if layer.density_people_per_km2:
        values *= abs(transform.a * transform.e) / 1e6
    people, tile = _plausible(values, window, width, layer)
    flat = np.flatnonzero(people > 0)
    rows, columns = np.divmod(flat, people.shape[1])
    x, y = transform @ (columns + window[1] + 0.5, rows + window[0] + 0.5)
    tile.lon, tile.lat = (np.asarray(v) for v in Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y))
    tile.people = people.ravel()[flat]
    if len(flat):
        bounds = _bounds(transform, window)
        tile.cell, tile.commune, tile.fraction = _fractions(people, flat, bounds, crs, communes_path)
    return tile


def check_north_up(source: rasterio.DatasetReader, layer: PeopleLayer) -> None:
    """Raise UnreadableFileError for a rotated or upside-down raster, which exact fractions cannot use."""
    turned = source.transform.b or source.transform.d or source.transform.e > 0 or source.transform.a < 0
    if turned:
        raise UnreadableFileError(
            f"'{layer.path.name}' is rotated or not north-up; warp it (gdalwarp) to a north-up grid"
        )


def _plausible(values: Floats, window: Window, width: int, layer: PeopleLayer) -> tuple[Floats, TileCells]:
    """People per cell with the impossible values, which are no people, taken out and kept as faults."""
    known = np.isfinite(values)
    nodata_like = known & (np.abs(values) > NODATA_LIKE)
    negative = known & (values < 0) & ~nodata_like
    too_many = known & (values > layer.implausible_people) & ~nodata_like
    bad = nodata_like | negative | too_many
    empty = np.zeros(0)
    tile = TileCells(empty, empty, empty, np.zeros(0, np.int64), np.zeros(0, np.int64), empty)
    tile.people_read = float(values[known & ~bad].sum())
    tile.cells_read = int((known & (values != 0)).sum())
    for mask, reason in ((nodata_like | too_many, Reason.IMPLAUSIBLE_PEOPLE), (negative, Reason.NEGATIVE_PEOPLE)):
        rows, columns = np.nonzero(mask)
        if len(rows):
            index = (rows + window[0]) * width + columns + window[1]
            shown = [f"people = {value:g}" for value in values[mask][:_LISTED_PER_TILE]]
            tile.faults.append((reason, index[:_LISTED_PER_TILE].tolist(), shown, len(rows)))
    return np.where(known & ~bad, values, 0.0), tile


def _bounds(transform: rasterio.Affine, window: Window) -> tuple[float, float, float, float]:
    row, column, height, width = window
    left, top = transform @ (column, row)
    right, bottom = transform @ (column + width, row + height)
    return left, bottom, right, top


def _fractions(
    people: Floats,
    flat: npt.NDArray[np.int64],
    bounds: tuple[float, float, float, float],
    crs: str,
    communes_path: Path,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """(position among ``flat``, commune, exact area fraction) of the populated cells."""
    shapes = _communes_in(communes_path, crs)
    here = np.sort(shapely.STRtree(shapes).query(shapely.box(*bounds), predicate="intersects"))
    if not len(here):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    features = gpd.GeoDataFrame({"commune": here}, geometry=shapes[here], crs=crs)
    left, bottom, right, top = bounds
    raster = NumPyRasterSource(people, xmin=left, ymin=bottom, xmax=right, ymax=top, srs_wkt=features.crs.to_wkt())
    found = exact_extract(raster, features, ["cell_id", "coverage"], include_cols=["commune"], output="pandas")
    lengths = found["cell_id"].map(len).to_numpy()
    cell = np.concatenate(found["cell_id"].to_list()).astype(np.int64)
    commune = np.repeat(found["commune"].to_numpy(dtype=np.int64), lengths)
    fraction = np.concatenate(found["coverage"].to_list()).astype(np.float64)
    populated = (people.ravel()[cell] > 0) & (fraction > 0)
    position = np.searchsorted(flat, cell[populated])
    return position, commune[populated], _whole(position, fraction[populated], len(flat))


def _whole(position: npt.NDArray[np.int64], fraction: Floats, cells: int) -> Floats:
    """Fractions whose cell is covered to within rounding (1e-5) are scaled to sum to exactly one."""
    total = np.bincount(position, weights=fraction, minlength=cells)
    return np.where(total[position] > _FULL, fraction / total[position], fraction)


@lru_cache(maxsize=4)
def _communes_in(path: Path, crs: str) -> npt.NDArray[np.object_]:
    communes = gpd.read_parquet(path, columns=["geometry"]).geometry
    if CRS.from_user_input(crs) == CRS.from_epsg(4326):
        return np.asarray(communes.to_numpy())
    return np.asarray(communes.segmentize(_EDGE_DEGREES).to_crs(crs).to_numpy())


def cell_frame(tiles: list[TileCells]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All tiles joined: cells (lon, lat, people) and triples (place, commune, fraction)."""
    offsets = np.cumsum([0, *(len(tile.people) for tile in tiles)])
    cells = pd.DataFrame({name: np.concatenate([getattr(t, name) for t in tiles]) for name in ("lon", "lat", "people")})
    triples = pd.DataFrame(
        {
            "place": np.concatenate([t.cell + start for t, start in zip(tiles, offsets[:-1], strict=True)]),
            "commune": np.concatenate([t.commune for t in tiles]),
            "fraction": np.concatenate([t.fraction for t in tiles]),
        }
    )
    return cells, triples
