"""Places, their people by commune and the classes of cells: written and read again, and summed one by one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from commune_coverage.population.tables import (
    has_places,
    places_of,
    read_places,
    read_shares,
    read_tile,
    read_urbanisation,
    tile_count,
    tile_rows,
    write_places,
    write_shares,
    write_urbanisation,
)
from commune_coverage.population.urbanisation import RURAL, SUBURBAN, URBAN, UrbanisationGrid, cell_keys
from commune_coverage.population.weights import PopulationWeights, to_fixed_point

TILES = ([10.0, 20.0, 30.0], [40.0], [50.0, 60.0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tile, people in enumerate(TILES):
        (tmp_path / "places").mkdir(exist_ok=True)
        write_places(
            tmp_path, tile, {"x_m": np.array(people) * 2, "y_m": np.array(people) * 3, "people": np.array(people)}
        )
    (tmp_path / "places.json").write_text(json.dumps([len(tile) for tile in TILES]))
    return tmp_path


def test_places_come_back_tile_by_tile_with_the_columns_that_are_asked_for(folder: Path) -> None:
    assert read_tile(folder, 2).to_dict("list") == {"x_m": [100, 120], "y_m": [150, 180], "people": [50, 60]}
    everyone = read_places(folder, ["people", "x_m"])
    assert everyone.to_dict("list") == {"people": [10, 20, 30, 40, 50, 60], "x_m": [20, 40, 60, 80, 100, 120]}
    assert everyone.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert (tile_count(folder), has_places(folder)) == (3, True)
    assert tile_rows(folder) == [(0, 3), (3, 4), (4, 6)]
    assert [places_of(folder)(tile) for tile in range(3)] == [3, 1, 2]


def test_without_a_tile_there_is_a_table_without_rows(tmp_path: Path) -> None:
    assert not has_places(tmp_path)
    (tmp_path / "places.json").write_text("[]")
    assert read_places(tmp_path, ["people"]).to_dict("list") == {"people": []}
    assert tile_rows(tmp_path) == []


def test_shares_and_classes_come_back_as_they_were_written(tmp_path: Path) -> None:
    (tmp_path / "shares").mkdir()
    shares = PopulationWeights(np.array([0, 0, 1], np.int32), np.array([4, 2, 4], np.int32), np.array([1.5, 0.25, 7]))
    write_shares(tmp_path, 3, shares)
    assert len(list((tmp_path / "shares").iterdir())) == 1
    back = read_shares(tmp_path, 3)
    assert [values.tolist() for values in back] == [[0, 0, 1], [4, 2, 4], [1.5, 0.25, 7]]
    grid = UrbanisationGrid(np.array([5, 9], np.int64), np.array([URBAN, SUBURBAN], np.int8))
    write_urbanisation(tmp_path / "grid.npz", grid)
    again = read_urbanisation(tmp_path / "grid.npz")
    assert (again.keys.tolist(), again.classes.tolist()) == ([5, 9], [URBAN, SUBURBAN])


def test_a_position_has_the_class_of_its_own_square_km_and_is_rural_where_nobody_lives() -> None:
    x_m, y_m = np.array([2500.0, -500, 2500]), np.array([1500.0, 1500, -700])
    order = np.argsort(cell_keys(x_m, y_m))
    grid = UrbanisationGrid(cell_keys(x_m, y_m)[order], np.array([URBAN, SUBURBAN, URBAN], np.int8)[order])
    at_x, at_y = (
        np.array([2000.0, 2999.9, 3000, -0.1, -1000, 2100, 1500]),
        np.array([1000.0, 1999, 1500, 1000, 1999, -1, 2500]),
    )
    assert grid.at(at_x, at_y).tolist() == [URBAN, URBAN, RURAL, SUBURBAN, SUBURBAN, URBAN, RURAL]
    empty = UrbanisationGrid(np.zeros(0, np.int64), np.zeros(0, np.int8))
    assert empty.at(at_x[:2], at_y[:2]).tolist() == [RURAL, RURAL]


@pytest.mark.parametrize("seed", range(6))
def test_sums_are_those_of_adding_up_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, communes, pairs = 20, int(rng.integers(1, 7)), 40
    weights = PopulationWeights(
        rng.integers(0, places, pairs).astype(np.int32),
        rng.integers(0, communes, pairs).astype(np.int32),
        to_fixed_point(rng.uniform(0, 100, pairs)),
    )
    fields = rng.integers(0, 32, (int(rng.integers(1, 10)), places)).astype(np.uint8)
    values, flags = rng.uniform(0, 3, places), rng.random(places) < 0.5
    by_bit = np.zeros((len(fields), 5, communes))
    by_value, by_flag = np.zeros(communes), np.zeros(communes)
    for place, commune, people in zip(*weights, strict=True):
        for field in range(len(fields)):
            for bit in range(5):
                by_bit[field, bit, commune] += people * (fields[field, place] >> bit & 1)
        by_value[commune] += people * values[place]
        by_flag[commune] += people * flags[place]
    np.testing.assert_array_equal(weights.sum_of_bits(fields, 5, communes), by_bit)
    np.testing.assert_array_equal(weights.sum_of_bits(fields & 7, 3, communes), by_bit[:, :3])
    np.testing.assert_array_equal(weights.sum_where(flags, communes), by_flag)
    np.testing.assert_allclose(weights.sum_of(values, communes), by_value, atol=1e-4)


def test_a_two_to_the_22nd_of_a_person_is_the_least_that_counts() -> None:
    part = 2.0**-22
    assert to_fixed_point(np.array([1.0, part, part * 0.4, part * 1.6])).tolist() == [1.0, part, 0.0, 2 * part]
