"""Rasters and hexagons of all places: they add up to the commune table, to the person."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import rasterio

from commune_coverage.api import open_results
from commune_coverage.api import run as run_pipeline
from commune_coverage.publish.editions.pages import public_places
from tests.radio.test_country import RUN_DATE
from tests.radio.test_level_exports import with_raster


def _run(folder: Path, more: str = "") -> Path:
    country = with_raster(folder / "in")
    country.write_text(country.read_text() + more)
    run_pipeline(country, folder / "d", folder / "m", RUN_DATE, "serial", lambda *_: None)
    return folder / "d" / "latest"


@pytest.fixture(scope="module")
def latest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(tmp_path_factory.mktemp("open_places"))


def _bands(path: Path) -> dict[str, np.ndarray]:
    with rasterio.open(path) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.tags()["synthetic_layers"] == "none"
        assert all(np.isnan(nodata) for nodata in raster.nodatavals)
        return dict(zip(raster.descriptions, raster.read(), strict=True))


def test_rasters_and_hexagons_add_up_to_the_communes_to_the_person(latest: Path) -> None:
    communes = gpd.read_parquet(latest / "commune_gaps.parquet").set_index("commune_code")
    cells = pd.read_parquet(latest / "hexagons/people.parquet")
    by_commune = cells.groupby("commune_code")[["people", "no_signal_people", "no_high_speed_people"]].sum()
    bands = _bands(latest / "rasters/people.tif")
    for name, figure in (
        ("people", "people"),
        ("no_signal_people", "no_signal_people"),
        ("no_high_speed_people", "internet_gap_people"),
    ):
        assert by_commune[name].reindex(communes.index).tolist() == communes[figure].tolist()
        assert np.nansum(bands[name]) == communes[figure].sum()
    assert 0 < by_commune["no_signal_people"].sum() < by_commune["people"].sum()
    assert cells["commune_code"].tolist() == [code.zfill(6) for code in cells["commune_code"]]


def test_a_cell_of_the_raster_has_the_people_that_were_read(latest: Path) -> None:
    with rasterio.open(latest.parents[1] / "in/people.tif") as raster:
        read = raster.read(1)
        grid = (raster.crs, raster.transform, raster.shape)
    with rasterio.open(latest / "rasters/people.tif") as raster:
        assert (raster.crs, raster.transform, raster.shape) == grid
    people = _bands(latest / "rasters/people.tif")["people"]
    whole = people == np.rint(people)
    assert whole.sum() > 0.8 * np.isfinite(people).sum(), "cells that no border cuts"
    assert (people[whole] == read[whole]).all()
    assert np.isnan(people[read == 0]).all()


def test_levels_and_minutes_of_a_cell_are_those_of_its_place(latest: Path) -> None:
    levels = open_results(latest.parent).levels()
    best = levels.groupby(["lon", "lat"])[["received_dbm", "speed_mbps"]].max()
    bands = _bands(latest / "rasters/signal.tif")
    for name in best:
        drawn = bands[name][np.isfinite(bands[name])]
        assert np.sort(drawn).tolist() == np.sort(best[name].to_numpy(np.float32)).tolist()
    minutes = _bands(latest / "rasters/minutes.tif")
    cells = pd.read_parquet(latest / "hexagons/people.parquet")
    assert list(minutes) == ["minutes_to_hub_dry", "minutes_to_hub_wet"]
    people = _bands(latest / "rasters/people.tif")["people"]
    mean = np.nansum(minutes["minutes_to_hub_dry"] * people) / np.nansum(people)
    assert (cells["minutes_to_hub_mean"] * cells["people"]).sum() / cells["people"].sum() == pytest.approx(mean)


def test_middles_of_cells_are_in_them(latest: Path) -> None:
    cells = pd.read_parquet(latest / "hexagons/people.parquet")
    found = [h3.latlng_to_cell(*at, 7) for at in zip(cells["lat"], cells["lon"], strict=True)]
    assert found == cells["h3"].tolist()


def test_windows_and_tiles_make_no_difference(latest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_WINDOW_CELLS", "_BLOCK_CELLS"):
        monkeypatch.setattr(f"commune_coverage.pipeline.stages.people_raster.{name}", 16)
    monkeypatch.setattr("commune_coverage.readers.population.tiles.TILE_M", 9_000.0)
    other = _run(tmp_path)
    assert len(list((other / "stages/places").iterdir())) > len(list((latest / "stages/places").iterdir()))
    for name in ("people", "minutes"):
        one, two = (_bands(folder / f"rasters/{name}.tif") for folder in (latest, other))
        assert all(np.array_equal(one[band], two[band], equal_nan=True) for band in one)
    tables = [pd.read_parquet(folder / "hexagons/people.parquet") for folder in (latest, other)]
    pd.testing.assert_frame_equal(*tables)


def test_what_is_switched_off_is_not_written_and_a_resolution_is_taken(tmp_path: Path) -> None:
    latest = _run(tmp_path, "\n[exports]\nrasters = false\nhexagon_resolution = 5\n")
    assert not (latest / "rasters").exists()
    cells = pd.read_parquet(latest / "hexagons/people.parquet")
    assert {h3.get_resolution(cell) for cell in cells["h3"]} == {5}


def test_files_of_places_are_public_where_all_that_they_show_is() -> None:
    assert len(public_places([])) == 4
    assert public_places(["payments", "subscriptions"]) == public_places([])
    assert public_places(["people"]) == []
    assert public_places(["towers"]) == ["rasters/minutes.tif"]
    assert public_places(["roads"]) == ["rasters/people.tif", "rasters/signal.tif"]
