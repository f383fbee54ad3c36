"""Places and hubs brought to the road: the nearest node that no wide water keeps them from, and the way there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from commune_coverage.travel.graph.vertices import NO_NODE, Floats, Integers
from commune_coverage.travel.routing.nearest import Buckets, into_buckets
from commune_coverage.travel.routing.off_road import Ground, Walks, walks_between

_TRIES = (16, 128, 1024)
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Snapped:
    """Of each position the ``node`` that it goes to (NOWHERE: none over land) and the way there."""

    node: Integers
    walks: Walks


@dataclass(frozen=True)
class Nodes:
    """Nodes that can be gone to, with their numbers in the network; or points with their row numbers."""

    position_m: Floats
    number: Integers

    @cached_property
    def buckets(self) -> Buckets:
        return into_buckets(self.position_m)

    @cached_property
    def tree(self) -> cKDTree:
        """For the few positions that ask for more than the nearest."""
        return cKDTree(self.position_m)


def snap(position_m: Floats, nodes: Nodes, ground: Ground, max_crossing_m: float) -> Snapped:
    """The nearest node to each position (n x 2), or of the 1,024 nearest the first without water in the way."""
    if not len(nodes.number) or not len(position_m):
        return Snapped(np.full(len(position_m), NO_NODE), walks_between(position_m, position_m, ground))
    nearest = nodes.buckets.nearest(position_m)[0]
    walks = walks_between(position_m, nodes.position_m[nearest], ground)
    node = np.where(walks.water_m > max_crossing_m, NO_NODE, nodes.number[nearest])
    return _retried(Snapped(node, walks), position_m, nodes, ground, max_crossing_m)


def _retried(snapped: Snapped, position_m: Floats, nodes: Nodes, ground: Ground, max_crossing_m: float) -> Snapped:
    """Positions without a way try farther nodes, nearest first, ever more of them."""
    cut_off = np.flatnonzero(snapped.node == NO_NODE)
    if not len(cut_off):
        return snapped
    node, walks = snapped.node.copy(), snapped.walks
    for tries in _TRIES:
        for rows in np.array_split(cut_off, len(cut_off) // _ROWS_AT_ONCE + 1):
            candidates = nodes.tree.query(position_m[rows], k=[*range(1, min(tries, len(nodes.number)) + 1)])[1]
            chosen, ways = _first_dry(position_m[rows], nodes, candidates, ground, max_crossing_m)
            found = chosen != NO_NODE
            node[rows[found]] = nodes.number[chosen[found]]
            _put(walks, rows[found], ways.of(found))
        cut_off = cut_off[node[cut_off] == NO_NODE]
    return Snapped(node, walks)


def _first_dry(
    position_m: Floats, nodes: Nodes, candidates: Integers, ground: Ground, max_crossing_m: float
) -> tuple[Integers, Walks]:
    """Of each row's candidates (rows of ``nodes``) the first with a dry way, NOWHERE without, and that way."""
    rows, tries = candidates.shape
    walks = walks_between(np.repeat(position_m, tries, axis=0), nodes.position_m[candidates.ravel()], ground)
    dry = (walks.water_m <= max_crossing_m).reshape(rows, tries)
    first = dry.argmax(axis=1)
    at = np.arange(rows) * tries + first
    return np.where(dry.any(axis=1), candidates[np.arange(rows), first], NO_NODE), walks.of(at)


def _put(walks: Walks, rows: Integers, ways: Walks) -> None:
    """Puts the ways into those rows of the walks."""
    for field in fields(Walks):
        getattr(walks, field.name)[rows] = getattr(ways, field.name)


@dataclass(frozen=True)
class Beside:
    """The point in a straight line nearest to each position: its number, the way there; NOWHERE beyond a distance."""

    point: Integers
    walks: Walks


def beside(position_m: Floats, points: Nodes, within_m: float, ground: Ground) -> Beside:
    """The nearest of the points to each position within ``within_m``; its length is inf where there is none."""
    point, walks = np.full(len(position_m), NO_NODE), _far(len(position_m))
    if not len(points.number):
        return Beside(point, walks)
    nearest, _ = points.buckets.nearest(position_m, within_m)
    there = np.flatnonzero(nearest != NO_NODE)
    point[there] = points.number[nearest[there]]
    _put(walks, there, walks_between(position_m[there], points.position_m[nearest[there]], ground))
    return Beside(point, walks)


def _far(count: int) -> Walks:
    return Walks(np.full(count, np.inf), np.full(count, np.inf), np.zeros(count), np.zeros(count))
