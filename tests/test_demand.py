import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from coverage.people import Shares, exact, make_demand
from coverage.steps.medians import Medians
from coverage.store import read_shares, read_tile, tile_bounds, tile_count, write_demand
from coverage.tables import EXACT


def _demand(x, people, fractions):
    x = np.asarray(x, float)
    return make_demand(x, x, x, np.zeros(len(x)), np.asarray(people, float), csr_matrix(np.asarray(fractions, float)))


def test_people_are_summed_through_the_fractions_and_the_rest_is_outside():
    demand = _demand([0, 1, 2], [10, 20, 30], [[1, 0], [0.25, 0.5], [0, 0]])
    assert demand.by_commune().tolist() == [15, 10]
    assert demand.shares().sum_of(np.array([1.0, 0, 1]), 2).tolist() == [10, 0]
    assert demand.shares().sum_where(np.array([True, False, True]), 2).tolist() == [10, 0]
    bits = demand.shares().sum_of_bits(np.array([0b01, 0b11, 0b10], dtype=np.uint8), 2, 2)
    assert bits.tolist() == [[15, 10], [5, 10]]
    assert demand.outside() == pytest.approx(35)


def test_places_without_people_are_no_places():
    assert len(_demand([0, 1], [0, 5], [[1], [1]]).places) == 1


@given(st.integers(0, 2**32 - 1))
def test_sums_are_the_same_in_any_order_and_places_can_be_taken_out_and_put_in(seed):
    rng = np.random.default_rng(seed)
    people, commune, value = rng.gamma(1, 900, 500), rng.integers(0, 3, 500), rng.normal(0, 50, 500)
    shares = Shares(np.arange(500), commune, exact(people))
    order = rng.permutation(500)
    mixed = Shares(*(column[order] for column in shares))
    assert shares.sum_of(value, 3).tolist() == mixed.sum_of(value, 3).tolist()
    some = rng.random(500) < 0.3
    parts = [Shares(*(column[rows] for column in shares)).sum_of(value, 3) for rows in (some, ~some)]
    assert (shares.sum_of(value, 3) - parts[0]).tolist() == parts[1].tolist()


def _median(value, people):
    order = np.argsort(value)
    running = np.cumsum(people[order])
    return value[order][np.searchsorted(running, running[-1] / 2)]


@given(st.integers(0, 2**32 - 1))
def test_medians_over_tiles_equal_those_of_all_places(seed):
    """Communes that lie in several tiles, places without a value, communes without a place."""
    rng = np.random.default_rng(seed)
    tiles, communes = 4, 6
    shares, values, last = [], [], np.full(communes, -1)
    for tile in range(tiles):
        count = int(rng.integers(1, 60))
        commune = np.sort(rng.integers(0, communes - 1, count))
        shares.append(Shares(np.arange(count), commune, exact(rng.gamma(1, 10, count))))
        values.append(np.where(rng.random(count) < 0.2, np.inf, rng.integers(0, 30, count) * 1.5).astype(float))
        last[commune] = tile
    medians = Medians(last, {"minutes": "median"})
    for tile in range(tiles):
        medians.take(tile, shares[tile], {"minutes": values[tile]})
    commune, people, value = (np.concatenate(parts) for parts in (
        [part.commune for part in shares], [part.people for part in shares], values,
    ))  # fmt: skip
    known = np.isfinite(value) & (people > 0)
    for number in range(communes):
        own = known & (commune == number)
        expected = _median(value[own], people[own]) if own.any() else np.nan
        assert medians.by_commune["median"][number] == pytest.approx(expected, nan_ok=True)
    national = _median(value[known], people[known]) if known.any() else np.nan
    assert medians.national()["median"] == pytest.approx(national, rel=1 / 16_384, nan_ok=True)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 1e5)), min_size=1, max_size=30))
def test_tiling_moves_rows_but_loses_nobody(places):
    x, people = (list(values) for values in zip(*places, strict=True))
    demand = _demand(x, people, [[1.0]] * len(x))
    assert demand.by_commune()[0] == pytest.approx(sum(people), abs=len(x) / EXACT)
    assert (np.diff(demand.places["tile"]) >= 0).all()


def test_a_tile_is_read_without_the_others(tmp_path):
    demand = _demand([0, 150_000, 10, 300_000], [1, 2, 3, 4], [[1]] * 4)
    write_demand(tmp_path, demand)
    assert tile_bounds(demand.places["tile"].to_numpy()) == [(0, 2), (2, 3), (3, 4)]
    assert tile_count(tmp_path) == 3
    assert read_tile(tmp_path, 0)["people"].tolist() == [1, 3]
    whole = demand.shares()
    parts = [read_shares(tmp_path, tile) for tile in range(3)]
    assert np.concatenate([part.people for part in parts]).tolist() == whole.people.tolist()
    assert [part.place.tolist() for part in parts] == [[0, 1], [0], [0]]
