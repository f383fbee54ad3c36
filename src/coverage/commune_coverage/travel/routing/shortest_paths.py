"""From hubs outward: minutes to every node, which hub is nearest, and how much of the way is on foot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from commune_coverage.travel.graph.network import MIN_MIN, Network
from commune_coverage.travel.graph.topology import Ends
from commune_coverage.travel.graph.vertices import NO_NODE, Floats, Integers, Vertices

_CHUNK = 32
_REGION = 256
_NEIGHBOURHOOD_M = 50_000.0


@dataclass(frozen=True)
class Spread:
    """Of each node: ``minutes`` to or from the nearest hub (inf where none leads), that ``hub``, ``foot_min`` of it."""

    minutes: Floats
    hub: npt.NDArray[np.integer[Any]]
    foot_min: Floats

    def single(self) -> Spread:
        """In single precision, as it is kept."""
        return Spread(self.minutes.astype(np.float32), self.hub.astype(np.int32), self.foot_min.astype(np.float32))


def spread(network: Network, hub_node: Integers, offset_min: Floats, with_hub: bool = True) -> Spread:
    """Minutes from the hubs to all nodes by E. Dijkstra (1959), ``offset_min`` being the way from hub to its node.

    ``hub_node`` are nodes that the network was given as junctions, NOWHERE for a hub that no road is near; an
    infinite offset leaves a hub out. Without ``with_hub`` only the minutes are filled in.
    """
    size = len(network.layout.junctions)
    used = np.flatnonzero((hub_node != NO_NODE) & np.isfinite(offset_min))
    if not len(used):
        return unreachable(len(network.layout.vertices.x_m))
    at = np.searchsorted(network.layout.junctions, hub_node[used])
    graph = _with_hubs(network.graph, at, offset_min[used])
    minutes, before, root = dijkstra(
        graph, indices=np.arange(size, size + len(used)), min_only=True, return_predecessors=True
    )
    if not with_hub:
        return Spread(network.at_nodes(minutes[:size])[0], np.zeros(0, np.int64), np.zeros(0))
    foot = _on_foot(network, minutes, before, size)
    hub = np.where(np.isfinite(minutes[:size]), used[np.clip(root[:size] - size, 0, None)], NO_NODE)
    return _at_every_node(network, minutes[:size], hub, foot[:size])


def unreachable(nodes: int) -> Spread:
    """Nobody is reached."""
    return Spread(np.full(nodes, np.inf), np.full(nodes, NO_NODE), np.zeros(nodes))


def _with_hubs(graph: csr_matrix, at: Integers, offset_min: Floats) -> csr_matrix:
    """The graph with one more node a hub, from which one edge leads to the hub's junction."""
    size, hubs = graph.shape[0], len(at)
    data = np.concatenate([graph.data, np.maximum(offset_min, MIN_MIN)])
    indices = np.concatenate([graph.indices, at])
    indptr = np.concatenate([graph.indptr, graph.indptr[-1] + np.arange(1, hubs + 1)])
    return csr_matrix((data, indices, indptr), shape=(size + hubs, size + hubs))


def _on_foot(network: Network, minutes: Floats, before: Integers, size: int) -> Floats:
    """Minutes on foot on the way from the root to each node: walking links and the first way, added up the tree."""
    total = len(minutes)
    foot = np.zeros(total)
    node = np.flatnonzero(before[:size] >= 0)
    parent = before[node].astype(np.int64)
    foot[node[parent >= size]] = minutes[node[parent >= size]]
    node, parent = node[parent < size], parent[parent < size]
    walk = np.asarray(network.on_foot[parent, node]).ravel() if len(node) else np.zeros(0)
    taken = minutes[node] - minutes[parent]
    foot[node] = np.where((walk > 0) & (np.abs(walk - taken) <= 1e-6), taken, 0.0)
    jump = np.where(before >= 0, before, np.arange(total)).astype(np.int64)
    while True:
        further = jump[jump]
        foot = foot + np.where(jump != np.arange(total), foot[jump], 0.0)
        if np.array_equal(further, jump):
            return foot
        jump = further


def _at_every_node(network: Network, minutes: Floats, hub: Integers, foot: Floats) -> Spread:
    """Carries what holds at the junctions into the edges: each inner node is reached from the nearer end."""
    least, nearer = network.at_nodes(minutes)
    of_node = hub.astype(np.int32)[nearer]
    of_node[~np.isfinite(least)] = NO_NODE
    return Spread(least, of_node, foot[nearer])


class WaysOfHubs(NamedTuple):
    """Of some hubs: the places that any of them reaches, and the minutes (hubs x places), inf beyond the most."""

    hub: Integers
    place: Integers
    minutes: Floats


def ways_within(
    network: Network,
    hub_node: Integers,
    offset_min: Floats,
    place_node: Integers,
    place_min: Floats,
    max_minutes: float,
) -> Iterator[WaysOfHubs]:
    """Minutes between hubs and places of at most ``max_minutes``, some hubs at a time; both walks to the road count.

    The hubs are junctions of the network; NOWHERE and infinite walks lead nowhere.
    """
    used = np.flatnonzero((hub_node != NO_NODE) & np.isfinite(offset_min))
    used = used[_by_neighbourhood(network.layout.vertices, hub_node[used])]
    standing = np.flatnonzero((place_node != NO_NODE) & (place_min <= max_minutes))
    ends = network.edge_endpoints(place_node[standing])
    for region in (used[first : first + _REGION] for first in range(0, len(used), _REGION)):
        at = np.searchsorted(network.layout.junctions, hub_node[region])
        graph, row = _within(network.graph, at, max_minutes)
        here = np.flatnonzero((row[ends.start] != NO_NODE) | (row[ends.end] != NO_NODE))
        near = Ends(row[ends.start[here]], row[ends.end[here]], ends.ahead_min[here], ends.back_min[here])
        for first in range(0, len(region), _CHUNK):
            minutes = dijkstra(graph, indices=row[at[first : first + _CHUNK]], limit=max_minutes)
            minutes[:, NO_NODE] = np.inf
            met = np.isfinite(minutes).any(axis=0)
            met = np.flatnonzero(met[near.start] | met[near.end])
            there, chunk = standing[here[met]], region[first : first + _CHUNK]
            ways = near.of(met)
            to_place = np.array([ways.at(one) for one in minutes])
            total = np.maximum(to_place + offset_min[chunk][:, None] + place_min[there], MIN_MIN)
            yield WaysOfHubs(chunk, there, np.where(total <= max_minutes, total, np.inf))


def _within(graph: csr_matrix, at: Integers, max_minutes: float) -> tuple[csr_matrix, Integers]:
    """The part of the graph that any of the junctions reaches in ``max_minutes``, and each junction's row there.

    Junctions that are not reached are NOWHERE, which is the part's last row: it stands for them all, without edges.
    """
    reached = np.flatnonzero(np.isfinite(dijkstra(graph, indices=at, min_only=True, limit=max_minutes)))
    row = np.full(graph.shape[0], NO_NODE)
    row[reached] = np.arange(len(reached))
    part = graph[reached][:, reached]
    return csr_matrix((part.data, part.indices, np.append(part.indptr, part.nnz)), shape=(len(reached) + 1,) * 2), row


def _by_neighbourhood(vertices: Vertices, node: Integers) -> Integers:
    """An order in which nodes that follow each other are near, so that what a chunk reaches overlaps."""
    x, band = vertices.x_m[node], np.floor(vertices.y_m[node] / _NEIGHBOURHOOD_M)
    return np.lexsort((x, band))
