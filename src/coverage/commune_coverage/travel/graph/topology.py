"""How the road graph hangs together, whatever the speed: junctions, edges between them, the nodes along each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.graph.edge_times import Roads
from commune_coverage.travel.graph.vertices import Flags, Floats, Integers, Numbers, Vertices


@dataclass(frozen=True)
class Layout:
    """How nodes hang together whatever the speed: edges from point ``first`` to ``last`` between ``junctions``.

    Rows of the graph are the ``junctions`` (nodes); ``start`` and ``end`` are rows, of each edge. ``row`` is that of
    each junction among the nodes; of a node within an edge it says nothing.
    """

    vertices: Vertices
    junctions: Integers
    row: Numbers
    first: Integers
    last: Integers
    start: Integers
    end: Integers


@dataclass(frozen=True)
class Ends:
    """Of nodes, the junctions (as rows of the graph) at both ends of their edge, and the minutes from each to them."""

    start: Integers
    end: Integers
    ahead_min: Floats
    back_min: Floats

    def at(self, minutes: Floats) -> Floats:
        """Minutes of the nodes from those of the rows of the graph."""
        return np.asarray(np.minimum(minutes[self.start] + self.ahead_min, minutes[self.end] + self.back_min))

    def of(self, rows: Integers) -> Ends:
        """Those of some of the nodes."""
        return Ends(self.start[rows], self.end[rows], self.ahead_min[rows], self.back_min[rows])


def lay_out(roads: Roads, stops: Flags, closed: Flags) -> Layout:
    """Edges between junctions: where lines meet or end, where a link or a stop is, and at both ends of closed steps.

    ``stops`` is one flag a node, ``closed`` one a point for the step after it.
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
    return Layout(vertices, np.flatnonzero(is_junction), row, first, last, start, end)


@compiled_allocating
def interpolate_along_edges(
    minutes: Floats,
    row: Numbers,
    node: Numbers,
    first: Integers,
    last: Integers,
    start: Integers,
    end: Integers,
    along_min: Floats,
    leads_on: Flags,
    leads_back: Flags,
) -> tuple[Floats, Numbers]:
    """(minutes of every node, the row that is nearer) from those of the rows; each edge leads on, back, or both."""
    least, nearer = minutes[row], row.copy()
    for edge in range(len(first)):
        for point in range(first[edge] + 1, last[edge]):
            ahead, back = np.inf, np.inf
            if leads_on[edge]:
                ahead = minutes[start[edge]] + (along_min[point] - along_min[first[edge]])
            if leads_back[edge]:
                back = minutes[end[edge]] + (along_min[last[edge]] - along_min[point])
            least[node[point]] = min(ahead, back)
            nearer[node[point]] = end[edge] if back < ahead else start[edge]
    return least, nearer


@compiled_allocating
def edge_endpoints(
    slot: Numbers,
    row: Numbers,
    node: Numbers,
    first: Integers,
    last: Integers,
    start: Integers,
    end: Integers,
    along_min: Floats,
    leads_on: Flags,
    leads_back: Flags,
    count: int,
) -> tuple[Integers, Integers, Floats, Floats]:
    """The fields of ``Ends`` of ``count`` nodes; ``slot`` is the place of each node among them, or less than 0.

    A junction is at both ends, and reached from the first.
    """
    at_start, at_end = np.zeros(count, np.int64), np.zeros(count, np.int64)
    ahead_min, back_min = np.zeros(count), np.full(count, np.inf)
    for number in range(len(slot)):
        if slot[number] >= 0:
            at_start[slot[number]] = at_end[slot[number]] = row[number]
    for edge in range(len(first)):
        for point in range(first[edge] + 1, last[edge]):
            at = slot[node[point]]
            if at >= 0:
                at_start[at], at_end[at] = start[edge], end[edge]
                ahead_min[at] = along_min[point] - along_min[first[edge]] if leads_on[edge] else np.inf
                back_min[at] = along_min[last[edge]] - along_min[point] if leads_back[edge] else np.inf
    return at_start, at_end, ahead_min, back_min
