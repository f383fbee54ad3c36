import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from coverage.reach.minutes import Pace, minutes_to_hub, straight_line_min
from coverage.reach.network import build_network, minutes_from
from coverage.reach.speeds import road_speed_kmh

PACE = Pace(straight_line_kmh=20, detour_factor=1.4, walk_kmh=5, max_walk_to_road_m=5000)


def _lines(*coordinates):
    return np.array([shapely.LineString(line) for line in coordinates])


def test_minutes_along_a_straight_road_by_hand():
    network = build_network(_lines([(0, 0), (10_000, 0)]), np.array([60.0]))
    minutes = minutes_from(np.array([[0.0, 0.0]]), network, 5, 5000)
    ends = {tuple(node): value for node, value in zip(network.nodes.round().tolist(), minutes, strict=True)}
    assert ends[(10_000, 0)] == pytest.approx(10, abs=1e-3)
    assert ends[(5_000, 0)] == pytest.approx(5, abs=1e-3)


def test_the_walk_from_the_hub_to_its_road_counts():
    network = build_network(_lines([(0, 0), (1000, 0)]), np.array([60.0]))
    minutes = minutes_from(np.array([[0.0, 500.0]]), network, 5, 5000)
    assert minutes.min() == pytest.approx(6, abs=1e-3)


def test_lines_join_where_they_share_a_vertex_and_not_where_they_only_cross():
    crossing = build_network(_lines([(0, 0), (200, 0)], [(100, -50), (100, 50)]), np.array([60.0, 60.0]))
    assert np.isinf(minutes_from(np.array([[0.0, 0.0]]), crossing, 5, 10)).sum() == 2
    joined = build_network(_lines([(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 50)]), np.array([60.0, 60.0]))
    assert np.isfinite(minutes_from(np.array([[0.0, 0.0]]), joined, 5, 10)).all()


def test_no_hub_near_a_road_reaches_nothing():
    network = build_network(_lines([(0, 0), (1000, 0)]), np.array([60.0]))
    assert np.isinf(minutes_from(np.array([[0.0, 9000.0]]), network, 5, 5000)).all()


def test_dijkstra_agrees_with_networkx_on_a_random_network():
    rng = np.random.default_rng(3)
    points = rng.uniform(0, 20_000, (60, 2)).round()
    pairs = rng.integers(0, 60, (150, 2))
    lines = _lines(*[(points[a], points[b]) for a, b in pairs if a != b])
    network = build_network(lines, rng.uniform(10, 90, len(lines)))
    hubs = points[[3, 40]]
    graph = nx.from_scipy_sparse_array(network.minutes)
    near = [int(np.argmin(np.hypot(*(network.nodes - hub).T))) for hub in hubs]
    expected = nx.multi_source_dijkstra_path_length(graph, set(near))
    found = minutes_from(hubs, network, 5, 5000)
    assert np.isfinite(found).sum() == len(expected)
    assert [found[node] for node in expected] == pytest.approx(list(expected.values()), abs=1e-4)


def test_a_place_walks_to_the_road_then_drives():
    nodes, node_min = np.array([[0.0, 0.0], [10_000.0, 0.0]]), np.array([0.0, 10.0])
    minutes, by_road = minutes_to_hub(np.array([[10_000.0, 1000.0]]), np.array([[0.0, 0.0]]), nodes, node_min, PACE)
    assert minutes[0] == pytest.approx(10 + 12)
    assert by_road.tolist() == [True]


def test_beside_the_hub_one_walks():
    minutes, _ = minutes_to_hub(
        np.array([[0.0, 100.0]]), np.array([[0.0, 0.0]]), np.array([[900.0, 0.0]]), np.array([30.0]), PACE
    )
    assert minutes[0] == pytest.approx(0.1 * 1.4 / 5 * 60)


def test_far_from_any_road_the_straight_line_stands_in_and_says_so():
    minutes, by_road = minutes_to_hub(
        np.array([[0.0, 20_000.0]]), np.array([[0.0, 0.0]]), np.array([[0.0, 0.0]]), np.array([0.0]), PACE
    )
    assert minutes[0] == pytest.approx(20 * 1.4 / 20 * 60) == straight_line_min(np.array([20_000]), 20, 1.4)[0]
    assert by_road.tolist() == [False]


def test_without_hubs_nobody_is_reached():
    minutes, _ = minutes_to_hub(np.zeros((1, 2)), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0), PACE)
    assert np.isinf(minutes).all()


def test_speeds_by_class_surface_and_limit():
    roads = pd.DataFrame({
        "class": ["primary", "primary_link", "track", "odd", "Secondary"],
        "surface": ["asphalt", "", "dirt", "", "gravel"],
        "max_speed_kmh": [40.0, np.nan, np.nan, np.nan, np.nan],
    })  # fmt: skip
    assert road_speed_kmh(roads, {"odd": 12.0}).tolist() == pytest.approx([40, 60, 10.5, 12, 35])
