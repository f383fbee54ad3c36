"""Minutes from each point of a road to the next, by season, speeds and mode; the stored form of the roads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from commune_coverage.config.travel import Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.arrays import Flags, Floats, Integers, Integers32
from commune_coverage.travel.graph.speeds import LineSpeeds
from commune_coverage.travel.graph.vertices import Vertices
from commune_coverage.travel.off_road import Walks
from commune_coverage.travel.scenarios import ON_FOOT, Mode, Scenario


@dataclass(frozen=True)
class Roads:
    """The roads as they are stored between runs.

    Attributes
    ----------
    vertices : Vertices
    speeds : LineSpeeds
    is_flooded : bool[nodes]
        Nodes under water in the wet season.
    links : int64[links, 2]
        Nodes of different components that are joined over the ground.
    walks : Walks
        The walk of each link.
    """

    vertices: Vertices
    speeds: LineSpeeds
    is_flooded: Flags
    links: Integers
    walks: Walks


class LineTimes(NamedTuple):
    """What the times of a line's steps follow from, in one scenario.

    Attributes
    ----------
    kmh : float64[lines]
        Speed, km/h.
    stated_min_per_m : float64[lines]
        Minutes a metre where the time of the line is stated, else NaN.
    embanked_kmh : float64[lines]
        Speed where the ground is flooded, km/h; 0 for a line without an embankment.
    is_ferry, is_bridge : bool[lines]
    """

    kmh: Floats
    stated_min_per_m: Floats
    embanked_kmh: Floats
    is_ferry: Flags
    is_bridge: Flags


class Boat(NamedTuple):
    """A boat over flooded ground: its speed (km/h, 0: there is none) and the minutes of boarding or landing."""

    kmh: float
    boarding_min: float


def step_minutes(roads: Roads, scenario: Scenario, mode: Mode, settings: Travel) -> Floats:
    """Time each step from a point to the next of its line.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.
    scenario : Scenario
        Season and speeds.
    mode : {'drive', 'walk', 'bus', 'bicycle', 'motorbike'}
        How people travel.
    settings : Travel
        The ``[travel]`` section.

    Returns
    -------
    float64[points]
        Minutes; inf where the step is closed. What stands at the last point of a line is of no use.
    """
    vertices, speeds, factor = roads.vertices, roads.speeds, scenario.speed_factor
    kmh, water = _line_kmh(speeds, scenario, mode, settings), settings.water
    lines = LineTimes(
        kmh * factor,
        _stated_min_per_m(vertices, speeds) / factor,
        np.where(speeds.flooded_kmh > 0, np.minimum(speeds.flooded_kmh, kmh), 0.0) * factor,
        speeds.is_ferry,
        speeds.is_bridge,
    )
    is_flooded = roads.is_flooded if scenario.is_wet else np.zeros_like(roads.is_flooded)
    boat = Boat(water.boat_kmh * factor if settings.wet.boats else 0.0, water.boat_wait_min / 2)
    return _step_minutes(vertices.step_m, vertices.line, vertices.node, lines, is_flooded, boat)


def _stated_min_per_m(vertices: Vertices, speeds: LineSpeeds) -> Floats:
    """Minutes a metre of each line whose time is stated, as ferries' are; NaN of the others."""
    stated = np.isfinite(speeds.ferry_min) & speeds.is_ferry
    if not stated.any():
        return np.full(len(stated), np.nan)
    length = np.bincount(vertices.line, vertices.step_m, minlength=len(stated))
    per_m = np.divide(speeds.ferry_min, length, out=np.zeros_like(length), where=length > 0)
    return np.where(stated, per_m, np.nan)


@compiled_allocating
def _step_minutes(
    step_m: Floats, line: Integers32, node: Integers32, lines: LineTimes, is_flooded: Flags, boat: Boat
) -> Floats:
    """Minutes of each point's step. A flooded step goes by its embankment or by boat; bridges stay open."""
    minutes = np.zeros(len(step_m))
    for point in range(len(step_m)):
        on = line[point]
        minutes[point] = step_m[point] / 1000 / lines.kmh[on] * 60
        if lines.stated_min_per_m[on] >= 0:
            minutes[point] = step_m[point] * lines.stated_min_per_m[on]
        if lines.is_ferry[on] or lines.is_bridge[on] or point + 1 == len(step_m) or line[point + 1] != on:
            continue
        here, there = is_flooded[node[point]], is_flooded[node[point + 1]]
        if (here or there) and lines.embanked_kmh[on] > 0:
            minutes[point] = step_m[point] / 1000 / lines.embanked_kmh[on] * 60
        elif here or there:
            boarding = boat.boarding_min if here != there else 0.0
            minutes[point] = step_m[point] / 1000 / boat.kmh * 60 + boarding if boat.kmh > 0 else np.inf
    return minutes


def _line_kmh(speeds: LineSpeeds, scenario: Scenario, mode: Mode, settings: Travel) -> Floats:
    """Speed of each line; the wet season slows a vehicle's greatest speed as it does the road's."""
    driven = speeds.wet_kmh if scenario.is_wet else speeds.dry_kmh
    if mode == "drive":
        return driven
    if mode in ON_FOOT:
        return np.where(speeds.is_ferry, driven, settings.walk_kmh)
    capped = np.minimum(driven, settings.max_kmh(mode) * driven / speeds.dry_kmh)
    return np.where(speeds.is_ferry, driven, capped)


def closed_steps(roads: Roads, settings: Travel) -> Flags:
    """Find steps that are closed in some scenario: flooded ones where no boat goes.

    Parameters
    ----------
    roads : Roads
        Roads with their speeds and links.
    settings : Travel
        The ``[travel]`` section.

    Returns
    -------
    bool[points]
    """
    if settings.wet.boats or not roads.is_flooded.any():
        return np.zeros(len(roads.vertices.node), dtype=bool)
    return ~np.isfinite(step_minutes(roads, Scenario("wet", "", 1.0), "drive", settings))
