"""Going over the ground where no road leads: effort by slope, water in the way, flooded stretches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from commune_coverage.config.travel import Travel
from commune_coverage.core.jit import compiled_allocating
from commune_coverage.travel.scenarios import Scenario

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TOBLER = 3.5
MAX_EFFORT = 10.0


@dataclass(frozen=True)
class Ground:
    """A grid of the metric system, rows from north: ``height_m``, ``is_water`` all year, ``is_flooded`` when wet.

    ``west_m`` and ``north_m`` are the outer corner of the first cell. Off the grid it is dry and as high as its edge.
    """

    height_m: npt.NDArray[np.float32]
    is_water: Flags
    is_flooded: Flags
    west_m: float
    north_m: float
    cell_m: float

    def cell(self, x_m: Floats, y_m: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Row and column of the cell that each position falls in, or of the nearest."""
        rows, columns = self.height_m.shape
        row = np.floor((self.north_m - y_m) / self.cell_m).astype(np.int64)
        column = np.floor((x_m - self.west_m) / self.cell_m).astype(np.int64)
        return np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)

    def flooded_at(self, x_m: Floats, y_m: Floats) -> Flags:
        """Whether each position is under water in the wet season, and not all year."""
        return np.asarray(self.is_flooded[self.cell(x_m, y_m)])


@dataclass(frozen=True)
class Walks:
    """Straight ways over the ground: their length, the same with slopes counted, and what lies under water."""

    length_m: Floats
    effort_m: Floats
    flooded_m: Floats
    water_m: Floats

    def of(self, rows: npt.NDArray[Any]) -> Walks:
        """Some of the ways."""
        return Walks(self.length_m[rows], self.effort_m[rows], self.flooded_m[rows], self.water_m[rows])

    def minutes(self, scenario: Scenario, settings: Travel) -> Floats:
        """Minutes on foot, by boat where it is flooded; inf behind water wider than ``max_crossing_m``."""
        pace_kmh = settings.walk_kmh * settings.ground_factor * scenario.speed_factor
        if scenario.is_wet:
            pace_kmh *= settings.wet.ground_factor
        return np.asarray(
            _walk_minutes(
                self.length_m,
                self.effort_m,
                self.flooded_m,
                self.water_m,
                settings.water.max_crossing_m,
                scenario.is_wet,
                _MIN_PER_M / pace_kmh,
                _MIN_PER_M / settings.unmapped_road_kmh if scenario.bound == "_low" else _NO_TRACK,
                _MIN_PER_M / (settings.water.boat_kmh * scenario.speed_factor) if settings.wet.boats else np.inf,
                settings.water.boat_wait_min,
            )
        )


_MIN_PER_M = 60 / 1000
_NO_TRACK = 1e9
"""Minutes a metre where no unmapped road is assumed: never the quicker, and 0 m of it take none."""


@compiled_allocating
def _walk_minutes(
    length_m: Floats,
    effort_m: Floats,
    flooded_m: Floats,
    water_m: Floats,
    max_crossing_m: float,
    is_wet: bool,
    foot_min_m: float,
    track_min_m: float,
    boat_min_m: float,
    wait_min: float,
) -> Floats:
    """Minutes of each way: the dry part on foot or on a track, the flooded part by boat after a wait."""
    minutes = np.empty(len(length_m))
    for way in range(len(length_m)):
        length = float(length_m[way])
        if water_m[way] > max_crossing_m or length == np.inf:
            minutes[way] = np.inf
            continue
        flooded = float(flooded_m[way]) if is_wet and flooded_m[way] > max_crossing_m else 0.0
        dry = 1.0 - flooded / length if length > 0 else 1.0
        minutes[way] = min(effort_m[way] * dry * foot_min_m, length * dry * track_min_m)
        if flooded > 0:
            minutes[way] += flooded * boat_min_m + wait_min
    return minutes


def walks_between(from_m: Floats, to_m: Floats, ground: Ground) -> Walks:
    """Straight ways between pairs of positions (n x 2 each), looked at once a cell and at both ends.

    Slopes lengthen a way as in W. Tobler, Three presentations on geographical analysis and modeling (1993), by
    exp(3.5 |slope|), ten times at most; the sign of the slope is left out, so that both directions are alike.
    """
    parts = _walks(
        np.ascontiguousarray(from_m, dtype=np.float64),
        np.ascontiguousarray(to_m, dtype=np.float64),
        ground.height_m,
        ground.is_water,
        ground.is_flooded,
        ground.west_m,
        ground.north_m,
        ground.cell_m,
    )
    return Walks(*parts)


@compiled_allocating
def _height(height_m: npt.NDArray[np.float32], row: float, column: float) -> float:
    """Between the middles of the four cells about a position in cells, the edge's beyond it."""
    rows, columns = height_m.shape
    row, column = min(max(row - 0.5, 0.0), rows - 1.0), min(max(column - 0.5, 0.0), columns - 1.0)
    top, left = int(row), int(column)
    bottom, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
    down, along = row - top, column - left
    upper = height_m[top, left] * (1 - along) + height_m[top, right] * along
    lower = height_m[bottom, left] * (1 - along) + height_m[bottom, right] * along
    return float(upper * (1 - down) + lower * down)


@compiled_allocating
def _walks(
    from_m: Floats,
    to_m: Floats,
    height_m: npt.NDArray[np.float32],
    is_water: Flags,
    is_flooded: Flags,
    west_m: float,
    north_m: float,
    cell_m: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Length, effort, flooded and water metres of each way. A look stands for the half pieces beside it."""
    count, (rows, columns) = len(from_m), height_m.shape
    length_m, effort_m, flooded_m, water_m = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    for way in range(count):
        dx, dy = to_m[way, 0] - from_m[way, 0], to_m[way, 1] - from_m[way, 1]
        length = math.hypot(dx, dy)
        pieces = max(math.ceil(length / cell_m), 1)
        piece_m, before = length / pieces, 0.0
        for step in range(pieces + 1):
            column = (from_m[way, 0] + dx * step / pieces - west_m) / cell_m
            row = (north_m - from_m[way, 1] - dy * step / pieces) / cell_m
            here = _height(height_m, row, column)
            if step > 0 and piece_m > 0:
                effort_m[way] += piece_m * min(math.exp(TOBLER * abs(here - before) / piece_m), MAX_EFFORT)
            before = here
            at_row = min(max(math.floor(row), 0), rows - 1)
            at_column = min(max(math.floor(column), 0), columns - 1)
            stands_for = piece_m * (0.5 if step in (0, pieces) else 1.0)
            if is_water[at_row, at_column]:
                water_m[way] += stands_for
            elif is_flooded[at_row, at_column]:
                flooded_m[way] += stands_for
        length_m[way] = length
    return length_m, effort_m, flooded_m, water_m


def no_walks(count: int) -> Walks:
    """Ways of no length."""
    none = np.zeros(count)
    return Walks(none, none, none, none)


def dry_level_ground() -> Ground:
    """Ground of which nothing is known: level, dry."""
    one = np.zeros((1, 1), dtype=bool)
    return Ground(np.zeros((1, 1), dtype=np.float32), one, one, 0.0, 0.0, 1000.0)
