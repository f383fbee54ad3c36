"""Road lines as a chain of vertices: the form in which the network is kept between runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

NODE_GRID_M = 0.1
MAX_STEP_M = 250.0
_ROW_STRIDE = 1 << 30


@dataclass(frozen=True)
class Vertices:
    """Points (p) along lines, and the nodes (n) that they stand on: points within 0.1 m of each other share one.

    ``step_m`` is the way from each point to the next, 0 at the last of a line. Ferries have nodes of their own;
    ``boards`` (k x 2) pairs each ferry node with the road node at the same spot.
    """

    x_m: Floats
    y_m: Floats
    node: Integers
    line: Integers
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


def make_vertices(lines: npt.NDArray[np.object_], is_afloat: Flags) -> Vertices:
    """Vertices of metric lines, long steps halved until 250 m.

    Lines connect where they share a vertex, as road data is drawn: roads that cross without one are a bridge.
    """
    dense = shapely.segmentize(lines, MAX_STEP_M)
    points, line = shapely.get_coordinates(dense, return_index=True)
    on_water = is_afloat[line]
    column, row = np.round(points / NODE_GRID_M).astype(np.int64).T
    spot = (row - row.min(initial=0)) * _ROW_STRIDE + (column - column.min(initial=0))
    _, first, node = np.unique(spot * 2 + on_water, return_index=True, return_inverse=True)
    step_m = np.hypot(*(points[1:] - points[:-1]).T) * (line[1:] == line[:-1])
    return Vertices(
        column[first] * NODE_GRID_M,
        row[first] * NODE_GRID_M,
        node.astype(np.int64),
        line.astype(np.int64),
        np.append(step_m, 0.0) if len(points) else step_m,
        on_water[first],
        _boards(spot[first], on_water[first]),
    )


def _boards(spot: Integers, on_water: Flags) -> Integers:
    """Pairs of a ferry's and a road's node at one spot."""
    ferries, roads = np.flatnonzero(on_water), np.flatnonzero(~on_water)
    _, left, right = np.intersect1d(spot[ferries], spot[roads], assume_unique=True, return_indices=True)
    return np.column_stack([ferries[left], roads[right]]).astype(np.int64)
