"""Base stations, sectors and sites told from numbers and positions: numbering rules that are known, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from commune_coverage.readers.towers.stations.base_stations import find_base_stations
from commune_coverage.readers.towers.stations.cell_numbering import count_sectors, grouping_evidence, station_numbers
from commune_coverage.readers.towers.stations.position_errors import (
    PositionErrors,
    fit_position_errors,
    part_contradictions,
    prior_errors,
    robust_centres,
)
from commune_coverage.readers.towers.stations.site_numbers import site_numbers

PRIOR = prior_errors(1500.0, 150.0)


def _network(seed, number_of, stations=200, cells=3, off_m=300.0):
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 80_000, (stations, 2))
    station, member = np.repeat(np.arange(stations), cells), np.tile(np.arange(cells), stations)
    x_m, y_m = (at[station] + rng.normal(0, off_m, (len(station), 2))).T
    return station, np.asarray(number_of(station, member), dtype=float), x_m, y_m


def _same_partition(first, second):
    pairs = np.unique(np.column_stack([first, second]), axis=0)
    return len(pairs) == len(np.unique(first)) == len(np.unique(second))


@pytest.mark.parametrize(
    ("technology", "number_of"),
    [
        ("2g", lambda station, member: 10 * (station + 100) + member + 1),
        ("2g", lambda station, member: 10_000 * (member + 1) + station),
        ("2g", lambda station, member: 3 * station + member),
        ("3g", lambda station, member: 65_536 * (1 + station // 100) + 10 * (station + 100) + member + 1),
        ("4g", lambda station, member: 256 * (station + 100) + member + 1),
        ("5g", lambda station, member: 4096 * (station + 100) + member + 1),
        ("5g", lambda station, member: 2**14 * (station + 100) + 2**12 * member),
        ("5g", lambda station, member: 16 * (station + 5000) + member),
    ],
)
def test_the_rule_of_a_network_is_told_from_its_positions(technology, number_of):
    station, number, x_m, y_m = _network(1, number_of)
    found = station_numbers(technology, number, x_m, y_m)
    assert _same_partition(found.station, station)


def test_numbers_without_a_rule_name_no_station():
    _, _, x_m, y_m = _network(2, lambda station, _: station)
    number = np.random.default_rng(3).permutation(len(x_m)).astype(float)
    found = station_numbers("2g", number, x_m, y_m)
    assert found.numbering is None
    assert set(found.station) == {-1}


def test_the_standard_s_rule_of_lte_holds_for_a_few_cells_and_not_against_all_positions():
    few = station_numbers("4g", np.array([25_601.0, 25_602.0]), np.array([0.0, 300.0]), np.zeros(2))
    assert few.station.tolist() == [0, 0]
    rng = np.random.default_rng(4)
    # The last cell of each block stands with the first of the next, 50 km from the first of its own.
    number = 256 * np.repeat(np.arange(1, 81), 2) + np.tile([0, 1], 80)
    x_m = (np.arange(160) + 1) // 2 * 50_000.0 + rng.normal(0, 300, 160)
    assert station_numbers("4g", number.astype(float), x_m, rng.normal(0, 300, 160)).numbering is None


@pytest.mark.parametrize(
    ("technology", "number", "names"),
    [
        ("4g", 255.0, False), ("4g", 256.0, True), ("4g", 2.0**28 - 1, False), ("5g", 2.0**36 - 1, False),
        ("5g", 2.0**36 - 2, True), ("4g", np.nan, False), ("4g", 1000.5, False), ("4g", -1.0, False),
    ],
)  # fmt: skip
def test_numbers_that_mean_unknown_or_no_station_name_none(technology, number, names):
    found = station_numbers(technology, np.array([number]), np.zeros(1), np.zeros(1))
    assert (found.station[0] >= 0) == names


def test_evidence_is_the_likelihood_ratio_of_the_table_by_hand():
    # Two kinds of pairs and eight distances, in classes of one; near ones are of one group: G = 2 x 8 x log(2).
    distance_m = np.arange(8.0)
    together = distance_m < 4
    assert grouping_evidence(distance_m, together) == pytest.approx(16 * np.log(2))
    assert grouping_evidence(distance_m, ~together) == pytest.approx(-16 * np.log(2))
    assert grouping_evidence(distance_m, np.ones(8, dtype=bool)) == 0.0


def test_sectors_and_carriers_are_counted_where_the_positions_show_them():
    rng = np.random.default_rng(5)
    stations, carriers = 150, rng.integers(1, 4, 150)
    rows = [(s, 10 * c + k + 1, k) for s in range(stations) for c in range(carriers[s]) for k in range(3)]
    station, member, sector = (np.array(column) for column in zip(*rows, strict=True))
    angle = 2 * np.pi * sector / 3
    at = rng.uniform(0, 80_000, (stations, 2))[station]
    x_m = at[:, 0] + 800 * np.cos(angle) + rng.normal(0, 200, len(station))
    y_m = at[:, 1] + 800 * np.sin(angle) + rng.normal(0, 200, len(station))
    found = count_sectors(station, member, x_m, y_m)
    assert (found.sectors == 3).all()
    assert found.carriers.tolist() == carriers.tolist()
    blind = count_sectors(station, member, *rng.normal(0, 200, (2, len(station))) + at.T)
    assert np.isnan(blind.sectors).all()
    assert np.isnan(blind.carriers).all()


def test_errors_are_told_from_the_scatter_of_stations_whatever_is_assumed():
    rng = np.random.default_rng(6)
    station = np.repeat(np.arange(3000), 3)
    samples, range_m = np.ceil(rng.lognormal(2, 1.5, 9000)), rng.uniform(1000, 8000, 9000)
    sigma_m = np.sqrt(900.0**2 / samples + (0.2 * range_m) ** 2)
    x_m, y_m = rng.uniform(0, 1e6, (2, 3000))[:, station] + rng.normal(0, 1, (2, 9000)) * sigma_m
    found = fit_position_errors(x_m, y_m, samples, range_m, station, PRIOR)
    # A quarter of a doubling is the step; the Student t takes a normal spread for 1.2 times as wide at most.
    assert found.one_sample_m == pytest.approx(900, rel=0.2)
    assert found.range_share == pytest.approx(0.2, rel=0.2)


def test_without_data_the_assumption_holds():
    none = np.zeros(0)
    found = fit_position_errors(none, none, none, none, np.zeros(0, dtype=np.int64), PRIOR)
    assert found.one_sample_m == pytest.approx(1500, rel=0.1)
    assert found.sigma_m(np.array([1.0, np.nan, 100.0]), np.full(3, np.nan)) == pytest.approx(
        [1508, 1508, 212], rel=0.1
    )


def test_a_range_that_is_none_counts_as_1000_m_and_none_beyond_35_km():
    law = PositionErrors(0.0, 0.5)
    assert law.sigma_m(np.ones(4), np.array([np.nan, 0.0, 4000.0, 206_000.0])).tolist() == [
        500.0,
        500.0,
        2000.0,
        17_500.0,
    ]


def test_middles_are_weighted_by_precision_and_one_far_off_counts_little():
    x_m, sigma_m = np.array([0.0, 100.0, 0.0, 10.0, 20.0, 50_000.0]), np.array([100.0, 200.0, 50.0, 50.0, 50.0, 50.0])
    group = np.array([0, 0, 1, 1, 1, 1])
    centres = robust_centres(x_m, np.zeros(6), sigma_m, group)
    # (0 / 100^2 + 100 / 200^2) / (1 / 100^2 + 1 / 200^2) = 20
    assert centres.x_m[0] == pytest.approx(20)
    assert centres.x_m[1] == pytest.approx(10, abs=1)
    assert centres.sigma_m[0] == pytest.approx(89.4427)


def test_a_group_is_parted_where_positions_contradict_it():
    x_m = np.array([0.0, 50.0, 9000.0, 9050.0, 30_000.0])
    part, is_alone = part_contradictions(x_m, np.zeros(5), np.full(5, 100.0), np.zeros(5, dtype=np.int64))
    assert part[0] == part[1] != part[2] == part[3]
    assert is_alone.tolist() == [False, False, False, False, True]


def _cells(rows):
    cells = pd.DataFrame(rows, columns=["technology", "operator", "cell_id", "samples", "x_m"])
    return cells.assign(y_m=0.0, range_m=np.nan)


def test_cells_of_one_station_and_a_misplaced_one_by_hand():
    station = 256 * 4711
    rows = [("4g", "A", station + k, 100.0, x_m) for k, x_m in enumerate((0.0, 100.0, 200.0))]
    found = find_base_stations(_cells([*rows, ("4g", "A", station + 9, 100.0, 90_000.0)]), PRIOR, 100.0)
    assert found.station.tolist() == [0, 0, 0, 0]
    assert found.weight[3] == 0.0
    assert found.table["x_m"].tolist() == pytest.approx([100.0])
    assert found.table["number"].tolist() == [4711]
    apart = [*rows, *(("4g", "A", station + k, 100.0, 90_000.0 + k) for k in (9, 10))]
    assert find_base_stations(_cells(apart), PRIOR, 100.0).station.tolist() == [0, 0, 0, 1, 1]


def test_the_same_number_of_another_operator_or_technology_is_another_station():
    rows = [("4g", "A", 1_048_576, 1.0, 0.0), ("4g", "B", 1_048_576, 1.0, 0.0), ("5g", "A", 1_048_576, 1.0, 0.0)]
    assert len(find_base_stations(_cells(rows), PRIOR, 100.0).table) == 3


def test_cells_that_state_no_number_are_of_one_station_in_one_place():
    rows = [("2g", "A", None, 1.0, x_m) for x_m in (10.0, 20.0, 5000.0)]
    assert find_base_stations(_cells(rows), PRIOR, 100.0).station.tolist() == [0, 0, 1]


def _stations(seed, number_of):
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 60_000, (150, 2))
    parts = []
    for technology in ("2g", "4g"):
        rows = np.flatnonzero(rng.random(150) < 0.8)
        x_m, y_m = (at[rows] + rng.normal(0, 300, (len(rows), 2))).T
        named = {"technology": technology, "number": number_of(technology, rows), "x_m": x_m, "y_m": y_m, "site": rows}
        parts.append(pd.DataFrame(named))
    return pd.concat(parts, ignore_index=True).assign(position_sigma_m=300.0)


def test_a_site_s_number_in_those_of_its_stations_is_found():
    stations = _stations(7, lambda name, rows: 10 * (rows + 100) + 1 if name == "2g" else 4000 + rows + 100)
    found = site_numbers(stations)
    assert "modulo" in found.rule
    assert _same_partition(found.group, stations["site"].to_numpy())


def test_numbers_that_only_follow_each_other_through_a_region_are_no_site_s():
    rng = np.random.default_rng(9)
    numbers = {"2g": rng.permutation(150), "4g": np.arange(150)}
    stations = _stations(8, lambda name, rows: numbers[name][rows] * (10 if name == "2g" else 1))
    stations = stations.assign(number=stations["number"].where(stations["technology"] == "2g", -1))
    found = site_numbers(stations)
    assert found.rule == ""
    assert len(np.unique(found.group)) == len(stations)
