"""Cells to sites, against scipy's clustering where sites stand apart, and against what holds for any cells."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fclusterdata

from commune_coverage.readers.towers.stations.sites import site_table, sites_of

RADIUS_M = 100.0
COORDINATES = st.floats(-1000, 1000, allow_nan=False)
CELLS = st.lists(st.tuples(COORDINATES, COORDINATES, st.integers(0, 2), st.integers(0, 500)), min_size=1, max_size=60)


def _sites(cells):
    x_m, y_m, group, weight = (np.array(values) for values in zip(*cells, strict=True))
    return sites_of(x_m.astype(float), y_m.astype(float), group, weight.astype(float), RADIUS_M)


def _partition(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def test_masts_that_stand_apart_are_found_as_scipy_finds_them():
    rng = np.random.default_rng(4)
    masts = np.stack(np.meshgrid(np.arange(12), np.arange(12)), -1).reshape(-1, 2) * 1000.0
    cells = np.repeat(masts, 6, axis=0) + rng.uniform(-25, 25, (len(masts) * 6, 2))
    none = np.zeros(len(cells))
    found = sites_of(cells[:, 0], cells[:, 1], none.astype(np.int64), none, RADIUS_M)
    oracle = fclusterdata(cells, 500, criterion="distance", method="single")
    assert _partition(found) == _partition(oracle)
    assert len(np.unique(found)) == 144


@given(CELLS)
def test_a_site_has_one_operator_and_an_end(cells):
    site = _sites(cells)
    x_m, y_m, group, _ = (np.array(values) for values in zip(*cells, strict=True))
    for label in np.unique(site):
        own = site == label
        assert len(set(group[own])) == 1
        assert np.ptp(x_m[own]) <= 3 * RADIUS_M
        assert np.ptp(y_m[own]) <= 3 * RADIUS_M
    assert sorted(set(site)) == list(range(site.max() + 1))


@given(CELLS, st.randoms())
def test_the_order_of_cells_does_not_matter(cells, random):
    order = list(range(len(cells)))
    random.shuffle(order)
    assert np.array_equal(_sites([cells[i] for i in order]), _sites(cells)[order])


def test_two_cells_across_a_square_s_edge_are_one_site():
    assert len(set(_sites([(99.0, 5.0, 0, 3), (101.0, 5.0, 0, 9)]))) == 1


def test_nothing_gives_nothing():
    assert len(sites_of(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0), RADIUS_M)) == 0


def test_a_site_s_position_is_that_of_its_well_measured_cells():
    cells = pd.DataFrame(
        {
            "site": [0, 0, 1],
            "mast": [3, 3, 3],
            "station": [7, 8, -1],
            "position_sigma_m": [90.0, 90.0, np.nan],
            "operator": ["A", "A", "B"],
            "technology": ["4g", "2g", "2g"],
            "lon": [1.0, 2.0, 5.0],
            "lat": 0.0,
            "x_m": [0.0, 40.0, 9.0],
            "y_m": 0.0,
            "samples": [300, 100, np.nan],
            "commune": 0,
            "is_home": True,
        }
    )
    table = site_table(cells)
    assert table["x_m"].tolist() == [10.0, 9.0]
    assert table["technologies"].tolist() == ["2g 4g", "2g"]
    assert (table["cells"].tolist(), table["samples"].tolist()) == ([2, 1], [400, 0])
    assert (table["stations"].tolist(), table["mast"].tolist()) == ([2, 0], [3, 3])
