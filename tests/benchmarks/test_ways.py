"""Ways against peers in the same process, interleaved: the nearest node, the road graph, the grid of friction."""

import networkx as nx
import numpy as np
import pytest
from scipy.spatial import cKDTree
from skimage.graph import MCP_Geometric

from coverage.reach.friction import grid_minutes
from coverage.reach.nearest import into_buckets
from coverage.reach.scenario import Scenario
from coverage.reach.ways import RoadWays
from coverage.reach_assumptions import Reach
from tests.benchmarks.test_peers import _report
from tests.reach.random_roads import random_lines, roads_of
from tests.reach.test_network import oracle

pytestmark = pytest.mark.bench


def test_the_nearest_road_node_against_a_kd_tree(capsys):
    rng = np.random.default_rng(1)
    # Nodes every 100 m along roads, places on a grid of 100 m around villages.
    start, angle = rng.uniform(0, 250_000, (2_000, 1, 2)), rng.uniform(0, 2 * np.pi, (2_000, 1))
    along = np.arange(100) * 100.0
    nodes = (start + along[None, :, None] * np.stack([np.cos(angle), np.sin(angle)], axis=2)).reshape(-1, 2)
    villages = nodes[rng.choice(len(nodes), 2_000)] + rng.normal(0, 1_000, (2_000, 2))
    places = np.round(villages[:, None] + rng.normal(0, 600, (2_000, 250, 2)), -2).reshape(-1, 2)

    def ours():
        return into_buckets(nodes).nearest(places)

    def peer():
        return cKDTree(nodes).query(places)

    assert ours()[1] == pytest.approx(peer()[0])
    assert _report("nearest node, 500,000 places, 200,000 nodes", ours, peer, "scipy.spatial.cKDTree", capsys) > 1.5


def test_minutes_over_roads_against_networkx(capsys):
    rng = np.random.default_rng(2)
    lines, table = random_lines(rng, 300, 600, 100_000.0)
    roads, settings, dry = roads_of(lines, **table), Reach(), Scenario("dry", "", 1.0)
    hubs = rng.choice(len(roads.vertices.x_m), 50, replace=False)

    def ours():
        ways = RoadWays(roads, None, settings)  # type: ignore[arg-type]
        ways.stops[hubs] = True
        return ways.spread(dry, "drive", True, hubs, np.zeros(len(hubs)), False).minutes

    def peer():
        return oracle(roads, hubs, dry, "drive", True)

    assert ours() == pytest.approx(peer(), abs=1e-3)
    assert _report("minutes over roads, graph built", ours, peer, f"networkx {nx.__version__}", capsys) > 5


def test_minutes_over_a_grid_against_scikit_image(capsys):
    rng = np.random.default_rng(3)
    friction = rng.uniform(0.001, 0.05, (1_000, 1_000))
    start = rng.choice(friction.size, 30, replace=False)

    def ours():
        return grid_minutes(friction, 100.0, start, np.zeros(len(start)))[0]

    def peer():
        solver = MCP_Geometric(friction, sampling=(100.0, 100.0))
        return solver.find_costs([(cell // 1_000, cell % 1_000) for cell in start])[0].ravel()

    assert ours() == pytest.approx(peer())
    _report("minutes over a grid of a million cells", ours, peer, "skimage.graph.MCP_Geometric", capsys)
