"""Road lines as a chain of vertices: the form in which the network is kept between runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]
"""Of nodes, points, lines or edges, of which there are many: they take half the room."""
Flags = npt.NDArray[np.bool_]
Lines = npt.NDArray[np.object_]

NO_NODE = -1
"""In place of a node or a point: there is none."""
NODE_GRID_M = 0.1
MAX_STEP_M = 250.0
_ROW_STRIDE = 1 << 30
_MIDDLE = _ROW_STRIDE // 2
"""No system in metres is as wide: spots count from below its least."""


@dataclass(frozen=True)
class Vertices:
    """Points (p) along lines, and the nodes (n) that they stand on: points within 0.1 m of each other share one.

    ``step_m`` is the way from each point to the next, 0 at the last of a line. Ferries have nodes of their own;
    ``boards`` (k x 2) pairs each ferry node with the road node at the same spot.
    """

    x_m: Floats
    y_m: Floats
    node: Numbers
    line: Numbers
    step_m: Floats
    is_afloat_node: Flags
    boards: Integers

    @cached_property
    def is_last(self) -> Flags:
        """Points after which their line ends."""
        return np.append(self.line[1:] != self.line[:-1], True) if len(self.line) else np.zeros(0, dtype=bool)

    @cached_property
    def is_junction(self) -> Flags:
        """Nodes where a line ends or lines meet."""
        count = np.bincount(self.node, minlength=len(self.x_m))
        found = count > 1
        found[self.node[self.is_last]] = True
        found[self.node[np.roll(self.is_last, 1)]] = True
        found[self.boards.ravel()] = True
        return found


def make_vertices(lines: Iterable[Lines], is_ferry: Flags) -> Vertices:
    """Vertices of metric lines, some lines at a time, long steps halved until 250 m.

    Lines connect where they share a vertex, as road data is drawn: roads that cross without one are a bridge.
    """
    key, line, step_m = _points_along(lines, is_ferry)
    keys, node = np.unique(key, return_inverse=True)
    on_water = (keys & 1).astype(bool)
    keys >>= 1
    x_m, y_m = (np.asarray((side - _MIDDLE) * NODE_GRID_M) for side in (keys % _ROW_STRIDE, keys // _ROW_STRIDE))
    return Vertices(x_m, y_m, node.astype(np.int32), line, step_m, on_water, _boards(keys))


def _points_along(lines: Iterable[Lines], is_ferry: Flags) -> tuple[Integers, Numbers, Floats]:
    """Of each point along the lines, 250 m apart at most: the key of its node, its line, and the way to the next.

    A key is twice the number of the spot, and one more on water.
    """
    key, line, step_m, first = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0)], 0
    for some in lines:
        points, of_line = shapely.get_coordinates(shapely.segmentize(some, MAX_STEP_M), return_index=True)
        own = (of_line + first).astype(np.int32)
        step = np.hypot(*(points[1:] - points[:-1]).T) * (own[1:] == own[:-1])
        column, row = np.round(points / NODE_GRID_M).astype(np.int64).T + _MIDDLE
        key.append((row * _ROW_STRIDE + column) * 2 + is_ferry[own])
        line.append(own)
        step_m.append(np.append(step, 0.0)[: len(own)])
        first += len(some)
    return np.concatenate(key), np.concatenate(line), np.concatenate(step_m)


def _boards(spot: Integers) -> Integers:
    """Pairs of a ferry's and a road's node at one spot: they follow each other, the road's first."""
    road = np.flatnonzero(spot[1:] == spot[:-1])
    return np.column_stack([road + 1, road]).astype(np.int64)
