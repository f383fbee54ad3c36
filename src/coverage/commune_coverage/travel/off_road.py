"""Walking over the ground where no road leads: effort by slope, water in between, flooded stretches."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from commune_coverage.config.travel import Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.core.scale import UNSCALED, Scale
from commune_coverage.travel.arrays import Flags, Floats, Integers
from commune_coverage.travel.scenarios import Scenario

TOBLER = 3.5
MAX_EFFORT = 10.0


class Ground(NamedTuple):
    """Heights and water on a grid of the metric system, rows from north.

    Beyond the grid it is dry and as high as the edge of the grid.

    Attributes
    ----------
    height_m : float32[rows, columns]
        Height, m.
    is_water : bool[rows, columns]
        Under water all year.
    is_flooded : bool[rows, columns]
        Under water in the wet season.
    west_m, north_m : float
        Outer corner of the first cell, m.
    cell_m : float
        Side of a cell, m.
    scale : Scale
        By what lengths in the metric system are corrected.
    """

    height_m: npt.NDArray[np.float32]
    is_water: Flags
    is_flooded: Flags
    west_m: float
    north_m: float
    cell_m: float
    scale: Scale = UNSCALED

    def cell(self, x_m: Floats, y_m: Floats) -> tuple[Integers, Integers]:
        """Row and column (int64[n] each) of the cell that each position falls in, or of the nearest."""
        rows, columns = self.height_m.shape
        row = np.floor((self.north_m - y_m) / self.cell_m).astype(np.int64)
        column = np.floor((x_m - self.west_m) / self.cell_m).astype(np.int64)
        return np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)

    def flooded_at(self, x_m: Floats, y_m: Floats) -> Flags:
        """Whether each position is under water in the wet season, and not all year (bool[n])."""
        return np.asarray(self.is_flooded[self.cell(x_m, y_m)])


class Pace(NamedTuple):
    """Minutes a metre of a walk in one scenario, and what stops it.

    Attributes
    ----------
    foot_min_per_m, track_min_per_m, boat_min_per_m : float
        On foot over level ground; on an unmapped road; by boat over flooded ground.
    boat_wait_min : float
        Wait for a boat, min.
    max_crossing_m : float
        Width of water that is still waded, m.
    is_wet : bool
        Whether flooded ground is under water.
    """

    foot_min_per_m: float
    track_min_per_m: float
    boat_min_per_m: float
    boat_wait_min: float
    max_crossing_m: float
    is_wet: bool


class Walks(NamedTuple):
    """Straight walks over the ground.

    Attributes
    ----------
    length_m : float64[walks]
        Length, m; inf for no walk.
    effort_m : float64[walks]
        Length with slopes counted, m.
    flooded_m, water_m : float64[walks]
        Length under water in the wet season only, and all year, m.
    """

    length_m: Floats
    effort_m: Floats
    flooded_m: Floats
    water_m: Floats

    def of(self, rows: npt.NDArray[Any]) -> Walks:
        """Return some of the walks."""
        return Walks(*(values[rows] for values in self))

    def minutes(self, scenario: Scenario, settings: Travel) -> Floats:
        """Time the walks: the dry part on foot, the flooded part by boat.

        Parameters
        ----------
        scenario : Scenario
            Season and speeds.
        settings : Travel
            The ``[travel]`` section.

        Returns
        -------
        float64[walks]
            Minutes; inf across water wider than ``max_crossing_m``.
        """
        return np.asarray(_walk_minutes(self, _pace(scenario, settings)))


_MIN_PER_M = 60 / 1000
_NO_TRACK = 1e9
"""Minutes a metre where no unmapped road is assumed: never the quicker, and 0 m of it take none."""


def _pace(scenario: Scenario, settings: Travel) -> Pace:
    pace_kmh = settings.walk_kmh * settings.ground_factor * scenario.speed_factor
    if scenario.is_wet:
        pace_kmh *= settings.wet.ground_factor
    return Pace(
        _MIN_PER_M / pace_kmh,
        _MIN_PER_M / settings.unmapped_road_kmh if scenario.bound == "_low" else _NO_TRACK,
        _MIN_PER_M / (settings.water.boat_kmh * scenario.speed_factor) if settings.wet.boats else np.inf,
        settings.water.boat_wait_min,
        settings.water.max_crossing_m,
        scenario.is_wet,
    )


@compiled_allocating
def _walk_minutes(walks: Walks, pace: Pace) -> Floats:
    """Minutes of each walk: the dry part on foot or on a track, the flooded part by boat after a wait."""
    minutes = np.empty(len(walks.length_m))
    for walk in range(len(minutes)):
        length = float(walks.length_m[walk])
        if walks.water_m[walk] > pace.max_crossing_m or length == np.inf:
            minutes[walk] = np.inf
            continue
        is_flooded = pace.is_wet and walks.flooded_m[walk] > pace.max_crossing_m
        flooded = float(walks.flooded_m[walk]) if is_flooded else 0.0
        dry = 1.0 - flooded / length if length > 0 else 1.0
        minutes[walk] = min(walks.effort_m[walk] * dry * pace.foot_min_per_m, length * dry * pace.track_min_per_m)
        if flooded > 0:
            minutes[walk] += flooded * pace.boat_min_per_m + pace.boat_wait_min
    return minutes


def walks_between(from_m: Floats, to_m: Floats, ground: Ground) -> Walks:
    """Sample the ground along straight walks, once a cell and at both ends.

    Parameters
    ----------
    from_m, to_m : float64[walks, 2]
        Where each walk begins and ends, m.
    ground : Ground
        Heights and water.

    Returns
    -------
    Walks

    Notes
    -----
    Slopes lengthen a walk by exp(3.5 |slope|), ten times at most: W. Tobler, "Three presentations on geographical
    analysis and modeling", NCGIA Technical Report 93-1 (1993), without the offset of 0.05, so that both directions are
    alike. Tobler's data reach slopes of about 0.7.
    """
    start, end = (np.ascontiguousarray(position, dtype=np.float64) for position in (from_m, to_m))
    return Walks(*_sample_walks(start, end, ground, ground.scale.at(*((start + end) / 2).T)))


@compiled_allocating
def _height(height_m: npt.NDArray[np.float32], row: float, column: float) -> float:
    """Bilinear between the middles of the four cells around a position in cells, the edge's beyond it."""
    rows, columns = height_m.shape
    row, column = min(max(row - 0.5, 0.0), rows - 1.0), min(max(column - 0.5, 0.0), columns - 1.0)
    top, left = int(row), int(column)
    bottom, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
    down, along = row - top, column - left
    upper = height_m[top, left] * (1 - along) + height_m[top, right] * along
    lower = height_m[bottom, left] * (1 - along) + height_m[bottom, right] * along
    return float(upper * (1 - down) + lower * down)


@compiled_allocating
def _sample_walks(
    from_m: Floats, to_m: Floats, ground: Ground, true_per_m: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Compute the fields of `Walks`; a sample stands for the half steps on both sides of it."""
    height_m, is_water, is_flooded, cell_m = ground.height_m, ground.is_water, ground.is_flooded, ground.cell_m
    count, (rows, columns) = len(from_m), height_m.shape
    length_m, effort_m, flooded_m, water_m = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    for walk in range(count):
        dx, dy = to_m[walk, 0] - from_m[walk, 0], to_m[walk, 1] - from_m[walk, 1]
        length = math.hypot(dx, dy)
        steps = max(math.ceil(length / cell_m), 1)
        length *= true_per_m[walk]
        step_m, before = length / steps, 0.0
        for step in range(steps + 1):
            column = (from_m[walk, 0] + dx * step / steps - ground.west_m) / cell_m
            row = (ground.north_m - from_m[walk, 1] - dy * step / steps) / cell_m
            here = _height(height_m, row, column)
            if step > 0 and step_m > 0:
                effort_m[walk] += step_m * min(math.exp(TOBLER * abs(here - before) / step_m), MAX_EFFORT)
            before = here
            at_row = min(max(math.floor(row), 0), rows - 1)
            at_column = min(max(math.floor(column), 0), columns - 1)
            stands_for = step_m * (0.5 if step in (0, steps) else 1.0)
            if is_water[at_row, at_column]:
                water_m[walk] += stands_for
            elif is_flooded[at_row, at_column]:
                flooded_m[walk] += stands_for
        length_m[walk] = length
    return length_m, effort_m, flooded_m, water_m


def no_walks(count: int) -> Walks:
    """Return ``count`` walks of no length."""
    none = np.zeros(count)
    return Walks(none, none, none, none)


def dry_level_ground(scale: Scale = UNSCALED) -> Ground:
    """Return ground of which nothing is known: level and dry."""
    one = np.zeros((1, 1), dtype=bool)
    return Ground(np.zeros((1, 1), dtype=np.float32), one, one, 0.0, 0.0, 1000.0, scale)
