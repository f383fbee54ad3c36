"""WorldPop's people of Ibiza in cells of 1 km: an island, so that everybody of its cells lives on it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
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
    west, south, east, north = island.total_bounds + np.array([-1, -1, 1, 1]) / 60
    with rasterio.open(raster) as source:
        around = source.read(1, window=from_bounds(west, south, east, north, source.transform))
        parts = windows(source)
    everybody = float(around[around > 0].sum(dtype=np.float64))

    counted = ashore = 0.0
    for bounds in parts:
        cells, window, _ = populated_cells(Inputs(PeopleLayer(path=raster), tmp_path / "communes.parquet"), bounds)
        counted += float(cells.people[cells.place] @ cells.fraction)
        ashore += window.people_ashore

    assert counted - ashore < 0.92 * everybody  # by area alone
    assert 0.995 * everybody < counted <= everybody
