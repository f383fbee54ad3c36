"""Connected components of the road network, joined by the shortest walks over the ground between them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_erosion, maximum_filter, minimum_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError, cKDTree

from commune_coverage.travel.arrays import Flags, Floats, Integers
from commune_coverage.travel.graph.speeds import LineSpeeds
from commune_coverage.travel.graph.vertices import Vertices
from commune_coverage.travel.off_road import Ground, Walks, walks_between

THINNED_M = 250.0
LARGE = 5_000
"""Thinned nodes from which on a component is large."""
_NEAR = 8
_SQUARES_M = (2_500.0, 5_000.0, 10_000.0, 20_000.0)
_NEAR_SQUARES = 4
_RING = np.ones((5, 5), dtype=bool)
_RING[1:4, 1:4] = False


def component_connectors(vertices: Vertices, speeds: LineSpeeds, ground: Ground) -> tuple[Integers, Walks]:
    """Join the components of the road network on foot; ferries are boarded at their ends only.

    Parameters
    ----------
    vertices : Vertices
        Points and nodes of the roads.
    speeds : LineSpeeds
        Speed and kind of each line.
    ground : Ground
        Heights and water.

    Returns
    -------
    int64[links, 2]
        Pairs of nodes of different components.
    Walks
        The walk between the two nodes of each pair.

    Notes
    -----
    The pairs are neighbours of a Delaunay triangulation of the nodes, thinned to one of each component in 250 m: it
    holds every shortest link between components (G. Toussaint, Pattern Recognition 12, 1980, 261-268), so what the
    ground joins is joined. Of the largest component, and of other large ones, only nodes near another take part.
    Walks over wide water are included: whether they are passable depends on the season.
    """
    component = component_labels(vertices)
    if component.max(initial=0) == 0:
        return np.zeros((0, 2), dtype=np.int64), _walks(vertices, np.zeros((0, 2), dtype=np.int64), ground)
    nodes = _near_others(vertices, component, _thinned(vertices, component, _landings(vertices, speeds)))
    pairs = nodes[_neighbours(np.column_stack([vertices.x_m[nodes], vertices.y_m[nodes]]))]
    pairs = pairs[component[pairs[:, 0]] != component[pairs[:, 1]]]
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    return pairs, _walks(vertices, pairs, ground)


def component_labels(vertices: Vertices) -> Integers:
    """Label the connected components of the road network, ferries included.

    Parameters
    ----------
    vertices : Vertices
        Points and nodes of the roads.

    Returns
    -------
    int64[nodes]
        The component of each node, numbered from 0.
    """
    on = ~vertices.is_last
    boards = vertices.boards.astype(np.int32)
    start = np.concatenate([vertices.node[on], boards[:, 0]])
    end = np.concatenate([vertices.node[1:][on[:-1]], boards[:, 1]])
    count = len(vertices.x_m)
    graph = coo_matrix((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _landings(vertices: Vertices, speeds: LineSpeeds) -> Flags:
    """Nodes where a person can set off over the ground: all of a road or a river with boats, the ends of a ferry."""
    lands = ~vertices.is_afloat_node
    lands[vertices.node[speeds.lands_anywhere[vertices.line]]] = True
    lands[vertices.node[vertices.is_last | np.roll(vertices.is_last, 1)]] = True
    return lands


def _thinned(vertices: Vertices, component: Integers, wanted: Flags) -> Integers:
    nodes = np.flatnonzero(wanted)
    square = component[nodes]
    for axis in (vertices.y_m, vertices.x_m):
        band = np.floor(axis[nodes] / THINNED_M).astype(np.int64)
        band -= band.min(initial=0)
        square *= band.max(initial=0) + 1
        square += band
    return np.sort(nodes[np.unique(square, return_index=True)[1]])


def _near_others(vertices: Vertices, component: Integers, nodes: Integers) -> Integers:
    """Drop nodes inland of large components that are not among the eight nearest to any small one."""
    of_component, position = component[nodes], np.column_stack([vertices.x_m[nodes], vertices.y_m[nodes]])
    count = np.bincount(of_component)
    large = np.flatnonzero((count >= LARGE) | (count == count.max()))
    takes_part = ~np.isin(of_component, large)
    small = position[takes_part]
    for number in large:
        own = np.flatnonzero(of_component == number)
        near = min(_NEAR, len(own))
        around = _around(small, position[own], len(large))
        takes_part[own[np.unique(cKDTree(position[own]).query(around, k=near)[1])]] = True
    if len(large) > 1:
        own = np.flatnonzero(np.isin(of_component, large))
        takes_part[own[_on_shore(position[own], of_component[own])]] = True
    return nodes[takes_part]


def _around(small: Floats, large: Floats, components: int) -> Floats:
    """Select positions that may go to a node inland of a large component; all of a single one, which has no shore."""
    if components == 1:
        return small
    margin_m = _NEAR_SQUARES * max(_SQUARES_M)
    low, high = large.min(axis=0) - margin_m, large.max(axis=0) + margin_m
    return np.asarray(small[((small >= low) & (small <= high)).all(axis=1)])


def _on_shore(position: Floats, component: Integers) -> Flags:
    """Nodes of large components but those inland, by squares of any of the sizes."""
    on_shore = np.ones(len(position), dtype=bool)
    for square_m in _SQUARES_M:
        column, row = np.floor((position - position.min(axis=0)) / square_m).astype(np.int64).T
        on_shore &= ~_is_inland(row, column, component)[row, column]
    return on_shore


def _is_inland(row: Integers, column: Integers, component: Integers) -> Flags:
    """Squares with nodes of one large component all around and of no other near.

    All around is in each of the 16 squares around its eight neighbours. Seen from more than 3.2 squares away, one of
    those holds a nearer node, whichever the direction; other large components are not within four.
    """
    shape = row.max() + 1, column.max() + 1
    least, most = np.full(shape, np.iinfo(np.int64).max), np.full(shape, -1)
    np.minimum.at(least, (row, column), component)
    np.maximum.at(most, (row, column), component)
    width = 2 * _NEAR_SQUARES + 1
    is_alone = minimum_filter(least, width, mode="nearest") == maximum_filter(most, width, mode="nearest")
    return np.asarray(is_alone & binary_erosion(most >= 0, _RING))


def _neighbours(points: Floats) -> Integers:
    """Pairs of positions in ``points`` that a triangulation joins; along a line, each with the next."""
    if len(points) > 3:
        try:
            corners = Delaunay(points - points.mean(axis=0)).simplices
            return np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]).astype(np.int64)
        except QhullError:
            pass
    order = np.lexsort((points[:, 1], points[:, 0]))
    return np.column_stack([order[:-1], order[1:]]).astype(np.int64)


def _walks(vertices: Vertices, pairs: Integers, ground: Ground) -> Walks:
    position = np.column_stack([vertices.x_m, vertices.y_m])
    return walks_between(position[pairs[:, 0]], position[pairs[:, 1]], ground)
