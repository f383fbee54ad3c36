"""The graph of junctions and the edges between them, timed for one season and set of speeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from commune_coverage.config.travel import Travel
from commune_coverage.travel.graph.edge_times import Roads, step_minutes
from commune_coverage.travel.graph.topology import Ends, Layout, edge_endpoints, interpolate_along_edges
from commune_coverage.travel.graph.vertices import NO_NODE, Flags, Floats, Integers, Numbers
from commune_coverage.travel.scenarios import Mode, Scenario

MIN_MIN = 1e-6
"""A graph keeps no edge of 0 minutes."""


@dataclass(frozen=True)
class Network:
    """Timed roads: ``graph`` (j x j, minutes from row to column) over the layout's junctions.

    ``along_min`` is the running sum of minutes at each point, from which the ways within an edge follow: it
    ``leads_on``, ``leads_back``, or is closed to its inner points too. ``on_foot`` holds the graph's walking links
    alone.
    """

    layout: Layout
    graph: csr_matrix
    on_foot: csr_matrix
    along_min: Floats
    leads_on: Flags
    leads_back: Flags

    def at_nodes(self, minutes: Floats) -> tuple[Floats, Numbers]:
        """(minutes of every node, the junction's row that it is reached from) from those of the junctions."""
        layout = self.layout
        return interpolate_along_edges(
            minutes,
            layout.row,
            layout.vertices.node,
            layout.first,
            layout.last,
            layout.start,
            layout.end,
            self.along_min,
            self.leads_on,
            self.leads_back,
        )

    def turned(self) -> Network:
        """The same roads gone the other way."""
        graph = self.graph.T.tocsr()
        return Network(self.layout, graph, self.on_foot, self.along_min, self.leads_back, self.leads_on)

    def edge_endpoints(self, node: Integers) -> Ends:
        """Of the nodes, each as often as it is named."""
        layout, (asked, back) = self.layout, np.unique(node, return_inverse=True)
        slot = np.full(len(layout.row), NO_NODE, dtype=np.int32)
        slot[asked] = np.arange(len(asked))
        found = edge_endpoints(
            slot,
            layout.row,
            layout.vertices.node,
            layout.first,
            layout.last,
            layout.start,
            layout.end,
            self.along_min,
            self.leads_on,
            self.leads_back,
            len(asked),
        )
        return Ends(*found).of(back)


def time_network(
    roads: Roads, layout: Layout, scenario: Scenario, mode: Mode, settings: Travel, is_outward: bool
) -> Network:
    """The network in one scenario.

    ``is_outward``: minutes count from a hub to the node, else from the node to the hub; one-way roads tell them apart.
    """
    minutes = step_minutes(roads, scenario, mode, settings)
    closed = ~np.isfinite(minutes)
    minutes[closed] = 0.0
    along = np.zeros(len(minutes))
    np.cumsum(minutes[:-1], out=along[1:])
    is_open = ~closed[layout.first]
    line = layout.vertices.line[layout.first]
    way = roads.speeds.direction[line] if mode == "drive" else np.zeros(len(line), np.int8)
    direction = way if is_outward else -way
    cost = np.maximum(along[layout.last] - along[layout.first], MIN_MIN)
    ahead, back = is_open & (direction >= 0), is_open & (direction <= 0)
    walk = roads.walks.minutes(scenario, settings) + _boarding(roads, roads.links)
    free = np.isfinite(walk)
    foot = _both_ways(layout.row[roads.links[free]], walk[free])
    boards = _both_ways(layout.row[layout.vertices.boards], _boarding(roads, layout.vertices.boards))
    start, end = layout.start, layout.end
    parts = [(start[ahead], end[ahead], cost[ahead]), (end[back], start[back], cost[back]), foot, boards]
    size = len(layout.junctions)
    return Network(layout, least(parts, size), least([foot], size), along, ahead, back)


def _boarding(roads: Roads, pairs: Integers) -> Floats:
    """Half the wait for a ferry or boat for each node of the pairs that is on one."""
    vertices, speeds = roads.vertices, roads.speeds
    wait = np.zeros(len(vertices.x_m))
    afloat = speeds.is_ferry[vertices.line]
    wait[vertices.node[afloat]] = speeds.wait_min[vertices.line[afloat]]
    return np.asarray(wait[pairs].sum(axis=1) / 2)


def _both_ways(pairs: Numbers, minutes: Floats) -> tuple[Integers, Integers, Floats]:
    one, other = pairs.T.astype(np.int64)
    return np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([minutes, minutes])


def least(parts: list[tuple[Integers, Integers, Floats]], size: int) -> csr_matrix:
    """Sparse matrix of (row, column, minutes), the least of repeated entries kept, at least 1e-6; loops dropped."""
    row, column, minutes = (np.concatenate([part[index] for part in parts]) for index in range(3))
    keep = row != column
    row, column, minutes = row[keep], column[keep], np.maximum(minutes[keep], MIN_MIN)
    order = np.lexsort((minutes, column, row))
    row, column, minutes = row[order], column[order], minutes[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_matrix((minutes[first], (row[first], column[first])), shape=(size, size))
