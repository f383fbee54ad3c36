import numpy as np
import pytest
from scipy.spatial import cKDTree

from commune_coverage.travel.routing.nearest import NONE, build_buckets


@pytest.mark.parametrize("seed", range(12))
def test_the_nearest_point_is_a_kd_trees(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(0, [30_000, 8_000], (rng.integers(1, 800), 2))
    positions = rng.uniform(-90_000, 90_000, (500, 2))
    within = [np.inf, 5_000.0][seed % 2]
    found, away = build_buckets(points, [50.0, 500.0, 7_000.0][seed % 3]).nearest(positions, within)
    expected, row = cKDTree(points).query(positions, distance_upper_bound=within)
    assert away == pytest.approx(expected)
    assert (found == np.where(np.isfinite(expected), row, NONE)).all()


def test_of_points_equally_near_it_is_the_first_and_a_point_on_the_bound_counts():
    points = np.array([[100.0, 0.0], [-100.0, 0.0], [100.0, 0.0]])
    found, away = build_buckets(points, 10.0).nearest(np.zeros((1, 2)), 100.0)
    assert (found.tolist(), away.tolist()) == ([0], [100.0])


def test_without_points_there_is_none():
    found, away = build_buckets(np.zeros((0, 2))).nearest(np.zeros((2, 2)))
    assert (found.tolist(), away.tolist()) == ([NONE, NONE], [np.inf, np.inf])


def test_far_apart_points_do_not_fill_the_memory():
    buckets = build_buckets(np.array([[0.0, 0.0], [4e7, 4e7]]), 1.0)
    assert len(buckets.first) < 50_000_000
    assert buckets.nearest(np.array([[3e7, 3e7]]))[0].tolist() == [1]
