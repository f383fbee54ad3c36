"""Minutes from each point of a road to the next, by season, speeds and mode; what is kept of roads between runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from commune_coverage.config.travel import Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.graph.speeds import LineSpeeds
from commune_coverage.travel.graph.vertices import Flags, Floats, Integers, Numbers, Vertices
from commune_coverage.travel.routing.off_road import Walks
from commune_coverage.travel.scenarios import Mode, Scenario


@dataclass(frozen=True)
class Roads:
    """What is kept of the roads between runs: vertices, speeds, which nodes are flooded, links between pieces."""

    vertices: Vertices
    speeds: LineSpeeds
    is_flooded: Flags
    links: Integers
    walks: Walks


def step_minutes(roads: Roads, scenario: Scenario, mode: Mode, settings: Travel) -> Floats:
    """Minutes from each point to the next of its line; inf where the way is closed."""
    vertices, speeds, factor = roads.vertices, roads.speeds, scenario.speed_factor
    kmh, water = _line_kmh(speeds, scenario, mode, settings), settings.water
    is_flooded = roads.is_flooded if scenario.is_wet else np.zeros_like(roads.is_flooded)
    banked_kmh = np.where(speeds.flooded_kmh > 0, np.minimum(speeds.flooded_kmh, kmh), 0.0) * factor
    return _step_minutes(
        vertices.step_m,
        vertices.line,
        vertices.node,
        kmh * factor,
        _stated_min_m(vertices, speeds) / factor,
        is_flooded,
        speeds.is_ferry,
        speeds.is_bridge,
        banked_kmh,
        water.boat_kmh * factor if settings.wet.boats else 0.0,
        water.boat_wait_min / 2,
    )


def _stated_min_m(vertices: Vertices, speeds: LineSpeeds) -> Floats:
    """Minutes a metre of each line whose time is stated, as ferries' are; NaN of the others."""
    stated = np.isfinite(speeds.ferry_min) & speeds.is_ferry
    if not stated.any():
        return np.full(len(stated), np.nan)
    length = np.bincount(vertices.line, vertices.step_m, minlength=len(stated))
    per_m = np.divide(speeds.ferry_min, length, out=np.zeros_like(length), where=length > 0)
    return np.where(stated, per_m, np.nan)


@compiled_allocating
def _step_minutes(
    step_m: Floats,
    line: Numbers,
    node: Numbers,
    kmh: Floats,
    stated_min_m: Floats,
    is_flooded: Flags,
    is_ferry: Flags,
    is_bridge: Flags,
    banked_kmh: Floats,
    boat_kmh: float,
    boarding_min: float,
) -> Floats:
    """Of each point. A flooded step goes by its embankment or by boat; a bridge over flooded ground is a bridge still.

    A boat that goes 0 km/h is none.
    """
    minutes = np.zeros(len(step_m))
    for point in range(len(step_m)):
        on = line[point]
        minutes[point] = step_m[point] / 1000 / kmh[on] * 60
        if stated_min_m[on] >= 0:
            minutes[point] = step_m[point] * stated_min_m[on]
        if is_ferry[on] or is_bridge[on] or point + 1 == len(step_m) or line[point + 1] != on:
            continue
        here, there = is_flooded[node[point]], is_flooded[node[point + 1]]
        if (here or there) and banked_kmh[on] > 0:
            minutes[point] = step_m[point] / 1000 / banked_kmh[on] * 60
        elif here or there:
            boarding = boarding_min if here != there else 0.0
            minutes[point] = step_m[point] / 1000 / boat_kmh * 60 + boarding if boat_kmh > 0 else np.inf
    return minutes


def _line_kmh(speeds: LineSpeeds, scenario: Scenario, mode: Mode, settings: Travel) -> Floats:
    driven = speeds.wet_kmh if scenario.is_wet else speeds.dry_kmh
    if mode == "drive":
        return driven
    return np.where(speeds.is_ferry, driven, settings.walk_kmh)


def closed_steps(roads: Roads, settings: Travel) -> Flags:
    """Steps that cannot be gone in some scenario: flooded ones where no boat goes."""
    found = np.zeros(len(roads.vertices.node), dtype=bool)
    if settings.wet.boats or not roads.is_flooded.any():
        return found
    return ~np.isfinite(step_minutes(roads, Scenario("wet", "", 1.0), "drive", settings))
