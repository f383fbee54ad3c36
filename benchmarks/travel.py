"""Minutes over roads and over a grid of friction, and the way to the road, each against the usual library."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from benchmarks.clock import Result, interleave, ratio
from benchmarks.fixture import Fixture
from benchmarks.peers import peer
from commune_coverage.config.travel import Travel
from commune_coverage.core.errors import BenchError
from commune_coverage.pipeline.stages.travel.stage import points_of, travel_time_model
from commune_coverage.population.tables import read_places
from commune_coverage.travel.graph.edge_times import Roads, step_minutes
from commune_coverage.travel.graph.network import TimedNetwork
from commune_coverage.travel.routing.friction import flat_cells, grid_minutes
from commune_coverage.travel.routing.models import FrictionModel, RoadNetworkModel
from commune_coverage.travel.routing.nearest import build_buckets
from commune_coverage.travel.scenarios import Scenario

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BUILT, ALONE = "roads: graph and minutes", "roads: minutes"
NX_BUILT, NX_ALONE = "networkx: graph and minutes", "networkx: minutes"
SCIPY = "scipy dijkstra alone"
GRID, MCP = "friction: minutes", "skimage MCP_Geometric"
NEAREST, TREE = "nearest road node", "scipy cKDTree"
_DRY = Scenario("dry", "", 1.0)


def travel(fixture: Fixture) -> Result:
    """The hubs' minutes at every road node and every cell of the ground, in the dry season."""
    stages = fixture.until("communes", "people", "hubs", "payments", "roads", "network")
    kept, settings = travel_time_model(fixture.run), fixture.country.travel
    if not isinstance(kept, RoadNetworkModel):
        raise BenchError("travel is measured over roads; the country file names no roads layer")
    hubs = points_of(fixture.run)["hubs"][["x_m", "y_m"]].to_numpy()
    places = read_places(stages, ["x_m", "y_m"]).to_numpy()
    node = np.unique(kept.snap(hubs).node)
    ways, agreement, facts = _over_roads(kept, settings, node[node >= 0])
    for more, apart in (_over_grid(kept, settings, hubs), _to_the_road(kept, places)):
        ways, agreement = ways | more, agreement | apart
    costs = interleave({"decode": fixture.decode, **ways}, fixture.rounds)
    pairs = [(NX_BUILT, BUILT), (NX_ALONE, ALONE), (ALONE, SCIPY), (BUILT, SCIPY), (MCP, GRID), (TREE, NEAREST)]
    found = [ratio(costs, what, of) for what, of in pairs]
    found += [ratio(costs, name, "decode") for name in (BUILT, ALONE, GRID, NEAREST)]
    return Result("travel", found, agreement, {**facts, "hubs": len(hubs), "places": len(places)})


def _over_roads(
    kept: RoadNetworkModel, settings: Travel, hubs: Integers
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    roads, zero = kept.roads, np.zeros(len(hubs))

    def built() -> Floats:
        ways = RoadNetworkModel(roads, kept.ground, settings)
        ways.stops[hubs] = True
        return ways.travel_times(_DRY, "drive", True, hubs, zero, False).minutes

    def alone() -> Floats:
        return kept.travel_times(_DRY, "drive", True, hubs, zero, False).minutes

    network = kept.timed_network(_DRY, "drive", True)
    graph = _networkx_graph(roads, settings)
    expected = _networkx_minutes(graph, hubs, len(roads.vertices.x_m))
    ways = {
        BUILT: built,
        ALONE: alone,
        SCIPY: partial(_scipy, network, hubs),
        NX_BUILT: lambda: _networkx_minutes(_networkx_graph(roads, settings), hubs, len(roads.vertices.x_m)),
        NX_ALONE: partial(_networkx_minutes, graph, hubs, len(roads.vertices.x_m)),
    }
    agreement = {"roads: largest difference from networkx, minutes": _apart(built(), expected)}
    return ways, agreement, {"road_nodes": len(expected), "junctions": len(network.topology.junctions)}


def _scipy(network: TimedNetwork, hubs: Integers) -> Floats:
    return np.asarray(dijkstra(network.graph, indices=np.searchsorted(network.topology.junctions, hubs), min_only=True))


def _networkx_graph(roads: Roads, settings: Travel) -> Any:
    """Every step between two points of a road, its walking links and landings; the quickest of repeated ones."""
    vertices, graph = roads.vertices, peer("networkx").DiGraph()
    graph.add_nodes_from(range(len(vertices.x_m)))
    minutes = step_minutes(roads, _DRY, "drive", settings)
    point = np.flatnonzero(~vertices.is_last)
    start, end, way = vertices.node[point], vertices.node[point + 1], roads.speeds.direction[vertices.line[point]]
    walk = roads.walks.minutes(_DRY, settings)
    wait = np.zeros(len(vertices.x_m))
    afloat = roads.speeds.is_ferry[vertices.line]
    wait[vertices.node[afloat]] = roads.speeds.wait_min[vertices.line[afloat]]
    pairs = np.concatenate([roads.links, vertices.boards])
    taken = np.concatenate([walk, np.zeros(len(vertices.boards))]) + wait[pairs].sum(axis=1) / 2
    ahead, back = way >= 0, way <= 0
    begin = np.concatenate([start[ahead], end[back], pairs[:, 0], pairs[:, 1]])
    reach = np.concatenate([end[ahead], start[back], pairs[:, 1], pairs[:, 0]])
    cost = np.maximum(np.concatenate([minutes[point][ahead], minutes[point][back], taken, taken]), 1e-12)
    kept = np.flatnonzero(np.isfinite(cost) & (begin != reach))
    kept = kept[np.argsort(-cost[kept], kind="stable")]
    # Of repeated edges the last one added stays: the quickest.
    graph.add_weighted_edges_from(zip(begin[kept].tolist(), reach[kept].tolist(), cost[kept].tolist(), strict=True))
    return graph


def _networkx_minutes(graph: Any, hubs: Integers, nodes: int) -> Floats:
    found = np.full(nodes, np.inf)
    reached = peer("networkx").multi_source_dijkstra_path_length(graph, set(hubs.tolist()))
    found[list(reached)] = list(reached.values())
    return found


def _over_grid(kept: RoadNetworkModel, settings: Travel, hubs: Floats) -> tuple[dict[str, Any], dict[str, Any]]:
    friction = FrictionModel(kept.ground, kept.roads, settings).friction(_DRY, "drive")
    friction = friction.reshape(kept.ground.height_m.shape)
    columns, cell_m = kept.ground.height_m.shape[1], kept.ground.cell_m
    start = np.unique(flat_cells(hubs, kept.ground))
    start = start[np.isfinite(friction.ravel()[start])]
    starts = [(int(cell) // columns, int(cell) % columns) for cell in start]
    closed = np.where(np.isfinite(friction), friction, -1)

    def ours() -> Floats:
        return grid_minutes(friction, cell_m, start, np.zeros(len(start)))[0]

    def theirs() -> Floats:
        solver = peer("skimage.graph").MCP_Geometric(closed, sampling=(cell_m, cell_m))
        return np.asarray(solver.find_costs(starts)[0].ravel())

    return {GRID: ours, MCP: theirs}, {"friction: largest difference from skimage, minutes": _apart(ours(), theirs())}


def _to_the_road(kept: RoadNetworkModel, places: Floats) -> tuple[dict[str, Any], dict[str, Any]]:
    nodes = kept.nodes.position_m

    def ours() -> Floats:
        return build_buckets(nodes).nearest(places)[1]

    def theirs() -> Floats:
        return np.asarray(cKDTree(nodes).query(places)[0])

    return {NEAREST: ours, TREE: theirs}, {"nearest node: largest difference, m": _apart(ours(), theirs())}


def _apart(ours: Floats, theirs: Floats) -> float:
    """Largest difference; infinite where only one of them is."""
    finite = np.isfinite(ours)
    if not np.array_equal(finite, np.isfinite(theirs)):
        return float("inf")
    return float(np.abs(ours[finite] - theirs[finite]).max(initial=0.0))
