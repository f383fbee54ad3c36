"""The graph of junctions and the edges between them, timed for one season and set of speeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from commune_coverage.config.travel import Travel
from commune_coverage.travel.arrays import Flags, Floats, Integers, Integers32
from commune_coverage.travel.graph.edge_times import Roads, step_minutes
from commune_coverage.travel.graph.topology import (
    EdgeEndpoints,
    GraphTopology,
    TimedEdges,
    edge_endpoints,
    interpolate_along_edges,
)
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.scenarios import ON_FOOT, Mode, Scenario

MIN_MIN = 1e-6
"""A sparse graph holds no edge of 0 minutes."""


@dataclass(frozen=True)
class TimedNetwork:
    """Roads timed in one scenario and direction.

    Attributes
    ----------
    topology : GraphTopology
    graph : csr_matrix[junctions, junctions]
        Minutes from row to column.
    on_foot : csr_matrix[junctions, junctions]
        The walking links of the graph alone, minutes.
    along_min : float64[points]
        Running sum of the minutes of the steps, from which the times within an edge follow.
    leads_forward, leads_backward : bool[edges]
        Whether an edge can be travelled from its first to its last point, and back; neither for a closed one.
    """

    topology: GraphTopology
    graph: csr_matrix
    on_foot: csr_matrix
    along_min: Floats
    leads_forward: Flags
    leads_backward: Flags

    @property
    def edges(self) -> TimedEdges:
        """The edges as the kernels read them."""
        own = self.topology
        points = own.row, own.vertices.node, own.first, own.last, own.start, own.end
        return TimedEdges(*points, self.along_min, self.leads_forward, self.leads_backward)

    def at_nodes(self, minutes: Floats) -> tuple[Floats, Integers32]:
        """Carry the minutes of the junctions to every node.

        Parameters
        ----------
        minutes : float64[junctions]
            Minutes of the junctions.

        Returns
        -------
        float64[nodes], int32[nodes]
            Minutes of every node, and the row of the graph that it is reached from.
        """
        return interpolate_along_edges(minutes, self.edges)

    def reversed(self) -> TimedNetwork:
        """Return the same roads travelled in the other direction."""
        graph = self.graph.T.tocsr()
        leads = self.leads_backward, self.leads_forward
        return TimedNetwork(self.topology, graph, self.on_foot, self.along_min, *leads)

    def edge_endpoints(self, node: Integers) -> EdgeEndpoints:
        """Look up the ends of the edges that nodes lie on.

        Parameters
        ----------
        node : int64[n]
            Nodes; one may be named more than once.

        Returns
        -------
        EdgeEndpoints
            One entry a node named.
        """
        wanted, back = np.unique(node, return_inverse=True)
        slot = np.full(len(self.topology.row), NO_NODE, dtype=np.int32)
        slot[wanted] = np.arange(len(wanted))
        return EdgeEndpoints(*edge_endpoints(slot, self.edges, len(wanted))).of(back)


def time_network(
    roads: Roads, topology: GraphTopology, scenario: Scenario, mode: Mode, settings: Travel, is_outward: bool
) -> TimedNetwork:
    """Time the network in one scenario.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.
    topology : GraphTopology
        The junctions and edges of ``roads``.
    scenario : Scenario
        Season and speeds.
    mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
        How people travel.
    settings : Travel
        The ``[travel]`` section.
    is_outward : bool
        Minutes count from a hub to the node, else from the node to the hub; one-way roads tell them apart.

    Returns
    -------
    TimedNetwork
    """
    minutes = step_minutes(roads, scenario, mode, settings)
    closed = ~np.isfinite(minutes)
    minutes[closed] = 0.0
    along = np.zeros(len(minutes))
    np.cumsum(minutes[:-1], out=along[1:])
    is_open = ~closed[topology.first]
    line = topology.vertices.line[topology.first]
    one_way = roads.speeds.direction[line] if mode not in ON_FOOT else np.zeros(len(line), np.int8)
    direction = one_way if is_outward else -one_way
    cost = np.maximum(along[topology.last] - along[topology.first], MIN_MIN)
    ahead, back = is_open & (direction >= 0), is_open & (direction <= 0)
    foot = _walking_links(roads, topology, scenario, settings)
    boards = topology.vertices.boards
    boarding = _both_directions(topology.row[boards], _boarding_min(roads, boards))
    start, end = topology.start, topology.end
    parts = [(start[ahead], end[ahead], cost[ahead]), (end[back], start[back], cost[back]), foot, boarding]
    size = len(topology.junctions)
    return TimedNetwork(topology, quickest_edges(parts, size), quickest_edges([foot], size), along, ahead, back)


EdgeList = tuple[Integers, Integers, Floats]
"""From row, to row, minutes."""


def _walking_links(roads: Roads, topology: GraphTopology, scenario: Scenario, settings: Travel) -> EdgeList:
    """Links over the ground that are passable in the scenario, in both directions."""
    walk = roads.walks.minutes(scenario, settings) + _boarding_min(roads, roads.links)
    passable = np.isfinite(walk)
    return _both_directions(topology.row[roads.links[passable]], walk[passable])


def _boarding_min(roads: Roads, pairs: Integers) -> Floats:
    """Half the wait for a ferry or boat for each node of the pairs that is on one."""
    vertices, speeds = roads.vertices, roads.speeds
    wait = np.zeros(len(vertices.x_m))
    afloat = speeds.is_ferry[vertices.line]
    wait[vertices.node[afloat]] = speeds.wait_min[vertices.line[afloat]]
    return np.asarray(wait[pairs].sum(axis=1) / 2)


def _both_directions(pairs: Integers32, minutes: Floats) -> EdgeList:
    one, other = pairs.T.astype(np.int64)
    return np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([minutes, minutes])


def quickest_edges(parts: list[EdgeList], size: int) -> csr_matrix:
    """Build a sparse graph of edges, the quickest of repeated ones, at least 1e-6 min each; loops are dropped.

    Parameters
    ----------
    parts : list of (int64[n], int64[n], float64[n])
        From row, to row, minutes.
    size : int
        Rows of the graph.

    Returns
    -------
    csr_matrix[size, size]
    """
    row, column, minutes = (np.concatenate([part[index] for part in parts]) for index in range(3))
    keep = row != column
    row, column, minutes = row[keep], column[keep], np.maximum(minutes[keep], MIN_MIN)
    order = np.lexsort((minutes, column, row))
    row, column, minutes = row[order], column[order], minutes[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_matrix((minutes[first], (row[first], column[first])), shape=(size, size))
