import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.graph import MCP_Geometric

from commune_coverage.config.travel import Travel
from commune_coverage.travel.off_road import Ground
from commune_coverage.travel.routing.friction import burn_friction, flat_cells, grid_minutes
from commune_coverage.travel.scenarios import Scenario
from tests.travel.random_roads import roads_of

DRY, WET = Scenario("dry", "", 1.0), Scenario("wet", "", 1.0)


def _random(seed, closed=0.15):
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(2, 45, 2)
    friction = rng.uniform(0.001, 0.05, (rows, columns))
    friction[rng.random((rows, columns)) < closed] = np.inf
    start = rng.choice(rows * columns, min(3, rows * columns), replace=False)
    return friction, start


@pytest.mark.parametrize("seed", range(30))
def test_minutes_equal_an_independent_grid_solver(seed):
    friction, start = _random(seed)
    found, nearest = grid_minutes(friction, 100.0, start, np.zeros(len(start)))
    columns = friction.shape[1]
    open_starts = [(cell // columns, cell % columns) for cell in start if np.isfinite(friction.ravel()[cell])]
    expected = np.full(friction.shape, np.inf)
    if open_starts:
        solver = MCP_Geometric(np.where(np.isfinite(friction), friction, -1), sampling=(100.0, 100.0))
        expected = solver.find_costs(open_starts)[0]
    expected[~np.isfinite(friction)] = np.inf
    assert (np.isfinite(found) == np.isfinite(expected.ravel())).all()
    reached = np.isfinite(found)
    assert found[reached] == pytest.approx(expected.ravel()[reached], rel=1e-9)
    assert (nearest[reached] >= 0).all()


def test_the_nearest_start_and_its_offset_count():
    friction = np.full((1, 11), 0.01)
    minutes, nearest = grid_minutes(friction, 100.0, np.array([0, 10]), np.array([0.0, 4.0]))
    assert minutes[:3] == pytest.approx([0, 1, 2])
    assert nearest.tolist() == [0] * 7 + [0 if minutes[7] == 7 and nearest[7] == 0 else 1] + [1] * 3
    assert minutes[10] == pytest.approx(4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_symmetry_triangle_and_one_more_start(seed):
    friction, start = _random(seed, closed=0.05)
    a, b = (np.array([cell]) for cell in (start * 2)[:2] // 2)
    zero = np.zeros(1)
    from_a, from_b = (grid_minutes(friction, 100.0, cell, zero)[0] for cell in (a, b))
    assert np.isclose(from_a[b[0]], from_b[a[0]]) or (np.isinf(from_a[b[0]]) and np.isinf(from_b[a[0]]))
    assert (from_a <= from_a[b[0]] + from_b + 1e-9).all()
    both = grid_minutes(friction, 100.0, np.concatenate([a, b]), np.zeros(2))[0]
    assert (both <= from_a).all()
    faster = grid_minutes(friction * 0.8, 100.0, a, zero)[0]
    assert (faster <= from_a).all()


def _ground(flooded=False):
    flags = np.zeros((40, 60), dtype=bool)
    return Ground(np.zeros((40, 60), np.float32), flags, np.full_like(flags, flooded), 0.0, 4000.0, 100.0)


def test_a_burnt_road_is_as_fast_as_the_road():
    ground = _ground()
    roads = roads_of([[(50, 2050), (5950, 2050)]], ground=ground)
    friction = burn_friction(ground, roads, DRY, "drive", Travel())
    start = flat_cells(np.array([[50.0, 2050.0]]), ground)
    minutes = grid_minutes(friction, ground.cell_m, start, np.zeros(1))[0]
    there = flat_cells(np.array([[5950.0, 2050.0]]), ground)[0]
    assert minutes[there] == pytest.approx(5.9, rel=1e-3)
    other = flat_cells(np.array([[5950.0, 3050.0]]), ground)[0]
    assert minutes[other] == pytest.approx(5.9 + 1 / 3 * 60, rel=0.1)


def test_flooded_ground_is_slower_by_boat_and_closed_without():
    ground = _ground(flooded=True)
    assert np.isfinite(burn_friction(ground, None, WET, "drive", Travel())).all()
    closed = burn_friction(ground, None, WET, "drive", Travel.model_validate({"wet": {"boats": False}}))
    assert np.isinf(closed).all()
