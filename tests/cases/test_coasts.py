"""A real coast in cells of 1 km: nobody of the island lives at sea."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from commune_coverage.config.layers import PeopleLayer
from commune_coverage.readers.formats.raster import windows
from commune_coverage.readers.population.raster import Inputs, populated_cells

CELL_M = 1000.0


def test_nobody_of_viti_levu_lives_at_sea(case_folder: Callable[[str], Path], tmp_path: Path) -> None:
    outline = gpd.read_file(case_folder("01-fiji-antimeridian") / "fiji_source.geojson").to_crs("EPSG:3460")
    island = max(outline.explode().geometry, key=lambda part: part.area)
    west, south, east, north = np.array(island.bounds) + np.array([-1, -1, 1, 1]) * 2 * CELL_M
    columns, rows = int((east - west) / CELL_M) + 1, int((north - south) / CELL_M) + 1
    row, column = np.divmod(np.arange(rows * columns), columns)
    left, top = west + column * CELL_M, north - row * CELL_M
    cells = shapely.box(left, top - CELL_M, left + CELL_M, top)
    part = shapely.area(shapely.intersection(cells, island)) / CELL_M**2
    people = np.where(part > 0.03, np.random.default_rng(4).gamma(1, 30, len(cells)), 0.0)
    at_sea = float(people @ (1 - part)) / people.sum()

    path, shape = tmp_path / "people.tif", {"height": rows, "width": columns, "count": 1, "dtype": "float64"}
    transform = rasterio.Affine(CELL_M, 0, west, 0, -CELL_M, north)
    with rasterio.open(path, "w", driver="GTiff", crs="EPSG:3460", transform=transform, **shape) as target:
        target.write(people.reshape(rows, columns), 1)
    half = shapely.box(west, south, (west + east) / 2, north)
    communes = gpd.GeoSeries([island.intersection(half), island.difference(half)], crs="EPSG:3460")
    communes.to_frame("geometry").to_crs(4326).to_parquet(tmp_path / "communes.parquet")
    with rasterio.open(path) as source:
        (bounds,) = windows(source)
    found, window, _ = populated_cells(Inputs(PeopleLayer(path=path), tmp_path / "communes.parquet"), bounds)
    counted = np.bincount(found.commune, found.people[found.place] * found.fraction)

    assert at_sea > 0.01  # spread evenly over cells
    assert window.people_outside == pytest.approx(0, abs=1e-3)
    assert counted.sum() == pytest.approx(people.sum(), rel=1e-9)
    assert window.people_ashore == pytest.approx(at_sea * people.sum(), rel=0.01)
