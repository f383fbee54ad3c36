"""The contracted road graph, whatever the speed: junctions, the edges between them, the nodes along each edge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.arrays import Flags, Floats, Integers, Integers32
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.vertices import Vertices


@dataclass(frozen=True)
class GraphTopology:
    """Edges from point ``first`` to ``last`` between junctions, which are the rows of the graph.

    Attributes
    ----------
    vertices : Vertices
    junctions : int64[junctions]
        Node of each row of the graph, ascending.
    row : int32[nodes]
        Row of the graph of each junction; of no meaning for a node within an edge.
    first, last : int64[edges]
        Points at which each edge begins and ends.
    start, end : int64[edges]
        Rows of the graph at which each edge begins and ends.
    """

    vertices: Vertices
    junctions: Integers
    row: Integers32
    first: Integers
    last: Integers
    start: Integers
    end: Integers


class TimedEdges(NamedTuple):
    """Edges of a topology with their times in one scenario, as the kernels read them.

    Attributes
    ----------
    row : int32[nodes]
        Row of the graph of each junction.
    node : int32[points]
        Node of each point.
    first, last, start, end : int64[edges]
        As in `GraphTopology`.
    along_min : float64[points]
        Running sum of the minutes of the steps.
    leads_forward, leads_backward : bool[edges]
        Whether an edge can be travelled from its first to its last point, and back.
    """

    row: Integers32
    node: Integers32
    first: Integers
    last: Integers
    start: Integers
    end: Integers
    along_min: Floats
    leads_forward: Flags
    leads_backward: Flags


@dataclass(frozen=True)
class EdgeEndpoints:
    """Of nodes, the junctions at both ends of their edge and the minutes to or from each.

    Attributes
    ----------
    start, end : int64[n]
        Rows of the graph.
    from_start_min, from_end_min : float64[n]
        Minutes between the node and each end; inf where the edge does not lead there.
    """

    start: Integers
    end: Integers
    from_start_min: Floats
    from_end_min: Floats

    def at(self, minutes: Floats) -> Floats:
        """Minutes of the nodes (float64[n]) from those of the rows of the graph (float64[rows])."""
        return np.asarray(np.minimum(minutes[self.start] + self.from_start_min, minutes[self.end] + self.from_end_min))

    def of(self, rows: Integers) -> EdgeEndpoints:
        """Those of some of the nodes."""
        return EdgeEndpoints(self.start[rows], self.end[rows], self.from_start_min[rows], self.from_end_min[rows])


def graph_topology(roads: Roads, stops: Flags, closed: Flags) -> GraphTopology:
    """Contract the roads to junctions: where lines meet or end, at links and stops, and at closed steps.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.
    stops : bool[nodes]
        Nodes where hubs or payment points may stand.
    closed : bool[points]
        Steps that are closed in some scenario, at the point before each.

    Returns
    -------
    GraphTopology
    """
    vertices = roads.vertices
    is_junction = vertices.is_junction | stops
    is_junction[roads.links.ravel()] = True
    is_junction[vertices.node[closed | np.roll(closed, 1)]] = True
    at = np.flatnonzero(is_junction[vertices.node])
    within = vertices.line[at[:-1]] == vertices.line[at[1:]]
    first, last = at[:-1][within], at[1:][within]
    row = np.cumsum(is_junction, dtype=np.int32) - np.int32(1)
    start, end = (row[vertices.node[point]].astype(np.int64) for point in (first, last))
    return GraphTopology(vertices, np.flatnonzero(is_junction), row, first, last, start, end)


@compiled_allocating
def interpolate_along_edges(minutes: Floats, edges: TimedEdges) -> tuple[Floats, Integers32]:
    """Carry the minutes of the junctions to every node.

    Parameters
    ----------
    minutes : float64[rows]
        Minutes of the rows of the graph.
    edges : TimedEdges
        Edges with their times.

    Returns
    -------
    float64[nodes]
        Minutes of every node, by the nearer end of its edge.
    int32[nodes]
        The row of the graph that a node is reached from.
    """
    first, last, start, end, along_min = edges.first, edges.last, edges.start, edges.end, edges.along_min
    node = edges.node
    least, nearer = minutes[edges.row], edges.row.copy()
    for edge in range(len(first)):
        for point in range(first[edge] + 1, last[edge]):
            ahead, back = np.inf, np.inf
            if edges.leads_forward[edge]:
                ahead = minutes[start[edge]] + (along_min[point] - along_min[first[edge]])
            if edges.leads_backward[edge]:
                back = minutes[end[edge]] + (along_min[last[edge]] - along_min[point])
            least[node[point]] = min(ahead, back)
            nearer[node[point]] = end[edge] if back < ahead else start[edge]
    return least, nearer


@compiled_allocating
def edge_endpoints(slot: Integers32, edges: TimedEdges, count: int) -> tuple[Integers, Integers, Floats, Floats]:
    """Compute the fields of `EdgeEndpoints` of some nodes; a junction is at both ends, and reached from the first.

    Parameters
    ----------
    slot : int32[nodes]
        Position of each node among those that are wanted, or less than 0.
    edges : TimedEdges
        Edges with their times.
    count : int
        How many nodes are wanted.

    Returns
    -------
    tuple of int64[count], int64[count], float64[count], float64[count]
    """
    first, last, along_min, node = edges.first, edges.last, edges.along_min, edges.node
    at_start, at_end = np.zeros(count, np.int64), np.zeros(count, np.int64)
    from_start_min, from_end_min = np.zeros(count), np.full(count, np.inf)
    for number in range(len(slot)):
        if slot[number] >= 0:
            at_start[slot[number]] = at_end[slot[number]] = edges.row[number]
    for edge in range(len(first)):
        for point in range(first[edge] + 1, last[edge]):
            at = slot[node[point]]
            if at >= 0:
                at_start[at], at_end[at] = edges.start[edge], edges.end[edge]
                ahead, back = along_min[point] - along_min[first[edge]], along_min[last[edge]] - along_min[point]
                from_start_min[at] = ahead if edges.leads_forward[edge] else np.inf
                from_end_min[at] = back if edges.leads_backward[edge] else np.inf
    return at_start, at_end, from_start_min, from_end_min
