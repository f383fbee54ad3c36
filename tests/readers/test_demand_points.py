import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commune_coverage.config.thresholds import Urbanisation
from commune_coverage.pipeline.stages.medians import Medians
from commune_coverage.population.tables import read_places, read_shares, read_tile, tile_count, tile_rows
from commune_coverage.population.weights import PopulationWeights, to_fixed_point
from commune_coverage.readers.population.tiles import PopulatedPoints, make_tiles, write_chunk
from commune_coverage.schema.inputs import FIXED_POINT_SCALE


def _found(x, people, fractions):
    """Places along a line, and what part of each lies in which commune."""
    x, people = np.asarray(x, float), np.asarray(people, float)
    place, commune = np.nonzero(np.asarray(fractions, float))
    fraction = np.asarray(fractions, float)[place, commune]
    return PopulatedPoints(x, x, x, np.zeros(len(x)), people, place, commune, fraction)


def _tiles(folder, x, people, fractions):
    found = _found(x, people, fractions)
    piece = write_chunk(folder / "pieces" / "all.arrow", found)
    return make_tiles(folder, [piece], np.shape(fractions)[1], Urbanisation(), "serial")


def test_people_are_summed_through_the_fractions():
    shares = PopulationWeights(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([10.0, 5, 10]))
    assert shares.sum_of(np.array([1.0, 1, 1]), 2).tolist() == [15, 10]
    assert shares.sum_where(np.array([True, False, True]), 2).tolist() == [10, 0]
    bits = shares.sum_of_bits(np.array([[0b01, 0b11, 0b10], [0, 0, 0b01]], dtype=np.uint8), 2, 2)
    assert bits.tolist() == [[[15, 10], [5, 10]], [[0, 0], [0, 0]]]


def test_places_without_people_are_no_places(tmp_path):
    assert _tiles(tmp_path, [0, 1], [0, 5], [[1], [1]]).tolist() == [5]
    assert tile_rows(tmp_path) == [(0, 1)]


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 1e5)), min_size=1, max_size=30))
def test_tiling_moves_rows_but_loses_nobody(tmp_path_factory, places):
    folder = tmp_path_factory.mktemp("tiles")
    x, people = (list(values) for values in zip(*places, strict=True))
    assert _tiles(folder, x, people, [[1.0]] * len(x))[0] == pytest.approx(sum(people), abs=len(x) / FIXED_POINT_SCALE)
    assert sorted(read_places(folder)["people"]) == sorted(people)
    assert not (folder / "pieces").exists()


def test_a_tile_is_read_without_the_others_and_its_places_stand_by_squares_of_1_km(tmp_path):
    x = [10_500, 150_000, 10, 300_000, 900]
    _tiles(tmp_path, x, [1, 2, 3, 4, 5], [[1, 0], [0, 1], [0.5, 0.25], [1, 0], [0, 1]])
    assert tile_rows(tmp_path) == [(0, 3), (3, 4), (4, 5)]
    assert tile_count(tmp_path) == 3
    assert read_tile(tmp_path, 0)["people"].tolist() == [3, 5, 1]
    shares = read_shares(tmp_path, 0)
    assert list(zip(*(column.tolist() for column in shares), strict=True)) == [
        (0, 0, 1.5),
        (0, 1, 0.75),
        (1, 1, 5.0),
        (2, 0, 1.0),
    ]


@given(st.integers(0, 2**32 - 1))
def test_pieces_make_the_same_tiles_however_they_are_cut(tmp_path_factory, seed):
    rng = np.random.default_rng(seed)
    x, people = rng.uniform(0, 4e5, 60), rng.gamma(1, 300, 60)
    fractions = rng.dirichlet([1, 1, 1], 60) * (rng.random((60, 3)) < 0.7)
    cut = int(rng.integers(1, 59))
    whole, parts = (tmp_path_factory.mktemp(name) for name in ("whole", "parts"))
    _tiles(whole, x, people, fractions)
    pieces = [
        write_chunk(parts / "pieces" / f"{number}.arrow", _found(x[rows], people[rows], fractions[rows]))
        for number, rows in enumerate((slice(0, cut), slice(cut, None)))
    ]
    make_tiles(parts, pieces, 3, Urbanisation(), "serial")
    names = sorted(path.relative_to(whole) for path in whole.rglob("*.*"))
    assert names == sorted(path.relative_to(parts) for path in parts.rglob("*.*"))
    assert all((whole / name).read_bytes() == (parts / name).read_bytes() for name in names)


@given(st.integers(0, 2**32 - 1))
def test_sums_are_the_same_in_any_order_and_places_can_be_taken_out_and_put_in(seed):
    rng = np.random.default_rng(seed)
    people, commune, value = rng.gamma(1, 900, 500), rng.integers(0, 3, 500), rng.normal(0, 50, 500)
    shares = PopulationWeights(np.arange(500), commune, to_fixed_point(people))
    order = rng.permutation(500)
    mixed = PopulationWeights(*(column[order] for column in shares))
    assert shares.sum_of(value, 3).tolist() == mixed.sum_of(value, 3).tolist()
    some = rng.random(500) < 0.3
    parts = [PopulationWeights(*(column[rows] for column in shares)).sum_of(value, 3) for rows in (some, ~some)]
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
        shares.append(PopulationWeights(np.arange(count), commune, to_fixed_point(rng.gamma(1, 10, count))))
        values.append(np.where(rng.random(count) < 0.2, np.inf, rng.integers(0, 30, count) * 1.5).astype(float))
        last[commune] = tile
    medians = Medians(last, {"minutes": "median"})
    for tile in range(tiles):
        medians.take(tile, shares[tile], {"minutes": values[tile]})
    commune, people, value = (
        np.concatenate(parts) for parts in ([part.commune for part in shares], [part.people for part in shares], values)
    )
    known = np.isfinite(value) & (people > 0)
    for number in range(communes):
        own = known & (commune == number)
        expected = _median(value[own], people[own]) if own.any() else np.nan
        assert medians.by_commune["median"][number] == pytest.approx(expected, nan_ok=True)
    national = _median(value[known], people[known]) if known.any() else np.nan
    assert medians.national()["median"] == pytest.approx(national, rel=1 / 16_384, nan_ok=True)
