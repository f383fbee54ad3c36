import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from coverage.people import make_demand
from coverage.store import read_demand, read_tile, tile_bounds, tile_count, write_demand


def _demand(x, people, fractions):
    x = np.asarray(x, float)
    return make_demand(x, x, x, np.zeros(len(x)), np.asarray(people, float), csr_matrix(np.asarray(fractions, float)))


def test_people_are_summed_through_the_fractions_and_the_rest_is_outside():
    demand = _demand([0, 1, 2], [10, 20, 30], [[1, 0], [0.25, 0.5], [0, 0]])
    assert demand.by_commune().tolist() == [15, 10]
    assert demand.by_commune([1, 0, 1]).tolist() == [10, 0]
    assert demand.outside() == pytest.approx(35)


def test_places_without_people_are_no_places():
    assert len(_demand([0, 1], [0, 5], [[1], [1]]).places) == 1


def test_medians_are_weighted_by_people():
    demand = _demand([0, 1, 2, 3], [1, 1, 8, 5], [[1, 0], [1, 0], [1, 0], [0, 1]])
    minutes = np.array([10.0, 20, 90, np.inf])
    assert demand.median_by_commune(minutes).tolist() == pytest.approx([90, np.nan], nan_ok=True)
    assert demand.median(minutes) == 90


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 1e5)), min_size=1, max_size=30))
def test_tiling_moves_rows_but_loses_nobody(places):
    x, people = (list(values) for values in zip(*places, strict=True))
    demand = _demand(x, people, [[1.0]] * len(x))
    assert demand.by_commune()[0] == pytest.approx(sum(people))
    assert (np.diff(demand.places["tile"]) >= 0).all()


def test_a_tile_is_read_without_the_others(tmp_path):
    demand = _demand([0, 150_000, 10, 300_000], [1, 2, 3, 4], [[1]] * 4)
    write_demand(tmp_path, demand)
    assert tile_bounds(demand.places["tile"].to_numpy()) == [(0, 2), (2, 3), (3, 4)]
    assert tile_count(tmp_path) == 3
    assert read_tile(tmp_path, 0)["people"].tolist() == [1, 3]
    assert (read_demand(tmp_path).fractions != demand.fractions).nnz == 0
