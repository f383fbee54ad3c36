"""Buses on the walking network: stops, waits and rides as further edges of the graph."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from commune_coverage.config.travel import Travel
from commune_coverage.travel.arrays import Floats, Integers
from commune_coverage.travel.graph.network import EdgeList, TimedNetwork, quickest_edges
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Walks
from commune_coverage.travel.scenarios import Scenario


class Transit(NamedTuple):
    """Lines of buses at one hour.

    Attributes
    ----------
    stop_node : int64[stops]
        Node of the network of each stop; ``NO_NODE`` where none is reached over land.
    walks : Walks
        The walk between each stop and its node.
    line, stop : int64[calls]
        Line and stop (row) of each call; calls of a line follow each other in order.
    wait_min : float64[calls]
        Half the time between departures, min; inf where nothing departs.
    ride_min, arrive_min : float64[calls]
        Minutes from the departure to the next one and to the next arrival; of no use at the last call of a line.
    """

    stop_node: Integers
    walks: Walks
    line: Integers
    stop: Integers
    wait_min: Floats
    ride_min: Floats
    arrive_min: Floats


def with_transit(
    network: TimedNetwork, transit: Transit, scenario: Scenario, settings: Travel, is_outward: bool
) -> TimedNetwork:
    """Add buses to a walking network: its graph gets a row for each stop and each call behind the junctions.

    Parameters
    ----------
    network : TimedNetwork
        Roads timed on foot; nodes of stops are junctions.
    transit : Transit
        Lines of buses.
    scenario : Scenario
        Season and speeds.
    settings : Travel
        The ``[travel]`` section.
    is_outward : bool
        Minutes count from a hub to the node, else from the node to the hub.

    Returns
    -------
    TimedNetwork

    Notes
    -----
    One boards at a stop after half the headway of the line, rides from departure to departure, and alights without a
    wait. Rides are slower in the wet season by ``paved_factor``, and with all speeds; waits stay.
    """
    junctions, stops, calls = network.graph.shape[0], len(transit.stop_node), len(transit.stop)
    stop_row, call_row = junctions + np.arange(stops), junctions + stops + np.arange(calls)
    slower = 1.0 / (scenario.speed_factor * (settings.wet.paved_factor if scenario.is_wet else 1.0))
    boards = np.flatnonzero(np.isfinite(transit.wait_min))
    rides = np.flatnonzero(transit.line[1:] == transit.line[:-1])
    directed: list[EdgeList] = [
        (stop_row[transit.stop[boards]], call_row[boards], transit.wait_min[boards]),
        (call_row[rides], call_row[rides + 1], transit.ride_min[rides] * slower),
        (call_row[rides], stop_row[transit.stop[rides + 1]], transit.arrive_min[rides] * slower),
    ]
    if not is_outward:
        directed = [(end, start, minutes) for start, end, minutes in directed]
    walks = _access(network, transit, stop_row, transit.walks.minutes(scenario, settings))
    size = junctions + stops + calls
    graph = quickest_edges([_edges(network.graph), *walks, *directed], size)
    on_foot = quickest_edges([_edges(network.on_foot), *walks], size)
    leads = network.leads_forward, network.leads_backward
    return TimedNetwork(network.topology, graph, on_foot, network.along_min, *leads)


def _access(network: TimedNetwork, transit: Transit, stop_row: Integers, walk_min: Floats) -> list[EdgeList]:
    """Walks between stops and the road, both ways."""
    reached = (transit.stop_node != NO_NODE) & np.isfinite(walk_min)
    road = network.topology.row[transit.stop_node[reached]].astype(np.int64)
    stop, minutes = stop_row[reached], walk_min[reached]
    return [(road, stop, minutes), (stop, road, minutes)]


def _edges(graph: csr_matrix) -> EdgeList:
    edges = graph.tocoo()
    return edges.row.astype(np.int64), edges.col.astype(np.int64), edges.data
