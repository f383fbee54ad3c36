"""Places and hubs brought to the road: the nearest node that no wide water separates them from, and the walk there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from commune_coverage.core.scale import Scale
from commune_coverage.travel.arrays import Floats, Integers
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Ground, Walks, walks_between
from commune_coverage.travel.routing.nearest import Buckets, build_buckets

_TRIES = (16, 128, 1024)
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Snapped:
    """The node that each position is brought to.

    Attributes
    ----------
    node : int64[n]
        Node of the network; ``NO_NODE`` where none is reached over land.
    walks : Walks
        The walk there.
    """

    node: Integers
    walks: Walks


@dataclass(frozen=True)
class Nodes:
    """Nodes, or other points, that positions can be brought to.

    Attributes
    ----------
    position_m : float64[n, 2]
        Position of each, m.
    number : int64[n]
        Number of each in the network, or row of the point.
    """

    position_m: Floats
    number: Integers

    @cached_property
    def buckets(self) -> Buckets:
        """The nodes in buckets, for the nearest of each position."""
        return build_buckets(self.position_m)

    @cached_property
    def tree(self) -> cKDTree:
        """The nodes in a tree, for the few positions that need more than the nearest."""
        return cKDTree(self.position_m)


def snap(position_m: Floats, nodes: Nodes, ground: Ground, max_crossing_m: float) -> Snapped:
    """Bring positions to the nearest node, or to the first of the 1,024 nearest without wide water in between.

    Parameters
    ----------
    position_m : float64[n, 2]
        Positions, m.
    nodes : Nodes
        Nodes to choose from.
    ground : Ground
        Heights and water.
    max_crossing_m : float
        Width of water that is still waded, m.

    Returns
    -------
    Snapped
    """
    if not len(nodes.number) or not len(position_m):
        return Snapped(np.full(len(position_m), NO_NODE), walks_between(position_m, position_m, ground))
    nearest = nodes.buckets.nearest(position_m)[0]
    walks = walks_between(position_m, nodes.position_m[nearest], ground)
    node = np.where(walks.water_m > max_crossing_m, NO_NODE, nodes.number[nearest])
    return _retried(Snapped(node, walks), position_m, nodes, ground, max_crossing_m)


def _retried(snapped: Snapped, position_m: Floats, nodes: Nodes, ground: Ground, max_crossing_m: float) -> Snapped:
    """Positions that water cuts off try farther nodes, nearest first, ever more of them."""
    cut_off = np.flatnonzero(snapped.node == NO_NODE)
    if not len(cut_off):
        return snapped
    node, walks = snapped.node.copy(), snapped.walks
    for tries in _TRIES:
        for rows in np.array_split(cut_off, len(cut_off) // _ROWS_AT_ONCE + 1):
            candidates = nodes.tree.query(position_m[rows], k=[*range(1, min(tries, len(nodes.number)) + 1)])[1]
            chosen, dry_walks = _first_dry(position_m[rows], nodes, candidates, ground, max_crossing_m)
            reached = chosen != NO_NODE
            node[rows[reached]] = nodes.number[chosen[reached]]
            _put(walks, rows[reached], dry_walks.of(reached))
        cut_off = cut_off[node[cut_off] == NO_NODE]
    return Snapped(node, walks)


def _first_dry(
    position_m: Floats, nodes: Nodes, candidates: Integers, ground: Ground, max_crossing_m: float
) -> tuple[Integers, Walks]:
    """Of each row's candidates (rows of ``nodes``) the first with a dry walk, ``NO_NODE`` without, and that walk."""
    rows, tries = candidates.shape
    walks = walks_between(np.repeat(position_m, tries, axis=0), nodes.position_m[candidates.ravel()], ground)
    dry = (walks.water_m <= max_crossing_m).reshape(rows, tries)
    first = dry.argmax(axis=1)
    at = np.arange(rows) * tries + first
    return np.where(dry.any(axis=1), candidates[np.arange(rows), first], NO_NODE), walks.of(at)


def _put(walks: Walks, rows: Integers, values: Walks) -> None:
    """Write ``values`` into those rows of ``walks``."""
    for target, source in zip(walks, values, strict=True):
        target[rows] = source


@dataclass(frozen=True)
class DirectWalks:
    """The point in a straight line nearest to each position.

    Attributes
    ----------
    point : int64[n]
        Number of the point; ``NO_NODE`` where none is within the distance.
    walks : Walks
        The walk there; of length inf where there is none.
    """

    point: Integers
    walks: Walks


def direct_walks(position_m: Floats, points: Nodes, within_m: float, ground: Ground) -> DirectWalks:
    """Walk straight to the nearest point, where one is near.

    Parameters
    ----------
    position_m : float64[n, 2]
        Positions, m.
    points : Nodes
        Hubs or payment points.
    within_m : float
        Longest straight line that is walked, m.
    ground : Ground
        Heights and water.

    Returns
    -------
    DirectWalks
    """
    point, walks = np.full(len(position_m), NO_NODE), _endless_walks(len(position_m))
    if not len(points.number):
        return DirectWalks(point, walks)
    nearest = nearest_within(points, position_m, within_m, ground.scale)
    near = np.flatnonzero(nearest != NO_NODE)
    point[near] = points.number[nearest[near]]
    _put(walks, near, walks_between(position_m[near], points.position_m[nearest[near]], ground))
    return DirectWalks(point, walks)


def nearest_within(points: Nodes, position_m: Floats, within_m: float, scale: Scale) -> Integers:
    """Find the nearest point to each position, where one is near.

    Parameters
    ----------
    points : Nodes
        Points to choose from.
    position_m : float64[n, 2]
        Positions, m.
    within_m : float
        Largest distance that counts, m.
    scale : Scale
        By what distances in the metric system are corrected.

    Returns
    -------
    int64[n]
        Row of the point; ``NO_NODE`` where none is within the distance.
    """
    nearest, _ = points.buckets.nearest(position_m, within_m / float(scale.true_per_m.min()))
    if not scale.is_one:
        near = np.flatnonzero(nearest != NO_NODE)
        is_far = scale.lengths_m(position_m[near], points.position_m[nearest[near]]) > within_m
        nearest[near[is_far]] = NO_NODE
    return nearest


def _endless_walks(count: int) -> Walks:
    return Walks(np.full(count, np.inf), np.full(count, np.inf), np.zeros(count), np.zeros(count))
