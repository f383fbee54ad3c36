"""Places and hubs brought to the road: the nearest node that no wide water keeps them from, and the way there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from coverage.reach.ground import Ground, Walks, walks_between
from coverage.reach.nearest import Buckets, into_buckets
from coverage.reach.spread import NOWHERE
from coverage.reach.vertices import Flags, Floats, Integers

_TRIES = 16


@dataclass(frozen=True)
class Snapped:
    """Of each position the ``node`` that it goes to (NOWHERE: none over land) and the way there."""

    node: Integers
    walks: Walks


@dataclass(frozen=True)
class Nodes:
    """Nodes that can be gone to, with their numbers in the network."""

    position_m: Floats
    number: Integers

    @cached_property
    def buckets(self) -> Buckets:
        return into_buckets(self.position_m)


def snap(position_m: Floats, nodes: Nodes, ground: Ground, ford_m: float) -> Snapped:
    """The nearest node to each position (n x 2), or of the 16 nearest the first without water in the way."""
    if not len(nodes.number) or not len(position_m):
        return Snapped(np.full(len(position_m), NOWHERE), walks_between(position_m, position_m, ground))
    nearest = nodes.buckets.nearest(position_m)[0]
    walks = walks_between(position_m, nodes.position_m[nearest], ground)
    node = np.where(walks.water_m > ford_m, NOWHERE, nodes.number[nearest])
    return _retried(Snapped(node, walks), position_m, nodes, ground, ford_m)


def _retried(snapped: Snapped, position_m: Floats, nodes: Nodes, ground: Ground, ford_m: float) -> Snapped:
    """Positions without a way try the next nodes, nearest first."""
    cut_off = np.flatnonzero(snapped.node == NOWHERE)
    tries = min(_TRIES, len(nodes.number))
    if not len(cut_off) or tries < 2:
        return snapped
    candidates = cKDTree(nodes.position_m).query(position_m[cut_off], k=tries)[1]
    node, walks = snapped.node.copy(), snapped.walks
    for column in range(1, tries):
        open_rows = np.flatnonzero(node[cut_off] == NOWHERE)
        if not len(open_rows):
            break
        rows, chosen = cut_off[open_rows], candidates[open_rows, column]
        tried = walks_between(position_m[rows], nodes.position_m[chosen], ground)
        dry = tried.water_m <= ford_m
        node[rows[dry]] = nodes.number[chosen[dry]]
        walks = _replaced(walks, rows[dry], tried, dry)
    return Snapped(node, walks)


def _replaced(walks: Walks, rows: Integers, tried: Walks, chosen: Flags) -> Walks:
    fields = {}
    for name in ("length_m", "effort_m", "flooded_m", "water_m"):
        values = getattr(walks, name).copy()
        values[rows] = getattr(tried, name)[chosen]
        fields[name] = values
    return Walks(**fields)


@dataclass(frozen=True)
class Beside:
    """The point in a straight line nearest to each position: which, and the way there; NOWHERE beyond a distance."""

    point: Integers
    walks: Walks


def beside(position_m: Floats, points_m: Floats, within_m: float, ground: Ground) -> Beside:
    """The nearest of the points (m x 2) to each position within ``within_m``; its length is inf where there is none."""
    if not len(points_m):
        return Beside(np.full(len(position_m), NOWHERE), _far(len(position_m)))
    point, _ = into_buckets(points_m).nearest(position_m, within_m)
    there = np.flatnonzero(point != NOWHERE)
    walks = _far(len(position_m))
    return Beside(
        point,
        _replaced(
            walks, there, walks_between(position_m[there], points_m[point[there]], ground), np.ones(len(there), bool)
        ),
    )


def _far(count: int) -> Walks:
    return Walks(np.full(count, np.inf), np.full(count, np.inf), np.zeros(count), np.zeros(count))
