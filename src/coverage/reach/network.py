"""The graph of junctions and the edges between them, timed for one season and set of speeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
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
class Edges:
    """Runs of points between junctions: their first and last points, and the nodes at both ends."""

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

    def of(self, node: Integers) -> Ends:
        """Those of some nodes."""
        return Ends(self.start[node], self.end[node], self.ahead_min[node], self.back_min[node])


@dataclass(frozen=True)
class Network:
    """Timed roads: ``graph`` (j x j, minutes from row to column) over the nodes that are ``junctions``.

    ``along_min`` is the running sum of minutes at each point, from which the ways within an edge follow; an edge that
    is not open is closed to its inner points too. ``on_foot`` holds the graph's walking links alone.
    """

    vertices: Vertices
    junctions: Integers
    graph: csr_matrix
    on_foot: csr_matrix
    edges: Edges
    along_min: Floats
    is_open: Flags
    direction: npt.NDArray[np.int8]

    @cached_property
    def ends(self) -> Ends:
        """Of every node, itself where it is a junction."""
        vertices, edges, along = self.vertices, self.edges, self.along_min
        number = np.zeros(len(vertices.x_m), dtype=np.int64)
        number[self.junctions] = np.arange(len(self.junctions))
        start, end = number.copy(), number.copy()
        ahead, back = np.zeros(len(number)), np.full(len(number), np.inf)
        inner = edges.last - edges.first - 1
        edge = np.repeat(np.arange(len(inner)), inner)
        point = np.arange(len(edge)) - np.repeat(np.cumsum(inner) - inner, inner) + edges.first[edge] + 1
        node = vertices.node[point]
        start[node], end[node] = number[edges.start[edge]], number[edges.end[edge]]
        leads_on, leads_back = (self.is_open & (way * self.direction >= 0) for way in (1, -1))
        ahead[node] = np.where(leads_on[edge], along[point] - along[edges.first[edge]], np.inf)
        back[node] = np.where(leads_back[edge], along[edges.last[edge]] - along[point], np.inf)
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


def split(vertices: Vertices, is_junction: Flags) -> Edges:
    """Edges between successive junctions along each line; ``is_junction`` is one flag a node."""
    stops = is_junction[vertices.node]
    stops |= vertices.is_last | np.roll(vertices.is_last, 1)
    at = np.flatnonzero(stops)
    within = vertices.line[at[:-1]] == vertices.line[at[1:]] if len(at) else np.zeros(0, dtype=bool)
    first, last = at[:-1][within], at[1:][within]
    return Edges(first, last, vertices.node[first], vertices.node[last])


def time_network(
    roads: Roads, junctions: Flags, scenario: Scenario, mode: Mode, settings: Reach, is_outward: bool
) -> Network:
    """The network in one scenario. ``junctions`` are nodes that must have edges, beside where lines meet or end.

    ``is_outward``: minutes count from a hub to the node, else from the node to the hub; one-way roads tell them apart.
    """
    minutes = step_minutes(roads, scenario, mode, settings)
    closed = ~np.isfinite(minutes)
    vertices = roads.vertices
    is_junction = vertices.is_junction | junctions
    is_junction[roads.links.ravel()] = True
    is_junction[vertices.node[closed | np.roll(closed, 1)]] = True
    edges = split(vertices, is_junction)
    along = np.concatenate([[0.0], np.cumsum(np.where(closed, 0.0, minutes))])[: len(minutes)]
    is_open = ~closed[edges.first]
    way = roads.speeds.direction[vertices.line[edges.first]] if mode == "drive" else np.zeros(len(is_open), np.int8)
    direction = way if is_outward else -way
    cost = np.maximum(along[edges.last] - along[edges.first], LEAST_MIN)
    ahead, back = is_open & (direction >= 0), is_open & (direction <= 0)
    walk = roads.walks.minutes(scenario, settings) + _boarding(roads, settings)
    free = np.isfinite(walk)
    number = np.cumsum(is_junction) - 1
    foot = _both_ways(number[roads.links[free]], walk[free])
    boards = _both_ways(number[vertices.boards], np.full(len(vertices.boards), settings.water.ferry_wait_min / 2))
    start, end = number[edges.start], number[edges.end]
    size = int(is_junction.sum())
    parts = [(start[ahead], end[ahead], cost[ahead]), (end[back], start[back], cost[back]), foot, boards]
    return Network(
        vertices, np.flatnonzero(is_junction), least(parts, size), least([foot], size), edges, along, is_open, direction
    )


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
