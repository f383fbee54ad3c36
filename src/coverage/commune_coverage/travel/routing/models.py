"""The three travel-time models: over the road graph, over a friction raster, in a straight line; with one interface."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.spatial import cKDTree

from commune_coverage.config.travel import Travel
from commune_coverage.core.scale import UNSCALED, Scale
from commune_coverage.travel.arrays import Flags, Floats, Integers
from commune_coverage.travel.graph.edge_times import Roads, closed_steps
from commune_coverage.travel.graph.network import TimedNetwork, time_network
from commune_coverage.travel.graph.topology import GraphTopology, graph_topology
from commune_coverage.travel.graph.transit import Transit, with_transit
from commune_coverage.travel.graph.vertices import NO_NODE
from commune_coverage.travel.off_road import Ground, no_walks
from commune_coverage.travel.routing.friction import burn_friction, flat_cells, grid_minutes, in_plane
from commune_coverage.travel.routing.shortest_paths import TravelTimeField, multi_source_shortest_paths, unreachable
from commune_coverage.travel.routing.snapping import Nodes, Snapped, snap
from commune_coverage.travel.scenarios import ON_FOOT, Mode, Scenario


class TravelTimeModel(Protocol):
    """A method of timing routes. Its nodes are the road's, the cells of a raster, or the places themselves."""

    def snap(self, position_m: Floats) -> Snapped:
        """Bring positions to the nodes of the model.

        Parameters
        ----------
        position_m : float64[n, 2]
            Positions, m.

        Returns
        -------
        Snapped
        """

    def travel_times(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,
    ) -> TravelTimeField:
        """Time the routes between every node and its nearest hub.

        Parameters
        ----------
        scenario : Scenario
            Season and speeds.
        mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
            How people travel.
        is_outward : bool
            From the hub to the node, else from the node to the hub.
        hub_node : int64[hubs]
            Node of each hub; ``NO_NODE`` for one that is not on the network.
        offset_min : float64[hubs]
            Minutes between each hub and its node; inf leaves the hub out.
        with_hub : bool, optional
            Whether the nearest hub and the minutes on foot are wanted too.

        Returns
        -------
        TravelTimeField
        """


class RoadNetworkModel:
    """Travel times over the road graph.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.
    ground : Ground
        Heights and water.
    settings : Travel
        The ``[travel]`` section.

    Attributes
    ----------
    stops : bool[nodes]
        Nodes where hubs or payment points may stand; to be set before anything is timed.
    transit : Transit or None
        Lines of buses, set by `add_transit`; without them who goes by bus walks.
    """

    def __init__(self, roads: Roads, ground: Ground, settings: Travel) -> None:
        self.roads, self.ground, self.settings = roads, ground, settings
        self.stops: Flags = np.zeros(len(roads.vertices.x_m), dtype=bool)
        self.transit: Transit | None = None
        self._networks: dict[tuple[Scenario, Mode, bool], TimedNetwork] = {}

    @cached_property
    def nodes(self) -> Nodes:
        """Nodes that positions are brought to."""
        return road_nodes(self.roads)

    @cached_property
    def topology(self) -> GraphTopology:
        """The contracted graph, with the stops among its junctions."""
        return graph_topology(self.roads, self.stops, closed_steps(self.roads, self.settings))

    def snap(self, position_m: Floats) -> Snapped:
        """Bring positions to the nearest road node; see `TravelTimeModel.snap`."""
        return snap(position_m, self.nodes, self.ground, self.settings.water.max_crossing_m)

    def add_transit(self, position_m: Floats, calls: Mapping[str, Floats]) -> None:
        """Add lines of buses, before anything is timed.

        Parameters
        ----------
        position_m : float64[stops, 2]
            Positions of the stops, m.
        calls : mapping of str to array[calls]
            ``line``, ``stop``, ``wait_min``, ``ride_min`` and ``arrive_min``; see `Transit`.
        """
        stops = self.snap(position_m)
        self.stops[stops.node[stops.node != NO_NODE]] = True
        line, stop = (calls[name].astype(np.int64) for name in ("line", "stop"))
        minutes = (calls[name] for name in ("wait_min", "ride_min", "arrive_min"))
        self.transit = Transit(stops.node, stops.walks, line, stop, *minutes)

    def travel_times(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,
    ) -> TravelTimeField:
        """Time the routes over the graph; see `TravelTimeModel.travel_times`."""
        return multi_source_shortest_paths(
            self.timed_network(scenario, mode, is_outward), hub_node, offset_min, with_hub
        )

    def timed_network(self, scenario: Scenario, mode: Mode, is_outward: bool) -> TimedNetwork:
        """Return the network in one scenario; without one-way roads both directions are one.

        Parameters
        ----------
        scenario : Scenario
            Season and speeds.
        mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
            How people travel.
        is_outward : bool
            From hubs, else to them.

        Returns
        -------
        TimedNetwork

        Notes
        -----
        A network is large: only what is used several times, driving as estimated, is cached with the latest.
        """
        one_way = mode not in ON_FOOT and bool(self.roads.speeds.direction.any())
        one_way = one_way or (mode == "bus" and self.transit is not None)
        key = scenario, mode, is_outward or not one_way
        if key not in self._networks:
            # Points are brought to the road before it is timed: both at once would take more memory.
            self.__dict__.pop("nodes", None)
            self._networks = {other: network for other, network in self._networks.items() if _is_reused(*other)}
            self._networks[key] = self._timed(*key)
        return self._networks[key]

    def _timed(self, scenario: Scenario, mode: Mode, is_outward: bool) -> TimedNetwork:
        other_direction = self._networks.get((scenario, mode, not is_outward))
        if other_direction is not None:
            return other_direction.reversed()
        network = time_network(self.roads, self.topology, scenario, mode, self.settings, is_outward)
        if mode != "bus" or self.transit is None:
            return network
        return with_transit(network, self.transit, scenario, self.settings, is_outward)


def _is_reused(scenario: Scenario, mode: Mode, _is_outward: bool) -> bool:
    return mode == "drive" and not scenario.bound


def road_nodes(roads: Roads) -> Nodes:
    """Select the nodes that people can walk to: those of roads, not of ferries.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.

    Returns
    -------
    Nodes
    """
    return _nodes_at(roads, np.flatnonzero(~roads.vertices.is_afloat_node))


def all_season_nodes(roads: Roads) -> Nodes:
    """Select the nodes of roads that carry traffic all year.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.

    Returns
    -------
    Nodes
        Those of a class and surface that is passable all year, and not under water in the wet season.
    """
    vertices, speeds = roads.vertices, roads.speeds
    sunk = roads.is_flooded[vertices.node] & ~(speeds.flooded_kmh > 0)[vertices.line]
    passable = speeds.is_all_season[vertices.line] & ~sunk
    return _nodes_at(roads, np.unique(vertices.node[passable]).astype(np.int64))


def _nodes_at(roads: Roads, number: Integers) -> Nodes:
    return Nodes(np.column_stack([roads.vertices.x_m[number], roads.vertices.y_m[number]]), number)


class FrictionModel:
    """Travel times over a friction raster.

    Parameters
    ----------
    ground : Ground
        Heights and water.
    roads : Roads or None
        Roads with their speeds and links.
    settings : Travel
        The ``[travel]`` section.
    given : dict of float64[rows, columns], optional
        Minutes a metre by season; without them they are rasterised from roads, slope and water.
    """

    def __init__(
        self, ground: Ground, roads: Roads | None, settings: Travel, given: dict[str, Floats] | None = None
    ) -> None:
        self.ground, self.roads, self.settings, self.given = ground, roads, settings, given

    def friction(self, scenario: Scenario, mode: Mode) -> Floats:
        """Return the friction of one scenario.

        Parameters
        ----------
        scenario : Scenario
            Season and speeds.
        mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
            How people travel.

        Returns
        -------
        float64[rows, columns]
            Minutes a metre; inf where nobody can go.
        """
        if self.given is None:
            return burn_friction(self.ground, self.roads, scenario, mode, self.settings)
        friction = self.given[scenario.season] / scenario.speed_factor
        if mode != "drive":
            friction = np.maximum(friction, 60 / 1000 / (self.settings.max_kmh(mode) * scenario.speed_factor))
        return friction

    def snap(self, position_m: Floats) -> Snapped:
        """Bring positions to the cell that they fall in; see `TravelTimeModel.snap`."""
        return Snapped(flat_cells(position_m, self.ground), no_walks(len(position_m)))

    def travel_times(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,  # noqa: ARG002
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,  # noqa: ARG002
    ) -> TravelTimeField:
        """Time the routes over the raster, alike in both directions; see `TravelTimeModel.travel_times`."""
        friction = self.friction(scenario, mode)
        per_cell_m = in_plane(friction, self.ground)
        minutes, hub = grid_minutes(per_cell_m, self.ground.cell_m, hub_node.astype(np.int64), offset_min)
        return TravelTimeField(minutes, hub, np.full(len(minutes), np.nan))


class EuclideanModel:
    """Travel times in a straight line, lengthened by the detour factor; alike in both seasons.

    Parameters
    ----------
    places : float64[places, 2]
        Positions of places, m, which are the first nodes.
    points : float64[points, 2]
        Positions of hubs and payment points, m: the nodes after the places.
    settings : Travel
        The ``[travel]`` section.
    scale : Scale, optional
        By what distances in the metric system are corrected.
    """

    def __init__(self, places: Floats, points: Floats, settings: Travel, scale: Scale = UNSCALED) -> None:
        self.position_m, self.settings, self.scale = np.concatenate([places, points]), settings, scale
        self.tree = cKDTree(self.position_m)

    def snap(self, position_m: Floats) -> Snapped:
        """Bring positions to the nearest place or point; see `TravelTimeModel.snap`."""
        return Snapped(self.tree.query(position_m)[1], no_walks(len(position_m)))

    def travel_times(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,  # noqa: ARG002
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,  # noqa: ARG002
    ) -> TravelTimeField:
        """Time straight lines, alike in both directions; see `TravelTimeModel.travel_times`."""
        used = np.flatnonzero((hub_node != NO_NODE) & np.isfinite(offset_min))
        no_foot = np.full(len(self.position_m), np.nan)
        if not len(used):
            return unreachable(len(self.position_m))._replace(foot_min=no_foot)
        away_m, nearest = _nearest(self.position_m, self.position_m[hub_node[used]], self.scale)
        kmh, driven_kmh = self.settings.max_kmh(mode), self.settings.straight_line_kmh
        kmh = kmh if mode in ON_FOOT else min(kmh, driven_kmh)
        minutes = straight_line_min(away_m, kmh * scenario.speed_factor, self.settings.detour_factor)
        hub = used[nearest]
        return TravelTimeField(minutes + offset_min[hub], hub, no_foot)


_CANDIDATES = 8
_APART_M = 1e9


def _nearest(position_m: Floats, points_m: Floats, scale: Scale) -> tuple[Floats, Integers]:
    """Find the straight distance of each position to its nearest point and its row; no point of another part counts."""
    if scale.is_one and not len(scale.strip_ends_m):
        return cKDTree(points_m).query(position_m)
    here, there = (np.column_stack([at, scale.strip_of(at[:, 0]) * _APART_M]) for at in (position_m, points_m))
    rows = cKDTree(there).query(here, k=[*range(1, min(_CANDIDATES, len(there)) + 1)])[1]
    away_m = np.column_stack([scale.lengths_m(position_m, points_m[one]) for one in rows.T])
    best = away_m.argmin(axis=1)[:, np.newaxis]
    return np.take_along_axis(away_m, best, axis=1).ravel(), np.take_along_axis(rows, best, axis=1).ravel()


def straight_line_min(distance_m: Floats, speed_kmh: float, detour_factor: float) -> Floats:
    """Time straight lines lengthened by a detour factor.

    Parameters
    ----------
    distance_m : float64[n]
        Straight distance, m.
    speed_kmh : float
        Speed, km/h.
    detour_factor : float
        Length of a route over its straight line, 1 or more.

    Returns
    -------
    float64[n]
        Minutes.
    """
    return np.asarray(distance_m, dtype=np.float64) * detour_factor / 1000 / speed_kmh * 60
