"""Shortest paths from hubs: minutes to every node, the nearest hub, and how much of the route is on foot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from commune_coverage.travel.arrays import Floats, Integers
from commune_coverage.travel.graph.network import MIN_MIN, TimedNetwork
from commune_coverage.travel.graph.topology import EdgeEndpoints
from commune_coverage.travel.graph.vertices import NO_NODE, Vertices

_CHUNK = 32
_REGION = 256
_NEIGHBOURHOOD_M = 50_000.0


class TravelTimeField(NamedTuple):
    """Travel time of every node to or from its nearest hub.

    Attributes
    ----------
    minutes : float64[nodes]
        Minutes; inf where no route leads.
    hub : int64[nodes]
        Row of the nearest hub; ``NO_NODE`` where no route leads.
    foot_min : float64[nodes]
        Minutes of the route that are on foot; NaN where the model does not know.
    """

    minutes: Floats
    hub: npt.NDArray[np.integer[Any]]
    foot_min: Floats

    def single(self) -> TravelTimeField:
        """Return it in single precision (float32, int32, float32), as it is stored."""
        return TravelTimeField(
            self.minutes.astype(np.float32), self.hub.astype(np.int32), self.foot_min.astype(np.float32)
        )


def multi_source_shortest_paths(
    network: TimedNetwork, hub_node: Integers, offset_min: Floats, with_hub: bool = True
) -> TravelTimeField:
    """Compute the shortest paths from all hubs at once to every node.

    Parameters
    ----------
    network : TimedNetwork
        Timed roads.
    hub_node : int64[hubs]
        Node of each hub, a junction of the network; ``NO_NODE`` for a hub that no road is near.
    offset_min : float64[hubs]
        Minutes between each hub and its node; inf leaves the hub out.
    with_hub : bool, optional
        Whether the nearest hub and the minutes on foot are wanted; else those arrays are empty.

    Returns
    -------
    TravelTimeField

    Notes
    -----
    E. Dijkstra, Numerische Mathematik 1 (1959), 269-271, from one source that stands before all hubs.
    """
    size = network.graph.shape[0]
    used = np.flatnonzero((hub_node != NO_NODE) & np.isfinite(offset_min))
    if not len(used):
        return unreachable(len(network.topology.vertices.x_m))
    at = np.searchsorted(network.topology.junctions, hub_node[used])
    graph = _with_hubs(network.graph, at, offset_min[used])
    minutes, before, root = dijkstra(
        graph, indices=np.arange(size, size + len(used)), min_only=True, return_predecessors=True
    )
    if not with_hub:
        return TravelTimeField(network.at_nodes(minutes[:size])[0], np.zeros(0, np.int64), np.zeros(0))
    foot = _on_foot(network, minutes, before, size)
    hub = np.where(np.isfinite(minutes[:size]), used[np.clip(root[:size] - size, 0, None)], NO_NODE)
    return _at_every_node(network, minutes[:size], hub, foot[:size])


def unreachable(nodes: int) -> TravelTimeField:
    """Return the field of ``nodes`` nodes that no hub reaches."""
    return TravelTimeField(np.full(nodes, np.inf), np.full(nodes, NO_NODE), np.zeros(nodes))


def _with_hubs(graph: csr_matrix, at: Integers, offset_min: Floats) -> csr_matrix:
    """Add one node a hub to the graph, from which one edge leads to the hub's junction."""
    size, hubs = graph.shape[0], len(at)
    data = np.concatenate([graph.data, np.maximum(offset_min, MIN_MIN)])
    indices = np.concatenate([graph.indices, at])
    indptr = np.concatenate([graph.indptr, graph.indptr[-1] + np.arange(1, hubs + 1)])
    return csr_matrix((data, indices, indptr), shape=(size + hubs, size + hubs))


def _on_foot(network: TimedNetwork, minutes: Floats, before: Integers, size: int) -> Floats:
    """Minutes on foot from the root to each node: the walk to the hub's node and walking links, summed up the tree."""
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


def _at_every_node(network: TimedNetwork, minutes: Floats, hub: Integers, foot: Floats) -> TravelTimeField:
    """Carry what holds at the junctions into the edges: each inner node is reached from the nearer end."""
    least, nearer = network.at_nodes(minutes)
    of_node = hub.astype(np.int32)[nearer]
    of_node[~np.isfinite(least)] = NO_NODE
    return TravelTimeField(least, of_node, foot[nearer])


class HubTravelTimes(NamedTuple):
    """Travel times between some hubs and the places that any of them reaches.

    Attributes
    ----------
    hub : int64[hubs]
        Row of each hub.
    place : int64[places]
        Row of each place.
    minutes : float64[hubs, places]
        Minutes; inf beyond the limit.
    """

    hub: Integers
    place: Integers
    minutes: Floats


def travel_times_within(
    network: TimedNetwork,
    hub_node: Integers,
    offset_min: Floats,
    place_node: Integers,
    place_min: Floats,
    max_minutes: float,
) -> Iterator[HubTravelTimes]:
    """Time the routes between all hubs and places that take at most ``max_minutes``, some hubs at a time.

    Parameters
    ----------
    network : TimedNetwork
        Timed roads.
    hub_node : int64[hubs]
        Node of each hub, a junction of the network; ``NO_NODE`` for none.
    offset_min : float64[hubs]
        Minutes between each hub and its node; inf leaves the hub out.
    place_node : int64[places]
        Node of each place; ``NO_NODE`` for none.
    place_min : float64[places]
        Minutes between each place and its node.
    max_minutes : float
        Longest route, min; the walks at both ends count.

    Yields
    ------
    HubTravelTimes
        Each hub once.
    """
    used = np.flatnonzero((hub_node != NO_NODE) & np.isfinite(offset_min))
    used = used[_by_neighbourhood(network.topology.vertices, hub_node[used])]
    standing = np.flatnonzero((place_node != NO_NODE) & (place_min <= max_minutes))
    ends = network.edge_endpoints(place_node[standing])
    for region in (used[first : first + _REGION] for first in range(0, len(used), _REGION)):
        at = np.searchsorted(network.topology.junctions, hub_node[region])
        graph, row = _within(network.graph, at, max_minutes)
        here = np.flatnonzero((row[ends.start] != NO_NODE) | (row[ends.end] != NO_NODE))
        local = ends.of(here)
        near = EdgeEndpoints(row[local.start], row[local.end], local.from_start_min, local.from_end_min)
        for first in range(0, len(region), _CHUNK):
            minutes = dijkstra(graph, indices=row[at[first : first + _CHUNK]], limit=max_minutes)
            minutes[:, NO_NODE] = np.inf
            met = np.isfinite(minutes).any(axis=0)
            met = np.flatnonzero(met[near.start] | met[near.end])
            there, chunk = standing[here[met]], region[first : first + _CHUNK]
            reached = near.of(met)
            to_place = np.array([reached.at(one) for one in minutes])
            total = np.maximum(to_place + offset_min[chunk][:, None] + place_min[there], MIN_MIN)
            yield HubTravelTimes(chunk, there, np.where(total <= max_minutes, total, np.inf))


def _within(graph: csr_matrix, at: Integers, max_minutes: float) -> tuple[csr_matrix, Integers]:
    """Cut out the part of the graph that any junction reaches in ``max_minutes``; and each junction's row there.

    Junctions that are not reached are ``NO_NODE``, which is the part's last row: it stands for them all, without edges.
    """
    reached = np.flatnonzero(np.isfinite(dijkstra(graph, indices=at, min_only=True, limit=max_minutes)))
    row = np.full(graph.shape[0], NO_NODE)
    row[reached] = np.arange(len(reached))
    part = graph[reached][:, reached]
    return csr_matrix((part.data, part.indices, np.append(part.indptr, part.nnz)), shape=(len(reached) + 1,) * 2), row


def _by_neighbourhood(vertices: Vertices, node: Integers) -> Integers:
    """Order nodes so that those that follow each other are near, and what a chunk reaches overlaps."""
    x, band = vertices.x_m[node], np.floor(vertices.y_m[node] / _NEIGHBOURHOOD_M)
    return np.lexsort((x, band))
