"""The three ways of timing: over the road graph, over a grid of friction, in a straight line. One way to ask them."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import numpy as np
from scipy.spatial import cKDTree

from commune_coverage.config.travel import Travel
from commune_coverage.travel.graph.edge_times import Roads, closed_steps
from commune_coverage.travel.graph.network import Network, time_network
from commune_coverage.travel.graph.topology import Layout, lay_out
from commune_coverage.travel.graph.vertices import NO_NODE, Flags, Floats, Integers
from commune_coverage.travel.routing.friction import burn_friction, cells_of, grid_minutes
from commune_coverage.travel.routing.off_road import Ground, no_walks
from commune_coverage.travel.routing.shortest_paths import Spread, spread
from commune_coverage.travel.routing.snapping import Nodes, Snapped, snap
from commune_coverage.travel.scenarios import Mode, Scenario


class Ways(Protocol):
    """A method of timing. Its nodes are the road's, the grid's cells, or the places themselves."""

    def snap(self, position_m: Floats) -> Snapped:
        """The node of each position (n x 2, metres), and the way there."""

    def spread(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,
    ) -> Spread:
        """Minutes between every node and the nearest hub, outward or towards it; which and how only ``with_hub``."""


class RoadWays:
    """Over the road graph; ``stops`` marks the nodes that hubs may stand at."""

    def __init__(self, roads: Roads, ground: Ground, settings: Travel) -> None:
        self.roads, self.ground, self.settings = roads, ground, settings
        self.stops: Flags = np.zeros(len(roads.vertices.x_m), dtype=bool)
        self._networks: dict[tuple[Scenario, Mode, bool], Network] = {}

    @cached_property
    def nodes(self) -> Nodes:
        """Those that positions are brought to."""
        return road_nodes(self.roads)

    @cached_property
    def layout(self) -> Layout:
        return lay_out(self.roads, self.stops, closed_steps(self.roads, self.settings))

    def snap(self, position_m: Floats) -> Snapped:
        return snap(position_m, self.nodes, self.ground, self.settings.water.max_crossing_m)

    def spread(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,
    ) -> Spread:
        return spread(self.timed(scenario, mode, is_outward), hub_node, offset_min, with_hub)

    def timed(self, scenario: Scenario, mode: Mode, is_outward: bool) -> Network:
        """The network in one scenario; without one-way roads both directions are one.

        A network is large: only what several questions ask, driving as estimated, is kept beside the latest.
        """
        one_way = mode == "drive" and bool(self.roads.speeds.direction.any())
        asked = scenario, mode, is_outward or not one_way
        if asked not in self._networks:
            # Points are brought to the road before ways are timed: both at once would take more room.
            self.__dict__.pop("nodes", None)
            self._networks = {key: network for key, network in self._networks.items() if _is_asked_again(*key)}
            self._networks[asked] = self._timed(*asked)
        return self._networks[asked]

    def _timed(self, scenario: Scenario, mode: Mode, is_outward: bool) -> Network:
        other_way = self._networks.get((scenario, mode, not is_outward))
        if other_way is not None:
            return other_way.turned()
        return time_network(self.roads, self.layout, scenario, mode, self.settings, is_outward)


def _is_asked_again(scenario: Scenario, mode: Mode, _is_outward: bool) -> bool:
    return mode == "drive" and not scenario.bound


def road_nodes(roads: Roads) -> Nodes:
    """Nodes that people can walk to: those of roads, not of ferries."""
    vertices = roads.vertices
    number = np.flatnonzero(~vertices.is_afloat_node)
    return Nodes(np.column_stack([vertices.x_m[number], vertices.y_m[number]]), number)


def all_season_nodes(roads: Roads) -> Nodes:
    """Nodes of roads that carry traffic all year: of a class and surface that do, and not under water when wet."""
    vertices, speeds = roads.vertices, roads.speeds
    sunk = roads.is_flooded[vertices.node] & ~(speeds.flooded_kmh > 0)[vertices.line]
    number = np.unique(vertices.node[speeds.is_all_season[vertices.line] & ~sunk]).astype(np.int64)
    return Nodes(np.column_stack([vertices.x_m[number], vertices.y_m[number]]), number)


class FrictionWays:
    """Over a grid; ``given`` are minutes a metre by season, else they are burnt from roads, slope and water."""

    def __init__(
        self, ground: Ground, roads: Roads | None, settings: Travel, given: dict[str, Floats] | None = None
    ) -> None:
        self.ground, self.roads, self.settings, self.given = ground, roads, settings, given

    def friction(self, scenario: Scenario, mode: Mode) -> Floats:
        """Minutes a metre of each cell, inf where there is no way."""
        if self.given is None:
            return burn_friction(self.ground, self.roads, scenario, mode, self.settings)
        friction = self.given[scenario.season] / scenario.speed_factor
        if mode == "walk":
            friction = np.maximum(friction, 60 / 1000 / (self.settings.walk_kmh * scenario.speed_factor))
        return friction

    def snap(self, position_m: Floats) -> Snapped:
        return Snapped(cells_of(position_m, self.ground), no_walks(len(position_m)))

    def spread(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,  # noqa: ARG002
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,  # noqa: ARG002
    ) -> Spread:
        friction = self.friction(scenario, mode)
        minutes, hub = grid_minutes(friction, self.ground.cell_m, hub_node.astype(np.int64), offset_min)
        return Spread(minutes, hub, np.full(len(minutes), np.nan))


class StraightWays:
    """In a straight line, lengthened by the detour factor, to ``places`` (n x 2, metres), which are its nodes.

    ``points`` are where hubs stand: they follow the places among the nodes. Seasons are alike, for nothing is known.
    """

    def __init__(self, places: Floats, points: Floats, settings: Travel) -> None:
        self.position_m, self.settings = np.concatenate([places, points]), settings
        self.tree = cKDTree(self.position_m)

    def snap(self, position_m: Floats) -> Snapped:
        return Snapped(self.tree.query(position_m)[1], no_walks(len(position_m)))

    def spread(
        self,
        scenario: Scenario,
        mode: Mode,
        is_outward: bool,  # noqa: ARG002
        hub_node: Integers,
        offset_min: Floats,
        with_hub: bool = True,  # noqa: ARG002
    ) -> Spread:
        used = np.flatnonzero((hub_node != NO_NODE) & np.isfinite(offset_min))
        count = len(self.position_m)
        if not len(used):
            return Spread(np.full(count, np.inf), np.full(count, NO_NODE), np.full(count, np.nan))
        away_m, nearest = cKDTree(self.position_m[hub_node[used]]).query(self.position_m)
        kmh = self.settings.straight_line_kmh if mode == "drive" else self.settings.walk_kmh
        minutes = straight_line_min(away_m, kmh * scenario.speed_factor, self.settings.detour_factor)
        hub = used[nearest]
        return Spread(minutes + offset_min[hub], hub, np.full(count, np.nan))


def straight_line_min(distance_m: Floats, speed_kmh: float, detour_factor: float) -> Floats:
    """Minutes over a straight distance, lengthened by the detour factor."""
    return np.asarray(distance_m, dtype=np.float64) * detour_factor / 1000 / speed_kmh * 60
