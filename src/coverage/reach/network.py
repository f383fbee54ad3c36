"""Road lines to a graph, and minutes from the hubs to every node of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]

NODE_GRID_M = 0.1
MAX_SEGMENT_M = 250.0
_LEAST_MIN = 1e-6
_ROW_STRIDE = 1 << 31


@dataclass(frozen=True)
class Network:
    """Nodes (n x 2, metres) and an undirected graph of minutes (n x n, upper half)."""

    nodes: Floats
    minutes: csr_matrix


def build_network(lines: npt.NDArray[np.object_], speed_kmh: Floats) -> Network:
    """Graph of metric lines: vertices that agree to 0.1 m are one node; long segments are halved until 250 m.

    Lines connect where they share a vertex, as road data is drawn; one-way is not heeded.
    """
    dense = shapely.segmentize(lines, MAX_SEGMENT_M)
    points, line = shapely.get_coordinates(dense, return_index=True)
    column, row = np.round(points / NODE_GRID_M).astype(np.int64).T
    _, first, node = np.unique(row * _ROW_STRIDE + column, return_index=True, return_inverse=True)
    nodes = np.column_stack([column[first], row[first]]) * NODE_GRID_M
    along = line[:-1] == line[1:]
    start, end = node[:-1][along], node[1:][along]
    length_m = np.hypot(*(points[1:][along] - points[:-1][along]).T)
    minutes = np.maximum(length_m / 1000 / speed_kmh[line[:-1][along]] * 60, _LEAST_MIN)
    low, high = np.minimum(start, end), np.maximum(start, end)
    return Network(nodes, _least(low, high, minutes, len(nodes)))


def _least(row: npt.NDArray[np.int64], column: npt.NDArray[np.int64], minutes: Floats, nodes: int) -> csr_matrix:
    """Sparse matrix keeping the least value of repeated entries; loops dropped."""
    keep = row != column
    row, column, minutes = row[keep], column[keep], minutes[keep]
    order = np.lexsort((minutes, column, row))
    row, column, minutes = row[order], column[order], minutes[order]
    first = np.ones(len(row), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    return csr_matrix((minutes[first], (row[first], column[first])), shape=(nodes, nodes))


def minutes_from(hubs: Floats, network: Network, walk_kmh: float, max_walk_m: float) -> Floats:
    """Minutes from the nearest hub to each node (inf where no road leads), the walk to the road included.

    ``hubs`` is m x 2 in metres; each joins its nearest node when that is within ``max_walk_m``.
    """
    count = len(network.nodes)
    distance, node = cKDTree(network.nodes).query(hubs, distance_upper_bound=max_walk_m)
    joined = np.isfinite(distance)
    if not joined.any():
        return np.full(count, np.inf)
    walk_min = np.maximum(distance[joined] / 1000 / walk_kmh * 60, _LEAST_MIN)
    source = _least(np.full(joined.sum(), count), node[joined], walk_min, count + 1)
    graph = network.minutes.copy()
    graph.resize(count + 1, count + 1)
    return np.asarray(dijkstra(graph + source, directed=False, indices=count)[:count])
