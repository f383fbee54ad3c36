"""How the road graph hangs together, whatever the speed: junctions, edges between them, the nodes along each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from coverage.reach.step_minutes import Roads
from coverage.reach.vertices import Flags, Floats, Integers, Vertices


@dataclass(frozen=True)
class Layout:
    """How nodes hang together whatever the speed: edges from point ``first`` to ``last`` between ``junctions``.

    Rows of the graph are the ``junctions`` (nodes); ``start`` and ``end`` are rows, of each edge. ``inner`` are the
    points within edges, each once, and ``edge`` the edge that each is on.
    """

    vertices: Vertices
    junctions: Integers
    row: Integers
    first: Integers
    last: Integers
    start: Integers
    end: Integers
    inner: Integers
    edge: Integers

    @cached_property
    def ends(self) -> tuple[Integers, Integers]:
        """Of every node the rows at both ends of its edge; a junction's own, twice."""
        start, end = self.row.copy(), self.row.copy()
        node = self.vertices.node[self.inner]
        start[node], end[node] = self.start[self.edge], self.end[self.edge]
        return start, end


@dataclass(frozen=True)
class Ends:
    """Of nodes, the junctions (as rows of the graph) at both ends of their edge, and the minutes from each to them."""

    start: Integers
    end: Integers
    ahead_min: Floats
    back_min: Floats

    def at(self, minutes: Floats) -> tuple[Floats, Integers]:
        """(minutes of the nodes, the row that is nearer) from those of the rows of the graph."""
        return _nearer_end(minutes, self.start, self.end, self.ahead_min, self.back_min)

    def of(self, node: Integers) -> Ends:
        """Those of some nodes."""
        return Ends(self.start[node], self.end[node], self.ahead_min[node], self.back_min[node])


@njit(cache=True, nogil=True, error_model="numpy")
def _nearer_end(
    minutes: Floats, start: Integers, end: Integers, ahead_min: Floats, back_min: Floats
) -> tuple[Floats, Integers]:
    least, nearer = np.empty(len(start)), start.copy()
    for node in range(len(start)):
        ahead, back = minutes[start[node]] + ahead_min[node], minutes[end[node]] + back_min[node]
        least[node] = min(ahead, back)
        if back < ahead:
            nearer[node] = end[node]
    return least, nearer


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
    row = np.cumsum(is_junction) - 1
    between = last - first - 1
    edge = np.repeat(np.arange(len(between)), between)
    inner = np.arange(len(edge)) - np.repeat(np.cumsum(between) - between, between) + first[edge] + 1
    start, end = row[vertices.node[first]], row[vertices.node[last]]
    return Layout(vertices, np.flatnonzero(is_junction), row, first, last, start, end, inner, edge)
