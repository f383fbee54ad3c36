import numpy as np
import pytest

from commune_coverage.config.travel import Travel
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Ground, dry_level_ground, walks_between
from commune_coverage.travel.routing.snapping import Nodes, direct_walks, snap
from commune_coverage.travel.scenarios import Scenario

DRY, LOW, WET = Scenario("dry", "", 1.0), Scenario("dry", "_low", 1.25), Scenario("wet", "", 1.0)
TRAVEL = Travel()


def _ground(height=None, water=None, flooded=None, cells=20, cell_m=100.0):
    empty = np.zeros((cells, cells), dtype=bool)
    return Ground(
        np.zeros((cells, cells), np.float32) if height is None else height.astype(np.float32),
        empty if water is None else water,
        empty if flooded is None else flooded,
        0.0,
        cells * cell_m,
        cell_m,
    )


def _columns(first, last, cells=20):
    found = np.zeros((cells, cells), dtype=bool)
    found[:, first:last] = True
    return found


def test_a_place_goes_to_the_nearest_node_and_the_walk_is_slower_than_on_a_road():
    nodes = Nodes(np.array([[1000.0, 0.0], [4000.0, 0.0]]), np.array([7, 9]))
    found = snap(np.array([[0.0, 0.0], [3000.0, 0.0]]), nodes, dry_level_ground(), 500)
    assert found.node.tolist() == [7, 9]
    assert found.walks.minutes(DRY, TRAVEL) == pytest.approx([20, 20])


def test_the_low_bound_takes_ground_without_a_road_for_an_unmapped_one():
    walks = walks_between(np.zeros((1, 2)), np.array([[1000.0, 0.0]]), dry_level_ground())
    assert walks.minutes(LOW, TRAVEL)[0] == pytest.approx(4)


def test_a_steady_climb_lengthens_the_way_by_tobler_and_is_the_same_both_ways():
    column = np.arange(20) * 100 + 50.0
    ground = _ground(height=np.broadcast_to(column * 0.1, (20, 20)))
    up = walks_between(np.array([[150.0, 950.0]]), np.array([[1050.0, 950.0]]), ground)
    down = walks_between(np.array([[1050.0, 950.0]]), np.array([[150.0, 950.0]]), ground)
    assert up.effort_m[0] == pytest.approx(900 * np.exp(0.35), rel=1e-5)
    assert down.effort_m[0] == pytest.approx(up.effort_m[0])


def test_water_turns_a_place_to_the_next_node_on_its_own_side():
    ground = _ground(water=_columns(8, 16))
    nodes = Nodes(np.array([[1650.0, 1000.0], [50.0, 1900.0]]), np.array([1, 2]))
    found = snap(np.array([[750.0, 1000.0]]), nodes, ground, 500)
    assert found.node.tolist() == [2]
    assert np.isfinite(found.walks.minutes(DRY, TRAVEL)).all()


def test_a_place_with_water_all_round_goes_nowhere_and_a_ford_is_waded():
    nodes = Nodes(np.array([[1650.0, 1000.0]]), np.array([1]))
    place = np.array([[750.0, 1000.0]])
    assert snap(place, nodes, _ground(water=_columns(8, 16)), 500).node.tolist() == [NO_NODE]
    assert snap(place, nodes, _ground(water=_columns(8, 11)), 500).node.tolist() == [1]


def test_flooded_ground_is_crossed_by_boat_with_one_wait():
    walks = walks_between(np.array([[50.0, 1000.0]]), np.array([[1950.0, 1000.0]]), _ground(flooded=_columns(5, 15)))
    assert walks.flooded_m[0] == pytest.approx(1000, abs=100)
    flooded = walks.flooded_m[0]
    expected = (1900 - flooded) / 1000 / (5 * 0.6 * 0.7) * 60 + flooded / 1000 / 8 * 60 + 15
    assert walks.minutes(WET, TRAVEL)[0] == pytest.approx(expected)
    assert walks.minutes(DRY, TRAVEL)[0] == pytest.approx(1.9 / 3 * 60)
    no_boats = Travel.model_validate({"wet": {"boats": False}})
    assert np.isinf(walks.minutes(WET, no_boats)[0])


def test_a_direct_walk_leads_only_to_what_is_near():
    points = Nodes(np.array([[300.0, 400.0], [0.0, 800.0]]), np.array([4, 6]))
    found = direct_walks(np.array([[0.0, 0.0], [9000.0, 0.0]]), points, 2000, dry_level_ground())
    assert found.point.tolist() == [4, NO_NODE]
    assert found.walks.minutes(DRY, TRAVEL).tolist() == [pytest.approx(10), np.inf]


def test_without_nodes_or_points_nobody_has_a_way():
    none = Nodes(np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
    assert snap(np.zeros((2, 2)), none, dry_level_ground(), 500).node.tolist() == [NO_NODE, NO_NODE]
    assert direct_walks(np.zeros((2, 2)), none, 100, dry_level_ground()).point.tolist() == [NO_NODE, NO_NODE]


def test_a_road_on_the_own_bank_is_found_behind_hundreds_of_nodes_on_the_other():
    ground = _ground(water=_columns(8, 14))
    far_bank = np.column_stack([np.full(300, 1450.0), np.linspace(500, 1500, 300)])
    nodes = Nodes(np.vstack([far_bank, [[50.0, 50.0]]]), np.arange(301))
    assert snap(np.array([[750.0, 1000.0]]), nodes, ground, 500).node.tolist() == [300]
