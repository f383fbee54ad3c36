"""Minutes by roads beside minutes by a friction surface that is the same everywhere, by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import from_origin

import commune_coverage as cc
from commune_coverage.schema.travel_comparison import TRAVEL_COMPARISON
from tests import tiny

MIN_PER_M = 0.012


def write(folder: Path, factor: float = 1.0, road_min_per_m: float = 0.0) -> Path:
    """The tiny country with a friction surface that is the same everywhere, but for a road of one cell's width."""
    country = tiny.write_with_roads(folder)
    tiny.without_limits(country)
    cells = 60
    profile = {"driver": "GTiff", "height": cells, "width": cells, "count": 1, "dtype": "float32", "crs": tiny.METRIC}
    transform = from_origin(tiny.WEST - 15_000, tiny.SOUTH + 45_000, 1_000, 1_000)
    with rasterio.open(folder / "friction.tif", "w", transform=transform, **profile) as sink:
        surface = np.full((cells, cells), MIN_PER_M * factor, dtype="float32")
        if road_min_per_m:
            surface[cells // 2] = road_min_per_m
        sink.write(surface, 1)
    tiny.say(country, '[layers.friction]\npath = "friction.tif"')
    return country


def compared(country: Path) -> pd.DataFrame:
    folder = country.parent
    cc.run(country, folder / "data", folder / "maps", date(2026, 3, 1), "serial")
    return cc.open_results(folder / "data").travel_comparison


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> pd.DataFrame:
    return compared(write(tmp_path_factory.mktemp("friction")))


def test_minutes_over_an_even_surface_are_those_of_the_grid_s_eight_neighbours(table: pd.DataFrame) -> None:
    assert table.columns.tolist() == TRAVEL_COMPARISON.names
    found = table[table["level"] == "commune"].set_index("commune_code")["minutes_by_friction_median"]
    # People collect at the post office in the middle of the fifth commune: along a row, a column or a diagonal.
    step, diagonal = 10_000.0, 10_000.0 * 2**0.5
    ways = {"010101": diagonal, "010102": step, "010103": diagonal, "010104": step, "010106": step, "010105": 0.0}
    half_a_cell_min = 1_000 / 3 / 2 * MIN_PER_M
    for code, length_m in ways.items():
        assert found[code] == pytest.approx(length_m * MIN_PER_M, abs=2 * half_a_cell_min + 0.1)


def test_people_are_all_accounted_for_and_the_nation_is_their_sum(table: pd.DataFrame) -> None:
    nation, communes = table.iloc[0], table.iloc[1:]
    names = ["people", "roads_only_people", "friction_only_people"]
    assert nation[names].astype(float).tolist() == pytest.approx(communes[names].sum().tolist())
    assert communes["people"].sum() == pytest.approx(sum(range(100, 1000, 100)))
    known = communes.dropna(subset=["minutes_by_roads_median"])
    less = known["minutes_by_friction_median"] - known["minutes_by_roads_median"]
    assert known["friction_less_roads_minutes"].to_numpy() == pytest.approx(less.to_numpy(), abs=1e-5)
    # One village a commune: the medians are the minutes, so the correlation is that of NumPy by people.
    weight = known["people"].to_numpy()
    wanted = np.cov(known["minutes_by_roads_median"], known["minutes_by_friction_median"], aweights=weight, ddof=0)
    assert nation["correlation"] == pytest.approx(wanted[0, 1] / np.sqrt(wanted[0, 0] * wanted[1, 1]), abs=1e-4)


def test_twice_the_friction_takes_twice_the_minutes(table: pd.DataFrame, tmp_path: Path) -> None:
    slower = compared(write(tmp_path, factor=2.0))
    name = "minutes_by_friction_median"
    assert slower[name].to_numpy() == pytest.approx(2 * table[name].to_numpy(), rel=1e-3, abs=0.01)
    assert slower["minutes_by_roads_median"].tolist() == pytest.approx(table["minutes_by_roads_median"].tolist())


def test_a_road_of_one_cell_is_as_fast_as_the_surface_says(tmp_path: Path) -> None:
    found = compared(write(tmp_path, road_min_per_m=0.002)).set_index("commune_code")["minutes_by_friction_median"]
    # It passes the middle row of communes within a cell of their villages: 20 minutes of 10 km, and the way to it.
    assert found[["010104", "010106"]].to_numpy() == pytest.approx(20.0, abs=5.0)
