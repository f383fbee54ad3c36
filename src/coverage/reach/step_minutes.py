"""Minutes from each point of a road to the next, by season, speeds and mode; what is kept of roads between runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coverage.reach.ground import Walks
from coverage.reach.scenario import Mode, Scenario
from coverage.reach.speeds import LineSpeeds
from coverage.reach.vertices import Flags, Floats, Integers, Vertices
from coverage.reach_assumptions import Reach


@dataclass(frozen=True)
class Roads:
    """What is kept of the roads between runs: vertices, speeds, which nodes are flooded, links between pieces."""

    vertices: Vertices
    speeds: LineSpeeds
    is_flooded: Flags
    links: Integers
    walks: Walks


def step_minutes(roads: Roads, scenario: Scenario, mode: Mode, settings: Reach) -> Floats:
    """Minutes from each point to the next of its line; inf where the way is closed."""
    vertices, speeds = roads.vertices, roads.speeds
    line, factor = vertices.line, scenario.speed_factor
    kmh = _line_kmh(speeds, scenario, mode, settings)
    minutes = _minutes(vertices.step_m, kmh[line] * factor)
    stated = np.isfinite(speeds.ferry_min) & speeds.is_afloat
    if stated.any():
        length = np.bincount(line, vertices.step_m, minlength=len(speeds.dry_kmh))
        per_m = np.divide(speeds.ferry_min, length, out=np.zeros_like(length), where=length > 0)
        minutes = np.where(stated[line], vertices.step_m * per_m[line] / factor, minutes)
    if not scenario.is_wet or not roads.is_flooded.any():
        return minutes
    here = roads.is_flooded[vertices.node]
    there = np.append(here[1:], False)
    under = (here | there) & ~speeds.is_afloat[line]
    banked_kmh = np.where(speeds.flooded_kmh > 0, np.minimum(speeds.flooded_kmh, kmh), 0.0)[line] * factor
    banked = _minutes(vertices.step_m, np.maximum(banked_kmh, 1e-9))
    afloat = _minutes(vertices.step_m, settings.water.boat_kmh * factor)
    afloat = afloat + settings.water.boat_wait_min / 2 * (here != there)
    afloat = afloat if settings.wet.boats else np.full(len(line), np.inf)
    # A bridge whose ground is flooded is a bridge still.
    flooded = np.where(speeds.is_bridge[line], minutes, np.where(banked_kmh > 0, banked, afloat))
    return np.where(under & ~vertices.is_last, flooded, minutes)


def _line_kmh(speeds: LineSpeeds, scenario: Scenario, mode: Mode, settings: Reach) -> Floats:
    driven = speeds.wet_kmh if scenario.is_wet else speeds.dry_kmh
    if mode == "drive":
        return driven
    return np.where(speeds.is_afloat, driven, settings.walk_kmh)


def _minutes(length_m: Floats, kmh: Floats | float) -> Floats:
    return np.asarray(length_m / 1000 / kmh * 60)


def closed_steps(roads: Roads, settings: Reach) -> Flags:
    """Steps that cannot be gone in some scenario: flooded ones where no boat goes."""
    found = np.zeros(len(roads.vertices.node), dtype=bool)
    if settings.wet.boats or not roads.is_flooded.any():
        return found
    return ~np.isfinite(step_minutes(roads, Scenario("wet", "", 1.0), "drive", settings))
