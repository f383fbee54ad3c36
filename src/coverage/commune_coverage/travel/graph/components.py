"""Pieces of road that do not touch, joined by the shortest ways over the ground between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_erosion, maximum_filter, minimum_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError, cKDTree

from commune_coverage.travel.graph.speeds import LineSpeeds
from commune_coverage.travel.graph.vertices import Floats, Integers, Vertices
from commune_coverage.travel.routing.off_road import Ground, Walks, walks_between

THINNED_M = 250.0
LARGE = 5_000
"""Thinned nodes from which on a piece is large."""
_NEAR = 8
_SQUARES_M = (2_500.0, 5_000.0, 10_000.0, 20_000.0)
_NEAR_SQUARES = 4
_RING = np.ones((5, 5), dtype=bool)
_RING[1:4, 1:4] = False


def component_connectors(vertices: Vertices, speeds: LineSpeeds, ground: Ground) -> tuple[Integers, Walks]:
    """Pairs of nodes (k x 2) of different pieces with the way between them; ferries are boarded at their ends only.

    Neighbours of a Delaunay triangulation of the nodes, thinned to one of each piece in 250 m: it holds every
    shortest link between pieces (Toussaint 1980), so what the ground joins is joined. Of the largest piece, and of
    other large ones, only what is near another takes part. Ways over wide water stay in, for a flood or a ford to be
    judged by the season.
    """
    piece = pieces_of(vertices)
    if piece.max(initial=0) == 0:
        return np.zeros((0, 2), dtype=np.int64), _walks(vertices, np.zeros((0, 2), dtype=np.int64), ground)
    nodes = _near_others(vertices, piece, _thinned(vertices, piece, _landings(vertices, speeds)))
    pairs = nodes[_neighbours(np.column_stack([vertices.x_m[nodes], vertices.y_m[nodes]]))]
    pairs = pairs[piece[pairs[:, 0]] != piece[pairs[:, 1]]]
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    return pairs, _walks(vertices, pairs, ground)


def pieces_of(vertices: Vertices) -> Integers:
    """The piece that each node belongs to, ferries and all."""
    on = ~vertices.is_last
    boards = vertices.boards.astype(np.int32)
    start = np.concatenate([vertices.node[on], boards[:, 0]])
    end = np.concatenate([vertices.node[1:][on[:-1]], boards[:, 1]])
    count = len(vertices.x_m)
    graph = coo_matrix((np.ones(len(start), dtype=np.int8), (start, end)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _landings(vertices: Vertices, speeds: LineSpeeds) -> npt.NDArray[np.bool_]:
    """Nodes where a person can set off over the ground: all of a road or a river with boats, the ends of a ferry."""
    found = ~vertices.is_afloat_node
    found[vertices.node[speeds.lands_anywhere[vertices.line]]] = True
    found[vertices.node[vertices.is_last | np.roll(vertices.is_last, 1)]] = True
    return found


def _thinned(vertices: Vertices, piece: Integers, wanted: npt.NDArray[np.bool_]) -> Integers:
    nodes = np.flatnonzero(wanted)
    square = piece[nodes]
    for axis in (vertices.y_m, vertices.x_m):
        band = np.floor(axis[nodes] / THINNED_M).astype(np.int64)
        band -= band.min(initial=0)
        square *= band.max(initial=0) + 1
        square += band
    return np.sort(nodes[np.unique(square, return_index=True)[1]])


def _near_others(vertices: Vertices, piece: Integers, nodes: Integers) -> Integers:
    """The nodes without those of large pieces that are inland and among the eight nearest to no node of a small one."""
    of_piece, position = piece[nodes], np.column_stack([vertices.x_m[nodes], vertices.y_m[nodes]])
    count = np.bincount(of_piece)
    large = np.flatnonzero((count >= LARGE) | (count == count.max()))
    kept = ~np.isin(of_piece, large)
    small = position[kept]
    for number in large:
        own = np.flatnonzero(of_piece == number)
        near = min(_NEAR, len(own))
        kept[own[np.unique(cKDTree(position[own]).query(_about(small, position[own], len(large)), k=near)[1])]] = True
    if len(large) > 1:
        own = np.flatnonzero(np.isin(of_piece, large))
        kept[own[_on_shore(position[own], of_piece[own])]] = True
    return nodes[kept]


def _about(small: Floats, large: Floats, pieces: int) -> Floats:
    """The positions that may go to a node inland of a large piece; to a lone one, which keeps no shore, all may."""
    if pieces == 1:
        return small
    margin_m = _NEAR_SQUARES * max(_SQUARES_M)
    low, high = large.min(axis=0) - margin_m, large.max(axis=0) + margin_m
    return np.asarray(small[((small >= low) & (small <= high)).all(axis=1)])


def _on_shore(position: Floats, piece: Integers) -> npt.NDArray[np.bool_]:
    """Nodes of large pieces but those inland, by squares of any of the sizes."""
    found = np.ones(len(position), dtype=bool)
    for square_m in _SQUARES_M:
        column, row = np.floor((position - position.min(axis=0)) / square_m).astype(np.int64).T
        found &= ~_is_inland(row, column, piece)[row, column]
    return found


def _is_inland(row: Integers, column: Integers, piece: Integers) -> npt.NDArray[np.bool_]:
    """Squares with nodes of one large piece all around and of no other near.

    All around is in each of the 16 squares about the eight beside it. Seen from more than 3.2 squares away, one of
    those holds a nearer node, whichever the direction; other large pieces are not within four.
    """
    shape = row.max() + 1, column.max() + 1
    least, most = np.full(shape, np.iinfo(np.int64).max), np.full(shape, -1)
    np.minimum.at(least, (row, column), piece)
    np.maximum.at(most, (row, column), piece)
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
