import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commune_coverage.config.travel import Travel
from commune_coverage.travel.graph.edge_times import closed_steps
from commune_coverage.travel.graph.network import MIN_MIN, time_network
from commune_coverage.travel.graph.topology import graph_topology
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Ground
from commune_coverage.travel.routing.shortest_paths import multi_source_shortest_paths
from commune_coverage.travel.scenarios import Scenario, scenarios_of
from tests.travel.random_roads import random_lines, roads_of

DRY = Scenario("dry", "", 1.0)
WET = Scenario("wet", "", 1.0)
TRAVEL = Travel()


def _flags(roads, nodes):
    found = np.zeros(len(roads.vertices.x_m), dtype=bool)
    found[nodes] = True
    return found


def _node(roads, x, y, ferry=False):
    vertices = roads.vertices
    away = np.hypot(vertices.x_m - x, vertices.y_m - y) + 1e9 * (vertices.is_afloat_node != ferry)
    return int(np.argmin(away))


def minutes_from(roads, nodes, scenario=DRY, mode="drive", outward=True, travel=TRAVEL, offsets=None):
    nodes = np.atleast_1d(nodes)
    topology = graph_topology(roads, _flags(roads, nodes), closed_steps(roads, travel))
    network = time_network(roads, topology, scenario, mode, travel, outward)
    return multi_source_shortest_paths(network, nodes, np.zeros(len(nodes)) if offsets is None else offsets)


KMH = {"primary": 60.0, "secondary": 50.0, "tertiary": 40.0, "unclassified": 30.0, "track": 15.0}
MAX_KMH = {"bicycle": 15.0, "motorbike": 45.0}
WAYS = {"yes": 1, "-1": -1, "": 0, "no": 0}


def plain_minutes(row, metres, is_wet, is_flooded, factor, mode):
    """Minutes of a step by the tables of docs/reach.md; ``is_flooded`` are its two ends."""
    unpaved = row["surface"] in ("gravel", "ground")
    kmh = KMH[row["class"]] * (0.7 if unpaved else 1.0)
    kmh = min(kmh, row["max_speed_kmh"]) if row["max_speed_kmh"] > 0 else kmh
    own_kmh, wet_factor = min(kmh, MAX_KMH.get(mode, np.inf)), 1.0
    if is_wet:
        unstated = row["surface"] == "" and row["class"] in ("unclassified", "track")
        wet_factor = 0.4 if row["class"] == "track" else 0.7 if unpaved or unstated else 0.95
    on_bank = 0.6 * kmh * wet_factor if row["class"] == "primary" else 0.0
    kmh = 5.0 if mode == "walk" else own_kmh * wet_factor
    if not (is_wet and any(is_flooded)):
        return metres * 0.06 / (kmh * factor)
    if on_bank:
        return metres * 0.06 / (min(on_bank, kmh) * factor)
    return metres * 0.06 / (8.0 * factor) + (7.5 if is_flooded[0] != is_flooded[1] else 0.0)


def oracle(roads, nodes, scenario, mode, outward, table, travel=TRAVEL, further=None):
    """networkx over every vertex, step by step, without junctions or edges, minutes and directions from the table.

    ``further`` edges, of buses, lead from vertices to nodes of their own.
    """
    vertices, graph = roads.vertices, nx.DiGraph()
    graph.add_nodes_from(range(len(vertices.x_m)))

    def add(a, b, minutes):
        minutes = max(minutes, 1e-12)
        if a != b and np.isfinite(minutes) and minutes < graph.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            graph.add_edge(a, b, weight=minutes)

    rows = pd.DataFrame(table).to_dict("records")
    for point in np.flatnonzero(~vertices.is_last):
        a, b = vertices.node[point], vertices.node[point + 1]
        row = rows[vertices.line[point]]
        metres = vertices.step_m[point]
        # Nodes are put to 0.1 m.
        assert abs(metres - np.hypot(vertices.x_m[b] - vertices.x_m[a], vertices.y_m[b] - vertices.y_m[a])) < 0.15
        minutes = plain_minutes(row, metres, scenario.is_wet, roads.is_flooded[[a, b]], scenario.speed_factor, mode)
        way = WAYS[row["oneway"]] if mode != "walk" else 0
        if way >= 0:
            add(a, b, minutes)
        if way <= 0:
            add(b, a, minutes)
    for (a, b), walk in zip(roads.links, roads.walks.minutes(scenario, travel), strict=True):
        add(a, b, walk)
        add(b, a, walk)
    if further is not None:
        graph.add_edges_from(further.edges(data=True))
    found = np.full(len(vertices.x_m), np.inf)
    for node, value in nx.multi_source_dijkstra_path_length(graph if outward else graph.reverse(), set(nodes)).items():
        if not isinstance(node, tuple):
            found[node] = value
    return found


@pytest.mark.parametrize("seed", range(30))
def test_minutes_equal_networkx_on_random_graphs(seed):
    compare_with_networkx(seed, ("drive", "walk")[seed // 6 % 2])


@pytest.mark.parametrize("seed", range(30, 54))
def test_minutes_by_other_vehicles_equal_networkx_on_random_graphs(seed):
    compare_with_networkx(seed, ("bicycle", "motorbike")[seed // 6 % 2])


def compare_with_networkx(seed, mode):
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng)
    ground = Ground(
        rng.uniform(0, 200, (20, 20)).astype(np.float32),
        rng.random((20, 20)) < 0.1,
        rng.random((20, 20)) < 0.2,
        0.0,
        20_000.0,
        1000.0,
    )
    roads = roads_of(lines, ground=ground, **table)
    hubs = rng.choice(len(roads.vertices.x_m), 3, replace=False)
    scenario = scenarios_of(TRAVEL)[seed % 6]
    outward = bool(seed % 2)
    found = minutes_from(roads, hubs, scenario, mode, outward).minutes
    expected = oracle(roads, hubs, scenario, mode, outward, table)
    assert (np.isfinite(found) == np.isfinite(expected)).all()
    reached = np.isfinite(expected)
    assert reached.sum() > 10
    assert np.abs(found[reached] - expected[reached]).max() < MIN_MIN * 20


def test_minutes_along_a_straight_road_by_hand():
    roads = roads_of([[(0, 0), (10_000, 0)]])
    minutes = minutes_from(roads, _node(roads, 0, 0)).minutes
    assert minutes[_node(roads, 10_000, 0)] == pytest.approx(10, abs=1e-5)
    assert minutes[_node(roads, 5_000, 0)] == pytest.approx(5, abs=1e-5)


def test_a_one_way_road_leads_one_way_and_is_walked_both():
    roads = roads_of([[(0, 0), (6000, 0)]], oneway="yes")
    west, east = _node(roads, 0, 0), _node(roads, 6000, 0)
    assert minutes_from(roads, west).minutes[east] == pytest.approx(6, abs=1e-5)
    assert np.isinf(minutes_from(roads, east).minutes[west])
    assert minutes_from(roads, east, outward=False).minutes[west] == pytest.approx(6, abs=1e-5)
    assert minutes_from(roads, east, mode="walk").minutes[west] == pytest.approx(72, abs=1e-5)


@given(st.integers(0, 10_000), st.sampled_from([DRY, WET]), st.booleans())
@settings(max_examples=30)
def test_a_network_turned_is_that_of_the_other_way(seed, scenario, outward):
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng)
    roads = roads_of(lines, **table)
    nodes = rng.choice(len(roads.vertices.x_m), 3, replace=False)
    topology = graph_topology(roads, _flags(roads, nodes), closed_steps(roads, TRAVEL))
    backward = time_network(roads, topology, scenario, "drive", TRAVEL, not outward).reversed()
    there = multi_source_shortest_paths(backward, nodes, np.zeros(3))
    wanted = minutes_from(roads, nodes, scenario, outward=outward)
    assert np.array_equal(there.minutes, wanted.minutes)
    assert np.array_equal(there.hub, wanted.hub)
    assert np.array_equal(there.foot_min, wanted.foot_min)


def test_lines_join_where_they_share_a_vertex_and_not_where_they_only_cross():
    over = roads_of([[(0, 0), (200, 0)], [(100, -50), (100, 50)]])
    level = roads_of([[(0, 0), (100, 0), (200, 0)], [(100, 0), (100, 50)]])
    assert minutes_from(level, _node(level, 0, 0)).minutes[_node(level, 100, 50)] == pytest.approx(0.15, abs=1e-5)
    # The crossing is no junction: the pieces are joined on foot, between vertices near each other.
    by_foot = minutes_from(over, _node(over, 0, 0))
    node = _node(over, 100, 50)
    assert by_foot.minutes[node] > 1
    assert by_foot.foot_min[node] > 1


def test_a_road_that_ends_where_it_began_is_gone_round_the_shorter_way():
    roads = roads_of([[(0, 0), (3000, 0), (3000, 3000), (0, 3000), (0, 0)], [(0, 0), (-1000, 0)]])
    minutes = minutes_from(roads, _node(roads, -1000, 0)).minutes
    assert minutes[_node(roads, 3000, 3000)] == pytest.approx(7, abs=1e-4)
    assert minutes[_node(roads, 0, 3000)] == pytest.approx(4, abs=1e-4)


def test_pieces_that_do_not_touch_are_joined_on_foot_and_water_keeps_them_apart():
    lines = [[(0, 0), (1000, 0)], [(2000, 0), (3000, 0)]]
    land = roads_of(lines)
    end = minutes_from(land, _node(land, 0, 0))
    node = _node(land, 3000, 0)
    assert end.minutes[node] == pytest.approx(2 + 1 / 3 * 60, abs=1e-4)
    assert end.foot_min[node] == pytest.approx(20, abs=1e-4)
    sea = np.zeros((1, 30), dtype=bool)
    sea[0, 10:20] = True
    strait = Ground(np.zeros((1, 30), np.float32), sea, np.zeros_like(sea), 0.0, 50.0, 100.0)
    apart = roads_of(lines, ground=strait)
    assert np.isinf(minutes_from(apart, _node(apart, 0, 0)).minutes[_node(apart, 3000, 0)])


def test_a_ferry_costs_its_wait_once_however_many_lines_it_is_drawn_in():
    lines = [[(0, 0), (1000, 0)], [(1000, 0), (2000, 0)], [(2000, 0), (3000, 0)], [(3000, 0), (4000, 0)]]
    roads = roads_of(lines, route=["", "ferry", "ferry", ""])
    found = minutes_from(roads, _node(roads, 0, 0)).minutes[_node(roads, 4000, 0)]
    assert found == pytest.approx(1 + 20 + 2000 / 10_000 * 60 + 1, abs=1e-4)
    stated = roads_of(lines, route=["", "ferry", "ferry", ""], duration=["", "00:07", "8", ""])
    found = minutes_from(stated, _node(stated, 0, 0)).minutes[_node(stated, 4000, 0)]
    assert found == pytest.approx(1 + 20 + 15 + 1, abs=1e-4)


def test_a_river_with_boats_is_boarded_anywhere_after_its_own_wait():
    roads = roads_of(
        [[(0, 0), (0, 1000)], [(100, 500), (100, 20_000)], [(200, 10_000), (1200, 10_000)]],
        **{"class": ["tertiary", "boat", "tertiary"]},
    )
    found = minutes_from(roads, _node(roads, 0, 1000)).minutes[_node(roads, 200, 10_000)]
    # 100 m to the bank, the wait, 9 km at 8 km/h, 100 m to the other road in mid-river.
    assert found == pytest.approx(2 + 15 + 9 / 8 * 60 + 2, abs=0.1)


def _flooded_valley():
    """A road of 3 km whose middle kilometre is flooded in the wet season."""
    flood = np.zeros((1, 30), dtype=bool)
    flood[0, 10:20] = True
    return Ground(np.zeros((1, 30), np.float32), np.zeros_like(flood), flood, 0.0, 50.0, 100.0)


def test_the_wet_season_floods_an_unbanked_road_and_a_boat_goes_there():
    lines = [[(x, 0) for x in range(0, 3001, 50)]]
    roads = roads_of(lines, ground=_flooded_valley(), **{"class": "tertiary"})
    west, east = _node(roads, 0, 0), _node(roads, 3000, 0)
    dry = minutes_from(roads, west).minutes[east]
    assert dry == pytest.approx(3 / 40 * 60, abs=1e-4)
    wet = minutes_from(roads, west, WET).minutes[east]
    flooded_km = 1.05  # from the last dry vertex to the first dry one
    assert wet == pytest.approx((3 - flooded_km) / 38 * 60 + flooded_km / 8 * 60 + 15, abs=0.6)
    no_boats = Travel.model_validate({"wet": {"boats": False}})
    assert np.isinf(minutes_from(roads, west, WET, travel=no_boats).minutes[east])


@pytest.mark.parametrize("column", [{"class": "trunk"}, {"class": "tertiary", "bridge": "yes"}])
def test_banked_roads_and_bridges_stay_open(column):
    lines = [[(x, 0) for x in range(0, 3001, 50)]]
    roads = roads_of(lines, ground=_flooded_valley(), **column)
    wet = minutes_from(roads, _node(roads, 0, 0), WET).minutes[_node(roads, 3000, 0)]
    dry = minutes_from(roads, _node(roads, 0, 0)).minutes[_node(roads, 3000, 0)]
    assert dry < wet < 2 * dry


def test_a_hub_that_no_road_is_near_reaches_nothing():
    roads = roads_of([[(0, 0), (1000, 0)]])
    assert np.isinf(minutes_from(roads, [NO_NODE]).minutes).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_symmetry_without_one_way_roads(seed):
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng, 20, 25)
    roads = roads_of(lines, **(table | {"oneway": ""}))
    a, b = rng.choice(len(roads.vertices.x_m), 2, replace=False)
    there, back = minutes_from(roads, a).minutes[b], minutes_from(roads, b).minutes[a]
    assert there == pytest.approx(back, abs=1e-4)
    assert minutes_from(roads, a, outward=False).minutes[b] == pytest.approx(there, abs=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_triangle_inequality(seed):
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng, 20, 25)
    roads = roads_of(lines, **table)
    a, b = rng.choice(len(roads.vertices.x_m), 2, replace=False)
    from_a, from_b = minutes_from(roads, a).minutes, minutes_from(roads, b).minutes
    assert (from_a <= from_a[b] + from_b + 1e-4).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_a_faster_road_or_one_more_hub_never_lengthens_a_way(seed):
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng, 20, 25)
    roads = roads_of(lines, **table)
    hubs = rng.choice(len(roads.vertices.x_m), 3, replace=False)
    before = minutes_from(roads, hubs[:2]).minutes
    assert (minutes_from(roads, hubs).minutes <= before + 1e-4).all()
    faster = roads_of(lines, Travel(road_kmh={str(table["class"][0]): 95.0}), **table)
    assert (minutes_from(faster, hubs[:2]).minutes <= before + 1e-4).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_low_is_never_longer_and_high_never_shorter_than_the_estimate(seed):
    rng = np.random.default_rng(seed)
    lines, table = random_lines(rng, 20, 25)
    ground = Ground(
        rng.uniform(0, 200, (20, 20)).astype(np.float32),
        rng.random((20, 20)) < 0.1,
        rng.random((20, 20)) < 0.2,
        0.0,
        20_000.0,
        1000.0,
    )
    roads = roads_of(lines, ground=ground, **table)
    hub = rng.choice(len(roads.vertices.x_m))
    for season in ("dry", "wet"):
        low, middle, high = (
            minutes_from(roads, hub, scenario).minutes
            for scenario in sorted(
                (s for s in scenarios_of(TRAVEL) if s.season == season), key=lambda s: -s.speed_factor
            )
        )
        assert (low <= middle + 1e-4).all()
        assert (middle <= high + 1e-4).all()
