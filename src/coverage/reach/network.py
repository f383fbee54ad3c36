"""The graph of junctions and the edges between them, timed for one season and set of speeds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from coverage.reach.layout import Ends, Layout
from coverage.reach.scenario import Mode, Scenario
from coverage.reach.step_minutes import Roads, step_minutes
from coverage.reach.vertices import Flags, Floats, Integers
from coverage.reach_assumptions import Reach

LEAST_MIN = 1e-6
"""A graph keeps no edge of 0 minutes."""


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
    walk = roads.walks.minutes(scenario, settings) + _boarding(roads, roads.links)
    free = np.isfinite(walk)
    foot = _both_ways(layout.row[roads.links[free]], walk[free])
    boards = _both_ways(layout.row[layout.vertices.boards], _boarding(roads, layout.vertices.boards))
    start, end = layout.start, layout.end
    parts = [(start[ahead], end[ahead], cost[ahead]), (end[back], start[back], cost[back]), foot, boards]
    size = len(layout.junctions)
    return Network(layout, least(parts, size), least([foot], size), along, is_open, direction)


def _boarding(roads: Roads, pairs: Integers) -> Floats:
    """Half the wait for a ferry or boat for each node of the pairs that is on one."""
    vertices, speeds = roads.vertices, roads.speeds
    wait = np.zeros(len(vertices.x_m))
    afloat = speeds.is_afloat[vertices.line]
    wait[vertices.node[afloat]] = speeds.wait_min[vertices.line[afloat]]
    return np.asarray(wait[pairs].sum(axis=1) / 2)


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
