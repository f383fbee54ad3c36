"""The graph of junctions and the edges between them, timed for one season and set of speeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.sparse import csr_matrix

from coverage.reach.ground import Walks
from coverage.reach.scenario import Mode, Scenario
from coverage.reach.speeds import LineSpeeds
from coverage.reach.vertices import Flags, Floats, Integers, Vertices
from coverage.reach_assumptions import Reach

LEAST_MIN = 1e-6
"""A graph keeps no edge of 0 minutes."""


@dataclass(frozen=True)
class Roads:
    """What is kept of the roads between runs: vertices, speeds, which nodes are flooded, links between pieces."""

    vertices: Vertices
    speeds: LineSpeeds
    is_flooded: Flags
    links: Integers
    walks: Walks


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


@njit(cache=True, nogil=True)
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


@dataclass(frozen=True)
class Network:
    """Timed roads: ``graph`` (j x j, minutes from row to column) over the layout's junctions.

    ``along_min`` is the running sum of minutes at each point, from which the ways within an edge follow; an edge that
    is not open is closed to its inner points too. ``on_foot`` holds the graph's walking links alone.
    """

    layout: Layout
    graph: csr_matrix
    on_foot: csr_matrix
    along_min: Floats
    is_open: Flags
    direction: npt.NDArray[np.int8]

    @cached_property
    def ends(self) -> Ends:
        """Of every node, itself where it is a junction."""
        layout, along = self.layout, self.along_min
        start, end = layout.ends
        ahead, back = np.zeros(len(start)), np.full(len(start), np.inf)
        node, edge = layout.vertices.node[layout.inner], layout.edge
        leads_on, leads_back = (self.is_open & (way * self.direction >= 0) for way in (1, -1))
        here = along[layout.inner]
        ahead[node] = np.where(leads_on[edge], here - along[layout.first][edge], np.inf)
        back[node] = np.where(leads_back[edge], along[layout.last][edge] - here, np.inf)
        return Ends(start, end, ahead, back)


def step_minutes(roads: Roads, scenario: Scenario, mode: Mode, settings: Reach) -> Floats:
    """Minutes from each point to the next of its line; inf where the way is closed."""
    vertices, speeds = roads.vertices, roads.speeds
    line, factor = vertices.line, scenario.speed_factor
    kmh = _line_kmh(speeds, scenario, mode, settings)
    minutes = _minutes(vertices.step_m, kmh[line] * factor)
    stated = np.isfinite(speeds.ferry_min) & speeds.is_ferry
    if stated.any():
        length = np.bincount(line, vertices.step_m, minlength=len(speeds.dry_kmh))
        per_m = np.divide(speeds.ferry_min, length, out=np.zeros_like(length), where=length > 0)
        minutes = np.where(stated[line], vertices.step_m * per_m[line] / factor, minutes)
    if not scenario.is_wet or not roads.is_flooded.any():
        return minutes
    here = roads.is_flooded[vertices.node]
    there = np.append(here[1:], False)
    under = (here | there) & ~speeds.is_ferry[line]
    banked_kmh = np.where(speeds.flooded_kmh > 0, np.minimum(speeds.flooded_kmh, kmh), 0.0)[line] * factor
    banked = _minutes(vertices.step_m, np.maximum(banked_kmh, 1e-9))
    afloat = _minutes(vertices.step_m, settings.water.boat_kmh * factor)
    afloat = afloat + settings.water.boat_wait_min / 2 * (here != there)
    afloat = afloat if settings.wet.boats else np.full(len(line), np.inf)
    # A bridge whose ground is flooded is a bridge still.
    flooded = np.where(speeds.is_bridge[line], minutes, np.where(banked_kmh > 0, banked, afloat))
    return np.where(under & ~vertices.is_last, flooded, minutes)


def _line_kmh(speeds: LineSpeeds, scenario: Scenario, mode: Mode, settings: Reach) -> Floats:
    driven = speeds.wet_kmh if scenario.is_wet else speeds.dry_kmh
    if mode == "drive":
        return driven
    return np.where(speeds.is_ferry, driven, settings.walk_kmh)


def _minutes(length_m: Floats, kmh: Floats | float) -> Floats:
    return np.asarray(length_m / 1000 / kmh * 60)


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


def closed_steps(roads: Roads, settings: Reach) -> Flags:
    """Steps that cannot be gone in some scenario: flooded ones where no boat goes."""
    found = np.zeros(len(roads.vertices.node), dtype=bool)
    if settings.wet.boats or not roads.is_flooded.any():
        return found
    return ~np.isfinite(step_minutes(roads, Scenario("wet", "", 1.0), "drive", settings))


def time_network(
    roads: Roads, layout: Layout, scenario: Scenario, mode: Mode, settings: Reach, is_outward: bool
) -> Network:
    """The network in one scenario.

    ``is_outward``: minutes count from a hub to the node, else from the node to the hub; one-way roads tell them apart.
    """
    minutes = step_minutes(roads, scenario, mode, settings)
    closed = ~np.isfinite(minutes)
    along = np.concatenate([[0.0], np.cumsum(np.where(closed, 0.0, minutes))])[: len(minutes)]
    is_open = ~closed[layout.first]
    line = layout.vertices.line[layout.first]
    way = roads.speeds.direction[line] if mode == "drive" else np.zeros(len(line), np.int8)
    direction = way if is_outward else -way
    cost = np.maximum(along[layout.last] - along[layout.first], LEAST_MIN)
    ahead, back = is_open & (direction >= 0), is_open & (direction <= 0)
    walk = roads.walks.minutes(scenario, settings) + _boarding(roads, settings)
    free = np.isfinite(walk)
    foot = _both_ways(layout.row[roads.links[free]], walk[free])
    wait = np.full(len(layout.vertices.boards), settings.water.ferry_wait_min / 2)
    boards = _both_ways(layout.row[layout.vertices.boards], wait)
    start, end = layout.start, layout.end
    parts = [(start[ahead], end[ahead], cost[ahead]), (end[back], start[back], cost[back]), foot, boards]
    size = len(layout.junctions)
    return Network(layout, least(parts, size), least([foot], size), along, is_open, direction)


def _boarding(roads: Roads, settings: Reach) -> Floats:
    """Half the wait for a ferry at each end of a link that is one's landing."""
    return roads.vertices.is_ferry_node[roads.links].sum(axis=1) * settings.water.ferry_wait_min / 2


def _both_ways(pairs: Integers, minutes: Floats) -> tuple[Integers, Integers, Floats]:
    return (
        np.concatenate([pairs[:, 0], pairs[:, 1]]),
        np.concatenate([pairs[:, 1], pairs[:, 0]]),
        np.concatenate([minutes, minutes]),
    )


def least(parts: list[tuple[Integers, Integers, Floats]], size: int) -> csr_matrix:
    """Sparse matrix of (row, column, minutes), the least of repeated entries kept, at least 1e-6; loops dropped."""
    row, column, minutes = (np.concatenate([part[index] for part in parts]) for index in range(3))
    keep = row != column
    row, column, minutes = row[keep], column[keep], np.maximum(minutes[keep], LEAST_MIN)
    order = np.lexsort((minutes, column, row))
    row, column, minutes = row[order], column[order], minutes[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_matrix((minutes[first], (row[first], column[first])), shape=(size, size))
