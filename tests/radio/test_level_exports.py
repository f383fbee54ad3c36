"""Levels as others read them: a table, Parquet, and GeoTIFF on the people raster's own grid, read back by rasterio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from pyarrow import parquet
from pyproj import Transformer
from rasterio.transform import from_origin

from commune_coverage.api import open_results
from commune_coverage.api import run as run_pipeline
from commune_coverage.core.errors import RunError
from commune_coverage.pipeline.dag import STAGES
from commune_coverage.pipeline.runner import run_stage
from commune_coverage.pipeline.stages.radio.level_exports import write_geotiffs, write_parquet
from commune_coverage.pipeline.stages.radio.level_tables import LevelChoice, level_table
from commune_coverage.population.tables import read_places
from commune_coverage.runs.run import start_run
from tests import tiny
from tests.commands import command
from tests.radio.test_country import LTE, RUN_DATE, _register

OTHER = "Two/3 & Co"
CELLS = [{**LTE, "eirp_dbm": 45.0}, {**LTE, "at": 0, "operator": OTHER, "technology": "3g", "band_mhz": 2100}]
EVERYTHING = LevelChoice()
_NORTH = tiny.SOUTH + 32_000
GRIDS = {
    "metres": (tiny.METRIC, from_origin(tiny.WEST - 2000, _NORTH, 500, 500)),
    "degrees, south up": ("EPSG:4326", rasterio.Affine(0.0045, 0, 104.07, 0, 0.0045, 10.84)),
    "degrees beyond 180": ("EPSG:4326", from_origin(-255.93, 11.146, 0.0045, 0.0045)),
    "turned": (tiny.METRIC, rasterio.Affine.translation(tiny.WEST - 3000, _NORTH) @ rasterio.Affine.rotation(-10)
               @ rasterio.Affine.scale(500, -500)),
}  # fmt: skip


def with_raster(folder: Path, grid: str = "metres", cells: list[dict[str, object]] = CELLS) -> Path:
    """The tiny country with towers and people in two fifths of the cells of a raster."""
    crs, transform = GRIDS[grid]
    country = _register(folder, cells, "\n[radio]\nmax_range_km = 14.0\n")
    people = np.random.default_rng(5).integers(-3, 3, (68, 68)).clip(0).astype("float32")
    options = {"driver": "GTiff", "height": 68, "width": 68, "count": 1, "dtype": "float32", "crs": crs}
    with rasterio.open(folder / "people.tif", "w", transform=transform, **options) as target:
        target.write(people, 1)
    text = country.read_text()
    points = text[text.index("[layers.people]") : text.index("[layers.towers]")]
    country.write_text(text.replace(points, '[layers.people]\npath = "people.tif"\n'))
    return country


def stages_of(country: Path, folder: Path) -> Path:
    """The artifacts up to those of the radio stage."""
    run = start_run(country, folder / "d", folder / "m", RUN_DATE, "serial")
    for stage in STAGES[: 1 + [stage.name for stage in STAGES].index("radio")]:
        run_stage(stage, run)
    return run.stages_folder


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # by rasterio, of a turned raster
@pytest.mark.parametrize("grid", GRIDS)
def test_a_geotiff_read_back_holds_the_table_on_the_grid_of_the_people(grid: str, tmp_path: Path) -> None:
    stages = stages_of(with_raster(tmp_path / "in", grid), tmp_path)
    table = level_table(stages, EVERYTHING)
    written = write_geotiffs(stages, tmp_path / "out", EVERYTHING)
    assert [path.name for path in written] == ["One_4g.tif", "Two%2F3 %26 Co_3g.tif"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [path.name for path in written]
    for path, operator in zip(written, ("One", OTHER), strict=True):
        own = table[table["operator"] == operator]
        with rasterio.open(path) as raster, rasterio.open(tmp_path / "in/people.tif") as people:
            assert (raster.crs, raster.transform, raster.shape) == (people.crs, people.transform, people.shape)
            assert all(np.isnan(nodata) for nodata in raster.nodatavals)
            assert raster.descriptions == ("received_dbm", "sinr_db", "speed_mbps")
            assert raster.units == ("dBm", "dB", "Mbps")
            assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
            bands, is_populated = raster.read(), people.read(1) > 0
            x, y = Transformer.from_crs("EPSG:4326", raster.crs, always_xy=True).transform(own["lon"], own["lat"])
            column, row = ~people.transform @ (np.asarray(x) - 360.0 * (grid == "degrees beyond 180"), y)
        assert np.abs(column % 1 - 0.5).max() < 1e-3
        there = np.floor(row).astype(int), np.floor(column).astype(int)
        for band, name in zip(bands, ("received_dbm", "sinr_db", "speed_mbps"), strict=True):
            assert (band[there] == own[name].to_numpy()).all()
            assert np.isfinite(band).sum() == len(own)
        assert is_populated[there].all()
        assert 300 < len(own) < is_populated.sum()


def test_windows_and_tiles_make_no_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    country, bands = with_raster(tmp_path / "in"), []
    for cells, tile_m in ((1024, 103_000.0), (16, 9_000.0)):
        for name in ("_WINDOW_CELLS", "_BLOCK_CELLS"):
            monkeypatch.setattr(f"commune_coverage.pipeline.stages.people_raster.{name}", cells)
        monkeypatch.setattr("commune_coverage.readers.population.tiles.TILE_M", tile_m)
        folder = tmp_path / str(cells)
        written = write_geotiffs(stages_of(country, folder), folder / "out", LevelChoice(["One"]))
        with rasterio.open(written[0]) as raster:
            bands.append(raster.read())
    assert np.array_equal(*bands, equal_nan=True)


def test_a_choice_takes_what_it_names(tmp_path: Path) -> None:
    stages = stages_of(with_raster(tmp_path / "in"), tmp_path)
    table, places = level_table(stages, EVERYTHING), read_places(stages, ["lon", "lat"])
    assert table.columns.tolist() == ["lon", "lat", "operator", "technology", "received_dbm", "sinr_db", "speed_mbps"]
    assert table[["received_dbm", "sinr_db", "speed_mbps"]].notna().all(axis=None)
    assert set(zip(table["operator"], table["technology"], strict=True)) == {("One", "4g"), (OTHER, "3g")}
    assert len(table[["lon", "lat"]].merge(places)) == len(table)
    assert level_table(stages, LevelChoice([OTHER])).equals(table[table["operator"] == OTHER].reset_index(drop=True))
    assert level_table(stages, LevelChoice(technologies=["2g", "4g"]))["operator"].unique().tolist() == ["One"]
    west, south, east, north = bounds = 104.1, 10.9, 104.2, 11.0
    inside = table[table["lon"].between(west, east) & table["lat"].between(south, north)]
    assert 0 < len(inside) < len(table)
    assert level_table(stages, LevelChoice(bounds=bounds)).equals(inside.reset_index(drop=True))
    outside = table[~table["lon"].between(west, east, inclusive="neither")]
    assert level_table(stages, LevelChoice(bounds=(east, -90, west, 90))).equals(outside.reset_index(drop=True))
    nothing = level_table(stages, LevelChoice(bounds=(0, 0, 1, 1)))
    assert nothing.empty
    assert nothing.dtypes.equals(table.dtypes)
    with pytest.raises(RunError, match="no operator 'Three'; there are One, Two/3 & Co"):
        level_table(stages, LevelChoice(["Three"]))
    with pytest.raises(RunError, match="no technology '6g'; there are 2g, 3g, 4g, 5g"):
        level_table(stages, LevelChoice(technologies=["6g"]))
    for write in (write_parquet, write_geotiffs):
        with pytest.raises(RunError, match="no place has such levels"):
            write(stages, tmp_path / "none", LevelChoice(["One"], ["3g"]))
        assert list((tmp_path / "none").glob("*")) == []


def test_parquet_holds_the_table_tile_by_tile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commune_coverage.readers.population.tiles.TILE_M", 9_000.0)
    stages = stages_of(with_raster(tmp_path / "in"), tmp_path)
    table, written = level_table(stages, EVERYTHING), write_parquet(stages, tmp_path / "out", EVERYTHING)
    assert [path.name for path in written] == ["One_4g.parquet", "Two%2F3 %26 Co_3g.parquet"]
    for path, operator in zip(written, ("One", OTHER), strict=True):
        own = table[table["operator"] == operator].reset_index(drop=True)
        assert pd.read_parquet(path).astype(table.dtypes.to_dict()).equals(own)
        assert parquet.ParquetFile(path).num_row_groups > 4


def test_people_without_a_raster_have_no_grid(tmp_path: Path) -> None:
    stages = stages_of(_register(tmp_path / "in", CELLS), tmp_path)
    with pytest.raises(RunError, match="the people of this run are no raster"):
        write_geotiffs(stages, tmp_path / "out", EVERYTHING)
    assert len(write_parquet(stages, tmp_path / "out", EVERYTHING)) == 2


def test_levels_by_command_and_from_python(tmp_path: Path) -> None:
    country, data = with_raster(tmp_path / "in"), tmp_path / "d"
    run_id = run_pipeline(country, data, tmp_path / "m", RUN_DATE, "serial").run_id
    table = open_results(data).levels(operators=["One"])
    done = command("levels", "--as", "geotiff", "--technology", "4g", "--data-dir", data, "--out", tmp_path / "out")
    assert done.stdout.split() == [str(tmp_path / "out/One_4g.tif")]
    with rasterio.open(tmp_path / "out/One_4g.tif") as raster:
        assert np.sort(raster.read(1), axis=None)[: len(table)].tolist() == sorted(table["received_dbm"])
    west = str(table["lon"].median())
    more = ("--run", run_id, "--bounds", west, "-90", "180", "90", "--operator", "One", "--out", tmp_path / "p")
    assert command("levels", "--data-dir", data, *more).returncode == 0
    assert len(pd.read_parquet(tmp_path / "p/One_4g.parquet")) == (table["lon"] >= float(west)).sum()
    wrong = command("levels", "--data-dir", data, "--operator", "Nobody", "--out", tmp_path / "p")
    assert wrong.stderr == f"error: no operator 'Nobody'; there are One, {OTHER}\n"
    assert wrong.returncode == 1


def test_a_run_without_towers_has_no_levels(tmp_path: Path) -> None:
    country = with_raster(tmp_path / "in")
    text = country.read_text()
    towers = text[text.index("[layers.towers]") : text.index("[layers.hubs]")]
    country.write_text(text.replace(towers, ""))
    stages = stages_of(country, tmp_path)
    with pytest.raises(RunError, match="this run has no levels"):
        level_table(stages, EVERYTHING)
