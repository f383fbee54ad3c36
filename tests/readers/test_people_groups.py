"""Groups of people: counted like people, from whatever form they come in, and shared out to the gaps."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from pydantic import ValidationError
from rasterio.transform import from_origin

from commune_coverage.config.layers import PeopleGroupsLayer, RasterFile
from commune_coverage.readers.formats.provenance import files_of
from commune_coverage.readers.population.areal_interpolation import interpolate_over_grid
from commune_coverage.readers.population.groups import read_people_groups
from tests import tiny

WOMEN = np.arange(10.0, 100.0, 10.0)


def _raster(path: Path, values: np.ndarray) -> Path:
    """Cells of 1 km over the tiny country, ten by ten to a commune."""
    profile = {"driver": "GTiff", "height": 30, "width": 30, "count": 1, "dtype": "float64", "crs": tiny.METRIC}
    transform = from_origin(tiny.WEST, tiny.SOUTH + 30_000, 1000, 1000)
    with rasterio.open(path, "w", transform=transform, **profile) as target:
        target.write(values, 1)
    return path


def _groups(folder: Path) -> PeopleGroupsLayer:
    """Women in a table by commune, adults at points, children in a raster of one child a cell."""
    pd.DataFrame({"commune_code": tiny.CODES, "people": WOMEN}).to_csv(folder / "women.csv", index=False)
    tiny.centres().assign(people=7).to_csv(folder / "adults.csv", index=False)
    _raster(folder / "children.tif", np.ones((30, 30)))
    sections = [
        {"path": folder / "women.csv", "format": "table", "group": "women"},
        {"path": folder / "adults.csv", "format": "points", "group": "adults"},
        {"path": folder / "children.tif", "group": "children", "also": []},
    ]
    return PeopleGroupsLayer.model_validate(sections)


def test_each_group_has_its_own_people_by_commune(tmp_path: Path) -> None:
    area = tiny.area()
    area.communes.to_parquet(tmp_path / "communes.parquet")
    result = read_people_groups(_groups(tmp_path), tiny.context(area, tmp_path))
    people = result.sums["people_groups"]
    assert people["women"] == pytest.approx(WOMEN, abs=1e-4)
    assert people["women"].sum() == pytest.approx(WOMEN.sum(), abs=1e-4)
    assert people["adults"] == pytest.approx(np.full(9, 7.0), abs=1e-4)
    assert people["children"] == pytest.approx(np.full(9, 100.0), abs=0.01)
    assert result.facts["groups"]["women"]["read"] == pytest.approx(450)
    assert result.facts["counted"] == pytest.approx(450 + 63 + 900, abs=0.01)
    assert [log.layer for log in result.row_logs] == ["people_groups"] * 3
    assert all(log.read == log.kept + log.neighbours + log.out_of_area + log.quarantined for log in result.row_logs)


def test_rows_set_aside_are_of_the_layer(tmp_path: Path) -> None:
    area, layer = tiny.area(), _groups(tmp_path)
    area.communes.to_parquet(tmp_path / "communes.parquet")
    table = pd.read_csv(tmp_path / "women.csv", dtype=str)
    pd.concat([table, pd.DataFrame({"commune_code": ["77"], "people": ["5"]})]).to_csv(
        tmp_path / "women.csv", index=False
    )
    log = read_people_groups(layer, tiny.context(area, tmp_path)).row_logs[0]
    assert [(row["layer"], row["file"], row["line"]) for row in log.rows] == [("people_groups", "women.csv", 11)]


def test_nothing_of_how_they_were_read_is_left(tmp_path: Path) -> None:
    area, layer = tiny.area(), _groups(tmp_path)
    area.communes.to_parquet(tmp_path / "communes.parquet")
    before = sorted(path.name for path in tmp_path.iterdir())
    read_people_groups(layer, tiny.context(area, tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_group_is_named_once_and_in_plain_letters(tmp_path: Path) -> None:
    one = {"path": tmp_path / "a.csv", "group": "women"}
    with pytest.raises(ValidationError, match="group 'women' is named by two files"):
        PeopleGroupsLayer.model_validate([one, one])
    with pytest.raises(ValidationError, match="pattern"):
        PeopleGroupsLayer.model_validate([one | {"group": "../women"}])


def test_every_file_of_every_group_is_one_of_the_layers_files(tmp_path: Path) -> None:
    """What is read decides the figures, so that each file must be known by its digest, also a file of a file."""
    tile = RasterFile(path=tmp_path / "b2.tif")
    sections = [
        {"path": tmp_path / "a.csv", "group": "women"},
        {"path": tmp_path / "b.tif", "group": "adults", "also": [tile], "land": {"path": tmp_path / "land.tif"}},
    ]
    found = {name: ref.path.name for name, ref in files_of(PeopleGroupsLayer.model_validate(sections))}
    assert found == {
        "": "a.csv", "others.0": "b.tif", "others.0.also.0": "b2.tif", "others.0.land": "land.tif",
    }  # fmt: skip


def test_people_of_an_area_that_spans_half_the_globe_fill_no_memory() -> None:
    frame = gpd.GeoDataFrame({"people": [900.0], "commune": [0]}, geometry=[shapely.box(0, 0, 2e7, 1e7)])
    places = interpolate_over_grid(frame, 1000.0)
    assert len(places) <= 1_010_000
    assert places["people"].sum() == pytest.approx(900)
