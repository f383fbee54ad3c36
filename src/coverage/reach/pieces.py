"""Pieces of road that do not touch, joined by the shortest ways over the ground between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, QhullError, cKDTree

from coverage.reach.ground import Ground, Walks, walks_between
from coverage.reach.speeds import LineSpeeds
from coverage.reach.vertices import Floats, Integers, Vertices

THINNED_M = 250.0
_NEAR = 8


def walking_links(vertices: Vertices, speeds: LineSpeeds, ground: Ground) -> tuple[Integers, Walks]:
    """Pairs of nodes (k x 2) of different pieces with the way between them; ferries are boarded at their ends only.

    Neighbours of a Delaunay triangulation of the nodes, thinned to one of each piece in 250 m: it holds every
    shortest link between pieces (Toussaint 1980), so what the ground joins is joined. Of the largest piece only what
    is near another takes part. Ways over wide water stay in, for a flood or a ford to be judged by the season.
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
    start = np.concatenate([vertices.node[on], vertices.boards[:, 0]])
    end = np.concatenate([vertices.node[np.flatnonzero(on) + 1], vertices.boards[:, 1]])
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
    column, row = (
        np.floor(axis[nodes] / THINNED_M).astype(np.int64) for axis in (vertices.x_m, vertices.y_m)
    )  # fmt: skip
    order = np.lexsort((column, row, piece[nodes]))
    keys = np.column_stack([piece[nodes], row, column])[order]
    first = np.append(True, (keys[1:] != keys[:-1]).any(axis=1))
    return np.sort(nodes[order][first])


def _near_others(vertices: Vertices, piece: Integers, nodes: Integers) -> Integers:
    """The nodes without those of the largest piece that are among the eight nearest to no node of another."""
    largest = piece[nodes] == np.bincount(piece[nodes]).argmax()
    position = np.column_stack([vertices.x_m[nodes], vertices.y_m[nodes]])
    near = min(_NEAR, int(largest.sum()))
    found = cKDTree(position[largest]).query(position[~largest], k=near)[1]
    kept = ~largest
    kept[np.flatnonzero(largest)[np.unique(found)]] = True
    return nodes[kept]


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
