"""Road lines as a chain of vertices: the form in which the network is stored between runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from commune_coverage.core.scale import UNSCALED, Scale
from commune_coverage.travel.arrays import Flags, Floats, Integers, Integers32, Lines

NO_NODE = -1
"""In place of a node or a point: there is none."""
NODE_GRID_M = 0.1
MAX_STEP_M = 250.0
_ROW_STRIDE = 1 << 30
_MIDDLE = _ROW_STRIDE // 2
"""No system in metres is as wide: grid positions count from below its least."""


@dataclass(frozen=True)
class Vertices:
    """Points along lines, and the nodes that they stand on: points within 0.1 m of each other share a node.

    Ferries have nodes of their own, which are boarded from road nodes at the same position.

    Attributes
    ----------
    x_m, y_m : float64[nodes]
        Position of each node in the metric system, m.
    node : int32[points]
        Node of each point.
    line : int32[points]
        Line of each point; points of a line follow each other.
    step_m : float64[points]
        Length from each point to the next, m; 0 at the last of a line.
    is_afloat_node : bool[nodes]
        Nodes of ferries and boats.
    boards : int64[pairs, 2]
        Each ferry node with the road node at the same position.
    """

    x_m: Floats
    y_m: Floats
    node: Integers32
    line: Integers32
    step_m: Floats
    is_afloat_node: Flags
    boards: Integers

    @cached_property
    def is_last(self) -> Flags:
        """Points after which their line ends: bool[points]."""
        return np.append(self.line[1:] != self.line[:-1], True) if len(self.line) else np.zeros(0, dtype=bool)

    @cached_property
    def is_junction(self) -> Flags:
        """Nodes where a line ends or lines meet: bool[nodes]."""
        count = np.bincount(self.node, minlength=len(self.x_m))
        is_junction = count > 1
        is_junction[self.node[self.is_last]] = True
        is_junction[self.node[np.roll(self.is_last, 1)]] = True
        is_junction[self.boards.ravel()] = True
        return is_junction


def make_vertices(lines: Iterable[Lines], is_ferry: Flags, scale: Scale = UNSCALED) -> Vertices:
    """Split metric lines into vertices, steps longer than 250 m halved.

    Parameters
    ----------
    lines : iterable of object[lines of the chunk]
        Shapely line strings in the metric system, some at a time.
    is_ferry : bool[lines]
        Which of all the lines are on water.
    scale : Scale, optional
        By what lengths in the metric system are corrected.

    Returns
    -------
    Vertices

    Notes
    -----
    Lines connect where they share a vertex, as OpenStreetMap draws roads: roads that cross without one are a bridge.
    """
    key, line, step_m = _points_along(lines, is_ferry, scale)
    keys, node = np.unique(key, return_inverse=True)
    on_water = (keys & 1).astype(bool)
    keys >>= 1
    x_m, y_m = (np.asarray((side - _MIDDLE) * NODE_GRID_M) for side in (keys % _ROW_STRIDE, keys // _ROW_STRIDE))
    return Vertices(x_m, y_m, node.astype(np.int32), line, step_m, on_water, _boards(keys))


def _points_along(lines: Iterable[Lines], is_ferry: Flags, scale: Scale) -> tuple[Integers, Integers32, Floats]:
    """Of each point along the lines, 250 m apart at most: the key of its node, its line, the length to the next.

    A key is twice the number of the position on the 0.1 m grid, and one more on water.
    """
    key, line, step_m, first = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0)], 0
    for chunk in lines:
        points, of_line = shapely.get_coordinates(shapely.segmentize(chunk, MAX_STEP_M), return_index=True)
        own = (of_line + first).astype(np.int32)
        step = np.hypot(*(points[1:] - points[:-1]).T) * (own[1:] == own[:-1])
        if not scale.is_one:
            step *= scale.at(*((points[1:] + points[:-1]) / 2).T)
        column, row = np.round(points / NODE_GRID_M).astype(np.int64).T + _MIDDLE
        key.append((row * _ROW_STRIDE + column) * 2 + is_ferry[own])
        line.append(own)
        step_m.append(np.append(step, 0.0)[: len(own)])
        first += len(chunk)
    return np.concatenate(key), np.concatenate(line), np.concatenate(step_m)


def _boards(position: Integers) -> Integers:
    """Pairs of a ferry's and a road's node at one position: they follow each other, the road's first."""
    road = np.flatnonzero(position[1:] == position[:-1])
    return np.column_stack([road + 1, road]).astype(np.int64)
