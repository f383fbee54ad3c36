"""WorldPop's people of Ibiza in cells of 1 km: an island, so that everybody of its cells lives on it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.windows import from_bounds

from commune_coverage.config.layers import PeopleLayer
from commune_coverage.readers.formats.raster import windows
from commune_coverage.readers.population.raster import Inputs, populated_cells


def test_the_people_of_an_island_are_those_of_its_cells(shared_data: Path, tmp_path: Path) -> None:
    raster, outline = shared_data / "formats/es_worldpop_2020_1km_unadj.tif", shared_data / "oracles/ibiza/area.gpkg"
    for path in (raster, outline):
        if not path.is_file():
            pytest.skip(f"no '{path.name}' at '{path.parent}'")
    island = gpd.read_file(outline)[["geometry"]]
    island.to_parquet(tmp_path / "communes.parquet")
    with rasterio.open(raster) as source:
        near = from_bounds(*island.total_bounds, source.transform).round_offsets().round_lengths(op="ceil")
        around, corner, parts = source.read(1, window=near), source.window_transform(near), windows(source)
    row, column = np.nonzero(around > 0)
    left, top = corner @ (column, row)
    cells = shapely.box(left, top + corner.e, left + corner.a, top)
    part = shapely.area(shapely.intersection(cells, island.geometry.iloc[0])) / (corner.a * -corner.e)
    people = around[row, column].astype(np.float64)
    everybody, by_area = people[part >= 0.01].sum(), people @ part

    counted = ashore = 0.0
    for bounds in parts:
        cells, window, _ = populated_cells(Inputs(PeopleLayer(path=raster), tmp_path / "communes.parquet"), bounds)
        counted += float(cells.people[cells.place] @ cells.fraction)
        ashore += window.people_ashore

    assert counted - ashore == pytest.approx(by_area, rel=1e-4)
    assert by_area < 0.92 * everybody
    # Beside some cells islets have people that the outline leaves out: those are shared by area as next to a neighbour.
    assert 0.995 * everybody < counted < everybody + 1
