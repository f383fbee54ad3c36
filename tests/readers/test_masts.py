"""Masts of crowds' cells, on invented networks of which every mast is known, and by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from commune_coverage.core.metric_system import whole_system
from commune_coverage.readers.towers.link_budgets import load_radios
from commune_coverage.readers.towers.stations.base_stations import find_base_stations
from commune_coverage.readers.towers.stations.co_location import (
    Positions,
    neighbours_of,
    one_to_one,
    probabilities,
    share_by_excess,
    share_by_likelihood,
)
from commune_coverage.readers.towers.stations.located import locate_cells
from commune_coverage.readers.towers.stations.mast_count import count_masts
from commune_coverage.readers.towers.stations.masts import find_masts
from commune_coverage.readers.towers.stations.position_errors import prior_errors
from tests.readers.invented_masts import cells_at, network, structures

PRIOR = prior_errors(1500.0, 150.0)
NO_REGISTER = pd.DataFrame({"operator": [], "x_m": [], "y_m": []})
CITY = {"side_m": 10_000.0, "min_spacing_m": 350.0}
TOWN = {"side_m": 14_000.0, "min_spacing_m": 400.0}
COUNTRY = {"side_m": 80_000.0, "min_spacing_m": 1500.0}
BOTH = {"side_m": 60_000.0, "min_spacing_m": 350.0, "town_share": 0.4}


def gathered(cells, register=NO_REGISTER):
    cells = cells.sort_values(["technology", "operator", "x_m", "y_m"], ignore_index=True)
    stations = find_base_stations(cells, PRIOR, 100.0)
    masts = find_masts(stations.table, register, 30.0)
    return cells.assign(site=masts.site[stations.station]), masts


def count_of(masts):
    return count_masts(masts.sites, np.ones(len(masts.sites), dtype=bool))


@pytest.mark.parametrize("shared", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("ground", [TOWN, COUNTRY, BOTH], ids=["town", "country", "both"])
def test_masts_of_three_operators_are_counted_within_a_tenth_and_the_range_holds_them(ground, shared):
    ratios, inside = [], []
    for seed in range(3):
        cells, known = network(seed, 400, shared, **ground)
        _, masts = gathered(cells)
        found = count_of(masts)
        ratios.append(found.estimate / known)
        inside.append(found.low <= known <= found.high)
        assert abs(masts.sites["mast"].nunique() / known - 1) < 0.1
    assert np.abs(np.array(ratios) - 1).max() < 0.1
    assert sum(inside) >= 2


def test_the_range_is_wider_where_masts_stand_as_dense_as_their_errors():
    cells, known = network(0, 400, 0.7, **CITY)
    found = count_of(gathered(cells)[1])
    assert found.estimate == pytest.approx(known, rel=0.1)
    assert found.low < known < found.high
    sparse = count_of(gathered(network(0, 400, 0.7, **COUNTRY)[0])[1])
    assert found.high - found.low > 1.5 * (sparse.high - sparse.low)


@pytest.mark.parametrize("ground", [TOWN, COUNTRY, BOTH], ids=["town", "country", "both"])
def test_one_operator_has_as_many_masts_as_base_stations(ground):
    cells, known = network(5, 150, 0.0, operators=1, **ground)
    _, masts = gathered(cells)
    assert count_of(masts).estimate == pytest.approx(known, rel=0.02)


def test_gsm_alone_is_counted_too():
    rng = np.random.default_rng(8)
    at = structures(rng, 150, **COUNTRY)
    cells = cells_at(rng, at, "2g", 300.0).assign(operator="A")
    assert count_of(gathered(cells)[1]).estimate == pytest.approx(150, rel=0.05)


def test_masts_1_km_apart_never_merge_where_they_are_well_measured():
    rng = np.random.default_rng(3)
    corners = np.stack(np.meshgrid(np.arange(8), np.arange(8)), -1).reshape(-1, 2) * 8000.0
    at = np.concatenate([corners, corners + np.array([1000.0, 0.0])])
    parts = []
    for row, operator in enumerate("AB"):
        own = cells_at(rng, at[row * 64 : row * 64 + 64], "4g", 100.0).assign(operator=operator)
        parts.append(own.assign(samples=100.0))
    cells, masts = gathered(pd.concat(parts, ignore_index=True))
    assert masts.sites["mast"].nunique() == 128
    assert cells.groupby("operator")["site"].nunique().tolist() == [64, 64]


def test_nothing_depends_on_the_order_of_the_rows():
    cells, _ = network(1, 80, 0.5, **BOTH)
    shuffled = cells.sample(frac=1, random_state=4)
    first, second = gathered(cells)[1].sites, gathered(shuffled)[1].sites
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_a_register_s_sites_stay_and_a_crowd_s_cells_of_the_operator_stand_at_them():
    rng = np.random.default_rng(6)
    at = structures(rng, 60, **COUNTRY)
    register = pd.DataFrame({"operator": "A", "x_m": at[:40, 0], "y_m": at[:40, 1]})
    cells, masts = gathered(cells_at(rng, at, "4g", 200.0).assign(operator="A"), register)
    fixed = masts.sites.iloc[:40]
    assert fixed[["x_m", "y_m"]].to_numpy().tolist() == register[["x_m", "y_m"]].to_numpy().tolist()
    assert fixed["is_fixed"].all()
    assert not masts.sites["is_fixed"].iloc[40:].any()
    assert (cells["site"] == cells["mast"])[cells["mast"] < 40].mean() > 0.95
    assert len(masts.sites) == pytest.approx(60, abs=2)


def test_the_position_of_a_shared_mast_is_weighted_by_precision():
    rows = [("A", 0.0, 100.0), ("B", 90.0, 200.0)]
    far = [(name, 20_000.0 * k + off, 100.0) for k in range(1, 30) for name, off in (("A", 0.0), ("B", 40.0))]
    table = pd.DataFrame([*rows, *far], columns=["operator", "x_m", "position_sigma_m"])
    named = {"technology": "4g", "number": -1, "cells": 3, "samples": 30.0, "wrong_share": 0.0}
    sites = find_masts(table.assign(y_m=0.0, **named), NO_REGISTER, 30.0).sites
    first = sites[sites["x_m"] < 1000]
    # (0 / 100^2 + 90 / 200^2) / (1 / 100^2 + 1 / 200^2) = 18; 1 / sqrt(1 / 100^2 + 1 / 200^2) = 89.4
    assert first["x_m"].tolist() == pytest.approx([18.0, 18.0])
    assert first["position_sigma_m"].tolist() == pytest.approx([89.4427, 89.4427])
    assert first["mast"].nunique() == 1


def _guests_and_hosts(seed, truth):
    rng = np.random.default_rng(seed)
    hosts = rng.uniform(0, 50_000, (300, 2))
    sits = rng.random(250) < truth
    at = np.where(sits[:, None], hosts[rng.permutation(300)[:250]], rng.uniform(0, 50_000, (250, 2)))
    guests = at + rng.normal(0, 300.0, at.shape)
    return Positions(*guests.T, np.full(250, 300.0)), Positions(*hosts.T, np.full(300, 1.0)), sits.mean()


@pytest.mark.parametrize("truth", [0.0, 0.4, 0.8])
def test_a_share_of_guests_at_hosts_is_found_as_often_as_its_interval_says(truth):
    by_excess, by_likelihood = [], []
    for seed in range(30):
        guests, hosts, share = _guests_and_hosts(seed, truth)
        excess, likelihood = share_by_excess(guests, hosts), share_by_likelihood(neighbours_of(guests, hosts))
        by_excess.append(excess.low <= share <= excess.high)
        by_likelihood.append(likelihood.low <= share <= likelihood.high)
        assert excess.estimate == pytest.approx(share, abs=0.15)
        assert likelihood.estimate == pytest.approx(share, abs=0.15)
        expected = probabilities(neighbours_of(guests, hosts), share).sum(axis=1).mean()
        assert expected == pytest.approx(share, abs=1e-6)
    assert min(sum(by_excess), sum(by_likelihood)) >= 24


def test_pairs_are_chosen_best_first_and_once_each():
    guest, host, score = np.array([0, 0, 1, 2]), np.array([0, 1, 0, 0]), np.array([0.9, 0.8, 0.95, 0.1])
    assert one_to_one(guest, host, score).tolist() == [False, True, True, False]


def test_standard_errors_of_stations_are_as_large_as_their_errors_are():
    rng = np.random.default_rng(12)
    at = structures(rng, 400, 200_000.0, 1000.0)
    cells = cells_at(rng, at, "4g", 800.0).assign(operator="A")
    ordered = cells.sort_values(["x_m", "y_m"], ignore_index=True)
    stations = find_base_stations(ordered, PRIOR, 100.0)
    mast = ordered.groupby(stations.station)["mast"].first()
    off = stations.table[["x_m", "y_m"]].to_numpy() - at[mast]
    squares = np.square(off).sum(axis=1) / np.square(stations.table["position_sigma_m"])
    # Squares of errors over their variance, along two axes, are chi-squared with two degrees of freedom.
    assert np.median(squares) == pytest.approx(chi2.median(2), rel=0.4)


def _located(rows):
    columns = ["technology", "operator", "cell_id", "lon", "lat", "is_register", "is_planned"]
    cells = pd.DataFrame(rows, columns=columns).assign(samples=50.0, range_m=np.nan)
    return locate_cells(cells, whole_system("EPSG:32648"), load_radios(None).positions, 100.0)


STANDING = [("4g", "A", 256 * (100 + row) + cell, 104.0 + row / 10, 11.0, False, False)
            for row in range(12) for cell in (1, 2, 3)]  # fmt: skip


def test_what_is_planned_moves_nothing_that_stands():
    planned = [
        ("5g", "A", None, 104.0, 11.0, True, True),
        ("4g", "B", None, 104.1, 11.0, True, True),
        ("4g", "A", None, 104.05, 11.0, True, True),
    ]
    alone, found = _located(STANDING), _located(STANDING + planned)
    standing = found.cells[~found.cells["is_planned"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(standing, alone.cells, check_exact=True, check_dtype=False)
    site = found.cells[found.cells["is_planned"]].set_index(["operator", "technology"])["site"]
    mast = found.sites["mast"].to_numpy()
    first = standing.set_index("cell_id")["site"]
    assert site["A", "5g"] == first[256 * 100 + 1]
    assert {site["A", "4g"], site["B", "4g"]} == {12, 13}
    assert mast[site["B", "4g"]] == mast[first[256 * 101 + 1]]
    assert (mast == mast[site["A", "4g"]]).sum() == 1
    assert count_of(found).estimate == pytest.approx(count_of(alone).estimate + 1)


def test_an_operator_has_one_site_in_one_place_however_its_stations_are_numbered():
    again = [(name, "A", 7000 + 300 * row, 104.0 + row / 10, 11.0, False, False)
             for name in ("2g", "3g") for row in (0, 0, 1) for _ in range(1)]  # fmt: skip
    twice = [("4g", "A", 256 * (500 + row) + 1, 105.5, 11.0, False, False) for row in (0, 1)]
    found = _located(STANDING + again + twice)
    crowd = found.cells.groupby("operator")[["x_m", "y_m", "site"]].apply(lambda own: own.drop_duplicates())
    assert not crowd.duplicated(["x_m", "y_m"]).any()
    assert len(found.sites) == 13


def test_no_cells_have_no_masts():
    found = _located(STANDING[:0])
    assert (len(found.cells), len(found.sites), len(found.stations)) == (0, 0, 0)
